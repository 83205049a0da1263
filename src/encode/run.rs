//! One short ffmpeg run.

use std::path::Path;
use std::time::Duration;

use super::encoder::{QUOTED_STDERR_LINES, quiet};
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
    let spec = ChildSpec {
        program: ffmpeg.to_owned(),
        args: quiet(args),
        ..ChildSpec::default()
    };
    match run_to_end(spec, deadline).await {
        Ok(run) if run.exit.success() => Ok(()),
        Ok(run) => Err(EncodeError::Failed {
            what,
            exit: run.exit,
            stderr: run.stderr_tail(QUOTED_STDERR_LINES),
        }),
        Err(RunError::Start(error)) => Err(error.into()),
        // Its stdout is not read, so it cannot print too much.
        Err(_) => Err(EncodeError::Deadline {
            what,
            ms: deadline.as_millis(),
        }),
    }
}
