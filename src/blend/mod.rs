//! Pixel arithmetic on 16-bit pictures. Pure: no I/O, no async, and no byte depends on how many
//! threads work on it. Two parts:
//!
//! - transitions between two frames, on a thread pool of their own: [`Blender`];
//! - transfer curves, and the ways one picture is laid over another, on the rayon pool that they
//!   are called from.

mod affine;
mod arithmetic;
mod blender;
mod cover;
mod error;
mod fields;
mod frame;
mod grid;
mod noise;
mod overlay;
mod picture_error;
mod region;
mod resample;
mod rgb48;
mod rounded;
mod rows;
mod sample;
mod single;
mod style;
mod transfer;
mod transition;
mod transitions;

pub use affine::{Affine, blit_affine};
pub use blender::{Blender, BlenderOptions, Form, Frames};
pub use cover::{Cover, Rect};
pub use error::BlendError;
pub use frame::{FrameSize, MAX_SIDE};
pub use overlay::{Rgba8, overlay};
pub use picture_error::PictureError;
pub use region::blit_region;
pub use resample::{Anchor, ObjectFit, resample};
pub use rgb48::{Picture, Rgb48, Rgb48Mut};
pub use rounded::Radii;
pub use style::{Accents, Style};
pub use transfer::{Curve, Transfer, conversion, convert};
pub use transition::{Named, Transition};
