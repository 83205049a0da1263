//! Whether a finished file holds what was captured.

use std::path::Path;
use std::time::Duration;

use serde::Deserialize;

use super::error::EncodeError;
use crate::composition::Fps;
use crate::process::{ChildSpec, RunError, path_arg, run_to_end, words};

/// ffprobe on a finished file answers at once or never; upstream's figure.
const PROBE_DEADLINE: Duration = Duration::from_secs(30);
/// Seconds a file may fall short even when a frame is shorter.
const MIN_TOLERANCE_SECONDS: f64 = 0.02;

/// What a video file says of itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VideoFacts {
    /// Seconds.
    pub duration: f64,
    /// Frames of the first video stream, when the container counts them.
    pub frames: Option<u64>,
}

#[derive(Deserialize)]
struct Probed {
    #[serde(default)]
    streams: Vec<ProbedStream>,
    format: Option<ProbedFormat>,
}

#[derive(Deserialize)]
struct ProbedStream {
    nb_frames: Option<String>,
    duration: Option<String>,
}

#[derive(Deserialize)]
struct ProbedFormat {
    duration: Option<String>,
}

/// Asks ffprobe about the first video stream.
///
/// # Errors
/// [`EncodeError`] when ffprobe fails or the file has no video.
pub async fn probe_video(ffprobe: &Path, file: &Path) -> Result<VideoFacts, EncodeError> {
    let unusable = |detail: String| EncodeError::Probe {
        path: file.to_owned(),
        detail,
    };
    let args = words(&[
        "-v",
        "error",
        "-select_streams",
        "v:0",
        "-show_entries",
        "stream=nb_frames,duration:format=duration",
        "-of",
        "json",
        &path_arg(file),
    ]);
    let spec = ChildSpec {
        program: ffprobe.to_owned(),
        args: args.into_iter().map(Into::into).collect(),
        piped_stdout: true,
        ..ChildSpec::default()
    };
    let run = match run_to_end(spec, PROBE_DEADLINE).await {
        Ok(run) => run,
        Err(RunError::Start(error)) => return Err(error.into()),
        Err(RunError::Deadline { deadline, .. }) => {
            return Err(EncodeError::Deadline {
                what: "Probe",
                ms: deadline.as_millis(),
            });
        }
        Err(error) => return Err(unusable(error.to_string())),
    };
    if !run.exit.success() {
        return Err(unusable(run.stderr_tail(4)));
    }
    let probed: Probed =
        serde_json::from_slice(&run.stdout).map_err(|e| unusable(e.to_string()))?;
    let stream = probed
        .streams
        .first()
        .ok_or_else(|| unusable("no video stream".into()))?;
    let number = |text: &Option<String>| text.as_ref().and_then(|t| t.parse::<f64>().ok());
    let duration = number(&stream.duration)
        .or_else(|| {
            probed
                .format
                .as_ref()
                .and_then(|format| number(&format.duration))
        })
        .ok_or_else(|| unusable("no duration".into()))?;
    let frames = stream.nb_frames.as_ref().and_then(|text| text.parse().ok());
    Ok(VideoFacts { duration, frames })
}

/// Refuses a file that lacks more than one frame, or more than a frame (at least 20 ms) of time.
///
/// # Errors
/// [`EncodeError::Truncated`].
pub fn check_not_truncated(facts: VideoFacts, frames: u64, fps: Fps) -> Result<(), EncodeError> {
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
        let facts = |frames: u64, duration| VideoFacts {
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
