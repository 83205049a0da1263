//! Which frames are proven against a picture that Chrome itself encodes.

/// One frame in this many, beside each page's first and last.
const ONE_IN: u64 = 100;

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

/// A seeded choice of a page's captures.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sampler {
    /// Differs between pages and renders, not between runs of the same render.
    pub seed: u64,
    /// How many captures this page is going to make.
    pub captures: u64,
}

impl Sampler {
    /// Whether the page's `ordinal`-th capture is checked.
    pub fn picks(&self, ordinal: u64) -> bool {
        ordinal == 0
            || ordinal + 1 == self.captures
            || SplitMix(self.seed ^ ordinal.wrapping_mul(0xA24B_AED4_963E_E407))
                .next()
                .is_multiple_of(ONE_IN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn first_last_and_about_one_in_a_hundred(seed in any::<u64>()) {
            let sampler = Sampler { seed, captures: 20_000 };
            prop_assert!(sampler.picks(0) && sampler.picks(19_999));
            let picked = (0..20_000).filter(|ordinal| sampler.picks(*ordinal)).count();
            prop_assert!((120..300).contains(&picked), "{picked}");
        }
    }
}
