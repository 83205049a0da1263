//! Times that are rounded to milliseconds: those of Matroska, WebM and FLV, and of files that were one
//! once and are MP4 or a transport stream now, whose clock is fine but whose frames still begin on
//! whole milliseconds. Where frames last equally long, the true times are found again.

use super::due_finder::Stamp;
use crate::probe::VideoFacts;

/// A rate whose frames last whole milliseconds but for this is not rounded, milliseconds.
const EVEN: f64 = 0.02;
/// How far a rounded time may lie from the true one, milliseconds: FLV adds two that are rounded.
const ASTRAY: f64 = 1.01;

/// What is known of a frame's time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Precision {
    /// It is as exact as its clock.
    OfItsClock,
    /// It was rounded to milliseconds.
    Millis,
    /// It was, and the true one is so many seconds of the stream's clock.
    Truly(f64),
}

/// Tells whether times were rounded to milliseconds, by the frames that come.
#[derive(Debug)]
pub(super) struct Millis {
    /// The stream's first frame, seconds of its clock.
    zero: f64,
    /// How long frames last, milliseconds; not finite where that is unknown.
    lasts: f64,
    /// That is a number of milliseconds that is not whole, so that rounding shows.
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
            lasts,
            is_uneven: lasts.is_finite() && (lasts - lasts.round()).abs() > EVEN,
            frames: 0,
            all_whole: true,
        }
    }

    /// How exact the time of the next frame is, which begins then.
    pub fn precision(&mut self, begins: Stamp) -> Precision {
        if !self.is_rounded(begins) {
            return Precision::OfItsClock;
        }
        let after = (begins.seconds() - self.zero) * 1e3;
        let truly = (after / self.lasts).round() * self.lasts;
        if (truly - after).abs() <= ASTRAY {
            Precision::Truly(self.zero + truly / 1e3)
        } else {
            Precision::Millis
        }
    }

    fn is_rounded(&mut self, begins: Stamp) -> bool {
        let Stamp { ticks, tick } = begins;
        if tick.num == 1 && tick.den == 1000 {
            return true;
        }
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
    fn precision(den: u32, fps: f64, ticks: &[i64]) -> Vec<Precision> {
        let mut facts = facts(1.0);
        (facts.fps, facts.stream_start) = (fps, 1.0);
        let mut millis = Millis::of(&facts);
        let tick = Tick { num: 1, den };
        let stamps = ticks.iter().map(|ticks| Stamp {
            ticks: i64::from(den) + ticks,
            tick,
        });
        stamps.map(|stamp| millis.precision(stamp)).collect()
    }

    fn rounded(den: u32, fps: f64, ticks: &[i64]) -> Vec<bool> {
        let precision = precision(den, fps, ticks);
        let rounded = precision.iter().map(|it| *it != Precision::OfItsClock);
        rounded.collect()
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

    #[test]
    fn true_times_are_found_where_frames_last_equally_long() {
        let found = precision(1000, 24_000.0 / 1001.0, &[0, 42, 167, 180, 501]);
        let truly = |frames: f64| 1.0 + frames * 1001.0 / 24_000.0;
        let close = |found: Precision, frames: f64| match found {
            Precision::Truly(at) => (at - truly(frames)).abs() < 1e-9,
            _ => false,
        };
        assert!(close(found[1], 1.0) && close(found[2], 4.0) && close(found[4], 12.0));
        assert_eq!(found[3], Precision::Millis, "between two frames");
        let unknown = precision(1000, 0.0, &[0, 33]);
        assert_eq!(unknown, [Precision::Millis; 2]);
    }
}
