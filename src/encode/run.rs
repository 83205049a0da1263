//! One short ffmpeg run.

use std::path::Path;
use std::time::Duration;

use super::encoder::{failed, quiet};
use super::error::EncodeError;
use crate::process::{ChildSpec, ManagedChild};

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
    let child = ManagedChild::spawn(ChildSpec {
        program: ffmpeg.to_owned(),
        args: quiet(args),
        ..ChildSpec::default()
    })
    .await?;
    match child.wait(deadline).await {
        Ok(exit) if exit.success() => Ok(()),
        Ok(exit) => Err(failed(what, &child, exit)),
        Err(_) => Err(EncodeError::Deadline {
            what,
            ms: deadline.as_millis(),
        }),
    }
}
