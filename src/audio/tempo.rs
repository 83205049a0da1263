//! The filters with which ffmpeg changes the speed of sound.

use super::js_number::filter_number;
use crate::composition::{Rate, clamp_rate};

/// A changing rate is played in pieces of constant rate: their length in seconds, and the most
/// there may be.
const SLICE_SECONDS: f64 = 0.25;
const MAX_SLICES: f64 = 240.0;

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

/// The filter graph that plays input 0 at a changing rate for `duration` seconds, in pieces of
/// constant rate. `head` is applied before the pieces are cut.
pub(super) fn ramp_graph(rate: &Rate, duration: f64, head: Option<&str>) -> String {
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
    parts.push(format!("{}concat=n={slices}:v=0:a=1[out]", names("t")));
    parts.join(";")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::{AutomationLane, RateSpec};

    #[test]
    fn a_changing_rate_is_played_in_quarter_seconds() {
        let lane: AutomationLane =
            serde_json::from_str(r#"{"points":[{"t":0,"v":1},{"t":2,"v":2}]}"#).unwrap();
        let graph = ramp_graph(&RateSpec::Automation(lane).resolve(), 2.0, None);
        assert!(
            graph.starts_with("[0:a]asplit=8[s0]") && graph.ends_with("concat=n=8:v=0:a=1[out]"),
            "{graph}"
        );
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
}
