//! From pages to captures: lanes behind one trait, workers that take frames one after the other, reuse
//! of frames in which nothing changed, and a fresh browser for a worker whose browser died or grew.

mod browser_memory;
mod capture_all;
mod capture_browser;
mod capture_job;
mod captures;
mod comparison;
mod compositor;
mod course;
mod error;
mod growth;
mod lane;
mod likeness;
mod memory_policy;
mod on_demand;
mod page_capture;
mod passes;
mod patience;
mod photo;
mod played_browser;
mod raster;
mod raw_frames;
mod sink;
mod spare;
mod surface;
mod timing;
mod verdict;
mod warm_pool;
mod witness;
mod worker;
mod worker_life;

pub use capture_all::capture_all;
pub use capture_browser::{BeginError, BlankBrowser, CaptureBrowser, CaptureBrowserOptions};
pub use capture_job::{CaptureJob, CaptureObserver, CaptureReport, FrameQueue, Staffing};
pub use captures::{CapturedPart, Captures};
pub use error::CaptureError;
pub use lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
pub use memory_policy::Excess;
pub use on_demand::{FrameDemand, capture_on_demand};
pub use passes::{FramePasses, PassError, PassRun};
pub use played_browser::PlayedBrowser;
pub use raster::{Raster, RasterChoice};
pub use sink::{FrameSink, SinkClosed};
pub use spare::SpareBrowser;
pub use surface::Sampler;
pub use timing::{StageClock, StageTotals, ms_since};
pub use warm_pool::{
    Fit, Rendering, WarmLaunch, abandon, cool_down, forget, lease, render_begins, start_ahead,
};
pub use witness::Witness;
pub use worker::Start;
