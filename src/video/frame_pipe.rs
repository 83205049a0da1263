//! An ffmpeg that writes the frames of a source into a pipe, and tells of each of them in another.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::ChildStdout;
use tokio::sync::mpsc::{self, Receiver};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::error::MediaError;
use super::frame_lines::{ErrorTail, Told, read_lines};
use crate::process::{ChildSpec, Groups, ManagedChild, widen};

/// Frames told of that nobody has asked for yet. An ffmpeg is a few ahead of what it writes.
const TOLD_AHEAD: usize = 256;
/// Error lines quoted.
const QUOTED: usize = 5;
/// How long the end of stderr is waited for once the process is gone.
const LAST_WORDS: Duration = Duration::from_millis(200);
/// How long the end of an ffmpeg is waited for that closed its pipe inside a frame.
const EXIT_AFTER_CLOSED_PIPE: Duration = Duration::from_secs(5);

/// A running ffmpeg. Dropping it kills it.
#[derive(Debug)]
pub(super) struct FramePipe {
    child: ManagedChild,
    path: PathBuf,
    deadline: Duration,
    stdout: ChildStdout,
    told: Receiver<Told>,
    errors: ErrorTail,
    reading: Option<JoinHandle<()>>,
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
            // Colours would stand in the lines.
            env: vec![("AV_LOG_FORCE_NOCOLOR".into(), "1".into())],
            piped_stdout: true,
            piped_stderr: true,
            groups,
            ..ChildSpec::default()
        })
        .await?;
        let (Some(stdout), Some(stderr)) = (child.take_stdout(), child.take_stderr()) else {
            return Err(MediaError::Process("ffmpeg has no output pipe".into()));
        };
        widen(&stdout);
        let (sender, told) = mpsc::channel(TOLD_AHEAD);
        let errors = ErrorTail::default();
        let lines = read_lines(BufReader::new(stderr), sender, errors.clone());
        Ok(Self {
            child,
            path: path.to_owned(),
            deadline,
            stdout,
            told,
            errors,
            reading: Some(tokio::spawn(lines)),
        })
    }

    /// The next frame told of; `None` when there are no more.
    ///
    /// # Errors
    /// [`MediaError::Decode`] when ffmpeg failed, [`MediaError::Stalled`].
    pub async fn told(&mut self) -> Result<Option<Told>, MediaError> {
        match timeout(self.deadline, self.told.recv()).await {
            Ok(Some(told)) => Ok(Some(told)),
            Ok(None) => self.end().await.map(|()| None),
            Err(_) => Err(self.stalled()),
        }
    }

    /// Fills `pixels` with those of the next frame.
    ///
    /// # Errors
    /// [`MediaError::Decode`], [`MediaError::Stream`], [`MediaError::Stalled`].
    pub async fn read(&mut self, pixels: &mut [u8]) -> Result<(), MediaError> {
        match timeout(self.deadline, self.stdout.read_exact(pixels)).await {
            Ok(Ok(_)) => Ok(()),
            // A pipe that breaks inside a frame says less than the exit status.
            Ok(Err(error)) => {
                let cut = self.bad(format!("a frame is cut off: {error}"));
                match timeout(EXIT_AFTER_CLOSED_PIPE, self.end()).await {
                    Ok(ended) => ended.and(Err(cut)),
                    Err(_) => Err(cut),
                }
            }
            Err(_) => Err(self.stalled()),
        }
    }

    /// Kills it; returns when it is gone.
    pub async fn kill(&mut self) {
        self.child.kill().await;
    }

    /// What it said of errors, at most the last lines.
    pub fn errors(&self) -> String {
        self.errors.last_lines(QUOTED)
    }

    /// Waits for its end, when nothing more comes.
    async fn end(&mut self) -> Result<(), MediaError> {
        let exit = self.child.wait(self.deadline).await?;
        if exit.success() {
            return Ok(());
        }
        if let Some(reading) = self.reading.take() {
            let _ = timeout(LAST_WORDS, reading).await;
        }
        Err(MediaError::Decode {
            path: self.path.clone(),
            exit,
            stderr: self.errors(),
        })
    }

    /// The error of a frame that did not come in time.
    fn stalled(&self) -> MediaError {
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
