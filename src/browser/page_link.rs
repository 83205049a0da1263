//! Calls to a page from what listens to its events.

use std::sync::Weak;
use std::time::Duration;

use chromiumoxide::Command;

use super::error::BrowserError;
use super::transport::Transport;

/// A page as its listeners have it.
#[derive(Debug, Clone)]
pub(super) struct PageLink {
    /// Not counted, because the listeners of a transport must not keep it open.
    pub transport: Weak<Transport>,
    /// The page's session.
    pub session: String,
    /// For each call.
    pub deadline: Duration,
}

impl PageLink {
    /// Whether anybody still uses the browser.
    pub fn is_used(&self) -> bool {
        self.transport.strong_count() > 0
    }

    /// Calls a typed protocol command.
    ///
    /// # Errors
    /// As [`PageSession::execute`](super::PageSession::execute), and [`BrowserError::Closed`] when
    /// nobody uses the browser any more.
    pub async fn execute<C: Command>(&self, command: C) -> Result<C::Response, BrowserError> {
        let method = command.identifier();
        let Some(transport) = self.transport.upgrade() else {
            return Err(BrowserError::Closed {
                method: method.into_owned(),
                detail: "nobody uses the browser any more".into(),
            });
        };
        let session = Some(self.session.as_str());
        transport
            .call(session, &method, &command, self.deadline)
            .await
    }
}
