//! Pixel buffers and conversions. Pure: no I/O, no async. Ground floor.

mod alpha;
mod average;
mod frame_format;
mod frame_pool;
mod png;
mod rgb48;
mod ring;
mod still;
mod yuv;

/// Longest side of a picture, pixels. It is the largest canvas a composition may have, twice 8K,
/// and offsets in `f32` are exact up to it.
pub const MAX_SIDE: usize = 16_384;

pub use alpha::{BlendsWithBackdrop, solve_alpha, swap_red_and_blue};
pub use average::{PictureSum, mean_difference};
pub use frame_format::FrameFormat;
pub use frame_pool::{FramePool, Lent};
pub use png::{PngError, decode_bgra, decode_rgba, encode_rgba};
pub use rgb48::{
    Affine, Anchor, Cover, Cut, Laid, LutCurve, ObjectFit, Picture, Radii, Rect, Rgb48, Rgb48Error,
    Rgb48Mut, Rgba8, TransferFunction, blit_affine, blit_moved, blit_region, conversion, convert,
    decode_rgb48, overlay, resample,
};
pub use ring::{FrameRing, RingClosed, RingSlot};
pub use still::{Still, StillError, StillFormat};
pub use yuv::{Yuv420Rows, Yuv420Size, bgra_rows_to_yuv420};
