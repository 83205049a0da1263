//! The check that a finished file has all captured frames: by its index where that is of a known
//! kind, else by ffprobe.

use std::path::Path;

use super::error::EncodeError;
use super::mp4_index::{IndexError, read_index};
use crate::composition::Fps;
use crate::probe::{ProbeError, probe_written};
use crate::process::RunError;

/// A file may be short by this much even when a frame is shorter, seconds.
const MIN_TOLERANCE_SECONDS: f64 = 0.02;

/// The length of a video file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoLength {
    /// Seconds.
    pub duration: f64,
    /// Frames of the first video stream, when the container counts them.
    pub frames: Option<u64>,
}

/// Reads the length of the first video stream. Of MP4 and MOV every sample is looked for in the file.
///
/// # Errors
/// [`EncodeError::Truncated`] when the file lacks what its index names, or [`EncodeError`] when it
/// has no video, or ffprobe fails.
pub async fn video_length(ffprobe: &Path, file: &Path) -> Result<VideoLength, EncodeError> {
    let path = file.to_owned();
    let read = tokio::task::spawn_blocking(move || read_index(&path)).await;
    match read {
        Ok(Ok(length)) => Ok(length),
        Ok(Err(IndexError::Damaged(detail))) => Err(EncodeError::Truncated { detail }),
        Ok(Err(IndexError::Unknown | IndexError::Io(_))) | Err(_) => {
            probe_video(ffprobe, file).await
        }
    }
}

async fn probe_video(ffprobe: &Path, file: &Path) -> Result<VideoLength, EncodeError> {
    let unusable = |detail: String| EncodeError::Probe {
        path: file.to_owned(),
        detail,
    };
    let probed = probe_written(ffprobe, file).await;
    let facts = probed.map_err(|error| match error {
        ProbeError::Start(error) => error.into(),
        ProbeError::Unanswered(RunError::Deadline { deadline, .. }) => EncodeError::Deadline {
            what: "Probe",
            ms: deadline.as_millis(),
        },
        ProbeError::Failed(run) => unusable(run.stderr_tail(4)),
        other => unusable(other.to_string()),
    })?;
    let stream = facts.video.as_ref();
    let stream = stream.ok_or_else(|| unusable("no video stream".into()))?;
    let duration = stream.own_duration.or(facts.container.duration);
    Ok(VideoLength {
        duration: duration.ok_or_else(|| unusable("no duration".into()))?,
        frames: stream.frames,
    })
}

/// Refuses a file that lacks more than one frame, or is short by more than one frame's time (at
/// least 20 ms).
///
/// # Errors
/// [`EncodeError::Truncated`].
pub fn check_not_truncated(facts: VideoLength, frames: u64, fps: Fps) -> Result<(), EncodeError> {
    let expected = fps.duration_of(frames);
    let tolerance = fps.duration_of(1).max(MIN_TOLERANCE_SECONDS);
    let short_time = expected - facts.duration > tolerance + 1e-6;
    let short_frames = facts.frames.is_some_and(|found| found + 1 < frames);
    if short_time || short_frames {
        let found = facts
            .frames
            .map_or("?".to_owned(), |found| found.to_string());
        return Err(EncodeError::Truncated {
            detail: format!(
                "expected {frames} frames in {expected:.3} s, found {found} in {:.3} s",
                facts.duration
            ),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_frame_short_passes_and_two_do_not() {
        let fps = Fps::new(30, 1).unwrap();
        let facts = |frames: u64, duration| VideoLength {
            duration,
            frames: Some(frames),
        };
        assert!(check_not_truncated(facts(120, 4.0), 120, fps).is_ok());
        assert!(check_not_truncated(facts(119, 119.0 / 30.0), 120, fps).is_ok());
        assert!(check_not_truncated(facts(118, 4.0), 120, fps).is_err());
        let text = check_not_truncated(facts(120, 3.9), 120, fps)
            .unwrap_err()
            .to_string();
        assert!(text.starts_with("Render artifact is truncated:"), "{text}");
    }
}
