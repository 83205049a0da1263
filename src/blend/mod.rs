//! Pixel arithmetic on 16-bit pictures. Pure: no I/O, no async, and no byte depends on how many
//! threads work on it. Two parts:
//!
//! - transitions between two frames, on a thread pool of their own: [`Blender`] draws one at a
//!   time with all threads, [`BlendPool`] puts a queue before it;
//! - transfer curves, and the ways one picture is laid over another, on the rayon pool that they
//!   are called from.

mod affine;
mod arithmetic;
mod bilinear;
mod blender;
mod claims;
mod cover;
mod error;
mod fields;
mod frame;
mod grid;
mod noise;
mod overlay;
mod pool;
mod region;
mod resample;
mod rgb48;
mod rgb48_error;
mod rounded;
mod rounding;
mod rows;
mod sample;
mod sine;
mod single;
mod style;
mod transfer;
mod transition;
mod transitions;

pub use affine::{Affine, blit_affine};
pub use blender::{Blender, BlenderOptions, Form, Frames};
pub use claims::{Claim, Claims};
pub use cover::{Cover, Rect};
pub use error::BlendError;
pub use frame::{FrameSize, MAX_SIDE};
pub use overlay::{Rgba8, overlay};
pub use pool::{
    BlendPool, BlendPoolOptions, BlendPoolStats, BlendRequest, FrameOwner, OwnedFrames,
};
pub use region::blit_region;
pub use resample::{Anchor, ObjectFit, resample};
pub use rgb48::{Picture, Rgb48, Rgb48Mut};
pub use rgb48_error::Rgb48Error;
pub use rounded::Radii;
pub use style::{Accents, Style};
pub use transfer::{Curve, Transfer, conversion, convert};
pub use transition::{Named, Transition};
