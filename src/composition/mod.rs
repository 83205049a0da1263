//! Plain data: what a compiled composition is, and frame/time arithmetic. No I/O but a look
//! whether the files of a composition exist.

mod audio;
mod automation;
mod compiled;
mod fps;
#[cfg(any(test, feature = "test-switches"))]
mod frame_order;
mod frame_range;
mod media;
mod motion_blur;
mod rate;
#[cfg(test)]
pub(crate) mod testing;
mod transitions;
mod video;

pub use audio::{AudioClip, AudioKind, VolumeKeyframe};
pub use automation::{Automation, AutomationLane, Point, Scale, json_number};
pub use compiled::{
    CompiledComposition, CompositionError, Hint, Hints, ProducerIdentity, SCHEMA_VERSION,
};
pub use fps::{Fps, FpsError};
#[cfg(any(test, feature = "test-switches"))]
pub use frame_order::FrameOrder;
pub use frame_range::FrameRange;
pub use media::{MediaLists, TimedImage};
pub use motion_blur::{BlurBlend, MOST_SAMPLES, MotionBlur};
pub use rate::{Rate, RateSpec, clamp_rate};
pub use transitions::{Ignored, TooManyFrames, Transition, TransitionFrame, TransitionTable};
pub use video::{ClipWindow, VideoClip};
