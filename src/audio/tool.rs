//! Runs of ffmpeg.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::error::{AudioFailure, AudioOwner, AudioReason, AudioStage, Ending};
use crate::machine::says_disk_full;
use crate::process::{
    ChildSpec, Exit, Finished, Groups, ManagedChild, RunError, run_to_end, without_refusal,
};

/// Lines of stderr quoted in errors.
const QUOTED_LINES: usize = 15;

/// The two programs, and the deadline of one run of ffmpeg.
#[derive(Debug, Clone)]
pub struct AudioTools {
    /// ffmpeg.
    pub ffmpeg: PathBuf,
    /// ffprobe.
    pub ffprobe: PathBuf,
    /// For each run of ffmpeg.
    pub deadline: Duration,
    /// Lists each ffmpeg while it runs.
    pub groups: Groups,
}

/// A run that failed.
#[derive(Debug)]
pub(super) struct RunFailure {
    reason: AudioReason,
    retryable: bool,
    ending: Ending,
    /// All that ffmpeg wrote to stderr.
    pub stderr: String,
    detail: String,
}

impl RunFailure {
    /// A failure on our side of a pipe.
    pub fn broken(error: &std::io::Error) -> Self {
        Self {
            reason: AudioReason::FfmpegFailed,
            retryable: false,
            ending: Ending {
                exit_code: None,
                termination_reason: "exit",
            },
            stderr: String::new(),
            detail: format!("[FFmpeg] its samples could not be passed on: {error}"),
        }
    }

    pub fn into_failure(self, stage: AudioStage) -> AudioFailure {
        let decoding = matches!(stage, AudioStage::Extract | AudioStage::Prepare);
        let (reason, owner) = match self.reason {
            AudioReason::FfmpegFailed if lacks_option(&self.stderr) => {
                (AudioReason::FfmpegUnsupported, AudioOwner::System)
            }
            AudioReason::FfmpegFailed if decoding && says_invalid(&self.stderr) => {
                (AudioReason::InvalidMedia, AudioOwner::User)
            }
            reason => (reason, AudioOwner::System),
        };
        let plain = AudioFailure::new(stage, reason, owner, self.detail);
        AudioFailure {
            retryable: self.retryable,
            subprocess: Some(self.ending),
            ..plain
        }
    }

    /// What happened, for humans.
    pub fn into_detail(self) -> String {
        self.detail
    }
}

/// Whether ffmpeg refused an option that this version does not have.
pub(super) fn lacks_option(stderr: &str) -> bool {
    let stderr = stderr.to_lowercase();
    [
        "unrecognized option",
        "option not found",
        "option was not found",
        "no option name",
    ]
    .iter()
    .any(|words| stderr.contains(words))
}

/// Whether ffmpeg reports that its input is not media.
pub(super) fn says_invalid(text: &str) -> bool {
    let text = text.to_lowercase();
    [
        "invalid data found",
        "could not find codec parameters",
        "moov atom not found",
        "no audio stream",
    ]
    .iter()
    .any(|words| text.contains(words))
}

impl AudioTools {
    /// Runs ffmpeg to its end and returns its stderr. Dropping the future kills it.
    pub(super) async fn run(&self, args: Vec<String>) -> Result<String, RunFailure> {
        let run = match run_to_end(self.spec(args), self.deadline).await {
            Ok(run) => run,
            Err(RunError::Deadline { stderr, .. }) => return Err(self.late(stderr)),
            Err(error) => return Err(unavailable(&error)),
        };
        let tail = run.stderr_tail(QUOTED_LINES);
        let Finished { exit, stderr, .. } = run;
        judge(exit, stderr, &tail)
    }

    /// Starts ffmpeg. `change` says which of its pipes are wanted.
    pub(super) async fn start(
        &self,
        args: Vec<String>,
        change: impl FnOnce(&mut ChildSpec),
    ) -> Result<ManagedChild, RunFailure> {
        let mut spec = self.spec(args);
        change(&mut spec);
        let started = ManagedChild::spawn(spec).await;
        started.map_err(|error| unavailable(&error))
    }

    /// What became of an ffmpeg that has closed its output.
    pub(super) async fn outcome(&self, child: &ManagedChild) -> Result<String, RunFailure> {
        let stderr = || child.stderr_tail(usize::MAX);
        match child.wait(self.deadline).await {
            Ok(exit) => judge(exit, stderr(), &child.stderr_tail(QUOTED_LINES)),
            Err(_) => Err(self.late(stderr())),
        }
    }

    /// The failure of an ffmpeg that gives nothing for as long as one run may take.
    pub(super) fn late(&self, stderr: String) -> RunFailure {
        let ms = self.deadline.as_millis();
        RunFailure {
            reason: AudioReason::FfmpegTimeout,
            retryable: true,
            ending: Ending {
                exit_code: None,
                termination_reason: "deadline",
            },
            stderr,
            detail: format!(
                "FFmpeg timed out after {ms} ms (ffmpegProcessTimeout; long renders can raise FFMPEG_PROCESS_TIMEOUT_MS)."
            ),
        }
    }

    fn spec(&self, args: Vec<String>) -> ChildSpec {
        let quiet = ["-hide_banner", "-nostats", "-nostdin"].map(OsString::from);
        ChildSpec {
            program: self.ffmpeg.clone(),
            args: quiet
                .into_iter()
                .chain(args.into_iter().map(Into::into))
                .collect(),
            groups: self.groups.clone(),
            ..ChildSpec::default()
        }
    }
}

fn unavailable(error: &dyn std::fmt::Display) -> RunFailure {
    RunFailure {
        reason: AudioReason::FfmpegUnavailable,
        retryable: true,
        ending: Ending {
            exit_code: None,
            termination_reason: "spawn_error",
        },
        stderr: String::new(),
        detail: format!("[FFmpeg] {error}"),
    }
}

/// The stderr of a run that went well, else what was wrong with it.
fn judge(exit: Exit, stderr: String, tail: &str) -> Result<String, RunFailure> {
    // ffmpeg 5 exits with 0 even when the disk was full at its last write.
    if exit.success() && !says_disk_full(&stderr) {
        return Ok(stderr);
    }
    const SIGTERM: i32 = 15;
    let asked_to_end = stderr.contains("Exiting normally, received signal 15");
    let interrupted = exit.signal == Some(SIGTERM) || (exit.code == Some(255) && asked_to_end);
    let how = exit
        .code
        .map_or(exit.to_string(), |code| format!("code {code}"));
    Err(RunFailure {
        reason: if interrupted {
            AudioReason::ExternalInterruption
        } else {
            AudioReason::FfmpegFailed
        },
        retryable: interrupted,
        ending: Ending {
            exit_code: exit.code,
            termination_reason: "exit",
        },
        stderr,
        detail: format!(
            "FFmpeg exited with {how}\nffmpeg stderr (tail):\n{}",
            without_refusal(tail)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(script: &str) -> (tempfile::TempDir, AudioTools) {
        let dir = tempfile::tempdir().unwrap();
        let path = crate::testing::shell_program(&dir.path().join("tool"), script);
        let deadline = Duration::from_millis(1500);
        (
            dir,
            AudioTools {
                ffmpeg: path.clone(),
                ffprobe: path,
                deadline,
                groups: Groups::default(),
            },
        )
    }

    async fn reason_of(script: &str, stage: AudioStage) -> AudioFailure {
        let (_dir, tools) = tools(script);
        tools.run(Vec::new()).await.unwrap_err().into_failure(stage)
    }

    #[tokio::test]
    async fn failures_have_upstreams_reasons() {
        for (script, stage, reason, retryable) in [
            ("exit 1", AudioStage::Mix, AudioReason::FfmpegFailed, false),
            (
                "echo 'Invalid data found when processing input' >&2; exit 1",
                AudioStage::Prepare,
                AudioReason::InvalidMedia,
                false,
            ),
            (
                "echo 'Invalid data found when processing input' >&2; exit 1",
                AudioStage::Mix,
                AudioReason::FfmpegFailed,
                false,
            ),
            (
                "echo 'Unrecognized option normalize' >&2; exit 1",
                AudioStage::Mix,
                AudioReason::FfmpegUnsupported,
                false,
            ),
            (
                "kill -TERM $$",
                AudioStage::Mix,
                AudioReason::ExternalInterruption,
                true,
            ),
            ("sleep 9", AudioStage::Mix, AudioReason::FfmpegTimeout, true),
            (
                "echo 'No space left on device' >&2",
                AudioStage::Mix,
                AudioReason::FfmpegFailed,
                false,
            ),
        ] {
            let failure = reason_of(script, stage).await;
            assert_eq!(
                (failure.reason, failure.retryable),
                (reason, retryable),
                "{script}"
            );
        }
        let gone = AudioTools {
            ffmpeg: "/no/ffmpeg".into(),
            ffprobe: "/no/ffprobe".into(),
            deadline: Duration::from_secs(30),
            groups: Groups::default(),
        };
        let failure = gone
            .run(Vec::new())
            .await
            .unwrap_err()
            .into_failure(AudioStage::Mix);
        assert_eq!(failure.reason, AudioReason::FfmpegUnavailable);
        assert!(failure.detail.contains("/no/ffmpeg"), "{}", failure.detail);
    }
}
