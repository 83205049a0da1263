//! Effect chains, as far as lengths depend on them. The effects themselves run in a page.

use serde_json::Value;

use crate::composition::{Automation, json_number};

/// The longest tail of a chain, seconds.
const MAX_TAIL: f64 = 5.0;
/// Echoes below this count as silence: -60 dB.
const FLOOR: f64 = 0.001;
/// Tail of a pitch shifter, seconds: the length of its grains.
const GRAIN_TAIL: f64 = 0.2;

/// An effect chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub json: String,
    nodes: Vec<Value>,
}

/// A parameter: key, range, default.
type Knob = (&'static str, (f64, f64), f64);

const REVERB: [Knob; 2] = [("wet", (0.0, 1.0), 0.35), ("size", (0.05, 1.0), 0.7)];
const DELAY: [Knob; 3] = [
    ("mix", (0.0, 1.0), 0.4),
    ("time", (1.0, 5000.0), 250.0),
    ("feedback", (0.01, 0.95), 0.35),
];
const CHORUS: [Knob; 2] = [("mix", (0.0, 1.0), 0.5), ("delay", (1.0, 100.0), 7.0)];
const PITCH: Knob = ("mix", (0.0, 1.0), 1.0);
/// Parameters with a release time in milliseconds, by type of effect.
const RELEASES: [(&str, Knob); 4] = [
    ("compressor", ("release", (0.01, 9000.0), 250.0)),
    ("limiter", ("release", (1.0, 8000.0), 50.0)),
    ("truepeak", ("release", (10.0, 2000.0), 80.0)),
    ("gate", ("release", (0.01, 9000.0), 100.0)),
];

impl Chain {
    /// Reads the JSON of `data-fx-chain`. Types of effects are not checked: the page's version
    /// knows which exist.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(json: &str) -> Result<Self, String> {
        let raw: Value = serde_json::from_str(json)
            .map_err(|e| format!("`data-fx-chain` is not valid JSON: {e}"))?;
        if raw.get("version").and_then(Value::as_f64) != Some(1.0) {
            return Err("`data-fx-chain` has no `version` 1".to_owned());
        }
        let nodes = raw.get("nodes").and_then(Value::as_array);
        let nodes = nodes.ok_or("`data-fx-chain` has no `nodes` array")?;
        Ok(Self {
            json: json.to_owned(),
            nodes: nodes.clone(),
        })
    }

    /// True when no effect is switched on.
    pub fn is_empty(&self) -> bool {
        self.enabled().next().is_none()
    }

    fn enabled(&self) -> impl Iterator<Item = &Value> {
        let off = Some(&Value::Bool(false));
        self.nodes
            .iter()
            .filter(move |node| node.get("enabled") != off)
    }

    /// Seconds for which the chain gives sound after its input has ended.
    pub fn tail(&self, automation: Option<&Automation>) -> f64 {
        let tails = self.enabled().map(|node| tail(node, automation));
        tails.sum::<f64>().min(MAX_TAIL)
    }

    /// Seconds of earlier input that the chain's output depends on.
    pub fn memory(&self) -> f64 {
        self.enabled().map(memory).sum()
    }
}

fn kind(node: &Value) -> &str {
    node.get("type").and_then(Value::as_str).unwrap_or_default()
}

fn tail(node: &Value, automation: Option<&Automation>) -> f64 {
    let most = |knob: Knob| most(node, knob, automation);
    match kind(node) {
        "reverb" if most(REVERB[0]) > 0.0 => room(most(REVERB[1])),
        "delay" if most(DELAY[0]) > 0.0 => echoes(most(DELAY[1]), most(DELAY[2])),
        "chorus" if most(CHORUS[0]) > 0.0 => most(CHORUS[1]) / 1000.0,
        "pitchshift" if most(PITCH) > 0.0 => GRAIN_TAIL,
        _ => 0.0,
    }
}

fn memory(node: &Value) -> f64 {
    match kind(node) {
        "reverb" | "delay" => tail(node, None),
        level => RELEASES
            .iter()
            .find(|(name, _)| *name == level)
            .map_or(0.0, |(_, knob)| {
                -FLOOR.ln() * most(node, *knob, None) / 1000.0
            }),
    }
}

/// The largest value a parameter takes.
fn most(node: &Value, (key, range, default): Knob, automation: Option<&Automation>) -> f64 {
    let set = node.get("params").and_then(|params| params.get(key));
    let fixed = set
        .and_then(json_number)
        .map_or(default, |value| value.clamp(range.0, range.1));
    let id = node.get("id").and_then(Value::as_str);
    let id = id.filter(|id| !id.is_empty());
    let (Some(id), Some(automation)) = (id, automation) else {
        return fixed;
    };
    match automation.lane(&format!("fx.{id}.{key}"), range) {
        Some(lane) => {
            let values = lane.points.iter().map(|point| point.v);
            values.fold(f64::NEG_INFINITY, f64::max)
        }
        None => fixed,
    }
}

fn room(size: f64) -> f64 {
    0.6 + size.clamp(0.0, 1.0) * 2.6
}

fn echoes(milliseconds: f64, feedback: f64) -> f64 {
    let gap = (milliseconds / 1000.0).min(5.0);
    let feedback = feedback.clamp(0.0, 0.999);
    if gap <= 0.0 {
        return 0.0;
    }
    if feedback <= 0.0 {
        return gap;
    }
    (FLOOR.ln() / feedback.ln()).ceil() * gap
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(nodes: &str) -> Chain {
        Chain::parse(&format!(r#"{{"version":1,"nodes":[{nodes}]}}"#)).unwrap()
    }

    // Expected values: `chainTailSeconds` of upstream 0.8.170.
    #[test]
    fn tails_are_upstreams() {
        for (nodes, seconds) in [
            (r#"{"type":"reverb"}"#, 2.42),
            (r#"{"type":"reverb","params":{"size":9}}"#, 3.2),
            (r#"{"type":"reverb","params":{"wet":0}}"#, 0.0),
            (r#"{"type":"reverb","enabled":false}"#, 0.0),
            (r#"{"type":"delay"}"#, 1.75),
            (r#"{"type":"delay","params":{"feedback":"0.95"}}"#, 5.0),
            (
                r#"{"type":"chorus"},{"type":"pitchshift"},{"type":"eq"}"#,
                0.207,
            ),
        ] {
            let tail = chain(nodes).tail(None);
            assert!((tail - seconds).abs() < 1e-12, "{nodes}: {tail}");
        }
    }

    // Expected values: `chainWarmupSeconds` of upstream 0.8.170.
    #[test]
    fn memories_are_upstreams() {
        for (nodes, seconds) in [
            (r#"{"type":"compressor"}"#, 1.726_938_819_745_534_3),
            (
                r#"{"type":"truepeak","params":{"release":1}}"#,
                0.069_077_552_789_821_37,
            ),
            (r#"{"type":"reverb"},{"type":"chorus"}"#, 2.42),
            (r#"{"type":"delay","params":{"feedback":0.95}}"#, 33.75),
        ] {
            let memory = chain(nodes).memory();
            assert!((memory - seconds).abs() < 1e-12, "{nodes}: {memory}");
        }
    }

    #[test]
    fn an_automated_knob_counts_with_its_highest_value() {
        let lanes = r#"{"version":1,"lanes":[{"target":"fx.r.wet","points":[{"t":0,"v":0.5}]}]}"#;
        let automation = Automation::parse(lanes).unwrap();
        let dry = chain(r#"{"type":"reverb","id":"r","params":{"wet":0}}"#);
        assert!((dry.tail(Some(&automation)) - 2.42).abs() < 1e-12);
        assert_eq!(dry.tail(None), 0.0);
    }

    #[test]
    fn unreadable_chains_say_what_is_wrong() {
        for (json, word) in [
            ("", "JSON"),
            ("{}", "version"),
            (r#"{"version":1}"#, "nodes"),
        ] {
            let text = Chain::parse(json).unwrap_err();
            assert!(text.contains(word), "{text}");
        }
        assert!(chain(r#"{"type":"eq","enabled":false}"#).is_empty());
    }
}
