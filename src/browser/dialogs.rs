//! Dialogs of a page: `alert`, `confirm`, `prompt` and the question of `beforeunload`. A page with an
//! open dialog stands still until somebody answers, so each is answered as it opens.

use chromiumoxide::cdp::browser_protocol::page::HandleJavaScriptDialogParams;
use serde::Deserialize;

use super::listener::RawEvent;
use super::page_link::PageLink;

/// The event that announces a dialog.
pub(super) const OPENING: &str = "Page.javascriptDialogOpening";

/// Chrome's word for the question whether a page may be left.
const BEFORE_UNLOAD: &str = "beforeunload";

/// A dialog that a page opened.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Dialog {
    /// `alert`, `confirm`, `prompt` or `beforeunload`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it says.
    #[serde(rename = "message")]
    pub text: String,
}

impl Dialog {
    /// The dialog of an [`OPENING`] event.
    pub(super) fn parse(event: &RawEvent) -> Option<Self> {
        #[derive(Deserialize)]
        struct Envelope {
            params: Dialog,
        }
        let envelope: Envelope = serde_json::from_slice(&event.message).ok()?;
        Some(envelope.params)
    }

    /// Whether it is answered with yes: a page that is to be left is left, and nothing else is
    /// agreed to.
    fn is_accepted(&self) -> bool {
        self.kind == BEFORE_UNLOAD
    }
}

/// Answers the dialogs of one page.
#[derive(Debug)]
pub(super) struct DialogAnswers(pub PageLink);

impl DialogAnswers {
    /// Closes `dialog`, the one that is open. Returns at once: Chrome may have died meanwhile, which
    /// is told by an event.
    pub fn answer(&self, dialog: Dialog) {
        if !self.0.is_used() {
            return;
        }
        let page = self.0.clone();
        tokio::spawn(async move {
            let answer = HandleJavaScriptDialogParams::new(dialog.is_accepted());
            match page.execute(answer).await {
                Ok(_) => tracing::debug!(kind = dialog.kind, "a dialog was answered"),
                Err(error) => {
                    tracing::warn!(%error, kind = dialog.kind, "a dialog was not answered");
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opening(params: &str) -> Option<Dialog> {
        Dialog::parse(&RawEvent {
            method: OPENING.to_owned(),
            message: format!(r#"{{"method":"{OPENING}","params":{params}}}"#).into_bytes(),
        })
    }

    #[test]
    fn only_leaving_a_page_is_agreed_to() {
        for (kind, accepted) in [
            ("alert", false),
            ("confirm", false),
            ("prompt", false),
            ("beforeunload", true),
        ] {
            let params = format!(
                r#"{{"url":"u","message":"Really?","type":"{kind}","hasBrowserHandler":false}}"#
            );
            let dialog = opening(&params).unwrap();
            assert_eq!(
                (dialog.kind.as_str(), dialog.text.as_str()),
                (kind, "Really?")
            );
            assert_eq!(dialog.is_accepted(), accepted, "{kind}");
        }
        assert_eq!(opening("{}"), None);
    }
}
