//! Frame arithmetic.

#[path = "../../../src/composition/frame_range.rs"]
mod frame_range;
pub use frame_range::FrameRange;
