//! Tries at capturing a render's frames: each is made in one lane, and a failure may lead to
//! another.

use serde::Serialize;

use super::events::Level;
use super::progress::Progress;

/// One try at capturing all frames, and what it used.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attempt {
    /// Name of the lane in use; empty before a browser was found fit for one.
    pub lane: &'static str,
    /// Workers that captured; 0 when it ended before.
    pub workers: u64,
    /// The encoder's command line; empty where the render writes pictures by itself.
    pub encoder: Vec<String>,
    /// What was given up on, in order; why the try failed, if it did, comes last.
    pub notes: Vec<String>,
}

impl Attempt {
    /// Tells the caller what was given up on, and keeps it.
    pub fn warn(&mut self, progress: &Progress, notes: impl IntoIterator<Item = String>) {
        for note in notes {
            let line = format!("[Native] {note}");
            progress.log(Level::Warn, line, serde_json::Value::Null);
            self.notes.push(note);
        }
    }
}
