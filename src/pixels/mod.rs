//! Pixel buffers and conversions. Pure: no I/O, no async. Ground floor.

mod alpha;
mod png;
mod pool;
mod rgb48;
mod yuv;

pub use alpha::{BlendsWithBackdrop, solve_alpha, swap_red_and_blue};
pub use png::{PngError, decode_bgra, decode_rgba, encode_rgba};
pub use pool::{FramePool, Lent};
pub use rgb48::{
    Affine, Anchor, Cover, Curve, ObjectFit, Picture, Radii, Rect, Rgb48, Rgb48Error, Rgb48Mut,
    Rgba8, Transfer, blit_affine, blit_region, conversion, convert, overlay, resample,
};
pub use yuv::{Yuv420Size, bgra_rows_to_yuv420};
