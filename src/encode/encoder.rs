//! The streaming encoder: one ffmpeg that is fed frames in order.

use std::path::{Path, PathBuf};
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::io::AsyncWriteExt;
use tokio::process::ChildStdin;
use tokio::time::timeout;

use super::args::{EncodeSettings, encoder_args};
use super::error::EncodeError;
use crate::machine::says_disk_full;
use crate::process::{ChildSpec, ManagedChild, widen};

/// Lines of ffmpeg's stderr quoted in an error, upstream's figure.
pub(super) const QUOTED_STDERR_LINES: usize = 15;
/// Time to wait for ffmpeg to exit after its pipe broke.
const EXIT_AFTER_BROKEN_PIPE: Duration = Duration::from_secs(5);

/// A running encode.
#[derive(Debug)]
pub struct StreamingEncoder {
    ffmpeg: PathBuf,
    child: ManagedChild,
    stdin: Option<ChildStdin>,
    inactivity: Duration,
    report: EncodeReport,
}

/// What was written in an encode.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EncodeReport {
    /// Frames written.
    pub frames: u64,
    /// Bytes written to ffmpeg.
    pub input_bytes: u64,
}

impl StreamingEncoder {
    /// Starts ffmpeg. `inactivity` is the longest time it may take no data.
    ///
    /// # Errors
    /// [`EncodeError::Process`] when it can't be started.
    pub async fn start(
        ffmpeg: &Path,
        settings: &EncodeSettings,
        inactivity: Duration,
    ) -> Result<Self, EncodeError> {
        let mut child = ManagedChild::spawn(ChildSpec {
            program: ffmpeg.to_owned(),
            args: quiet(encoder_args(settings)),
            piped_stdin: true,
            ..ChildSpec::default()
        })
        .await?;
        let stdin = child.take_stdin().inspect(widen);
        Ok(Self {
            ffmpeg: ffmpeg.to_owned(),
            child,
            stdin,
            inactivity,
            report: EncodeReport::default(),
        })
    }

    /// Its process group.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Writes one frame.
    ///
    /// # Errors
    /// [`EncodeError::Inactive`] when ffmpeg takes no data for too long, [`EncodeError::Failed`]
    /// with its last words when it has ended.
    pub async fn write(&mut self, frame: &Bytes) -> Result<(), EncodeError> {
        let written = match &mut self.stdin {
            Some(stdin) => timeout(self.inactivity, stdin.write_all(frame)).await,
            None => Ok(Err(std::io::ErrorKind::BrokenPipe.into())),
        };
        match written {
            Ok(Ok(())) => {
                self.report.frames += 1;
                self.report.input_bytes += frame.len() as u64;
                Ok(())
            }
            Ok(Err(_)) => Err(self.death().await),
            Err(_) => Err(EncodeError::Inactive {
                ms: self.inactivity.as_millis(),
            }),
        }
    }

    /// Ends the stream and waits for ffmpeg to finish the file.
    ///
    /// # Errors
    /// [`EncodeError::Failed`] or [`EncodeError::Deadline`].
    pub async fn finish(mut self) -> Result<EncodeReport, EncodeError> {
        const WHAT: &str = "Streaming encode";
        drop(self.stdin.take());
        match self.child.wait(self.inactivity).await {
            Ok(exit)
                if exit.success()
                    && !lost_its_end(&self.child.stderr_tail(QUOTED_STDERR_LINES)) =>
            {
                Ok(self.report)
            }
            Ok(exit) => Err(self.failed(WHAT, exit)),
            Err(_) => Err(EncodeError::Deadline {
                what: WHAT,
                ms: self.inactivity.as_millis(),
            }),
        }
    }

    fn failed(&self, what: &'static str, exit: crate::process::Exit) -> EncodeError {
        let stderr = self.child.stderr_tail(QUOTED_STDERR_LINES);
        EncodeError::failed(what, &self.ffmpeg, exit, stderr)
    }

    async fn death(&mut self) -> EncodeError {
        drop(self.stdin.take());
        match self.child.wait(EXIT_AFTER_BROKEN_PIPE).await {
            Ok(exit) => self.failed("Streaming encode", exit),
            Err(error) => error.into(),
        }
    }
}

/// Whether ffmpeg says that the end of a file could not be written: version 5 exits with 0 then.
pub(super) fn lost_its_end(stderr: &str) -> bool {
    let others = ["File too large", "Error writing trailer"];
    says_disk_full(stderr) || others.iter().any(|text| stderr.contains(text))
}

/// Adds `-hide_banner`: errors quote the end of stderr, and the banner explains nothing.
pub(super) fn quiet(args: Vec<String>) -> Vec<std::ffi::OsString> {
    std::iter::once("-hide_banner".to_owned())
        .chain(args)
        .map(Into::into)
        .collect()
}
