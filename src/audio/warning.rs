//! Upstream's warning that a render would have no sound, which no render is published with.

use serde_json::{Value, json};

use super::error::{AudioError, AudioFailure, AudioOwner};

/// Facts that callers get about sound that could not be made.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioWarning {
    /// Upstream's code.
    pub code: &'static str,
    /// What happened.
    pub message: String,
    /// Upstream's facts about it, without paths.
    pub details: Value,
    /// Each failure, with everything that is known of it.
    pub failures: Vec<AudioFailure>,
}

impl AudioError {
    /// The warning for this error. Upstream gives none when ffmpeg was ended from outside, or when
    /// a finished mix could not be delivered: those are plain failures.
    pub fn warning(&self) -> Option<AudioWarning> {
        if self.is_interruption() || matches!(self, Self::Delivery(_)) {
            return None;
        }
        let failures = self.failures();
        let system = failures
            .iter()
            .any(|failure| failure.owner == AudioOwner::System);
        Some(AudioWarning {
            code: "audio_processing_failed",
            message: format!("Audio mix failed; output would be video-only: {self}"),
            details: json!({
                "mediaType": "audio",
                "audioFailures": failures.iter().map(facts_of).collect::<Vec<_>>(),
                "failureReasons": unique(failures.iter().map(|failure| json!(failure.reason))),
                "failureStages": unique(failures.iter().map(|failure| json!(failure.stage))),
                "failureOwner": if system { "system" } else { "user" },
                "retryable": failures.iter().all(|failure| failure.retryable),
            }),
            failures,
        })
    }
}

/// What upstream passes on: nothing that could hold a path.
fn facts_of(failure: &AudioFailure) -> Value {
    let mut facts = serde_json::to_value(failure).unwrap_or_default();
    if let Some(facts) = facts.as_object_mut() {
        facts.retain(|key, _| !matches!(key.as_str(), "detail" | "elementId"));
    }
    facts
}

/// Each value once, in the order of its first appearance.
fn unique(values: impl Iterator<Item = Value>) -> Vec<Value> {
    let mut seen = Vec::new();
    for value in values {
        if !seen.contains(&value) {
            seen.push(value);
        }
    }
    seen
}

#[cfg(test)]
mod tests {
    use super::super::error::{AudioReason, AudioStage};
    use super::*;

    fn failure(reason: AudioReason, owner: AudioOwner) -> AudioFailure {
        AudioFailure::new(AudioStage::Prepare, reason, owner, "/a/b.wav".to_owned()).of("a")
    }

    #[test]
    fn a_warning_lists_each_reason_once_and_no_path() {
        let error = AudioError::Failed(vec![
            failure(AudioReason::InvalidMedia, AudioOwner::User),
            failure(AudioReason::FfmpegFailed, AudioOwner::System),
            failure(AudioReason::InvalidMedia, AudioOwner::User),
        ]);
        let warning = error.warning().unwrap();
        assert_eq!(warning.failures.len(), 3);
        let facts = |reason: &str, owner: &str| json!({"stage": "prepare", "reason": reason, "owner": owner, "retryable": false});
        assert_eq!(
            warning.details,
            json!({
                "mediaType": "audio",
                "audioFailures": [
                    facts("invalid_media", "user"),
                    facts("ffmpeg_failed", "system"),
                    facts("invalid_media", "user"),
                ],
                "failureReasons": ["invalid_media", "ffmpeg_failed"],
                "failureStages": ["prepare"],
                "failureOwner": "system",
                "retryable": false,
            })
        );
    }

    #[test]
    fn a_plain_failure_has_no_warning() {
        let interrupted = failure(AudioReason::ExternalInterruption, AudioOwner::System);
        assert_eq!(AudioError::from(interrupted).warning(), None);
        assert_eq!(AudioError::Delivery("x".to_owned()).warning(), None);
    }
}
