//! A station: one browser, its page and the lane that captures it.

use std::path::PathBuf;

use super::lane::CaptureLane;
use super::photo::{BeginFrameLane, LosslessLane, ScreenshotLane};
use super::raw::RawFrames;
use super::surface::{AlphaSurfaceLane, LocateError, Proof, Sampler, Surface, SurfaceLane, locate};
use super::timing::StageClock;
use crate::browser::{
    Backdrop, BeginFrameClock, Browser, Deadlines, ImageFormat, LaunchMode, LaunchProfile,
    PageSession, Shot, begin_frame_works, launch,
};
use crate::page::{Diagnostics, PageError, PageOptions, PageWarning, ReadyPage, load, open};
use crate::pixels::{FrameFormat, FramePool};

/// How the stations of a job are built; all alike.
#[derive(Debug, Clone)]
pub struct CaptureBrowserOptions {
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
    /// What lanes hand over, all alike: JPEG, YUV 4:2:0 or RGBA. Without a surface to read,
    /// `Yuv420` is given up for `Jpeg`.
    pub format: FrameFormat,
    /// Read raw frames from the output surface; else make them of PNG photographs.
    pub read_surface: bool,
    /// Frames are blended and have to be raw: `Yuv420` is never given up.
    pub needs_raw: bool,
    /// Quality of JPEGs, 0 to 100.
    pub jpeg_quality: u8,
    /// Which frames the surface lanes check.
    pub sampler: Sampler,
    /// Where pages report.
    pub diagnostics: Diagnostics,
}

/// One capturing browser.
pub struct CaptureBrowser {
    /// The browser; killed when the station drops.
    pub browser: Browser,
    /// Its page.
    pub page: ReadyPage,
    /// How the page is captured.
    pub lane: Box<dyn CaptureLane>,
}

/// A browser with a blank page, and what was found out on it.
pub struct BlankBrowser {
    browser: Browser,
    page: PageSession,
    surface: Result<Surface, LocateError>,
    ticks: u64,
}

impl CaptureBrowserOptions {
    /// Starts the job's first browser, which decides mode and format for all: when it can't be
    /// driven frame by frame, or its surface not be read, the plan turns to the next best and
    /// says why. `spare` is a browser of the plan's profile that is up already.
    ///
    /// # Errors
    /// [`PageError`] when nothing works.
    pub async fn begin(
        &mut self,
        spare: Option<Browser>,
    ) -> Result<(BlankBrowser, Vec<String>), PageError> {
        let mut notes = Vec::new();
        let mut browser = match spare {
            Some(browser) => browser,
            None => self.launch().await?,
        };
        browser.check_major(self.expected_major)?;
        if self.wants_surface() {
            let mut bench = self.set_up(browser).await?;
            let Err(why) = &bench.surface else {
                // Frames were drawn on command and found: no other proof is needed.
                return Ok((bench, notes));
            };
            notes.push(format!("no surface lane: {why}"));
            self.give_up_surface();
            bench.browser.close().await;
            browser = self.launch().await?;
        }
        if self.profile.mode == LaunchMode::BeginFrame
            && let Err(why) = begin_frame_works(&browser).await
        {
            notes.push(why);
            self.profile.mode = LaunchMode::Screenshot;
            self.give_up_surface();
            browser.close().await;
            browser = self.launch().await?;
        }
        Ok((self.set_up(browser).await?, notes))
    }

    fn give_up_surface(&mut self) {
        self.read_surface = false;
        if self.format == FrameFormat::Yuv420 && !self.needs_raw {
            self.format = FrameFormat::Jpeg;
        }
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
        self.read_surface && self.profile.mode == LaunchMode::BeginFrame
    }

    /// Opens one more station in the plan's mode and format.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn open(&self) -> Result<CaptureBrowser, PageError> {
        let browser = self.launch().await?;
        let bench = self.set_up(browser).await?;
        self.load_composition(bench).await
    }

    async fn set_up(&self, browser: Browser) -> Result<BlankBrowser, PageError> {
        let mut clock = StageClock::start();
        let page = open(&browser, &self.page, &self.diagnostics).await?;
        tracing::debug!(ms = clock.lap_ms(), "page opened");
        let mut ticks = 0;
        let surface = if self.wants_surface() {
            let scale = self.page.device_scale_factor;
            let size = self.page.device_size();
            locate(&page, browser.pid(), size, scale, &mut ticks).await
        } else {
            Err(LocateError::NotAsked)
        };
        tracing::debug!(ms = clock.lap_ms(), "surface looked for");
        Ok(BlankBrowser {
            browser,
            page,
            surface,
            ticks,
        })
    }

    /// Loads the composition into a prepared browser.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn load_composition(&self, bench: BlankBrowser) -> Result<CaptureBrowser, PageError> {
        let BlankBrowser {
            browser,
            page,
            surface,
            ticks,
        } = bench;
        let surface = surface.ok();
        let options = PageOptions {
            backdrop: match (self.format, &surface) {
                (FrameFormat::Rgba, Some(_)) => Some(Backdrop::Black),
                (FrameFormat::Rgba, None) => Some(Backdrop::Clear),
                _ => None,
            },
            ..self.page.clone()
        };
        let mut clock = StageClock::start();
        let page = load(page, browser.mode(), &options, &self.diagnostics, ticks).await?;
        tracing::debug!(ms = clock.lap_ms(), "composition ready");
        let lane = self.lane(page.clock, surface);
        Ok(CaptureBrowser {
            browser,
            page,
            lane,
        })
    }

    fn lane(
        &self,
        clock: Option<BeginFrameClock>,
        surface: Option<Surface>,
    ) -> Box<dyn CaptureLane> {
        let (width, height) = self.page.device_size();
        let (width, height) = (width as usize, height as usize);
        let parts = RawFrames::rgba(width, height);
        let frames = match self.format {
            FrameFormat::Jpeg => return self.jpeg_lane(clock),
            FrameFormat::Yuv420 => RawFrames::yuv420(width, height),
            // Frames of 16 bits are assembled from captures of 8.
            FrameFormat::Rgba | FrameFormat::Rgb48 => RawFrames::rgba(width, height),
        };
        let keeps_alpha = frames.keeps_alpha();
        let sampler = self.sampler.clone();
        let png = match keeps_alpha {
            true => ImageFormat::PngWithAlpha,
            false => ImageFormat::Png,
        };
        match (clock, surface) {
            (Some(clock), Some(surface)) if keeps_alpha => Box::new(AlphaSurfaceLane {
                surface,
                clock,
                sampler,
                frames,
                has_picture: false,
                on_white: false,
                firsts: FramePool::new(width * height * 4),
                proof: Proof::default(),
            }),
            (Some(clock), Some(surface)) => Box::new(SurfaceLane {
                surface,
                clock,
                sampler,
                frames,
                parts,
                has_picture: false,
                proof: Proof::default(),
            }),
            (Some(clock), None) => Box::new(LosslessLane {
                photographer: BeginFrameLane {
                    clock,
                    format: png,
                    has_picture: false,
                },
                frames,
                parts,
                before: None,
            }),
            (None, _) => Box::new(LosslessLane {
                photographer: ScreenshotLane {
                    shot: self.shot(png),
                },
                frames,
                parts,
                before: None,
            }),
        }
    }

    fn jpeg_lane(&self, clock: Option<BeginFrameClock>) -> Box<dyn CaptureLane> {
        let format = ImageFormat::Jpeg(self.jpeg_quality);
        match clock {
            Some(clock) => Box::new(BeginFrameLane {
                clock,
                format,
                has_picture: false,
            }),
            None => Box::new(ScreenshotLane {
                shot: self.shot(format),
            }),
        }
    }

    fn shot(&self, format: ImageFormat) -> Shot {
        Shot {
            format,
            width: self.page.width,
            height: self.page.height,
        }
    }
}

impl CaptureBrowser {
    /// What the page gave up on while getting ready.
    pub fn warnings(&self) -> &[PageWarning] {
        &self.page.warnings
    }
}
