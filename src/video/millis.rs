//! Files that were Matroska, WebM or FLV once and are MP4 or a transport stream now: their clock is fine,
//! but the times of their frames are still whole milliseconds.

use super::sampling::Stamp;
use crate::probe::VideoFacts;

/// A rate whose frames last whole milliseconds but for this is not rounded, milliseconds.
const EVEN: f64 = 0.02;

/// Tells whether times were rounded to milliseconds, by the frames that come.
#[derive(Debug)]
pub(super) struct Millis {
    /// The stream's first frame, seconds of its clock.
    zero: f64,
    /// Frames last a number of milliseconds that is not whole, so that rounding shows.
    is_uneven: bool,
    /// Frames that came so far, and whether all of them had whole milliseconds.
    frames: u64,
    all_whole: bool,
}

impl Millis {
    /// Nothing is known yet of a source's frames.
    pub fn of(facts: &VideoFacts) -> Self {
        let lasts = 1e3 / facts.fps;
        Self {
            zero: facts.stream_start,
            is_uneven: lasts.is_finite() && (lasts - lasts.round()).abs() > EVEN,
            frames: 0,
            all_whole: true,
        }
    }

    /// Whether the next frame, which begins then, has a rounded time.
    pub fn is_rounded(&mut self, begins: Stamp) -> bool {
        let Stamp { ticks, tick } = begins;
        let per_milli = i64::from(tick.den / 1000);
        let is_fine = tick.num == 1 && tick.den % 1000 == 0 && tick.den > 1000;
        let first = (self.zero * f64::from(tick.den)).round() as i64;
        self.all_whole &= is_fine && ticks.wrapping_sub(first) % per_milli == 0;
        self.frames += 1;
        self.is_uneven && self.all_whole && self.frames > 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::frame_lines::Tick;
    use crate::video::testing::facts;

    /// What is said of frames at these ticks of a stream that starts at 1 s.
    fn rounded(den: u32, fps: f64, ticks: &[i64]) -> Vec<bool> {
        let mut facts = facts(1.0);
        (facts.fps, facts.stream_start) = (fps, 1.0);
        let mut millis = Millis::of(&facts);
        let tick = Tick { num: 1, den };
        let stamps = ticks.iter().map(|ticks| Stamp {
            ticks: i64::from(den) + ticks,
            tick,
        });
        stamps.map(|stamp| millis.is_rounded(stamp)).collect()
    }

    #[test]
    fn rounded_times_are_told_from_exact_ones() {
        let remuxed = rounded(90_000, 30.0, &[0, 33 * 90, 67 * 90, 9000]);
        assert_eq!(remuxed, [false, true, true, true]);
        let exact = rounded(90_000, 30.0, &[0, 3000, 6000, 9000]);
        assert_eq!(exact, [false; 4]);
        let even = rounded(16_000, 25.0, &[0, 640, 1280]);
        assert_eq!(even, [false; 3], "whole milliseconds are exact");
        assert_eq!(rounded(15_360, 30.0, &[0, 512]), [false; 2]);
        assert_eq!(rounded(600, 30.0, &[0, 20]), [false; 2]);
    }
}
