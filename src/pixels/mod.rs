//! Pixel buffers and conversions. Pure: no I/O, no async. Ground floor.

mod alpha;
mod png;
mod pool;
mod yuv;

pub use alpha::{BlendsWithBackdrop, solve_alpha, swap_red_and_blue};
pub use png::{PngError, decode_bgra, decode_rgba, encode_rgba};
pub use pool::{FramePool, Lent};
pub use yuv::{Yuv420Size, bgra_rows_to_yuv420};
