//! One run of a tool, to its end.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use super::child::{ChildSpec, ManagedChild};
use super::error::ProcessError;
use super::exit::Exit;

/// Most bytes a tool may print (upstream's figure). Tools are only asked for facts about one file.
const MOST_OUTPUT: u64 = 8_000_000;

/// A run that ended, with or without an error.
#[derive(Debug)]
pub struct Finished {
    /// How it ended.
    pub exit: Exit,
    /// Its stdout; empty when no pipe was opened.
    pub stdout: Vec<u8>,
    /// The end of its stderr, without empty lines.
    pub stderr: String,
}

/// Why a run did not end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// It would not start.
    #[error(transparent)]
    Start(ProcessError),
    /// It took too long.
    #[error("no answer within {} s", deadline.as_secs())]
    Deadline {
        /// The time it was allowed.
        deadline: Duration,
        /// As in [`Finished`].
        stderr: String,
    },
    /// It printed too much.
    #[error("its answer is longer than {MOST_OUTPUT} bytes")]
    TooLong,
    /// What it printed could not be read.
    #[error("its answer could not be read: {0}")]
    Unreadable(std::io::Error),
}

impl Finished {
    /// The last `lines` lines of its stderr.
    pub fn stderr_tail(&self, lines: usize) -> String {
        let kept: Vec<&str> = self.stderr.lines().collect();
        kept[kept.len().saturating_sub(lines)..].join("\n")
    }
}

/// Runs a tool. Its whole process group is dead when the future returns or is dropped.
///
/// # Errors
/// [`RunError`]. A tool that exits with an error code is not an error here.
pub async fn run_to_end(spec: ChildSpec, deadline: Duration) -> Result<Finished, RunError> {
    let mut child = ManagedChild::spawn(spec).await.map_err(RunError::Start)?;
    let stdout = child.take_stdout();
    let work = async {
        let mut printed = Vec::new();
        if let Some(stdout) = stdout {
            let mut limited = stdout.take(MOST_OUTPUT + 1);
            let read = limited.read_to_end(&mut printed).await;
            read.map_err(RunError::Unreadable)?;
        }
        if printed.len() as u64 > MOST_OUTPUT {
            return Err(RunError::TooLong);
        }
        let exit = child.wait(deadline).await.map_err(RunError::Start)?;
        Ok((exit, printed))
    };
    let ended = timeout(deadline, work).await;
    let stderr = child.stderr_tail(usize::MAX);
    match ended {
        Ok(Ok((exit, stdout))) => Ok(Finished {
            exit,
            stdout,
            stderr,
        }),
        Ok(Err(RunError::Start(_))) | Err(_) => Err(RunError::Deadline { deadline, stderr }),
        Ok(Err(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn run(script: &str, ms: u64) -> Result<Finished, RunError> {
        let spec = ChildSpec {
            program: crate::testing::SHELL.into(),
            args: vec!["-c".into(), script.into()],
            piped_stdout: true,
            ..ChildSpec::default()
        };
        run_to_end(spec, Duration::from_millis(ms)).await
    }

    #[tokio::test]
    async fn what_it_said_and_how_it_ended_come_back() {
        let run = run("echo facts; echo one >&2; echo two >&2; exit 3", 5000).await;
        let run = run.unwrap();
        assert_eq!((run.exit.code, run.stdout), (Some(3), b"facts\n".to_vec()));
        assert_eq!(run.stderr, "one\ntwo");
    }

    #[tokio::test]
    async fn too_long_in_time_or_bytes_is_an_error() {
        let late = run("echo early >&2; sleep 9", 300).await;
        assert!(matches!(late, Err(RunError::Deadline { stderr, .. }) if stderr == "early"));
        let long = run("head -c 9000000 /dev/zero", 5000).await;
        assert!(matches!(long, Err(RunError::TooLong)));
    }
}
