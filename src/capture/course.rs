//! Which frame a page is to be brought to, with the ones after it, and what bringing it there took.

use super::passes::SeekAnswer;
use super::timing::StageTotals;

/// What bringing a page to a frame took, and what the page answered.
pub(super) struct Sought {
    pub fence_wait_ms: f64,
    pub seek_ms: f64,
    pub answer: SeekAnswer,
    /// It goes on to the next one while the frame is drawn.
    pub goes_on: bool,
}

/// Frames that a page is brought to.
#[derive(Clone, Copy)]
pub(super) struct Course {
    pub frame: u64,
    /// The one after, if it is taken.
    pub next: Option<u64>,
    /// The one after that, likewise.
    pub after: Option<u64>,
    /// The page may go on to the next frame while this one is drawn.
    pub may_go_on: bool,
}

impl Sought {
    /// Adds its times to a worker's.
    pub fn add_to(&self, totals: &mut StageTotals) {
        totals.fence_wait_ms += self.fence_wait_ms;
        totals.seek_ms += self.seek_ms;
    }
}
