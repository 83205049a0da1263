//! When clips without times of their own are visible.

use serde::Deserialize;

use crate::browser::{BrowserError, PageSession};

const PROBE: &str = include_str!("scripts/visibility_probe.js");
/// Seconds between samples (upstream's figure).
const STEP: f64 = 0.1;
/// Precision of an edge, seconds (upstream's figure).
const PRECISION: f64 = 1.0 / 60.0;

/// A clip and when it is visible, seconds on the composition's timeline.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct SeenClip {
    /// Render id.
    pub id: String,
    /// First time.
    pub start: f64,
    /// Last time.
    pub end: f64,
}

/// Plays the timeline of a ready page, `duration` seconds, and returns when those clips are visible
/// whose times the compile stage had to assume. Afterwards the timeline is at 0 again.
///
/// # Errors
/// [`BrowserError`].
pub async fn probe_visibility(
    session: &PageSession,
    duration: f64,
) -> Result<Vec<SeenClip>, BrowserError> {
    let request = serde_json::json!({
        "duration": duration, "step": STEP, "precision": PRECISION,
    });
    let call = format!("{PROBE}\n__hfNativeVisibility({request})");
    session.evaluate(&call).await
}
