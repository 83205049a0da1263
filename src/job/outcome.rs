//! What the stages of a render came to, before it is summed up.

use super::attempt::Attempt;
use super::stages::{Finished, Frames};

/// What the stages of a render came to.
pub(super) struct Outcome {
    pub frames: Frames,
    /// The attempt that made the frames.
    pub attempt: Attempt,
    /// Those before it.
    pub failed: Vec<Attempt>,
    pub finished: Finished,
    /// Frames compared with Chrome's own picture.
    pub checked_frames: u64,
}
