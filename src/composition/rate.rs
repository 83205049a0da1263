//! Playback rates: how far into its source a clip or a track is at a time.

use serde::Deserialize;

use super::automation::{AutomationLane, Point, Scale};

const MIN_RATE: f64 = 0.1;
const MAX_RATE: f64 = 10.0;
/// Steps by which the integral over one segment of a rate lane is taken.
const CELLS_PER_SEGMENT: u32 = 48;
/// Straight pieces that replace what a cut leaves of a bent way (upstream's figure).
const PIECES_OF_A_CUT: u32 = 16;

/// Rate as the media list holds it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RateSpec {
    /// The same all the time.
    Constant(f64),
    /// Changing over the clip's own time.
    Automation(AutomationLane),
}

impl Default for RateSpec {
    fn default() -> Self {
        Self::Constant(1.0)
    }
}

/// A rate ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub enum Rate {
    /// The same all the time.
    Constant(f64),
    /// Changing.
    Table {
        /// Seconds of the timeline since the clip's start, rising.
        times: Vec<f64>,
        /// Seconds of source played until then.
        sources: Vec<f64>,
        /// Rate before the first of them.
        first: f64,
        /// Rate behind the last.
        last: f64,
    },
}

/// Keeps a rate within what upstream plays; what is no rate counts as 1.
pub fn clamp_rate(rate: f64) -> f64 {
    if rate.is_finite() && rate > 0.0 {
        rate.clamp(MIN_RATE, MAX_RATE)
    } else {
        1.0
    }
}

impl RateSpec {
    /// The rate, ready to be asked.
    pub fn resolve(&self) -> Rate {
        match self {
            Self::Constant(rate) => Rate::Constant(clamp_rate(*rate)),
            Self::Automation(lane) => table(lane),
        }
    }

    /// The rate of a clip that starts `seconds` later, by upstream's rule (`shiftRateLane`): a bent
    /// way that the new start cuts goes on in straight pieces.
    #[must_use]
    pub fn shifted(&self, seconds: f64) -> Self {
        let Self::Automation(lane) = self else {
            return self.clone();
        };
        if seconds == 0.0 {
            return self.clone();
        }
        let next = lane.points.partition_point(|point| point.t <= seconds);
        let cut = next.checked_sub(1).map(|before| lane.points[before]);
        let straight = |t: f64| {
            let v = if lane.points.is_empty() {
                1.0
            } else {
                lane.sample(seconds + t, Scale::Log)
            };
            Point::straight(t, v)
        };
        let mut points = vec![straight(0.0)];
        if let (Some(end), true) = (lane.points.get(next), cut.is_some_and(Point::is_bent)) {
            let piece = (end.t - seconds) / f64::from(PIECES_OF_A_CUT);
            points.extend((1..PIECES_OF_A_CUT).map(|n| straight(f64::from(n) * piece)));
        }
        points.extend(lane.points[next..].iter().map(|point| Point {
            t: point.t - seconds,
            ..*point
        }));
        Self::Automation(AutomationLane { points })
    }
}

fn table(lane: &AutomationLane) -> Rate {
    let (Some(first), Some(last)) = (lane.points.first(), lane.points.last()) else {
        // Told apart from the constant 1 by upstream, which slices it all the same.
        return Rate::Table {
            times: vec![0.0],
            sources: vec![0.0],
            first: 1.0,
            last: 1.0,
        };
    };
    let (mut times, mut sources) = (vec![0.0], vec![0.0]);
    let mut push = |t: f64| {
        let (before, done) = (times[times.len() - 1], sources[sources.len() - 1]);
        if t > before {
            let rates = lane.sample(before, Scale::Log) + lane.sample(t, Scale::Log);
            times.push(t);
            sources.push(done + rates / 2.0 * (t - before));
        }
    };
    push(first.t.max(0.0));
    for pair in lane.points.windows(2) {
        let (a, b) = (pair[0].t, pair[1].t);
        if b <= 0.0 {
            continue;
        }
        for cell in 1..=CELLS_PER_SEGMENT {
            push(a.max(0.0) + (b - a) * f64::from(cell) / f64::from(CELLS_PER_SEGMENT));
        }
    }
    Rate::Table {
        times,
        sources,
        first: first.v,
        last: last.v,
    }
}

impl Rate {
    /// True for what plays as it is.
    pub fn is_one(&self) -> bool {
        matches!(self, Self::Constant(rate) if *rate == 1.0)
    }

    /// Seconds of source played after `t` seconds of the timeline.
    pub fn source_time(&self, t: f64) -> f64 {
        match self {
            Self::Constant(rate) => t * rate,
            Self::Table {
                times,
                sources,
                first,
                last,
            } => along(times, sources, t, |t| t * first, |beyond| beyond * last),
        }
    }

    /// Seconds of source played in the `length` seconds of the timeline after `from`.
    pub fn source_between(&self, from: f64, length: f64) -> f64 {
        match self {
            // Not by a difference, which rounds.
            Self::Constant(rate) => length * rate,
            Self::Table { .. } => self.source_time(from + length) - self.source_time(from),
        }
    }

    /// Seconds of the timeline after which `source` seconds of source were played.
    pub fn timeline_time(&self, source: f64) -> f64 {
        match self {
            Self::Constant(rate) => source / rate,
            Self::Table {
                times,
                sources,
                first,
                last,
            } => along(
                sources,
                times,
                source,
                |s| s / first,
                |beyond| beyond / last,
            ),
        }
    }
}

fn along(
    xs: &[f64],
    ys: &[f64],
    x: f64,
    before: impl Fn(f64) -> f64,
    beyond: impl Fn(f64) -> f64,
) -> f64 {
    let last = xs.len() - 1;
    if x <= 0.0 {
        return before(x);
    }
    if x >= xs[last] {
        return ys[last] + beyond(x - xs[last]);
    }
    let after = xs.partition_point(|&known| known <= x);
    let low = after - 1;
    ys[low] + (ys[after] - ys[low]) * (x - xs[low]) / (xs[after] - xs[low])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ramp(points: &[(f64, f64)]) -> Rate {
        let points = points.iter().map(|&(t, v)| Point::straight(t, v));
        RateSpec::Automation(AutomationLane {
            points: points.collect(),
        })
        .resolve()
    }

    #[test]
    fn the_source_runs_ahead_by_the_integral_of_the_rate() {
        let rate = ramp(&[(0.0, 2.0), (1.0, 2.0), (1.0 + 1e-6, 0.5)]);
        assert!((rate.source_time(1.0) - 2.0).abs() < 1e-9);
        assert!((rate.source_time(3.0) - 3.0).abs() < 1e-5);
        assert!((rate.source_time(-1.0) + 2.0).abs() < 1e-9);
    }

    // Golden values: `sourceTimeAt` and `timeAtSourceTime` of the 0.8.170 bundle, run in Node.
    #[test]
    fn a_bent_ramp_matches_upstream() {
        let lane = r#"{"points":[{"t":0.5,"v":1},{"t":2,"v":4,"curve":0.4},{"t":3,"v":0.5}]}"#;
        let rate = serde_json::from_str::<RateSpec>(lane).unwrap().resolve();
        for (t, source, back) in [
            (0.25, 0.25, 0.25),
            (1.0, 1.135_624_617_087_971_1, 0.910_948_295_960_146_7),
            (2.5, 5.367_113_097_816_246_5, 1.632_479_589_243_879_3),
            (5.0, 6.966_764_610_751_601, 2.352_987_798_944_868),
        ] {
            assert!((rate.source_time(t) - source).abs() < 1e-12, "{t}");
            assert!((rate.timeline_time(t) - back).abs() < 1e-12, "{t}");
        }
    }

    // Golden values: `sourceTimeAt` of what `shiftRateLane` of the 0.8.170 bundle gives, run in Node.
    #[test]
    fn a_later_start_matches_upstream() {
        let lane = r#"{"points":[{"t":0.5,"v":1},{"t":2,"v":4,"curve":0.4},{"t":3,"v":0.5}]}"#;
        let rate = serde_json::from_str::<RateSpec>(lane).unwrap();
        for (seconds, points, early, late) in [
            (-0.5, 4, 0.3, 1.219_823_234_312_891_4),
            (0.25, 4, 0.301_290_022_425_705_7, 1.771_742_959_529_552),
            (1.0, 3, 0.548_905_247_475_112_8, 3.374_779_694_510_955),
            (2.5, 17, 0.455_748_502_983_381_8, 0.949_404_093_544_476_1),
            (4.0, 1, 0.15, 0.6),
        ] {
            let shifted = rate.shifted(seconds);
            let RateSpec::Automation(AutomationLane { points: kept }) = &shifted else {
                panic!("{shifted:?}");
            };
            assert_eq!(kept.len(), points, "{seconds}");
            let shifted = shifted.resolve();
            assert!(
                (shifted.source_time(0.3) - early).abs() < 1e-12,
                "{seconds}"
            );
            assert!((shifted.source_time(1.2) - late).abs() < 1e-12, "{seconds}");
        }
    }

    proptest! {
        #[test]
        fn both_directions_agree(
            first in 0.1..10.0f64, second in 0.1..10.0f64, third in 0.1..10.0f64,
            t in -1.0..12.0f64,
        ) {
            let rate = ramp(&[(0.5, first), (3.0, second), (9.0, third)]);
            prop_assert!((rate.timeline_time(rate.source_time(t)) - t).abs() < 1e-6);
        }
    }
}
