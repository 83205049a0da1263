//! Which frames are proven against a picture that Chrome itself encodes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::capture::lane::CaptureContext;

/// Sebastiano Vigna's SplitMix64 (public domain): small, seeded, good enough to sample with.
pub(super) struct SplitMix(pub u64);

impl SplitMix {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// A seeded choice of captures to check, and how many were.
#[derive(Debug, Clone)]
pub struct Sampler {
    /// Differs between renders, not between runs of the same render.
    pub seed: u64,
    /// One frame in this many; at least 1.
    pub one_in: u64,
    /// Counts the checks of all lanes of a job.
    pub checked: Arc<AtomicU64>,
}

impl Sampler {
    /// Whether a capture is checked: a page's first ones more often than later ones (0, 1, 4, 16, 64
    /// ...), the render's last, and a random sample.
    pub fn picks(&self, context: CaptureContext) -> bool {
        let is_power_of_four =
            context.ordinal.is_power_of_two() && context.ordinal.trailing_zeros().is_multiple_of(2);
        context.ordinal == 0
            || is_power_of_four
            || context.last
            || SplitMix(self.seed ^ context.frame.wrapping_mul(0xA24B_AED4_963E_E407))
                .next()
                .is_multiple_of(self.one_in.max(1))
    }

    /// Counts a check.
    pub fn note_checked(&self) {
        self.checked.fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::lane::Purpose;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_ones_the_last_and_about_one_in_four_hundred(seed in any::<u64>()) {
            let sampler = Sampler { seed, one_in: 400, checked: Arc::default() };
            let context = |frame| CaptureContext { ordinal: frame, frame, last: frame == 19_999, goes_on: false, purpose: Purpose::Frame };
            prop_assert!(sampler.picks(context(0)) && sampler.picks(context(19_999)));
            let picked = (0..20_000).filter(|frame| sampler.picks(context(*frame))).count();
            prop_assert!([1, 4, 4096].iter().all(|frame| sampler.picks(context(*frame))));
            prop_assert!((25..100).contains(&picked), "{picked}");
        }
    }
}
