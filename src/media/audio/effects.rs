//! Effect chains: how long they sound on, and running one over a file in a page.

use std::fs::File;
use std::path::{Path, PathBuf};

use futures::future::BoxFuture;
use serde_json::Value;

use super::envelope::Envelope;
use super::lane::{Automation, number};
use super::wav::{Layout, WavWriter, read_planes, scale_planes};

/// No chain sounds on for longer, seconds.
const MAX_TAIL: f64 = 5.0;
/// Echoes below this count as silence: -60 dB.
const TAIL_FLOOR: f64 = 0.001;
/// A pitch shifter's grains, seconds.
const GRAIN_TAIL: f64 = 0.2;
/// Samples of one rendering: all channels as floats, on our side and twice in the page.
const MAX_SAMPLES: u64 = 1 << 29;

/// What an effect chain is to be run over.
#[derive(Debug)]
pub struct EffectsRequest {
    /// One plane per channel, full scale being 1.
    pub planes: Vec<Vec<f32>>,
    /// Samples per second.
    pub sample_rate: u32,
    /// JSON of the chain, as its author wrote it.
    pub chain: String,
    /// JSON of the automation of its parameters, as its author wrote it.
    pub automation: Option<String>,
}

/// Runs effect chains: they are Web Audio graphs, so a page has to.
pub trait EffectsRenderer: Send + Sync {
    /// Gives the planes with the chain applied; longer where it sounds on.
    ///
    /// The error is a sentence that says what happened.
    fn render(&self, request: EffectsRequest) -> BoxFuture<'_, Result<Vec<Vec<f32>>, String>>;
}

/// An effect chain.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chain {
    pub json: String,
    nodes: Vec<Value>,
}

/// A parameter that matters for how long a chain sounds on: key, range, default.
type Knob = (&'static str, (f64, f64), f64);

const REVERB: [Knob; 2] = [("wet", (0.0, 1.0), 0.35), ("size", (0.05, 1.0), 0.7)];
const DELAY: [Knob; 3] = [
    ("mix", (0.0, 1.0), 0.4),
    ("time", (1.0, 5000.0), 250.0),
    ("feedback", (0.01, 0.95), 0.35),
];
const CHORUS: [Knob; 2] = [("mix", (0.0, 1.0), 0.5), ("delay", (1.0, 100.0), 7.0)];
const PITCH: Knob = ("mix", (0.0, 1.0), 1.0);

impl Chain {
    /// Reads the attribute's JSON. Effects are told apart by the page, whose version knows them.
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
        !self.nodes.iter().any(enabled)
    }

    /// Seconds for which the chain sounds on.
    pub fn tail(&self, automation: Option<&Automation>) -> f64 {
        let nodes = self.nodes.iter().filter(|node| enabled(node));
        nodes
            .map(|node| node_tail(node, automation))
            .sum::<f64>()
            .min(MAX_TAIL)
    }
}

fn enabled(node: &Value) -> bool {
    node.get("enabled") != Some(&Value::Bool(false))
}

fn node_tail(node: &Value, automation: Option<&Automation>) -> f64 {
    let most = |knob: Knob| most(node, knob, automation);
    match node.get("type").and_then(Value::as_str) {
        Some("reverb") if most(REVERB[0]) > 0.0 => 0.6 + most(REVERB[1]).clamp(0.0, 1.0) * 2.6,
        Some("delay") if most(DELAY[0]) > 0.0 => echoes(most(DELAY[1]), most(DELAY[2])),
        Some("chorus") if most(CHORUS[0]) > 0.0 => most(CHORUS[1]) / 1000.0,
        Some("pitchshift") if most(PITCH) > 0.0 => GRAIN_TAIL,
        _ => 0.0,
    }
}

/// The largest value a parameter takes.
fn most(node: &Value, (key, range, default): Knob, automation: Option<&Automation>) -> f64 {
    let set = node.get("params").and_then(|params| params.get(key));
    let fixed = set
        .and_then(number)
        .map_or(default, |value| value.clamp(range.0, range.1));
    let id = node
        .get("id")
        .and_then(Value::as_str)
        .filter(|id| !id.is_empty());
    let (Some(id), Some(automation)) = (id, automation) else {
        return fixed;
    };
    match automation.lane(&format!("fx.{id}.{key}"), range) {
        Some(lane) => lane
            .points
            .iter()
            .map(|p| p.v)
            .fold(f64::NEG_INFINITY, f64::max),
        None => fixed,
    }
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
    (TAIL_FLOOR.ln() / feedback.ln()).ceil() * gap
}

/// Runs `chain` over the WAV file `input`, then applies `envelope`, into `output`.
///
/// # Errors
/// A sentence that says what happened.
pub(super) async fn apply(
    renderer: &dyn EffectsRenderer,
    input: &Path,
    chain: &Chain,
    automation: Option<String>,
    envelope: Option<Envelope>,
    output: PathBuf,
) -> Result<(), String> {
    let file = input.to_owned();
    let (layout, planes) = blocking(move || {
        let mut file = File::open(file)?;
        let layout = Layout::read(&mut file)?;
        if layout.frames() * layout.channels as u64 > MAX_SAMPLES {
            return Err(std::io::Error::other("the track is too long for effects"));
        }
        let planes = read_planes(&mut file, &layout, 0..layout.frames())?;
        Ok((layout, planes))
    })
    .await?;
    let request = EffectsRequest {
        planes,
        sample_rate: layout.rate,
        chain: chain.json.clone(),
        automation,
    };
    let mut planes = renderer.render(request).await?;
    if planes.first().is_none_or(Vec::is_empty) {
        return Err("the page gave no samples".to_owned());
    }
    blocking(move || {
        if let Some(mut envelope) = envelope {
            scale_planes(&mut planes, layout.rate, &mut envelope, 0);
        }
        let mut writer = WavWriter::create(&output, layout.sample, planes.len(), layout.rate)?;
        writer.write(&planes)?;
        writer.finish()
    })
    .await
}

/// Runs file work on a thread where it may take its time.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> std::io::Result<T> + Send + 'static,
) -> Result<T, String> {
    match tokio::task::spawn_blocking(work).await {
        Ok(result) => result.map_err(|error| error.to_string()),
        Err(panic) => Err(panic.to_string()),
    }
}

/// Whether the file holds samples at all.
pub(super) async fn has_samples(path: &Path) -> Result<bool, String> {
    let path = path.to_owned();
    blocking(move || Ok(Layout::read(&mut File::open(path)?)?.frames() > 0)).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(nodes: &str) -> Chain {
        Chain::parse(&format!(r#"{{"version":1,"nodes":[{nodes}]}}"#)).unwrap()
    }

    // Golden values: `chainTailSeconds` of the 0.8.170 bundle.
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
