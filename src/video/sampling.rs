//! From a frame's own time to the numbers of the output's grid at which it is due: integers in the
//! time base of its stream.
//!
//! A number *n* stands for the in-point plus n frames of the output's rate. The frame due there is
//! the last one that has begun, as a player shows it; for HDR layers it is the nearest one.

use super::clip_plan::{Extraction, FrameRule};
use super::decode_spec::DecodeSpec;
use super::frame_lines::Tick;
use crate::composition::Fps;

const NANOS: i128 = 1_000_000_000;
/// In-points on frames are written with four decimals: one that lies so little before a frame means
/// that frame, nanoseconds. Those of whole hundredths are taken to be exact: a film at 29.97
/// frames a second is late by less than this in its first frames.
const WRITTEN: i128 = 50_000;
/// Clocks whose tick is no longer than this round the times of frames, to half a tick either way;
/// slower ones count frames. Nanoseconds.
const FINE: i128 = 2_000_000;
const MILLI: i128 = 1_000_000;
/// Ticks and numbers beyond this are no times of any film.
const MOST: i64 = 1 << 52;

/// A time: so many ticks of a stream's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub ticks: i64,
    pub tick: Tick,
}

/// Numbers frames.
#[derive(Debug, Clone)]
pub(super) struct Sampling {
    /// The in-point on the file's clock, nanoseconds.
    origin: i128,
    /// By how much it may have been rounded, nanoseconds.
    written: i128,
    fps: Fps,
    rule: FrameRule,
}

impl Sampling {
    /// That of what `spec` decodes.
    pub fn of(spec: &DecodeSpec) -> Self {
        Self {
            origin: nanos(in_point(spec)),
            written: if is_whole_hundredths(at_of(spec)) {
                0
            } else {
                WRITTEN
            },
            fps: spec.fps,
            rule: spec.rule,
        }
    }

    /// The first number at which a frame that begins then may be due; negative before the in-point.
    /// `in_millis`: times were rounded to milliseconds once, whatever the clock is now.
    pub fn number(&self, begins: Stamp, in_millis: bool) -> i64 {
        let Stamp { ticks, tick } = begins;
        let (num, den) = (i128::from(tick.num), i128::from(tick.den));
        // Over den * NANOS. A clock that rounds may be late by half a tick.
        let slack = match num * NANOS {
            // One of milliseconds rounds by more than any decimals.
            tick if in_millis || (MILLI * den..=FINE * den).contains(&tick) => {
                tick.max(MILLI * den) / 2 + WRITTEN * den
            }
            tick if tick < MILLI * den => tick / 2 + self.written * den,
            _ => self.written * den,
        };
        let after = i128::from(ticks) * num * NANOS - self.origin * den;
        let (rate, unit) = (i128::from(self.fps.num), i128::from(self.fps.den));
        let number = match self.rule {
            FrameRule::Begun => div_ceil((after - slack) * rate, den * NANOS * unit),
            // Half-way between two numbers a frame counts for the later one.
            FrameRule::Nearest => {
                let bottom = den * NANOS * unit;
                (2 * (after + slack) * rate + bottom).div_euclid(2 * bottom)
            }
        };
        number.clamp((-MOST).into(), MOST.into()) as i64
    }
}

/// The in-point on the file's own clock, seconds.
pub(super) fn in_point(spec: &DecodeSpec) -> f64 {
    spec.facts.zero() + at_of(spec)
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
    use crate::video::testing::decode_spec;
    use proptest::prelude::*;

    fn sampling(start: f64, fps: (u32, u32), rule: FrameRule) -> Sampling {
        let mut spec = decode_spec("a.mp4".into());
        spec.extraction = Extraction::Range {
            start,
            duration: 9.0,
        };
        (spec.fps, spec.rule) = (Fps::new(fps.0, fps.1).unwrap(), rule);
        Sampling::of(&spec)
    }

    fn at(ticks: i64, den: u32) -> Stamp {
        let tick = Tick { num: 1, den };
        Stamp { ticks, tick }
    }

    /// The frames shown from `start` on, of a film at `fps` whose clock ticks `den` times a second.
    fn shown(start: f64, fps: (u32, u32), den: u32, rule: FrameRule) -> Vec<i64> {
        let sampling = sampling(start, fps, rule);
        let per_frame = f64::from(den) * f64::from(fps.1) / f64::from(fps.0);
        let mut shown = vec![-1; 40];
        for frame in 0..400 {
            let begins = at((frame as f64 * per_frame).round() as i64, den);
            let first = sampling.number(begins, false);
            for number in first.max(0)..40 {
                shown[number as usize] = frame;
            }
        }
        shown
    }

    #[test]
    fn in_points_with_four_decimals_mean_the_frame_and_go_on_one_by_one() {
        for (num, den) in [(30, 1), (25, 1), (24, 1), (60, 1), (30_000, 1001)] {
            for clock in [1000, 15_360, 90_000, 30_000, num] {
                if clock == num && den != 1 {
                    continue;
                }
                for frame in [0, 1, 7, 8, 11, 59, 100] {
                    let exact = f64::from(frame) * f64::from(den) / f64::from(num);
                    let written = (exact * 1e4).round() / 1e4;
                    for rule in [FrameRule::Begun, FrameRule::Nearest] {
                        let expected: Vec<i64> = (0..40).map(|n| i64::from(frame) + n).collect();
                        let got = shown(written, (num, den), clock, rule);
                        assert_eq!(got, expected, "{num}/{den} {clock} {written} {rule:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn a_film_that_is_slower_by_a_thousandth_is_not_ahead_of_its_time() {
        let sampling = sampling(0.0, (30, 1), FrameRule::Begun);
        let frame = |n: i64| sampling.number(at(n * 1001, 30_000), false);
        assert_eq!((frame(0), frame(1), frame(2)), (0, 2, 3));
    }

    #[test]
    fn between_two_numbers_the_rules_differ() {
        let begun = sampling(0.0, (30, 1), FrameRule::Begun);
        let near = sampling(0.0, (30, 1), FrameRule::Nearest);
        let numbers = |ticks| {
            (
                begun.number(at(ticks, 120), false),
                near.number(at(ticks, 120), false),
            )
        };
        let all: Vec<_> = (-2..=4).map(numbers).collect();
        let wanted = [(0, 0), (0, 0), (0, 0), (1, 0), (1, 1), (1, 1), (1, 1)];
        assert_eq!(all, wanted);
    }

    proptest! {
        #[test]
        fn any_time_has_a_number_and_later_ones_none_that_is_less(
            ticks in any::<i64>(), more in any::<i64>(), num in 1u32..1 << 20, den in 1u32..,
            start in -1e6f64..1e9, fps in 1u32..1000, millis in any::<bool>(),
        ) {
            for rule in [FrameRule::Begun, FrameRule::Nearest] {
                let sampling = sampling(start, (fps, 1), rule);
                let tick = Tick { num, den };
                let first = Stamp { ticks: 0, tick }.plus(ticks);
                let later = first.plus(more.max(0));
                prop_assert!(sampling.number(first, millis) <= sampling.number(later, millis));
            }
        }
    }
}
