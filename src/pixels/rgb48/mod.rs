//! Pictures of 16 bits a channel: transfer curves, and drawing one picture over another. The result
//! does not depend on the number of threads.

mod affine;
mod bilinear;
mod cover;
mod error;
mod fit;
mod moved;
mod overlay;
mod picture;
mod png;
mod region;
mod resample;
mod rounded;
mod rounding;
mod rows;
mod transfer;

pub use affine::{Affine, blit_affine};
pub use cover::{Cover, Rect};
pub use error::Rgb48Error;
pub use fit::{Anchor, Cut, Laid, ObjectFit};
pub use moved::blit_moved;
pub use overlay::{Rgba8, overlay};
pub use picture::{Picture, Rgb48, Rgb48Mut};
pub use png::decode_rgb48;
pub use region::blit_region;
pub use resample::resample;
pub use rounded::Radii;
pub use transfer::{LutCurve, TransferFunction, conversion, convert};
