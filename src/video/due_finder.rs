//! From a frame's own time to the times at which it is due: integers in the time base of its stream.
//!
//! The frame due at a time is the last one that has begun, as a player shows it.

use super::clip_plan::Extraction;
use super::decode_spec::DecodeSpec;
use super::frame_lines::Tick;
use super::millis::Precision;
use super::source_time::{DueTimes, SourceTime};

const NANOS: i128 = 1_000_000_000;
/// In-points on frames are written with four decimals: one that lies so little before a frame means
/// that frame, nanoseconds. Those of whole hundredths are taken to be exact: a film at 29.97
/// frames a second is late by less than this in its first frames.
const WRITTEN: i128 = 50_000;
/// Clocks whose tick is no longer than this round the times of frames, to half a tick either way;
/// slower ones count frames. Nanoseconds.
const FINE: i128 = 2_000_000;
const MILLI: i128 = 1_000_000;
/// In-points and due times are rounded to nanoseconds, each by half of one, nanoseconds.
const ROUNDED: i128 = 2;
/// Ticks beyond this are no times of any film.
const MOST: i64 = 1 << 52;

/// A time: so many ticks of a stream's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub ticks: i64,
    pub tick: Tick,
}

/// Finds the times at which frames are due.
#[derive(Debug, Clone)]
pub(super) struct DueFinder {
    /// The in-point on the file's clock, nanoseconds.
    origin: i128,
    /// By how much it may have been rounded, nanoseconds.
    written: i128,
    times: DueTimes,
}

impl DueFinder {
    /// That of what `spec` decodes.
    pub fn of(spec: &DecodeSpec) -> Self {
        Self {
            origin: nanos(spec.facts.zero() + at_of(spec)),
            written: if is_whole_hundredths(at_of(spec)) {
                0
            } else {
                WRITTEN
            },
            times: spec.times.clone(),
        }
    }

    /// From when on a frame that begins then may be due: where its time was rounded and the true one
    /// is known, from the earlier of both, else from as early as it may have begun.
    pub fn due_from(&self, begins: Stamp, precision: Precision) -> SourceTime {
        let Stamp { ticks, tick } = begins;
        let (num, den) = (i128::from(tick.num), i128::from(tick.den));
        // Over den. A clock that rounds may be late by half a tick.
        let slack = match num * NANOS {
            // One of milliseconds rounds by more than any decimals.
            _ if matches!(precision, Precision::Truly(_)) => self.written * den,
            tick if precision == Precision::Millis
                || (MILLI * den..=FINE * den).contains(&tick) =>
            {
                tick.max(MILLI * den) / 2 + WRITTEN * den
            }
            tick if tick < MILLI * den => tick / 2 + self.written * den,
            _ => self.written * den,
        };
        let told = i128::from(ticks) * num * NANOS;
        let begins = match precision {
            Precision::Truly(seconds) => told.min(nanos(seconds) * den),
            _ => told,
        };
        let after = begins - (self.origin + ROUNDED) * den;
        SourceTime::of_nanos(div_ceil(after - slack, den))
    }

    /// The number of the first due time from `time` on.
    pub fn number(&self, time: SourceTime) -> i64 {
        self.times.number_from(time)
    }
}

/// The first time that is due, on the file's own clock, seconds.
pub(super) fn first_due(spec: &DecodeSpec) -> f64 {
    spec.facts.zero() + at_of(spec) + spec.times.first().seconds()
}

fn at_of(spec: &DecodeSpec) -> f64 {
    match spec.extraction {
        Extraction::Range { start, .. } => start,
        Extraction::Single { at } => at,
    }
}

fn is_whole_hundredths(seconds: f64) -> bool {
    let hundredths = seconds * 1e2;
    (hundredths - hundredths.round()).abs() < 1e-6
}

impl Stamp {
    /// Seconds of the stream's clock.
    pub fn seconds(self) -> f64 {
        self.ticks as f64 * f64::from(self.tick.num) / f64::from(self.tick.den)
    }

    /// So many ticks later.
    pub fn plus(self, ticks: i64) -> Self {
        let ticks = self.ticks.saturating_add(ticks).clamp(-MOST, MOST);
        Self { ticks, ..self }
    }
}

fn nanos(seconds: f64) -> i128 {
    (seconds * NANOS as f64).round() as i128
}

fn div_ceil(top: i128, bottom: i128) -> i128 {
    -(-top).div_euclid(bottom)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::{decode_spec, every};
    use proptest::prelude::*;

    fn finder(start: f64, times: DueTimes) -> DueFinder {
        let mut spec = decode_spec("a.mp4".into());
        spec.extraction = Extraction::Range {
            start,
            duration: 9.0,
        };
        spec.times = times;
        DueFinder::of(&spec)
    }

    fn at(ticks: i64, den: u32) -> Stamp {
        let tick = Tick { num: 1, den };
        Stamp { ticks, tick }
    }

    /// The frames of a film at `fps`, whose clock ticks `den` times a second, that are shown from
    /// `start` on at every `step` seconds.
    fn shown(start: f64, fps: (u32, u32), den: u32, step: f64) -> Vec<i64> {
        let finder = finder(start, every(step, 40));
        let per_frame = f64::from(den) * f64::from(fps.1) / f64::from(fps.0);
        let mut shown = vec![-1; 40];
        for frame in 0..400 {
            let begins = at((frame as f64 * per_frame).round() as i64, den);
            let first = finder.number(finder.due_from(begins, Precision::OfItsClock));
            for number in first..40 {
                shown[number as usize] = frame;
            }
        }
        shown
    }

    #[test]
    fn in_points_with_four_decimals_mean_the_frame_and_go_on_one_by_one() {
        for (num, den) in [(30, 1), (25, 1), (24, 1), (60, 1), (30_000, 1001)] {
            let step = f64::from(den) / f64::from(num);
            for clock in [1000, 15_360, 90_000, 30_000, num] {
                if clock == num && den != 1 {
                    continue;
                }
                for frame in [0, 1, 7, 8, 11, 59, 100] {
                    let exact = f64::from(frame) * step;
                    let written = (exact * 1e4).round() / 1e4;
                    let expected: Vec<i64> = (0..40).map(|n| i64::from(frame) + n).collect();
                    let got = shown(written, (num, den), clock, step);
                    assert_eq!(got, expected, "{num}/{den} {clock} {written}");
                }
            }
        }
    }

    #[test]
    fn a_film_that_is_slower_by_a_thousandth_is_not_ahead_of_its_time() {
        let finder = finder(0.0, every(1.0 / 30.0, 9));
        let from =
            |n: i64| finder.number(finder.due_from(at(n * 1001, 30_000), Precision::OfItsClock));
        assert_eq!((from(0), from(1), from(2)), (0, 2, 3));
    }

    /// By what `video.currentTime` of a page is set to: 0.45 s is in the middle of a frame.
    #[test]
    fn at_other_rates_each_time_shows_the_frame_that_lasts_then() {
        let at_rate = |rate: f64| shown(0.45, (30, 1), 15_360, rate / 30.0);
        assert_eq!(at_rate(1.5)[..6], [13, 15, 16, 18, 19, 21]);
        assert_eq!(at_rate(0.75)[..6], [13, 14, 15, 15, 16, 17]);
        assert_eq!(at_rate(2.0)[..3], [13, 15, 17]);
        assert_eq!(shown(0.0, (240, 1), 240, 1.0 / 30.0)[..3], [0, 8, 16]);
    }

    #[test]
    fn a_film_of_rounded_times_is_neither_late_nor_ahead_of_them() {
        let finder = finder(0.0, every(1.0 / 30.0, 20));
        let from = |ticks, at: f64| {
            finder.number(finder.due_from(super::tests::at(ticks, 1000), Precision::Truly(at)))
        };
        assert_eq!((from(67, 2.0 / 30.0), from(33, 1.0 / 30.0)), (2, 1));
        // The fourth frame of 23.976 a second begins just behind 1/6 s.
        assert_eq!(from(167, 4.0 * 1001.0 / 24_000.0), 6);
    }

    proptest! {
        #[test]
        fn a_frame_is_due_when_its_interval_holds_the_time(
            start in 0i64..1000, rate in 10i64..1000, frame in 0i64..40, fps in 1i64..240,
        ) {
            // Hundredths of seconds and of rates: exact.
            let begun = start * 30 + rate * frame;
            let wanted = begun * fps / 3000;
            let step = rate as f64 / 100.0 / 30.0;
            let finder = finder(start as f64 / 100.0, every(step, 40));
            let begins = |n: i64| at(n, fps as u32);
            let from = |n: i64| finder.number(finder.due_from(begins(n), Precision::OfItsClock));
            prop_assert!(from(wanted) <= frame && frame < from(wanted + 1));
        }

        #[test]
        fn any_time_has_a_number_and_later_ones_none_that_is_less(
            ticks in any::<i64>(), more in any::<i64>(), num in 1u32..1 << 20, den in 1u32..,
            start in -1e6f64..1e9, step in 1e-3f64..10.0, millis in any::<bool>(),
        ) {
            let finder = finder(start, every(step, 40));
            let first = Stamp { ticks: 0, tick: Tick { num, den } }.plus(ticks);
            let later = first.plus(more.max(0));
            let precision = if millis { Precision::Millis } else { Precision::OfItsClock };
            let [first, later] = [first, later].map(|stamp| finder.due_from(stamp, precision));
            prop_assert!(first <= later && finder.number(first) <= finder.number(later));
        }
    }
}
