//! Volumes of audible elements that scripts of the page change over time.

use serde::Deserialize;

use crate::browser::{BrowserError, PageSession};
use crate::composition::{Fps, VolumeKeyframe};

const PROBE: &str = include_str!("scripts/volume_probe.js");
/// Samples per second; more would find nothing more.
const MAX_SAMPLE_RATE: f64 = 60.0;

/// The volume of an element that changes.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct ScriptedVolume {
    /// The element's id, as given to [`probe_volumes`].
    pub id: String,
    /// In ascending order of time.
    pub keyframes: Vec<VolumeKeyframe>,
}

/// Plays the timeline of a ready page, `duration` seconds, and returns the elements among `ids`
/// whose volume differs from the authored one at some time. Gains are limited to `max_gain`.
/// Afterwards the timeline is at 0 again.
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
