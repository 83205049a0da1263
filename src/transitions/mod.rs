//! Transitions between two frames of 16-bit samples, on a thread pool of their own. [`Blender`]
//! draws one frame at a time with all threads; [`BlendPool`] is a queue before it. Pure: no I/O,
//! and the result does not depend on the number of threads.

mod arithmetic;
mod blend_pool;
mod blender;
mod block;
mod buffer_locks;
mod error;
mod fields;
mod frame;
mod grid;
mod noise;
mod sample;
mod shaders;
mod sine;
mod size;
mod style;
mod transition;
mod webgl_sine;

pub use blend_pool::{
    BlendPool, BlendPoolStats, BlendRequest, FrameOwner, OwnedFrames, panic_text,
};
pub use blender::{Blender, BlenderOptions, Form, Frames};
pub use buffer_locks::{BufferLock, BufferLocks};
pub use error::BlendError;
pub use size::FrameSize;
pub use style::{Accents, Look, TransitionStyle};
pub use transition::{Named, Transition};
