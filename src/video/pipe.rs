//! An ffmpeg that writes the frames of a source into a pipe.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::BufReader;
use tokio::process::ChildStdout;

use super::error::MediaError;
use crate::process::{ChildSpec, Groups, ManagedChild, widen};

/// Absolute, so that no file name can be taken for an option or a protocol.
pub(super) fn file_argument(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    format!("file:{}", absolute.display())
}

/// A running ffmpeg. Dropping it kills it.
#[derive(Debug)]
pub(super) struct FramePipe {
    child: ManagedChild,
    path: PathBuf,
    deadline: Duration,
    /// What it writes.
    pub stdout: BufReader<ChildStdout>,
}

impl FramePipe {
    /// Starts `ffmpeg`, which decodes the file at `path`; no frame and no end is waited for longer
    /// than `deadline`.
    ///
    /// # Errors
    /// [`MediaError::ToolMissing`], [`MediaError::Process`].
    pub async fn start(
        ffmpeg: &Path,
        args: Vec<OsString>,
        path: &Path,
        deadline: Duration,
        groups: Groups,
    ) -> Result<Self, MediaError> {
        let mut child = ManagedChild::spawn(ChildSpec {
            program: ffmpeg.to_owned(),
            args,
            piped_stdout: true,
            groups,
            ..ChildSpec::default()
        })
        .await?;
        let stdout = child
            .take_stdout()
            .ok_or_else(|| MediaError::Process("ffmpeg has no output pipe".into()))?;
        widen(&stdout);
        Ok(Self {
            child,
            path: path.to_owned(),
            deadline,
            stdout: BufReader::new(stdout),
        })
    }

    /// Longest wait for one frame.
    pub fn deadline(&self) -> Duration {
        self.deadline
    }

    /// Kills it; returns when it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await;
    }

    /// Waits for its end, when nothing more comes.
    ///
    /// # Errors
    /// [`MediaError::Decode`] when it failed.
    pub async fn end(&mut self) -> Result<(), MediaError> {
        let exit = self.child.wait(self.deadline).await?;
        if exit.success() {
            return Ok(());
        }
        Err(MediaError::Decode {
            path: self.path.clone(),
            exit,
            stderr: self.child.stderr_tail(5),
        })
    }

    /// The error of a frame that did not come in time.
    pub fn stalled(&self) -> MediaError {
        MediaError::Stalled {
            path: self.path.clone(),
            ms: self.deadline.as_millis(),
        }
    }

    /// The error of a stream that is not what was asked for.
    pub fn bad(&self, detail: String) -> MediaError {
        MediaError::Stream {
            path: self.path.clone(),
            detail,
        }
    }
}
