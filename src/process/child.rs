//! One managed child process.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use command_fds::CommandFdExt;
use command_fds::FdMapping;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::groups::{Groups, Member};
use super::spawner;
use crate::sync::IgnorePoison;

/// Bytes of stderr kept for error messages, as upstream keeps them.
const STDERR_TAIL_BYTES: usize = 64 * 1024;
/// Time between SIGTERM and SIGKILL.
const TERM_GRACE: Duration = Duration::from_secs(2);
/// How long a SIGKILLed child may take to be reaped before we stop waiting for it.
const REAP_DEADLINE: Duration = Duration::from_secs(2);

/// What to start.
#[derive(Debug, Default)]
pub struct ChildSpec {
    /// Executable.
    pub program: PathBuf,
    /// Arguments.
    pub args: Vec<OsString>,
    /// Variables beside those it inherits.
    pub env: Vec<(OsString, OsString)>,
    /// Open a pipe to its stdin (else it reads nothing).
    pub piped_stdin: bool,
    /// Open a pipe from its stdout (else it is discarded).
    pub piped_stdout: bool,
    /// Descriptors to hand over beside the standard ones.
    pub fds: Vec<FdMapping>,
    /// Lists its process group while it is held.
    pub groups: Groups,
}

/// Why a child could not be started or waited for.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// The executable would not start.
    #[error("cannot start {}: {source}", program.display())]
    Spawn {
        /// The executable.
        program: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// It did not end in time.
    #[error("{name} did not exit within {ms} ms")]
    Deadline {
        /// File name of the executable.
        name: String,
        /// The deadline in milliseconds.
        ms: u128,
    },
}

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Exit code, when it exited by itself.
    pub code: Option<i32>,
    /// Signal, when one ended it.
    pub signal: Option<i32>,
}

impl Exit {
    /// Neither code nor signal could be learnt.
    const UNKNOWN: Self = Self {
        code: None,
        signal: None,
    };

    /// True for exit code 0.
    pub fn success(self) -> bool {
        self.code == Some(0)
    }
}

impl From<ExitStatus> for Exit {
    fn from(status: ExitStatus) -> Self {
        Self {
            code: status.code(),
            signal: status.signal(),
        }
    }
}

impl std::fmt::Display for Exit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.code, self.signal) {
            (Some(code), _) => write!(f, "exit code {code}"),
            (None, Some(signal)) => write!(f, "signal {signal}"),
            (None, None) => f.write_str("unknown status"),
        }
    }
}

/// A running child. Dropping it kills its whole process group.
#[derive(Debug)]
pub struct ManagedChild {
    name: String,
    pid: u32,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Arc<Mutex<VecDeque<u8>>>,
    exit: watch::Receiver<Option<Exit>>,
    _listed: Member,
}

impl ManagedChild {
    /// Starts a child in its own process group.
    ///
    /// # Errors
    /// [`ProcessError::Spawn`] when the executable can't be started.
    pub async fn spawn(spec: ChildSpec) -> Result<Self, ProcessError> {
        let program = spec.program.clone();
        let failed = |source| ProcessError::Spawn {
            program: program.clone(),
            source,
        };
        let mut command = Command::new(&spec.program);
        command
            .args(&spec.args)
            .envs(spec.env)
            .stdin(if spec.piped_stdin {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stdout(if spec.piped_stdout {
                Stdio::piped()
            } else {
                Stdio::null()
            })
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .process_group(0);
        command
            .fd_mappings(spec.fds)
            .map_err(|e| failed(std::io::Error::other(e.to_string())))?;
        die_with_parent(&mut command);
        let child = spawner::spawn(command).await.map_err(failed)?;
        Ok(Self::watch(child, &program, &spec.groups))
    }

    fn watch(mut child: Child, program: &std::path::Path, groups: &Groups) -> Self {
        let stderr = Arc::new(Mutex::new(VecDeque::new()));
        let drained = child
            .stderr
            .take()
            .map(|pipe| tokio::spawn(keep_tail(BufReader::new(pipe), Arc::clone(&stderr))));
        let (sender, exit) = watch::channel(None);
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let pid = child.id().unwrap_or(0);
        tokio::spawn(async move {
            let ended = child.wait().await.map_or(Exit::UNKNOWN, Exit::from);
            // Let the last words in before anybody reads the tail; a grandchild may hold the
            // pipe open, so not for long.
            if let Some(drained) = drained {
                let _ = timeout(Duration::from_millis(100), drained).await;
            }
            sender.send_replace(Some(ended));
        });
        let name = program
            .file_name()
            .map(|n| n.to_string_lossy().into_owned());
        Self {
            name: name.unwrap_or_default(),
            pid,
            stdin,
            stdout,
            stderr,
            exit,
            _listed: groups.enter(pid),
        }
    }

    /// Process id, which is also its process group.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Takes the pipe to its stdin.
    pub fn take_stdin(&mut self) -> Option<ChildStdin> {
        self.stdin.take()
    }

    /// Takes the pipe from its stdout.
    pub fn take_stdout(&mut self) -> Option<ChildStdout> {
        self.stdout.take()
    }

    /// How it ended, if it has.
    pub fn exit(&self) -> Option<Exit> {
        *self.exit.borrow()
    }

    /// A receiver that turns to `Some` when the child ends.
    pub fn exit_watch(&self) -> watch::Receiver<Option<Exit>> {
        self.exit.clone()
    }

    /// The last lines of its stderr, oldest first, at most `lines`.
    pub fn stderr_tail(&self, lines: usize) -> String {
        let buffer = self.stderr.lock().ignore_poison();
        let bytes: Vec<u8> = buffer.iter().copied().collect();
        let text = String::from_utf8_lossy(&bytes);
        let kept: Vec<&str> = text
            .lines()
            .map(str::trim_end)
            .filter(|line| !line.is_empty())
            .collect();
        kept[kept.len().saturating_sub(lines)..].join("\n")
    }

    /// Waits for it to end by itself.
    ///
    /// # Errors
    /// [`ProcessError::Deadline`] after `deadline`; the child keeps running.
    pub async fn wait(&self, deadline: Duration) -> Result<Exit, ProcessError> {
        let mut exit = self.exit.clone();
        let ended = timeout(deadline, exit.wait_for(Option::is_some)).await;
        match ended {
            Ok(Ok(value)) => Ok(value.unwrap_or(Exit::UNKNOWN)),
            Ok(Err(_)) => Ok(Exit::UNKNOWN),
            Err(_) => Err(ProcessError::Deadline {
                name: self.name.clone(),
                ms: deadline.as_millis(),
            }),
        }
    }

    /// SIGTERM, then SIGKILL after a grace of 2 s; returns when it is reaped.
    pub async fn terminate(&mut self) {
        self.stdin = None;
        self.signal(Signal::SIGTERM);
        if self.wait(TERM_GRACE).await.is_err() {
            self.kill().await;
        }
    }

    /// SIGKILL to the whole group at once; returns when the child is reaped.
    pub async fn kill(&mut self) {
        self.signal(Signal::SIGKILL);
        // A process that survives SIGKILL is stuck in the kernel; nobody gains by waiting on.
        let _ = self.wait(REAP_DEADLINE).await;
    }

    fn signal(&self, signal: Signal) {
        if self.pid != 0 {
            // ESRCH only says that the group is already gone.
            let _ = killpg(Pid::from_raw(self.pid.cast_signed()), signal);
        }
    }
}

impl Drop for ManagedChild {
    fn drop(&mut self) {
        self.signal(Signal::SIGKILL);
    }
}

async fn keep_tail(mut pipe: impl AsyncReadExt + Unpin, tail: Arc<Mutex<VecDeque<u8>>>) {
    let mut chunk = [0u8; 4096];
    while let Ok(read) = pipe.read(&mut chunk).await {
        if read == 0 {
            return;
        }
        let mut buffer = tail.lock().ignore_poison();
        buffer.extend(&chunk[..read]);
        let excess = buffer.len().saturating_sub(STDERR_TAIL_BYTES);
        buffer.drain(..excess);
    }
}

#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    // SAFETY: the closure runs between fork and exec and makes one async-signal-safe system
    // call (prctl); it touches no memory shared with other threads and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            nix::sys::prctl::set_pdeathsig(Signal::SIGKILL).map_err(std::io::Error::from)
        });
    }
}

/// Elsewhere children notice a closed pipe: Chrome its debugging pipe, ffmpeg its stdin.
#[cfg(not(target_os = "linux"))]
fn die_with_parent(_command: &mut Command) {}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> ChildSpec {
        ChildSpec {
            program: "/bin/sh".into(),
            args: vec!["-c".into(), script.into()],
            ..ChildSpec::default()
        }
    }

    fn alive(pid: i32) -> bool {
        nix::sys::signal::kill(Pid::from_raw(pid), None).is_ok()
            && !std::fs::read_to_string(format!("/proc/{pid}/stat"))
                .is_ok_and(|stat| stat.contains(") Z "))
    }

    #[tokio::test]
    async fn exit_code_and_stderr_tail_are_kept() {
        let child = ManagedChild::spawn(shell("echo one >&2; echo two >&2; exit 3"))
            .await
            .unwrap();
        let exit = child.wait(Duration::from_secs(5)).await.unwrap();
        assert_eq!(exit.code, Some(3));
        assert_eq!(child.stderr_tail(1), "two");
    }

    #[tokio::test]
    async fn variables_are_added_to_those_it_inherits() {
        let spec = ChildSpec {
            env: vec![("HF_ADDED".into(), "yes".into())],
            ..shell("echo \"$HF_ADDED ${PATH:+too}\" >&2")
        };
        let child = ManagedChild::spawn(spec).await.unwrap();
        child.wait(Duration::from_secs(5)).await.unwrap();
        assert_eq!(child.stderr_tail(1), "yes too");
    }

    #[tokio::test]
    async fn a_childs_group_is_listed_while_it_is_held() {
        let groups = Groups::default();
        let spec = ChildSpec {
            groups: groups.clone(),
            ..shell("sleep 9")
        };
        let child = ManagedChild::spawn(spec).await.unwrap();
        assert_eq!(groups.ids(), [child.pid()]);
        drop(child);
        assert!(groups.ids().is_empty());
    }

    #[tokio::test]
    async fn a_missing_program_is_named() {
        let spec = ChildSpec {
            program: "/no/such/tool".into(),
            ..ChildSpec::default()
        };
        let text = ManagedChild::spawn(spec).await.unwrap_err().to_string();
        assert!(text.contains("/no/such/tool"), "{text}");
    }

    /// The pid of the grandchild that a script writes into `file`.
    async fn written_pid(file: &std::path::Path) -> i32 {
        loop {
            let text = std::fs::read_to_string(file).unwrap_or_default();
            if let Ok(pid) = text.trim().parse() {
                return pid;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn dies(pid: i32) -> bool {
        for _ in 0..200 {
            if !alive(pid) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    }

    #[tokio::test]
    async fn dropping_the_handle_kills_grandchildren() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; wait", file.display());
        let child = ManagedChild::spawn(shell(&script)).await.unwrap();
        let pid = written_pid(&file).await;
        assert!(alive(pid));
        drop(child);
        assert!(dies(pid).await, "grandchild {pid} survived");
    }

    #[tokio::test]
    async fn a_start_that_nobody_waits_for_any_more_leaves_no_grandchild() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; wait", file.display());
        let mut starting = Box::pin(ManagedChild::spawn(shell(&script)));
        // Seldom the answer is there at once; the child is then started like any other.
        while futures::poll!(&mut starting).is_ready() {
            let _ = std::fs::remove_file(&file);
            starting = Box::pin(ManagedChild::spawn(shell(&script)));
        }
        let pid = written_pid(&file).await;
        assert!(alive(pid));
        drop(starting);
        assert!(dies(pid).await, "grandchild {pid} survived");
    }

    #[tokio::test]
    async fn terminate_ends_a_child_that_ignores_sigterm() {
        let mut child = ManagedChild::spawn(shell("trap '' TERM; while :; do sleep 1; done"))
            .await
            .unwrap();
        assert!(child.wait(Duration::from_millis(100)).await.is_err());
        child.terminate().await;
        assert_eq!(child.exit().and_then(|e| e.signal), Some(9));
    }
}
