//! From a page to encoded frames: capture lanes behind one trait, workers that take every N-th
//! frame each, reuse of frames in which nothing changed, and a fresh browser for a worker whose
//! browser died.

mod capture_browser;
mod compositor;
mod error;
mod lane;
mod layered;
mod parts;
mod photo;
mod pool;
mod raw;
mod surface;
mod timing;
mod worker;

pub use capture_browser::{BlankBrowser, CaptureBrowser, CaptureBrowserOptions};
pub use error::CaptureError;
pub use lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, LaneKind, Purpose};
pub use layered::{LayerRule, LayeredFrame, LayeredPart, LayeredWindow};
pub use parts::{Above, SceneFrame, Transitions};
pub use pool::{CaptureJob, CaptureObserver, CaptureReport, TransitionRule, capture_all};
pub use surface::{Sampler, sample_rate};
pub use timing::{StageClock, StageTotals};
pub use worker::{FrameSink, SinkClosed, Start};
