//! Why a composition has no sound, in upstream's words for stage, reason and owner.

use serde::Serialize;

use crate::machine::says_disk_full;

/// The step that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioStage {
    /// Finding the source.
    Source,
    /// Fetching a remote source.
    Download,
    /// Reading the length of a source.
    Probe,
    /// Extracting the sound of a video.
    Extract,
    /// Decoding an audio file.
    Prepare,
    /// Mixing tracks.
    Mix,
    /// Anything else.
    Internal,
}

/// Why it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AudioReason {
    /// There is no such file.
    SourceNotFound,
    /// A remote source was not fetched.
    DownloadFailed,
    /// The length of a source could not be read.
    ProbeFailed,
    /// A source is not a media file.
    InvalidMedia,
    /// This ffmpeg lacks an option.
    FfmpegUnsupported,
    /// ffmpeg took too long.
    FfmpegTimeout,
    /// ffmpeg could not be started.
    FfmpegUnavailable,
    /// ffmpeg was ended from outside.
    ExternalInterruption,
    /// ffmpeg ended with an error.
    FfmpegFailed,
    /// Anything else.
    Internal,
}

/// Who has to fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioOwner {
    /// The composition's author.
    User,
    /// The machine.
    System,
}

/// How ffmpeg ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ending {
    /// Exit code, when it exited by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i32>,
    /// `exit`, `deadline` or `spawn_error`.
    pub termination_reason: &'static str,
}

/// One thing that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioFailure {
    /// The step.
    pub stage: AudioStage,
    /// Why.
    pub reason: AudioReason,
    /// Who has to fix it.
    pub owner: AudioOwner,
    /// Whether trying again can help.
    pub retryable: bool,
    /// Element or group concerned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub element_id: Option<String>,
    /// How ffmpeg ended, if it ran.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subprocess: Option<Ending>,
    /// What happened and what to do.
    pub detail: String,
}

impl AudioFailure {
    /// A failure that remains when it is tried again.
    pub(super) fn new(
        stage: AudioStage,
        reason: AudioReason,
        owner: AudioOwner,
        detail: String,
    ) -> Self {
        Self {
            stage,
            reason,
            owner,
            retryable: false,
            element_id: None,
            subprocess: None,
            detail: bounded(detail),
        }
    }

    /// A failure of this program or of the system.
    pub(super) fn internal(detail: String) -> Self {
        let reason = AudioReason::Internal;
        Self::new(AudioStage::Internal, reason, AudioOwner::System, detail)
    }

    pub(super) fn of(self, element_id: &str) -> Self {
        let element_id = Some(element_id.to_owned());
        Self { element_id, ..self }
    }
}

/// Limits the length of a detail: sources may be data URLs, and ffmpeg may print much.
fn bounded(mut detail: String) -> String {
    const MOST: usize = 2000;
    if let Some((end, _)) = detail.char_indices().nth(MOST) {
        detail.truncate(end);
        detail.push('…');
    }
    detail
}

/// Why there is no mix.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// Tracks or their mix failed; one failed track fails all.
    #[error("Audio processing failed: {}", details(.0))]
    Failed(Vec<AudioFailure>),
    /// An effect chain could not be run.
    #[error("Audio FX failed for track {track}: {detail}")]
    Effects {
        /// Element, group, or `master`.
        track: String,
        /// What happened.
        detail: String,
    },
    /// The mix could not be brought to the video's length or below the ceiling.
    #[error("Audio duration normalization failed: {0}")]
    Delivery(String),
}

fn details(failures: &[AudioFailure]) -> String {
    let details: Vec<&str> = failures.iter().map(|f| f.detail.as_str()).collect();
    details.join(", ")
}

impl AudioError {
    /// All failures. That of an effect chain counts as an internal one, as upstream has it.
    pub fn failures(&self) -> Vec<AudioFailure> {
        match self {
            Self::Failed(failures) => failures.clone(),
            Self::Effects { .. } | Self::Delivery(_) => {
                vec![AudioFailure::internal(self.to_string())]
            }
        }
    }

    /// True when ffmpeg was ended from outside, which is no fault of the composition.
    pub fn is_interruption(&self) -> bool {
        let interrupted = |f: &AudioFailure| f.reason == AudioReason::ExternalInterruption;
        matches!(self, Self::Failed(failures) if failures.iter().any(interrupted))
    }

    /// True when the author can fix all of it.
    pub fn is_authors(&self) -> bool {
        matches!(self, Self::Failed(failures)
            if failures.iter().all(|f| f.owner == AudioOwner::User))
    }

    /// True when the disk was full. ffmpeg and our own writes report it in the same words.
    pub fn is_disk_full(&self) -> bool {
        says_disk_full(&self.to_string())
    }

    /// True when the same mix may succeed when tried again.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Failed(failures) if failures.iter().all(|f| f.retryable))
    }
}

impl From<AudioFailure> for AudioError {
    fn from(failure: AudioFailure) -> Self {
        Self::Failed(vec![failure])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_bounded_between_characters() {
        assert_eq!(bounded("ä".repeat(2000)).chars().count(), 2000);
        let long = bounded("ä".repeat(2001));
        assert!(long.ends_with("ä…") && long.chars().count() == 2001);
    }

    #[test]
    fn one_system_failure_is_not_the_authors() {
        let of = |owner| {
            let (stage, reason) = (AudioStage::Source, AudioReason::SourceNotFound);
            AudioFailure::new(stage, reason, owner, "x".to_owned())
        };
        let failed = |list: Vec<AudioFailure>| AudioError::Failed(list);
        assert!(failed(vec![of(AudioOwner::User)]).is_authors());
        assert!(!failed(vec![of(AudioOwner::User), of(AudioOwner::System)]).is_authors());
        let track = "a".to_owned();
        let effects = AudioError::Effects {
            track,
            detail: "y".to_owned(),
        };
        assert_eq!(effects.failures()[0].reason, AudioReason::Internal);
        assert!(!effects.is_authors() && !effects.is_interruption());
        assert!(!effects.is_disk_full());
        let code = if cfg!(windows) { 112 } else { 28 };
        let full = std::io::Error::from_raw_os_error(code);
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        assert!(AudioError::Delivery(full.to_string()).is_disk_full());
    }
}
