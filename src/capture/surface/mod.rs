//! The surface lane: Chrome draws a frame on command and we read the pixels where its compositor
//! put them, instead of having them read back, encoded and sent. Same browser, same flags, same
//! clock as the reference lane, so the same pixels; sampled frames prove it in every render.

mod guard;
mod locate;
mod opaque;
mod proof;
mod reader;
mod sample;
mod transparent;

pub(super) use locate::{DEADLINE as LOCATE_DEADLINE, GPU_PROCESS, LocateError, Surface, locate};
pub(super) use opaque::OpaqueSurfaceLane;
pub(super) use proof::Proof;
pub(super) use reader::Reader;
pub use sample::Sampler;
pub(super) use transparent::TransparentSurfaceLane;
