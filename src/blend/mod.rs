//! Transitions between two frames: pure arithmetic on rgb48, on a thread pool of its own. No I/O,
//! no async. [`Blender`] draws one frame at a time with all threads; [`BlendPool`] puts a queue before
//! it.

mod arithmetic;
mod blender;
mod claims;
mod error;
mod fields;
mod frame;
mod noise;
mod pool;
mod sample;
mod sine;
mod transition;
mod transitions;

pub use blender::{Blender, BlenderOptions, Form, Frames};
pub use claims::{Claim, Claims};
pub use error::BlendError;
pub use frame::{FrameSize, MAX_SIDE};
pub use pool::{
    BlendPool, BlendPoolOptions, BlendPoolStats, BlendRequest, FrameOwner, OwnedFrames,
};
pub use transition::{Named, Transition};
