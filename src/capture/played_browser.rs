//! A browser whose page is played and never captured.

use super::capture_browser::{CaptureBrowser, CaptureBrowserOptions};
use crate::browser::Browser;
use crate::page::{PageError, PlayedPage, load, open};

/// A browser whose page may be sought to any time, because no frame is captured from it. There is
/// no way back to a [`CaptureBrowser`].
pub struct PlayedBrowser {
    browser: Browser,
    /// Its page.
    pub page: PlayedPage,
}

impl PlayedBrowser {
    /// The browser's process group.
    pub fn pid(&self) -> u32 {
        self.browser.pid()
    }

    /// Ends the browser.
    pub async fn close(mut self) {
        self.browser.close().await;
    }
}

impl From<CaptureBrowser> for PlayedBrowser {
    fn from(loaded: CaptureBrowser) -> Self {
        Self {
            browser: loaded.browser,
            page: loaded.page.into(),
        }
    }
}

impl CaptureBrowserOptions {
    /// Opens one more browser with the composition, to be played. Nothing of its page is reported:
    /// the pages that are captured say the same.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn open_to_play(&self) -> Result<PlayedBrowser, PageError> {
        let browser = self.launch().await?;
        let diagnostics = self.diagnostics.muted();
        let page = open(&browser, &self.page, &diagnostics).await?;
        let ready = load(page, browser.mode(), &self.page, &diagnostics, 0).await?;
        Ok(PlayedBrowser {
            browser,
            page: ready.into(),
        })
    }
}
