//! One short ffmpeg run.

use std::path::Path;
use std::time::Duration;

use super::encoder::{QUOTED_STDERR_LINES, lost_its_end, quiet};
use super::error::EncodeError;
use crate::process::{ChildSpec, RunError, run_to_end};

/// Runs ffmpeg to its end; `what` names the step in errors.
///
/// # Errors
/// [`EncodeError::Failed`] with its last words, [`EncodeError::Deadline`].
pub(super) async fn run_ffmpeg(
    ffmpeg: &Path,
    what: &'static str,
    args: Vec<String>,
    deadline: Duration,
) -> Result<(), EncodeError> {
    run_ffmpeg_in(ffmpeg, what, args, deadline, None).await
}

/// [`run_ffmpeg`] with another working folder than this process's.
///
/// # Errors
/// As there.
pub(super) async fn run_ffmpeg_in(
    ffmpeg: &Path,
    what: &'static str,
    args: Vec<String>,
    deadline: Duration,
    folder: Option<&Path>,
) -> Result<(), EncodeError> {
    let spec = ChildSpec {
        // A relative path would be looked for in the folder.
        program: std::path::absolute(ffmpeg).unwrap_or_else(|_| ffmpeg.to_owned()),
        folder: folder.map(Path::to_owned),
        args: quiet(args),
        ..ChildSpec::default()
    };
    match run_to_end(spec, deadline).await {
        Ok(run) => {
            let stderr = run.stderr_tail(QUOTED_STDERR_LINES);
            if run.exit.success() && !lost_its_end(&stderr) {
                return Ok(());
            }
            Err(EncodeError::failed(what, ffmpeg, run.exit, stderr))
        }
        Err(RunError::Start(error)) => Err(error.into()),
        // Its stdout is not read, so it cannot print too much.
        Err(_) => Err(EncodeError::Deadline {
            what,
            ms: deadline.as_millis(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_run_that_lost_the_end_of_its_file_has_failed() {
        let dir = tempfile::tempdir().unwrap();
        let run = async |says: &str| {
            let script = format!("echo '{says}' >&2");
            let ffmpeg = crate::testing::shell_program(&dir.path().join("ffmpeg"), &script);
            run_ffmpeg(&ffmpeg, "Audio muxing", Vec::new(), Duration::from_secs(10)).await
        };
        for lost in [
            "o.mp4: No space left on device",
            "Error writing trailer of o.mp4: Input/output error",
        ] {
            let text = run(lost).await.unwrap_err().to_string();
            assert!(
                text.starts_with("Audio muxing failed: ") && text.contains(lost),
                "{text}"
            );
        }
        assert!(run("all is well").await.is_ok());
    }
}
