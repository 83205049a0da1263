//! The BeginFrame clock. The ticks of a page must rise: a tick before the last one stalls
//! headless-shell for ever, without an error (docs/upstream.md#beginframe-clock).

use crate::composition::Fps;

/// Milliseconds between warm-up ticks, upstream's constant.
pub const WARMUP_INTERVAL_MS: f64 = 33.0;
/// Capture intervals between the commit frame and frame 0.
const COMMIT_LEAD: f64 = 6.0;
/// Capture intervals left free before frame 0 for commit and liveness ticks.
const BASE_LEAD: f64 = 10.0;

/// Ticks, in milliseconds, of one page's capture.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeginFrameClock {
    interval: f64,
    base: f64,
    commit: f64,
}

impl BeginFrameClock {
    /// The clock after `warmup_ticks` successful warm-up frames at `0, 33, 66 …` ms.
    ///
    /// Frame 0 is at `(n + 10)` capture intervals, `n` being the number of warm-up ticks. If the
    /// commit tick would then not come after the last warm-up tick (capture intervals shorter than
    /// 33 ms), frame 0 is 10 intervals after the warm-up.
    pub fn after_warmup(warmup_ticks: u64, fps: Fps) -> Self {
        let n = warmup_ticks as f64;
        let interval = fps.interval_ms();
        let legacy = (n + BASE_LEAD) * interval;
        let last_warmup = (n - 1.0).max(0.0) * WARMUP_INTERVAL_MS;
        let base = if legacy - COMMIT_LEAD * interval > last_warmup {
            legacy
        } else {
            n * WARMUP_INTERVAL_MS + BASE_LEAD * interval
        };
        Self {
            interval,
            base,
            commit: base - COMMIT_LEAD * interval,
        }
    }

    /// Warm-up ticks that have passed when the page has captured `captures` frames.
    pub fn warmup_ticks_after(&self, captures: u64) -> u64 {
        (self.frame(captures) / WARMUP_INTERVAL_MS).ceil() as u64 + 1
    }

    /// The page's next capture, from 0, after warm-up frames that end with tick `warmup_ticks`: there is
    /// room for a commit frame and a liveness frame between.
    pub fn capture_after(&self, warmup_ticks: u64) -> u64 {
        let last = warmup_ticks as f64 * WARMUP_INTERVAL_MS;
        ((last - self.base).max(0.0) / self.interval + BASE_LEAD).ceil() as u64
    }

    /// This clock, with its commit frame and its liveness frame before the page's capture `capture`.
    pub fn beginning_at(&self, capture: u64) -> Self {
        let base = self.frame(capture);
        let commit = base - COMMIT_LEAD * self.interval;
        Self {
            base,
            commit,
            ..*self
        }
    }

    /// Milliseconds between frames.
    pub fn interval(&self) -> f64 {
        self.interval
    }

    /// Tick of the frame that commits the page's first paint.
    pub fn commit(&self) -> f64 {
        self.commit
    }

    /// Tick of the frame that proves that the compositor answers; between commit and frame 0.
    pub fn liveness(&self) -> f64 {
        (self.base - 5.0 * self.interval).max(0.0)
    }

    /// Tick of the page's `index`-th captured frame, from 0.
    pub fn frame(&self, index: u64) -> f64 {
        self.base + index as f64 * self.interval
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn thirty_fps_keeps_the_legacy_base() {
        let clock = BeginFrameClock::after_warmup(5, Fps::new(30, 1).unwrap());
        assert!((clock.frame(0) - 500.0).abs() < 1e-9);
        assert!((clock.commit() - 300.0).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn ticks_always_rise(
            warmup in 0u64..5000,
            rate in prop::sample::select(vec![(24, 1), (30, 1), (30000, 1001), (60, 1), (120, 1), (240, 1), (1, 1)]),
        ) {
            let clock = BeginFrameClock::after_warmup(warmup, Fps::new(rate.0, rate.1).unwrap());
            let last_warmup = (warmup as f64 - 1.0) * WARMUP_INTERVAL_MS;
            prop_assert!(clock.commit() > last_warmup);
            prop_assert!(clock.liveness() > clock.commit());
            prop_assert!(clock.frame(0) > clock.liveness());
            prop_assert!(clock.frame(1) > clock.frame(0));
        }

        #[test]
        fn ticks_rise_when_a_page_is_opened_again(
            warmup in 0u64..500,
            captures in 0u64..5000,
            more in 0u64..200,
            rate in prop::sample::select(vec![(24, 1), (30, 1), (30000, 1001), (60, 1), (240, 1), (1, 1)]),
        ) {
            let clock = BeginFrameClock::after_warmup(warmup, Fps::new(rate.0, rate.1).unwrap());
            let first = clock.warmup_ticks_after(captures);
            prop_assert!(first as f64 * WARMUP_INTERVAL_MS > clock.frame(captures));
            let next = clock.capture_after(first + more);
            let again = clock.beginning_at(next);
            prop_assert!(next >= captures);
            prop_assert!(again.commit() > (first + more) as f64 * WARMUP_INTERVAL_MS);
            prop_assert!(again.liveness() > again.commit());
            prop_assert!(clock.frame(next) > again.liveness());
        }
    }
}
