//! A station: one browser, its page and the lane that captures it.

use std::path::PathBuf;

use super::lane::{BeginFrameLane, CaptureLane, ScreenshotLane};
use crate::browser::{
    Browser, BrowserError, Deadlines, ImageFormat, LaunchMode, LaunchProfile, Shot, launch,
    launch_probed,
};
use crate::page::{Diagnostics, PageError, PageOptions, PageWarning, ReadyPage, open};

/// How the stations of a job are built; all alike.
#[derive(Debug, Clone)]
pub struct StationPlan {
    /// Browser executable.
    pub executable: PathBuf,
    /// Launch profile; its mode is the one asked for.
    pub profile: LaunchProfile,
    /// Folder for profile data.
    pub scratch: PathBuf,
    /// Browser deadlines.
    pub deadlines: Deadlines,
    /// Demanded Chromium major version.
    pub expected_major: Option<u32>,
    /// The page.
    pub page: PageOptions,
    /// Encoding of captured frames.
    pub format: ImageFormat,
    /// Where pages report.
    pub diagnostics: Diagnostics,
}

/// One capturing browser.
pub struct Station {
    /// The browser; killed when the station drops.
    pub browser: Browser,
    /// Its page.
    pub page: ReadyPage,
    /// How the page is captured.
    pub lane: Box<dyn CaptureLane>,
}

impl StationPlan {
    /// Opens the job's first station, which decides the mode for all: when the browser can't be
    /// driven frame by frame, or stalls when it is, the plan turns to screenshots and says why.
    ///
    /// # Errors
    /// [`PageError`] when no mode works.
    pub async fn open_first(&mut self) -> Result<(Station, Option<String>), PageError> {
        let (browser, note) =
            launch_probed(&self.executable, &self.profile, &self.scratch, self.deadlines).await?;
        self.profile.mode = browser.mode();
        browser.check_major(self.expected_major)?;
        match self.furnish(browser).await {
            Err(PageError::Browser(BrowserError::Timeout { method, ms }))
                if self.profile.mode == LaunchMode::BeginFrame && method.ends_with("beginFrame") =>
            {
                self.profile.mode = LaunchMode::Screenshot;
                let note = format!(
                    "the compositor drew no frame within {ms} ms; falling back to screenshot mode"
                );
                Ok((self.open().await?, Some(note)))
            }
            Err(error) => Err(error),
            Ok(station) => Ok((station, note)),
        }
    }

    /// Opens one more station in the plan's mode.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn open(&self) -> Result<Station, PageError> {
        let browser =
            launch(&self.executable, &self.profile, &self.scratch, self.deadlines).await?;
        self.furnish(browser).await
    }

    async fn furnish(&self, browser: Browser) -> Result<Station, PageError> {
        let page = open(&browser, &self.page, &self.diagnostics).await?;
        let lane: Box<dyn CaptureLane> = match page.clock {
            Some(clock) => {
                Box::new(BeginFrameLane { clock, format: self.format, has_picture: false })
            }
            None => Box::new(ScreenshotLane {
                shot: Shot {
                    format: self.format,
                    width: self.page.width,
                    height: self.page.height,
                    scale: self.page.device_scale_factor,
                },
            }),
        };
        Ok(Station { browser, page, lane })
    }
}

impl Station {
    /// What the page gave up on while getting ready.
    pub fn warnings(&self) -> &[PageWarning] {
        &self.page.warnings
    }
}
