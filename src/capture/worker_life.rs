//! The life of a capture worker. It is opening until its page may be captured. Then it holds frames,
//! which no other worker will deliver, until it has delivered its last one.
//!
//! A worker that fails while it holds frames continues with them in a fresh browser, a bounded
//! number of times; after that its error ends the capture. An optional worker that holds none
//! leaves, and the others go on. One that is dismissed, because frames do not come sooner with it, takes
//! no more and delivers those that it holds. When no frame is left, the capture ends without waiting for optional
//! workers that are still opening.

use std::sync::{Mutex, MutexGuard};

use super::error::CaptureError;
use crate::sync::IgnorePoison;

/// Whether a capture can do without a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One of those that the capture began with.
    Needed,
    /// Joined because cores were idle.
    Optional,
}

/// Where a worker is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Its browser or page is not ready; it holds no frame.
    Opening,
    /// It holds frames, or is about to take some.
    Capturing,
    /// It delivers the frames that it holds, and takes no more.
    Dismissed,
    /// It has delivered all its frames, or left.
    Ended,
}

/// All workers of a capture, by number.
#[derive(Debug, Default)]
pub(super) struct Roster(Mutex<Vec<(Role, Stage)>>);

impl Roster {
    /// Adds a worker, which is opening.
    pub fn add(&self, role: Role) {
        self.lock().push((role, Stage::Opening));
    }

    /// How many there ever were.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// The page of `worker` may be captured; of one that was dismissed, for the frames that it holds.
    pub fn captures(&self, worker: usize) {
        if let Some((_, stage @ Stage::Opening)) = self.lock().get_mut(worker) {
            *stage = Stage::Capturing;
        }
    }

    /// `worker` is to take no more frames.
    pub fn dismiss(&self, worker: usize) {
        if let Some((_, stage @ Stage::Capturing)) = self.lock().get_mut(worker) {
            *stage = Stage::Dismissed;
        }
    }

    /// Whether `worker` was told to take no more frames.
    pub fn is_dismissed(&self, worker: usize) -> bool {
        let entries = self.lock();
        entries.get(worker).map(|(_, stage)| *stage) == Some(Stage::Dismissed)
    }

    /// `worker` has ended.
    pub fn ended(&self, worker: usize) {
        if let Some((_, stage)) = self.lock().get_mut(worker) {
            *stage = Stage::Ended;
        }
    }

    /// Whether the page of some worker is not ready.
    pub fn is_opening(&self) -> bool {
        self.count(Stage::Opening) > 0
    }

    /// How many capture.
    pub fn capturing(&self) -> usize {
        self.count(Stage::Capturing)
    }

    /// Whether some worker other than `worker` captures.
    pub fn others_capture(&self, worker: usize) -> bool {
        let entries = self.lock();
        let mut others = entries
            .iter()
            .enumerate()
            .filter(|(slot, _)| *slot != worker);
        others.any(|(_, (_, stage))| *stage == Stage::Capturing)
    }

    /// Whether every worker has ended but optional ones that are still opening.
    pub fn only_openers_left(&self) -> bool {
        self.lock().iter().all(|(role, stage)| match stage {
            Stage::Opening => *role == Role::Optional,
            Stage::Capturing | Stage::Dismissed => false,
            Stage::Ended => true,
        })
    }

    fn count(&self, stage: Stage) -> usize {
        self.lock().iter().filter(|(_, s)| *s == stage).count()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<(Role, Stage)>> {
        self.0.lock().ignore_poison()
    }
}

/// What follows a worker's failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AfterFailure {
    /// It continues in a fresh browser.
    Restart,
    /// It leaves; the others go on.
    Leave,
    /// Its error ends the capture.
    Fail,
}

/// Fresh browsers a worker may use up before its error counts.
const MAX_RESTARTS: u32 = 2;
/// Frames that a fresh browser delivers until the ones before are forgotten: three crashes in three
/// hours are none too many, and a page that dies every few frames would take for ever.
const FORGOTTEN_AFTER: u64 = 8;

/// The fresh browsers that a worker has used up lately.
#[derive(Debug, Default)]
pub(super) struct Restarts {
    used: u32,
    /// Frames it had delivered at the last one.
    delivered: u64,
}

impl Restarts {
    /// How many count, now that the worker has delivered so many frames in all.
    pub fn counted(&mut self, delivered: u64) -> u32 {
        if delivered.saturating_sub(self.delivered) >= FORGOTTEN_AFTER {
            self.used = 0;
        }
        self.used
    }

    /// Counts one, with so many frames delivered.
    pub fn note(&mut self, delivered: u64) {
        (self.used, self.delivered) = (self.used + 1, delivered);
    }
}

impl AfterFailure {
    /// After `error` of a worker that has been restarted `restarts` times. `others_capture`: whether
    /// frames come without it.
    pub fn of(
        error: &CaptureError,
        role: Role,
        holds_frames: bool,
        others_capture: bool,
        restarts: u32,
    ) -> Self {
        let accident = error.is_transient() && !error.is_stalled_compositor();
        let retry = accident && restarts < MAX_RESTARTS;
        // Frames that it gave before are in doubt, or frames are not wanted any more.
        let ends_all = error.discredits_surface() || matches!(error, CaptureError::Abandoned);
        match role {
            _ if ends_all => Self::Fail,
            Role::Optional if !holds_frames => Self::Leave,
            _ if retry => Self::Restart,
            // No room for another browser: processes or memory are short.
            _ if accident && !holds_frames && others_capture => Self::Leave,
            _ => Self::Fail,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::lane::LaneError;
    use super::*;
    use crate::browser::BrowserError;
    use crate::page::PageError;

    fn frame_error(source: LaneError) -> CaptureError {
        CaptureError::Frame {
            worker: 1,
            frame: 7,
            source,
        }
    }

    #[test]
    fn an_optional_worker_without_frames_leaves() {
        let not_ready = CaptureError::Page(PageError::ZeroDuration {
            state: String::new(),
            runtime_ready: false,
        });
        let after = |role, holds| AfterFailure::of(&not_ready, role, holds, true, 0);
        assert_eq!(after(Role::Optional, false), AfterFailure::Leave);
        assert_eq!(after(Role::Optional, true), AfterFailure::Restart);
        assert_eq!(after(Role::Needed, false), AfterFailure::Restart);
        let why = "0 places looked like the output surface".into();
        let unread = CaptureError::Unread { why };
        let after = AfterFailure::of(&unread, Role::Optional, false, true, 0);
        assert_eq!(after, AfterFailure::Leave);
    }

    #[test]
    fn frames_are_kept_over_a_bounded_number_of_restarts() {
        let lost = frame_error(LaneError::SurfaceLost("gone".into()));
        let after = |role, restarts| AfterFailure::of(&lost, role, true, true, restarts);
        for role in [Role::Needed, Role::Optional] {
            assert_eq!(after(role, 0), AfterFailure::Restart);
            assert_eq!(after(role, 1), AfterFailure::Restart);
            assert_eq!(after(role, 2), AfterFailure::Fail);
        }
    }

    #[test]
    fn a_worker_without_a_browser_leaves_the_frames_to_those_that_capture() {
        let launch = BrowserError::Launch {
            detail: "Resource temporarily unavailable".into(),
        };
        let no_browser = CaptureError::Page(launch.into());
        let after = |holds, others, restarts| {
            AfterFailure::of(&no_browser, Role::Needed, holds, others, restarts)
        };
        assert_eq!(after(false, true, 0), AfterFailure::Restart);
        assert_eq!(after(false, true, MAX_RESTARTS), AfterFailure::Leave);
        assert_eq!(after(true, true, MAX_RESTARTS), AfterFailure::Fail);
        assert_eq!(after(false, false, MAX_RESTARTS), AfterFailure::Fail);
        let roster = Roster::default();
        roster.add(Role::Needed);
        roster.add(Role::Needed);
        roster.captures(1);
        assert!(roster.others_capture(0) && !roster.others_capture(1));
    }

    #[test]
    fn restarts_are_forgotten_once_frames_were_delivered() {
        let mut restarts = Restarts::default();
        for hour in 0..100 {
            let delivered = hour * FORGOTTEN_AFTER;
            assert_eq!(restarts.counted(delivered), 0, "crash {hour}");
            restarts.note(delivered);
        }
        let mut restarts = Restarts::default();
        for crash in 0..3 {
            let delivered = u64::from(crash) * (FORGOTTEN_AFTER - 1);
            assert_eq!(restarts.counted(delivered), crash);
            restarts.note(delivered);
        }
    }

    #[test]
    fn doubt_about_earlier_frames_ends_the_capture_whoever_finds_it() {
        let mismatch = frame_error(LaneError::SurfaceMismatch("differs".into()));
        let after = |error| AfterFailure::of(error, Role::Optional, false, true, 0);
        assert_eq!(after(&mismatch), AfterFailure::Fail);
        assert_eq!(after(&CaptureError::Abandoned), AfterFailure::Fail);
    }

    #[test]
    fn who_is_dismissed_takes_no_more_frames() {
        let roster = Roster::default();
        roster.add(Role::Needed);
        roster.add(Role::Optional);
        roster.captures(0);
        roster.dismiss(1);
        assert!(!roster.is_dismissed(1), "it captures nothing yet");
        roster.captures(1);
        roster.dismiss(1);
        roster.captures(1);
        assert!(
            roster.is_dismissed(1),
            "a fresh browser for frames it holds"
        );
        assert!(!roster.is_opening());
        assert_eq!(roster.capturing(), 1);
        roster.ended(0);
        assert!(!roster.only_openers_left(), "worker 1 may hold one");
        roster.ended(1);
        assert!(roster.only_openers_left());
    }

    #[test]
    fn nobody_waits_for_optional_workers_that_are_opening() {
        let roster = Roster::default();
        roster.add(Role::Needed);
        roster.add(Role::Optional);
        roster.captures(0);
        assert!(!roster.only_openers_left(), "worker 0 holds frames");
        roster.ended(0);
        assert!(roster.only_openers_left());
        roster.captures(1);
        assert!(!roster.only_openers_left(), "worker 1 may have taken one");
        roster.ended(1);
        assert!(roster.only_openers_left());
    }
}
