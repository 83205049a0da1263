//! The volume that scripts of the page give to sounding elements over time.

use serde::Deserialize;

use crate::browser::{BrowserError, PageSession};
use crate::composition::Fps;

const PROBE: &str = include_str!("scripts/volume_probe.js");
/// More samples a second tell nothing more.
const MAX_SAMPLE_RATE: f64 = 60.0;

/// Gain of an element at a time.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct VolumePoint {
    /// Seconds on the composition's timeline.
    pub time: f64,
    /// Gain, 1 leaves the sound as it is.
    pub volume: f64,
}

/// An element whose volume changes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ScriptedVolume {
    /// As asked for.
    pub id: String,
    /// In order of time.
    pub keyframes: Vec<VolumePoint>,
}

/// Plays the timeline of a ready page through and gives the elements among `ids` whose volume
/// changes on the way; afterwards the timeline is at 0 again. `max_gain` is the loudest.
///
/// # Errors
/// [`BrowserError`].
pub async fn probe_volumes(
    session: &PageSession,
    ids: &[&str],
    duration: f64,
    fps: Fps,
    max_gain: f64,
) -> Result<Vec<ScriptedVolume>, BrowserError> {
    let step = 1.0 / fps.as_f64().clamp(1.0, MAX_SAMPLE_RATE);
    let request = serde_json::json!({
        "ids": ids, "duration": duration, "step": step, "maxGain": max_gain,
    });
    let call = format!("{PROBE}\n__hfNativeVolumes({request})");
    session.evaluate(&call).await
}
