//! One browser, its page and the lane that captures it.

use std::path::PathBuf;

use super::lane::CaptureLane;
use super::photo::{BeginFrameLane, LosslessLane, ScreenshotLane};
use super::raster::RasterChoice;
use super::raw_frames::RawFrames;
use super::spare::SpareBrowser;
use super::surface::{
    LOCATE_DEADLINE, LocateError, OpaqueSurfaceLane, Proof, Reader, Sampler, Surface,
    TransparentSurfaceLane, locate,
};
use super::timing::StageClock;
use crate::browser::{
    Backdrop, BeginFrameClock, Browser, Deadlines, GpuMode, ImageFormat, LaunchMode, LaunchProfile,
    NetworkAccess, PageSession, Shot, begin_frame_works, launch,
};
use crate::page::{Diagnostics, PageError, PageOptions, PageWarning, ReadyPage, equip, load, open};
use crate::pixels::FramePool;
use crate::plan::{FrameNeed, Lane, LaneFault};

/// Browsers whose memory is searched for a surface before all frames are captured in another lane.
const SEARCHED_BROWSERS: u32 = 2;

/// How the browsers of a job are made; all alike.
#[derive(Debug, Clone)]
pub struct CaptureBrowserOptions {
    /// Browser executable.
    pub executable: PathBuf,
    /// GL backend.
    pub gpu: GpuMode,
    /// Add `--disable-gpu`.
    pub disable_gpu: bool,
    /// Threads that raster the page, at least 1.
    pub raster_threads: usize,
    /// How large what they raster is.
    pub raster: RasterChoice,
    /// Browsers run in their sandbox.
    pub is_sandboxed: bool,
    /// What pages reach.
    pub network: NetworkAccess,
    /// Host memory in MiB, cgroup limits counted.
    pub host_memory_mib: u64,
    /// Folder for profile data.
    pub scratch: PathBuf,
    /// Browser deadlines.
    pub deadlines: Deadlines,
    /// Demanded Chromium major version.
    pub expected_major: Option<u32>,
    /// The page.
    pub page: PageOptions,
    /// The lane.
    pub lane: Lane,
    /// Which frames the surface lanes check.
    pub sampler: Sampler,
    /// Where pages report.
    pub diagnostics: Diagnostics,
}

/// One capturing browser.
pub struct CaptureBrowser {
    /// The browser; killed when this is dropped.
    pub browser: Browser,
    /// Its page.
    pub page: ReadyPage,
    /// How the page is captured.
    pub lane: Box<dyn CaptureLane>,
    /// Why its frames are photographed although those of the first browser are read, if they are.
    pub unread: Option<String>,
}

/// A browser with a blank page, and what was found out on it.
pub struct BlankBrowser {
    browser: Browser,
    page: PageSession,
    surface: Result<Surface, LocateError>,
    ticks: u64,
}

impl BlankBrowser {
    /// The browser's name and version.
    pub fn product(&self) -> &str {
        self.browser.product()
    }
}

/// Why a job's first browser cannot be used.
#[derive(Debug, Clone, thiserror::Error)]
pub enum BeginError {
    /// The lane does not work on this host; another may.
    #[error("{note}")]
    Lane {
        /// What the lane lacks.
        fault: LaneFault,
        /// The same in words.
        note: String,
    },
    /// The browser failed.
    #[error(transparent)]
    Page(#[from] PageError),
}

impl CaptureBrowserOptions {
    /// Starts the job's first browser and finds out whether the lane works in it. `spare` is a
    /// browser of [`Self::profile`] that is up already.
    ///
    /// # Errors
    /// [`BeginError`]; the browser is gone then.
    pub async fn begin(&self, spare: Option<SpareBrowser>) -> Result<BlankBrowser, BeginError> {
        let mut spare = match spare {
            Some(spare) => spare,
            None => self.launch().await?.into(),
        };
        spare
            .browser
            .check_major(self.expected_major)
            .map_err(PageError::from)?;
        if self.lane.reads_surface() {
            let mut blank = self.searched(spare).await?;
            // Frames were drawn on command and found: no other proof is needed.
            let Err(why) = &blank.surface else {
                return Ok(blank);
            };
            let note = format!("no surface lane: {why}");
            blank.browser.close().await;
            let fault = LaneFault::Surface;
            return Err(BeginError::Lane { fault, note });
        }
        if self.lane.launch_mode() == LaunchMode::BeginFrame {
            // The probe's page has to be the only one.
            if let Some(page) = spare.page.take() {
                page.session.close().await.map_err(PageError::from)?;
            }
            if let Err(note) = begin_frame_works(&spare.browser).await {
                spare.browser.close().await;
                let fault = LaneFault::Compositor;
                return Err(BeginError::Lane { fault, note });
            }
        }
        Ok(self.set_up(spare).await?)
    }

    /// What browsers are launched with.
    pub fn profile(&self) -> LaunchProfile {
        LaunchProfile {
            width: self.page.width,
            height: self.page.height,
            device_scale_factor: self.page.device_scale_factor,
            mode: self.lane.launch_mode(),
            gpu: self.gpu,
            disable_gpu: self.disable_gpu,
            raster_threads: self.raster_threads,
            tiles: self.raster.tiles(),
            is_sandboxed: self.is_sandboxed,
            network: self.network,
            host_memory_mib: self.host_memory_mib,
        }
    }

    pub(super) async fn launch(&self) -> Result<Browser, PageError> {
        let (profile, deadlines) = (self.profile(), self.deadlines);
        let started = launch(&self.executable, &profile, &self.scratch, deadlines);
        let awaits = self.diagnostics.awaits();
        Ok(awaits
            .during("a browser to start", deadlines.launch, started)
            .await?)
    }

    /// Opens one more browser with the composition.
    ///
    /// # Errors
    /// [`PageError`].
    pub async fn open(&self) -> Result<CaptureBrowser, PageError> {
        let browser = self.launch().await?;
        let blank = self.searched(browser.into()).await?;
        self.load_composition(blank).await
    }

    /// A browser with a blank page: `spare`, or a fresh one where its surface was looked for in vain.
    async fn searched(&self, spare: SpareBrowser) -> Result<BlankBrowser, PageError> {
        let mut blank = self.set_up(spare).await?;
        for _ in 1..SEARCHED_BROWSERS {
            match &blank.surface {
                Err(why) if why.may_pass() => {
                    tracing::info!(%why, "looked for again in a fresh browser")
                }
                _ => break,
            }
            blank.browser.close().await;
            blank = self.set_up(self.launch().await?.into()).await?;
        }
        Ok(blank)
    }

    async fn set_up(&self, spare: SpareBrowser) -> Result<BlankBrowser, PageError> {
        let mut clock = StageClock::start();
        let SpareBrowser { browser, page } = spare;
        let (page, found, mut ticks) = match page {
            None => (
                open(&browser, &self.page, &self.diagnostics).await?,
                None,
                0,
            ),
            Some(page) => {
                let session = equip(page.session, &self.page, &self.diagnostics).await?;
                (session, page.surface, page.ticks)
            }
        };
        tracing::debug!(ms = clock.lap_ms(), "page opened");
        let surface = match found {
            _ if !self.lane.reads_surface() => Err(LocateError::NotAsked),
            Some(found) => found,
            None => {
                let scale = self.page.device_scale_factor;
                let size = self.page.device_size();
                let found = locate(&page, browser.pid(), size, scale, &mut ticks);
                let awaits = self.diagnostics.awaits();
                awaits
                    .during("the browser's picture to be found", LOCATE_DEADLINE, found)
                    .await
            }
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
    pub async fn load_composition(&self, blank: BlankBrowser) -> Result<CaptureBrowser, PageError> {
        let BlankBrowser {
            browser,
            page,
            surface,
            ticks,
        } = blank;
        let (surface, why) = match surface {
            Ok(surface) => (Some(surface), None),
            Err(why) => (None, Some(why.to_string())),
        };
        let unread = why.filter(|_| self.lane.reads_surface());
        let options = PageOptions {
            backdrop: match (self.lane.need(), &surface) {
                (FrameNeed::Alpha, Some(_)) => Some(Backdrop::Black),
                (FrameNeed::Alpha, None) => Some(Backdrop::Clear),
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
            unread,
        })
    }

    fn lane(
        &self,
        clock: Option<BeginFrameClock>,
        surface: Option<Surface>,
    ) -> Box<dyn CaptureLane> {
        if let Some(quality) = self.lane.jpeg_quality() {
            return self.jpeg_lane(clock, quality);
        }
        let (width, height) = self.page.device_size();
        let (width, height) = (width as usize, height as usize);
        let parts = RawFrames::rgba(width, height);
        let (frames, png) = match self.lane.need() {
            FrameNeed::Alpha => (RawFrames::rgba(width, height), ImageFormat::PngWithAlpha),
            FrameNeed::Opaque { .. } | FrameNeed::Raw => {
                (RawFrames::yuv420(width, height), ImageFormat::Png)
            }
        };
        let sampler = self.sampler.clone();
        // Without threads of its own, a surface is not read.
        let readable = surface.and_then(|surface| Some((surface, Reader::new().ok()?)));
        match (clock, readable) {
            (Some(clock), Some((surface, reader))) if frames.keeps_alpha() => {
                Box::new(TransparentSurfaceLane {
                    surface,
                    reader,
                    clock,
                    sampler,
                    frames,
                    has_picture: false,
                    on_white: false,
                    firsts: FramePool::new(width * height * 4),
                    proof: Proof::default(),
                })
            }
            (Some(clock), Some((surface, reader))) => Box::new(OpaqueSurfaceLane {
                surface,
                reader,
                clock,
                sampler,
                frames,
                parts,
                has_picture: false,
                is_in_doubt: false,
                proof: Proof::default(),
            }),
            // Also where the surface of a later browser was not found: frames of the same format.
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

    fn jpeg_lane(&self, clock: Option<BeginFrameClock>, quality: u8) -> Box<dyn CaptureLane> {
        let format = ImageFormat::Jpeg(quality);
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
