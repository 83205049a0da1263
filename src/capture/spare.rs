//! A browser that was started before it is known what it will capture.

use std::path::Path;

use super::surface::{LocateError, Surface, locate};
use super::warm_pool::WarmLaunch;
use crate::browser::{Browser, BrowserError, LaunchMode, LaunchProfile, PageSession, launch};

/// A browser that is up, and its blank page if it has one already.
pub struct SpareBrowser {
    pub(super) browser: Browser,
    pub(super) page: Option<SparePage>,
}

/// A blank page, and what was found out on it.
pub(super) struct SparePage {
    pub(super) session: PageSession,
    /// Its surface, where it was looked for.
    pub(super) surface: Option<Result<Surface, LocateError>>,
    /// Frames drawn on it.
    pub(super) ticks: u64,
}

impl From<Browser> for SpareBrowser {
    fn from(browser: Browser) -> Self {
        Self {
            browser,
            page: None,
        }
    }
}

impl SpareBrowser {
    /// Starts one in the folder `scratch`, opens its page and looks for the surface, as far as that
    /// works: what fails is done again by whoever needs it, and said there.
    ///
    /// # Errors
    /// [`BrowserError`] when the browser does not come up.
    pub(super) async fn start(start: &WarmLaunch, scratch: &Path) -> Result<Self, BrowserError> {
        let WarmLaunch {
            executable,
            profile,
            deadlines,
        } = start;
        let browser = launch(executable, profile, scratch, *deadlines).await?;
        let page = match open_page(&browser, profile).await {
            Ok(page) => Some(page),
            Err(error) => {
                tracing::info!(%error, "a browser started ahead opened no page");
                None
            }
        };
        tracing::debug!(
            has_surface = page
                .as_ref()
                .is_some_and(|page| matches!(page.surface, Some(Ok(_)))),
            "a browser was started ahead"
        );
        Ok(Self { browser, page })
    }
}

async fn open_page(browser: &Browser, profile: &LaunchProfile) -> Result<SparePage, BrowserError> {
    let scale = profile.device_scale_factor;
    let session = browser
        .open_page(profile.width, profile.height, scale)
        .await?;
    let mut page = SparePage {
        session,
        surface: None,
        ticks: 0,
    };
    if profile.mode == LaunchMode::BeginFrame {
        let size = profile.window_size();
        let found = locate(&page.session, browser.pid(), size, scale, &mut page.ticks).await;
        page.surface = match found {
            Err(LocateError::Browser(error)) => return Err(error),
            found => Some(found),
        };
    }
    Ok(page)
}
