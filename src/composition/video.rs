//! A `<video>` clip on the root timeline, and when it shows.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::rate::RateSpec;

/// How near a clip's edge must be to a frame, in frames, to count as on it (upstream's figure).
const EDGE_SLACK_FRAMES: f64 = 1e-3;

/// One clip as the compile stage lists it. Times in seconds.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VideoClip {
    /// Render id, unique in the document.
    pub id: String,
    /// Path relative to the project, or absolute.
    pub src: String,
    /// First second on the root timeline; may be negative.
    pub start: f64,
    /// End on the root timeline; infinite for "as long as the source".
    #[serde(deserialize_with = "infinite_when_null", default = "infinity")]
    pub end: f64,
    /// In-point within the source.
    #[serde(default)]
    pub media_start: f64,
    /// Source seconds per timeline second.
    #[serde(deserialize_with = "one_when_null", default)]
    pub playback_rate: RateSpec,
    /// Starts over at the source's end.
    #[serde(rename = "loop", default)]
    pub looped: bool,
    /// Its markup says that it has sound.
    #[serde(deserialize_with = "only_true", default)]
    pub has_audio: bool,
    /// It is not heard, whatever its markup says.
    #[serde(deserialize_with = "all_but_false", default)]
    pub hidden: bool,
}

fn infinity() -> f64 {
    f64::INFINITY
}

/// JSON has no infinity; `JSON.stringify` writes null.
fn infinite_when_null<'de, D: Deserializer<'de>>(de: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(de)?.unwrap_or(f64::INFINITY))
}

/// Upstream's entries say `true`; anything else adds no sound.
fn only_true<'de, D: Deserializer<'de>>(de: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(de)? == Value::Bool(true))
}

/// What is neither absent nor `false` keeps the clip silent.
fn all_but_false<'de, D: Deserializer<'de>>(de: D) -> Result<bool, D::Error> {
    Ok(Value::deserialize(de)? != Value::Bool(false))
}

fn one_when_null<'de, D: Deserializer<'de>>(de: D) -> Result<RateSpec, D::Error> {
    Ok(Option::deserialize(de)?.unwrap_or_default())
}

/// When a clip shows, its edges moved onto frames they are within a thousandth of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClipWindow {
    start: f64,
    end: f64,
}

impl ClipWindow {
    /// The window `start..end` (seconds) at `fps` frames a second.
    pub fn new(start: f64, end: f64, fps: f64) -> Self {
        Self {
            start: onto_frame(start.max(0.0), fps),
            end: if end.is_finite() {
                onto_frame(end.max(0.0), fps)
            } else {
                end
            },
        }
    }

    /// True from the start on, inclusive.
    pub fn has_begun(self, time: f64) -> bool {
        time >= self.start || same_instant(time, self.start)
    }

    /// True from the start, inclusive, to the end, exclusive.
    pub fn contains(self, time: f64) -> bool {
        self.has_begun(time) && time < self.end && !same_instant(time, self.end)
    }
}

fn onto_frame(time: f64, fps: f64) -> f64 {
    let position = time * fps;
    let nearest = (position + 0.5).floor();
    if (position - nearest).abs() <= EDGE_SLACK_FRAMES {
        nearest / fps
    } else {
        time
    }
}

/// Equal but for rounding in the last two bits.
fn same_instant(a: f64, b: f64) -> bool {
    if !(a.is_finite() && b.is_finite()) {
        return a == b;
    }
    let size = a.abs().max(b.abs()).max(1.0);
    (a - b).abs() <= 4.0 * f64::EPSILON * size
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::Rate;

    #[test]
    fn json_without_an_end_lasts_as_long_as_the_source() {
        let clip: VideoClip = serde_json::from_value(serde_json::json!({
            "id": "a", "src": "a.mp4", "start": 0, "end": null, "playbackRate": 99, "loop": true
        }))
        .unwrap();
        assert_eq!(
            (clip.end, clip.playback_rate.resolve(), clip.looped),
            (f64::INFINITY, Rate::Constant(10.0), true)
        );
    }

    #[test]
    fn only_what_says_so_is_heard() {
        for (patch, heard) in [
            (serde_json::json!({}), false),
            (serde_json::json!({"hasAudio": true}), true),
            (serde_json::json!({"hasAudio": "yes"}), false),
            (serde_json::json!({"hasAudio": null}), false),
            (serde_json::json!({"hasAudio": true, "hidden": false}), true),
            (serde_json::json!({"hasAudio": true, "hidden": true}), false),
            (serde_json::json!({"hasAudio": true, "hidden": null}), false),
        ] {
            let mut json = serde_json::json!({"id": "a", "src": "a.mp4", "start": 0});
            json.as_object_mut()
                .unwrap()
                .extend(patch.as_object().unwrap().clone());
            let clip: VideoClip = serde_json::from_value(json).unwrap();
            assert_eq!(clip.has_audio && !clip.hidden, heard, "{patch}");
        }
    }

    #[test]
    fn a_clip_ends_before_its_end_and_edges_snap() {
        let window = ClipWindow::new(1.000_01, 2.0, 30.0);
        assert!(window.contains(1.0) && window.contains(59.0 / 30.0));
        assert!(!window.contains(2.0) && !window.contains(0.99));
        assert!(ClipWindow::new(0.0, f64::INFINITY, 30.0).contains(1e6));
    }
}
