//! Frames in, file out: the fence that puts frames in order, the streaming ffmpeg process and
//! its arguments, muxing, the truncation check.

mod args;
mod encoder;
mod error;
mod fence;
mod mux;
mod tools;
mod verify;

pub use args::{EncodeSettings, FrameInput, Quality, encoder_args};
pub use encoder::{DISK_FULL, EncodeReport, StreamingEncoder};
pub use error::EncodeError;
pub use fence::{Fence, FenceClosed};
pub use mux::remux_faststart;
pub use tools::{Tools, find_tools};
pub use verify::{VideoFacts, check_not_truncated, probe_video};
