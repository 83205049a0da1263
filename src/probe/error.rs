//! Why ffprobe gave no facts. Callers put the file's name and their own words around it.

use crate::process::{Finished, ProcessError, RunError, without_refusal};

/// Why ffprobe gave no facts.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// It would not start.
    #[error(transparent)]
    Start(ProcessError),
    /// It did not come to its end, or said too much.
    #[error(transparent)]
    Unanswered(RunError),
    /// It ended with an error: how, and its last words.
    #[error("{}: {}", .0.exit, without_refusal(&.0.stderr_tail(3)))]
    Failed(Finished),
    /// Its answer is not the JSON it should be.
    #[error(transparent)]
    Answer(serde_json::Error),
    /// The file has a video stream, but no frame of it can be decoded.
    #[error("no video frame can be decoded")]
    NoFrame,
}

impl ProbeError {
    /// True when the tool was ended from outside, or did not answer: another look at the same file may
    /// tell more, so nothing follows from this one.
    pub fn is_accident(&self) -> bool {
        match self {
            Self::Start(_) | Self::Unanswered(_) => true,
            Self::Failed(run) => run.exit.signal.is_some(),
            Self::Answer(_) | Self::NoFrame => false,
        }
    }
}

impl From<RunError> for ProbeError {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Start(error) => Self::Start(error),
            other => Self::Unanswered(other),
        }
    }
}
