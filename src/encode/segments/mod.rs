//! An encode in segments: each is encoded by an ffmpeg of its own, and so none depends on the frames
//! before it. Whole segments stay on the disk when the process dies, and the next render of the same
//! thing goes on behind them.

mod folder;
mod lock;
mod sweep;
mod writer;

pub use folder::SegmentFolder;
pub use sweep::{SEGMENT_BYTES, SegmentLimits, sweep_segments};
pub use writer::{SegmentNote, SegmentOptions, SegmentedEncoder};
