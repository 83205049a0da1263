//! When one more worker is worth the start of its browser.

use std::time::{Duration, Instant};

use super::capture_job::CaptureJob;
use crate::machine::IdleCores;

/// How often the pool asks itself whether it is large enough.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Core-seconds that a browser takes from its start to its first frame, about (measured: 1.1 to
/// 1.6 on the bench's pages).
const START_CORE_SECONDS: f64 = 1.5;
/// A browser must pay for its start this many times over.
const WORTH: f64 = 2.5;
/// Looks that pass after a start, until the new worker shows in the figures.
const SETTLE_LOOKS: u32 = 4;
/// Frames that must have been taken before the first decision.
const FIRST_FRAMES: u64 = 8;

/// Decides from the cores that are idle, whatever keeps the others busy: drawing, the encoder or other
/// programs.
pub(super) struct Growth {
    idle: IdleCores,
    since: Instant,
    taken: u64,
    /// Looks still to let pass.
    settle: u32,
}

impl Growth {
    pub fn new(job: &CaptureJob) -> Self {
        Self {
            idle: IdleCores::new(),
            since: Instant::now(),
            taken: job.taken(),
            settle: 0,
        }
    }

    /// The idle cores, when one more worker would use them for long enough.
    pub fn look(&mut self, job: &CaptureJob) -> Option<f64> {
        let idle = self.idle.sample();
        let taken = job.taken();
        let (frames, elapsed) = (taken - self.taken, self.since.elapsed().as_secs_f64());
        (self.taken, self.since) = (taken, Instant::now());
        if self.settle > 0 {
            self.settle -= 1;
            return None;
        }
        if frames == 0 || taken < FIRST_FRAMES {
            return None;
        }
        let remaining = (job.total_frames - taken) as f64 * elapsed / frames as f64;
        if !worth_a_worker(idle, remaining) {
            return None;
        }
        self.settle = SETTLE_LOOKS;
        Some(idle)
    }
}

/// Whether `idle` cores over `remaining` seconds pay for another browser.
fn worth_a_worker(idle: f64, remaining: f64) -> bool {
    idle * remaining > WORTH * START_CORE_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_must_have_cores_and_time() {
        assert!(worth_a_worker(0.8, 20.0));
        assert!(!worth_a_worker(0.05, 20.0), "the cores are busy");
        assert!(!worth_a_worker(1.0, 2.0), "nearly done");
    }
}
