//! The BeginFrame clock. Ticks must only ever rise on a page: one that goes back stalls
//! headless-shell for good, without an error (docs/upstream.md#beginframe-clock).

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
    /// Base is `(n + 10)` capture intervals, unless its commit tick would not lie after the last
    /// warm-up tick (capture intervals shorter than 33 ms): then 10 intervals after the warm-up.
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

    /// Milliseconds between frames.
    pub fn interval(&self) -> f64 {
        self.interval
    }

    /// Tick of the frame that commits the page's first paint.
    pub fn commit(&self) -> f64 {
        self.commit
    }

    /// Tick of the frame that proves the compositor alive; between commit and frame 0.
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
    }
}
