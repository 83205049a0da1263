//! A station: one browser, its page and the lane that captures it.

use std::path::PathBuf;

use super::lane::{BeginFrameLane, CaptureLane, LosslessLane, ScreenshotLane};
use super::surface::{LocateError, Sampler, Surface, SurfaceLane, locate};
use crate::browser::{
    BeginFrameClock, Browser, Deadlines, ImageFormat, LaunchMode, LaunchProfile, PageSession, Shot,
    begin_frame_works, launch,
};
use crate::page::{Diagnostics, PageError, PageOptions, PageWarning, ReadyPage, load, open};
use crate::pixels::{FramePool, Yuv420Size};

/// What a job's lanes hand over, all alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// JPEG files of this quality, 0 to 100.
    Jpeg(u8),
    /// Raw planar YUV 4:2:0, BT.709 limited range, padded to an even size.
    Yuv420,
}

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
    /// What lanes hand over; `Yuv420` is asked for and given up when no surface can be read.
    pub format: PictureFormat,
    /// Read `Yuv420` from the output surface; else from PNG photographs.
    pub read_surface: bool,
    /// JPEG quality to give it up for.
    pub jpeg_quality: u8,
    /// Seed of the surface lane's checks.
    pub seed: u64,
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

/// A browser with a blank page, and what was found out on it.
pub struct Bench {
    browser: Browser,
    page: PageSession,
    surface: Result<Surface, LocateError>,
    ticks: u64,
}

impl StationPlan {
    /// Starts the job's first browser, which decides mode and format for all: when it can't be
    /// driven frame by frame, or its surface not be read, the plan turns to the next best and
    /// says why.
    ///
    /// # Errors
    /// [`PageError`] when nothing works.
    pub async fn begin(&mut self) -> Result<(Bench, Vec<String>), PageError> {
        let mut notes = Vec::new();
        let mut browser = self.launch().await?;
        browser.check_major(self.expected_major)?;
        if self.wants_surface() {
            let mut bench = self.set_up(browser).await?;
            let Err(why) = &bench.surface else {
                // Frames were drawn on command and found: no other proof is needed.
                return Ok((bench, notes));
            };
            notes.push(format!("no surface lane: {why}"));
            self.format = PictureFormat::Jpeg(self.jpeg_quality);
            bench.browser.close().await;
            browser = self.launch().await?;
        }
        if self.profile.mode == LaunchMode::BeginFrame
            && let Err(why) = begin_frame_works(&browser).await
        {
            notes.push(why);
            self.profile.mode = LaunchMode::Screenshot;
            self.format = PictureFormat::Jpeg(self.jpeg_quality);
            browser.close().await;
            browser = self.launch().await?;
        }
        Ok((self.set_up(browser).await?, notes))
    }

    async fn launch(&self) -> Result<Browser, PageError> {
        Ok(launch(
            &self.executable,
            &self.profile,
            &self.scratch,
            self.deadlines,
        )
        .await?)
    }

    fn wants_surface(&self) -> bool {
        self.read_surface
            && self.format == PictureFormat::Yuv420
            && self.profile.mode == LaunchMode::BeginFrame
    }

    /// Opens one more station in the plan's mode and format, for `captures` frames.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn open(&self, captures: u64) -> Result<Station, PageError> {
        let browser = self.launch().await?;
        let bench = self.set_up(browser).await?;
        self.furnish(bench, captures).await
    }

    async fn set_up(&self, browser: Browser) -> Result<Bench, PageError> {
        let page = open(&browser, &self.page, &self.diagnostics).await?;
        let mut ticks = 0;
        let surface = if self.wants_surface() {
            let (width, height) = (self.page.width, self.page.height);
            locate(&page, browser.pid(), width, height, &mut ticks).await
        } else {
            Err(LocateError::NotAsked)
        };
        Ok(Bench {
            browser,
            page,
            surface,
            ticks,
        })
    }

    /// Loads the composition into a prepared browser, for `captures` frames.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn furnish(&self, bench: Bench, captures: u64) -> Result<Station, PageError> {
        let Bench {
            browser,
            page,
            surface,
            ticks,
        } = bench;
        let page = load(page, browser.mode(), &self.page, &self.diagnostics, ticks).await?;
        let lane = self.lane(page.clock, surface.ok(), captures);
        Ok(Station {
            browser,
            page,
            lane,
        })
    }

    fn lane(
        &self,
        clock: Option<BeginFrameClock>,
        surface: Option<Surface>,
        captures: u64,
    ) -> Box<dyn CaptureLane> {
        let begin_frame = |clock, format| BeginFrameLane {
            clock,
            format,
            has_picture: false,
        };
        let size = Yuv420Size {
            width: self.page.width as usize,
            height: self.page.height as usize,
        };
        match (clock, self.format, surface) {
            (Some(clock), PictureFormat::Yuv420, Some(surface)) => Box::new(SurfaceLane {
                surface,
                clock,
                sampler: Sampler {
                    seed: self.seed,
                    captures,
                },
                pool: FramePool::new(size.bytes()),
                has_picture: false,
            }),
            (Some(clock), PictureFormat::Yuv420, None) => Box::new(LosslessLane {
                inner: begin_frame(clock, ImageFormat::Png),
                size,
                pool: FramePool::new(size.bytes()),
            }),
            (Some(clock), PictureFormat::Jpeg(quality), _) => {
                Box::new(begin_frame(clock, ImageFormat::Jpeg(quality)))
            }
            (None, ..) => Box::new(ScreenshotLane {
                shot: Shot {
                    format: ImageFormat::Jpeg(self.jpeg_quality),
                    width: self.page.width,
                    height: self.page.height,
                    scale: self.page.device_scale_factor,
                },
            }),
        }
    }
}

impl Station {
    /// What the page gave up on while getting ready.
    pub fn warnings(&self) -> &[PageWarning] {
        &self.page.warnings
    }

    /// Tells its lane how many frames it will capture, once that is known.
    #[must_use]
    pub fn with_captures(mut self, captures: u64) -> Self {
        self.lane.expect_captures(captures);
        self
    }
}
