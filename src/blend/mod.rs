//! Transitions between two frames: pure arithmetic on rgb48, on a thread pool of its own. No I/O,
//! no async. [`Blender`] draws one frame at a time with all threads.

mod arithmetic;
mod blender;
mod error;
mod fields;
mod frame;
mod noise;
mod sample;
mod transition;
mod transitions;

pub use blender::{Blender, BlenderOptions, Form, Frames};
pub use error::BlendError;
pub use frame::{FrameSize, MAX_SIDE};
pub use transition::{Named, Transition};
