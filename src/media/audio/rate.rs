//! Playback rates: how far into its source a track is at a time, and the filters that play it so.

use serde::Deserialize;

use super::lane::{Lane, Scale};
use super::number::filter_number;

const MIN_RATE: f64 = 0.1;
const MAX_RATE: f64 = 10.0;
/// Steps by which the integral over one segment of a rate lane is taken.
const CELLS_PER_SEGMENT: u32 = 48;
/// Length of the pieces that a changing rate is played in, seconds, and how many there may be.
const SLICE_SECONDS: f64 = 0.25;
const MAX_SLICES: f64 = 240.0;

/// Rate as the media list holds it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RateSpec {
    /// The same all the time.
    Constant(f64),
    /// Changing over the track's own time.
    Lane(Lane),
}

/// A rate ready to be asked.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Rate {
    Constant(f64),
    /// Source time over track time, both rising, and the rates beyond both ends.
    Table {
        times: Vec<f64>,
        sources: Vec<f64>,
        first: f64,
        last: f64,
    },
}

fn clamp_rate(rate: f64) -> f64 {
    if rate.is_finite() && rate > 0.0 {
        rate.clamp(MIN_RATE, MAX_RATE)
    } else {
        1.0
    }
}

impl RateSpec {
    pub(super) fn resolve(&self) -> Rate {
        match self {
            Self::Constant(rate) => Rate::Constant(clamp_rate(*rate)),
            Self::Lane(lane) => table(lane),
        }
    }
}

fn table(lane: &Lane) -> Rate {
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
    /// True for a track that plays as it is.
    pub fn is_one(&self) -> bool {
        matches!(self, Self::Constant(rate) if *rate == 1.0)
    }

    /// Seconds of source played after `t` seconds of track.
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

    /// Seconds of track after which `source` seconds of source were played.
    pub fn track_time(&self, source: f64) -> f64 {
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

/// ffmpeg's tempo filters for a constant rate, each within 0.5 to 2; `None` for 1.
pub(super) fn tempo_filter(rate: f64) -> Option<String> {
    let mut remaining = clamp_rate(rate);
    if (remaining - 1.0).abs() < 1e-9 {
        return None;
    }
    let mut stages = Vec::new();
    while remaining < 0.5 - 1e-9 {
        stages.push(0.5);
        remaining /= 0.5;
    }
    while remaining > 2.0 + 1e-9 {
        stages.push(2.0);
        remaining /= 2.0;
    }
    if (remaining - 1.0).abs() >= 1e-9 {
        stages.push(remaining);
    }
    let stages = stages
        .iter()
        .map(|rate| format!("atempo={}", filter_number(*rate)));
    Some(stages.collect::<Vec<_>>().join(","))
}

/// The filter graph that plays input 0 at a changing rate for `duration` seconds: in pieces of a
/// constant rate each. `head` is put before the pieces are cut, `tail` after they are joined.
pub(super) fn ramp_graph(
    rate: &Rate,
    duration: f64,
    head: Option<&str>,
    tail: Option<&str>,
) -> String {
    let slices = (duration / SLICE_SECONDS).ceil().clamp(1.0, MAX_SLICES);
    let step = duration / slices;
    let names = |prefix: &str| -> String {
        (0..slices as u32)
            .map(|i| format!("[{prefix}{i}]"))
            .collect()
    };
    let head = head.map_or(String::new(), |head| format!("{head},"));
    let mut parts = vec![format!("[0:a]{head}asplit={slices}{}", names("s"))];
    for i in 0..slices as u32 {
        let from = rate.source_time(f64::from(i) * step);
        let to = rate.source_time(f64::from(i + 1) * step);
        let tempo = tempo_filter((to - from) / step).map_or(String::new(), |t| format!("{t},"));
        parts.push(format!(
            "[s{i}]atrim=start={}:end={},asetpts=PTS-STARTPTS,{tempo}apad,asetpts=N/SR/TB,atrim=0:{}[t{i}]",
            filter_number(from),
            filter_number(to),
            filter_number(step),
        ));
    }
    let joined = if tail.is_some() { "[cat]" } else { "[out]" };
    parts.push(format!("{}concat=n={slices}:v=0:a=1{joined}", names("t")));
    if let Some(tail) = tail {
        parts.push(format!("[cat]{tail}[out]"));
    }
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::audio::lane::Point;
    use proptest::prelude::*;

    fn ramp(points: &[(f64, f64)]) -> Rate {
        let points = points.iter().map(|&(t, v)| Point {
            t,
            v,
            curve: 0.0,
            via_x: None,
            via_y: None,
        });
        RateSpec::Lane(Lane {
            points: points.collect(),
        })
        .resolve()
    }

    #[test]
    fn rates_far_from_one_are_played_in_stages() {
        for (rate, filter) in [
            (1.0, None),
            (0.5, Some("atempo=0.5")),
            (1.5, Some("atempo=1.5")),
            (4.0, Some("atempo=2,atempo=2")),
            (0.2, Some("atempo=0.5,atempo=0.5,atempo=0.8")),
            (f64::NAN, None),
            (99.0, Some("atempo=2,atempo=2,atempo=2,atempo=1.25")),
        ] {
            assert_eq!(tempo_filter(rate).as_deref(), filter);
        }
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
            assert!((rate.track_time(t) - back).abs() < 1e-12, "{t}");
        }
    }

    proptest! {
        #[test]
        fn both_directions_agree(
            first in 0.1..10.0f64, second in 0.1..10.0f64, third in 0.1..10.0f64,
            t in -1.0..12.0f64,
        ) {
            let rate = ramp(&[(0.5, first), (3.0, second), (9.0, third)]);
            prop_assert!((rate.track_time(rate.source_time(t)) - t).abs() < 1e-6);
        }
    }
}
