//! When clips without times of their own are visible.

use serde::Deserialize;

use super::PlayedPage;
use crate::browser::BrowserError;

const PROBE: &str = include_str!("../scripts/played_visibility.js");
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

impl PlayedPage {
    /// Plays the timeline, `duration` seconds, and returns when those clips are visible whose times
    /// the compile stage had to assume.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn seen_clips(&self, duration: f64) -> Result<Vec<SeenClip>, BrowserError> {
        let request = serde_json::json!({
            "duration": duration, "step": STEP, "precision": PRECISION,
        });
        let call = format!("{PROBE}\n__hfNativeVisibility({request})");
        self.session.evaluate(&call).await
    }
}
