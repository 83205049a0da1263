//! Sounding elements of a composition, as the media list of the compile stage holds them.

use serde::{Deserialize, Deserializer};

use super::rate::RateSpec;

/// A gain at a time.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct VolumeKeyframe {
    /// Seconds on the composition's timeline.
    pub time: f64,
    /// Linear gain; 1 leaves the sound as it is.
    pub volume: f64,
}

/// What an audio clip comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioKind {
    /// An `<audio>` element.
    #[default]
    Audio,
    /// The sound of a `<video>` element.
    Video,
}

/// One entry of `composition.media.audios`. Times are seconds on the composition's timeline.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioClip {
    /// Render id of the element; with `-audio` behind it for a video.
    pub id: String,
    /// Source, relative to the compiled or the project folder.
    pub src: String,
    /// When it starts.
    #[serde(default, deserialize_with = "zero_for_null")]
    pub start: f64,
    /// When it ends; not after `start` plays it to the end of its source.
    #[serde(default, deserialize_with = "zero_for_null")]
    pub end: f64,
    /// Where in the source it starts, seconds.
    #[serde(default, deserialize_with = "zero_for_null")]
    pub media_start: f64,
    /// Speed; absent means 1.
    #[serde(default)]
    pub playback_rate: Option<RateSpec>,
    /// Starts over at the source's end.
    #[serde(rename = "loop", default)]
    pub looped: bool,
    /// Gain; what is no number means 1.
    #[serde(default)]
    pub volume: Option<f64>,
    /// Seconds of fade at its start.
    #[serde(default)]
    pub fade_in: Option<f64>,
    /// Seconds of fade at its end.
    #[serde(default)]
    pub fade_out: Option<f64>,
    /// JSON of its effects.
    #[serde(default)]
    pub fx_chain: Option<String>,
    /// JSON of its automation lanes.
    #[serde(default)]
    pub automation: Option<String>,
    /// The group it is mixed into first.
    #[serde(default)]
    pub group_id: Option<String>,
    /// JSON of the group's effects.
    #[serde(default)]
    pub group_fx_chain: Option<String>,
    /// JSON of the group's automation lanes.
    #[serde(default)]
    pub group_automation: Option<String>,
    /// Gain of the group.
    #[serde(default)]
    pub group_volume: Option<f64>,
    /// What it comes from.
    #[serde(default, rename = "type")]
    pub kind: AudioKind,
    /// Gains that scripts of the page give it.
    #[serde(default)]
    pub volume_keyframes: Vec<VolumeKeyframe>,
}

/// JSON has neither infinity nor NaN; both arrive as null.
fn zero_for_null<'de, D: Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or(0.0))
}
