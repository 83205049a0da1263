//! Plain data: what a compiled composition is, and frame/time arithmetic. No I/O but loading a
//! saved composition from disk.

mod compiled;
mod fps;
mod transitions;
mod video;

pub use compiled::{
    CompiledComposition, CompositionError, Hint, Hints, MediaLists, ProducerIdentity,
};
pub use fps::{Fps, FpsError};
pub use transitions::{Ignored, TooManyFrames, Transition, TransitionFrame, TransitionTable};
pub use video::{ClipWindow, VideoClip};
