//! How many frames are held of each stream, and how many workers that is enough for. A frame that is
//! dropped before its last request makes the decoder start over, on every frame if one worker lags
//! behind. So the frames held have to cover how far workers are apart.

use super::pictures::Shares;
use crate::video::Busiest;

/// Output frames that are decoded ahead of the one asked for, while that one is drawn.
const DECODED_AHEAD: u64 = 2;
/// The least that one worker gets along with: the frame it shows, and the next.
const LEAST_DEPTH: u64 = 2;

/// What is held, of how much memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct DecodeBudget {
    /// Workers that it is enough for, at least 1.
    pub workers: u64,
    /// Frames held of each stream, beside those between its clips.
    pub depth: u64,
    /// Output frames that may be decoded ahead.
    pub ahead: u64,
    /// What is left for pictures.
    pub shares: Shares,
    /// Bytes that the least possible holding takes more than there are.
    pub excess: u64,
}

/// Frames that `workers` are apart, with those ahead: each has one that is captured, one that is
/// sought and one that is asked for early.
fn usual_depth(workers: u64) -> u64 {
    workers * 3 + 1
}

/// Divides `bytes` for `workers`, or fewer when that many can't be fed: half for decoded frames, a
/// quarter for pictures that are needed again, the rest for those on their way.
pub(super) fn hold(bytes: u64, workers: u64, busiest: Busiest) -> DecodeBudget {
    let cache = bytes / 4;
    let taken = |depth: u64| busiest.bytes(depth);
    let for_decoded = bytes / 2;
    let fed = (2..=workers)
        .rev()
        .find(|workers| taken(usual_depth(*workers)) <= for_decoded);
    let (workers, depth) = match fed {
        Some(workers) => (workers, usual_depth(workers)),
        None => {
            let depth = (LEAST_DEPTH..=usual_depth(1))
                .rev()
                .find(|depth| taken(*depth) <= for_decoded);
            (1, depth.unwrap_or(LEAST_DEPTH))
        }
    };
    let decoded = taken(depth);
    let travel = bytes.saturating_sub(cache + decoded).max(bytes / 4);
    DecodeBudget {
        workers,
        depth,
        ahead: DECODED_AHEAD.min(depth - 1),
        shares: Shares { cache, travel },
        excess: decoded.saturating_sub(for_decoded),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn busiest(frame_bytes: u64) -> Busiest {
        Busiest {
            streams: 1,
            frame_bytes,
            apart_bytes: 0,
        }
    }

    #[test]
    fn with_enough_memory_all_workers_are_fed() {
        let held = hold(1 << 30, 4, busiest(1 << 20));
        assert_eq!((held.workers, held.depth, held.ahead), (4, 13, 2));
        assert_eq!((held.shares.cache, held.excess), (1 << 28, 0));
    }

    #[test]
    fn with_little_there_are_fewer_workers_and_then_fewer_frames() {
        let held = hold(32 << 20, 4, busiest(1 << 20));
        assert_eq!((held.workers, held.depth), (4, 13));
        let held = hold(24 << 20, 4, busiest(1 << 20));
        assert_eq!((held.workers, held.depth, held.ahead), (3, 10, 2));
        let held = hold(8 << 20, 4, busiest(1 << 20));
        assert_eq!((held.workers, held.depth, held.ahead), (1, 3, 2));
        let held = hold(1 << 20, 4, busiest(1 << 20));
        assert_eq!((held.workers, held.depth, held.ahead), (1, 2, 1));
        assert_eq!(held.excess, (3 << 20) - (1 << 19));
    }

    proptest! {
        #[test]
        fn shares_stay_inside_the_budget_and_nobody_outruns_what_is_held(
            bytes in 1u64..1 << 32, workers in 1u64..24, frame in 1u64..1 << 26,
            apart in 0u64..1 << 24,
        ) {
            let busiest = Busiest { streams: 1, frame_bytes: frame, apart_bytes: apart };
            let held = hold(bytes, workers, busiest);
            let Shares { cache, travel } = held.shares;
            let decoded = frame * (held.depth + 1) + apart;
            prop_assert!((1..=workers).contains(&held.workers));
            prop_assert!(held.ahead < held.depth);
            prop_assert!(held.workers == 1 || held.depth > 3 * held.workers);
            prop_assert!(held.excess > 0 || decoded + cache + travel <= bytes);
        }
    }
}
