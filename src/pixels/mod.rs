//! Pixel buffers and conversions. Pure: no I/O, no async. Ground floor.

mod png;
mod pool;
mod yuv;

pub use png::{PngError, decode_bgra};
pub use pool::FramePool;
pub use yuv::{Yuv420Size, bgra_rows_to_yuv420};
