//! How many frames a length has, and how many of them a source must give
//! (docs/upstream.md#expected-frames).

use super::clip_plan::ClipPlan;
use crate::composition::Fps;

/// Of the frames a source promises, the share below which it counts as a shorter one than its
/// header says, whose last frame is held, and not as a damaged one (upstream's figure).
const SHORTER: f64 = 0.6;
/// Lengths in frames of clips that may lack the one frame on their edge (upstream's figures).
const EDGE_FORGIVEN: std::ops::RangeInclusive<u64> = 14..=20;

/// Whether a source gave the frames that a clip expects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coverage {
    /// It did, or no share is demanded.
    Enough,
    /// It is just shorter than it says: its last frame is held.
    Shorter,
    /// What is missing would be a frozen or empty clip in a finished file.
    TooLittle,
}

impl ClipPlan {
    /// Judges a source that ended after `total` frames, of whose expected ones the share
    /// `threshold` is demanded; none is when that is `None`.
    pub(super) fn coverage(&self, total: u64, threshold: Option<f64>) -> Coverage {
        let Some(threshold) = threshold else {
            return Coverage::Enough;
        };
        let expected = self.expected_frames;
        let covered = total as f64 / expected.max(1) as f64;
        let edge = threshold < 1.0
            && total > 0
            && EDGE_FORGIVEN.contains(&expected)
            && expected == total + 1;
        if expected == 0 || covered >= threshold || edge {
            Coverage::Enough
        } else if total > 0 && total as f64 <= self.promised_frames as f64 * SHORTER {
            Coverage::Shorter
        } else {
            Coverage::TooLittle
        }
    }
}

/// Frames that a clip needs of a source with `playable` seconds, of a `variable` rate or not.
pub(super) fn expected_frames(plan: &ClipPlan, playable: f64, variable: bool, fps: Fps) -> u64 {
    let slot = plan.rate.source_time((plan.end - plan.start).max(0.0));
    let source = playable - plan.media_start;
    let slot_frames = frame_count(slot, fps, variable);
    if source > 0.0 {
        slot_frames.min(frame_count(source, fps, variable))
    } else {
        slot_frames
    }
}

/// Frames in `duration` seconds at `fps`, the duration taken to the microsecond as upstream
/// takes it: the nearest whole number, or, for a `variable` rate, rounded up; at least 1 for any
/// positive length, 0 for none or an infinite one.
pub(super) fn frame_count(duration: f64, fps: Fps, variable: bool) -> u64 {
    if !duration.is_finite() || duration <= 0.0 {
        return 0;
    }
    // Through the decimal text, so that 2.05 s is 2 050 000 us and not one less.
    let text = format!("{duration}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let micros: u128 = format!("{whole}{:0<6.6}", fraction).parse().unwrap_or(0);
    let (num, den) = (u128::from(fps.num), u128::from(fps.den));
    let (top, bottom) = (micros * num, 1_000_000 * den);
    let count = if variable {
        top.div_ceil(bottom)
    } else {
        (2 * top + bottom) / (2 * bottom)
    };
    u64::try_from(count).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::{clip, fps30, ready};

    #[test]
    fn a_source_is_judged_by_what_it_promised() {
        let plan = ready(&clip(0.0, 2.0), 10.0, 5.0);
        assert_eq!((plan.expected_frames, plan.promised_frames), (60, 60));
        for (total, judged) in [
            (60, Coverage::Enough),
            (57, Coverage::Enough),
            (56, Coverage::TooLittle),
            (36, Coverage::Shorter),
            (0, Coverage::TooLittle),
        ] {
            assert_eq!(plan.coverage(total, Some(0.95)), judged, "{total}");
            assert_eq!(plan.coverage(total, None), Coverage::Enough);
        }
    }

    #[test]
    fn a_short_clip_may_lack_the_frame_on_its_edge() {
        let plan = ready(&clip(0.0, 0.5), 10.0, 5.0);
        assert_eq!(plan.expected_frames, 15);
        assert_eq!(plan.coverage(14, Some(0.95)), Coverage::Enough);
        assert_eq!(plan.coverage(14, Some(1.0)), Coverage::TooLittle);
        assert_eq!(plan.coverage(13, Some(0.95)), Coverage::TooLittle);
    }

    #[test]
    fn counts_are_exact() {
        let ntsc = Fps::new(30_000, 1001).unwrap();
        assert_eq!(frame_count(2.05, fps30(), false), 62);
        assert_eq!(frame_count(1.001, ntsc, false), 30);
        assert_eq!(frame_count(1e-6, fps30(), false), 1);
        assert_eq!(frame_count(1.01, fps30(), true), 31);
        assert_eq!(frame_count(f64::INFINITY, fps30(), true), 0);
    }
}
