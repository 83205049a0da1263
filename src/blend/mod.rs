//! Pixel arithmetic on 16-bit pictures: transfer curves and the ways one picture is laid over
//! another. Pure: no I/O, no async. Work is spread over the rayon pool it is called from, and no
//! byte depends on how many threads that has.

mod affine;
mod bilinear;
mod cover;
mod overlay;
mod region;
mod resample;
mod rgb48;
mod rgb48_error;
mod rounded;
mod rounding;
mod rows;
mod transfer;

pub use affine::{Affine, blit_affine};
pub use cover::{Cover, Rect};
pub use overlay::{Rgba8, overlay};
pub use region::blit_region;
pub use resample::{Anchor, ObjectFit, resample};
pub use rgb48::{Picture, Rgb48, Rgb48Mut};
pub use rgb48_error::Rgb48Error;
pub use rounded::Radii;
pub use transfer::{Curve, Transfer, conversion, convert};
