//! Plain data: what a compiled composition is, and frame/time arithmetic. No I/O but loading a
//! saved composition from disk.

mod automation;
mod compiled;
mod fps;
mod rate;
mod transitions;
mod video;

pub use automation::{Automation, AutomationLane, Point, Scale, json_number};
pub use compiled::{
    CompiledComposition, CompositionError, Hint, Hints, MediaLists, ProducerIdentity,
    SCHEMA_VERSION,
};
pub use fps::{Fps, FpsError};
pub use rate::{Rate, RateSpec, clamp_rate};
pub use transitions::{Ignored, TooManyFrames, Transition, TransitionFrame, TransitionTable};
pub use video::{ClipWindow, VideoClip};
