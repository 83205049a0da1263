//! One managed child process.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use super::error::ProcessError;
use super::exit::Exit;
use super::groups::{Groups, Member};
use super::live_group::LiveGroup;
use super::pipe::ChildEnd;
use super::spawner;
use super::starting::Starting;
use super::stderr_tail::StderrTail;

/// How long to wait until a child that got SIGKILL is reaped.
const REAP_DEADLINE: Duration = Duration::from_secs(2);

/// What to start.
#[derive(Debug, Default)]
pub struct ChildSpec {
    /// Executable.
    pub program: PathBuf,
    /// Arguments.
    pub args: Vec<OsString>,
    /// Environment variables added to those it inherits.
    pub env: Vec<(OsString, OsString)>,
    /// Its working folder; `None` is that of this process.
    pub folder: Option<PathBuf>,
    /// Open a pipe to its stdin; otherwise its stdin is empty.
    pub piped_stdin: bool,
    /// Open a pipe from its stdout; otherwise its output is discarded.
    pub piped_stdout: bool,
    /// Open a pipe from its stderr, of which no tail is kept then.
    pub piped_stderr: bool,
    /// Pipes in addition to the standard ones.
    pub pipes: Vec<ChildEnd>,
    /// Its process group is listed here until its handle is dropped.
    pub groups: Groups,
}

/// A running child. Dropping it kills its whole process group; what is left of it when the child ends
/// by itself is killed then.
#[derive(Debug)]
pub struct ManagedChild {
    name: String,
    pid: u32,
    group: LiveGroup,
    stdin: Option<ChildStdin>,
    stdout: Option<ChildStdout>,
    stderr: Option<ChildStderr>,
    tail: StderrTail,
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
            .kill_on_drop(true);
        if let Some(folder) = &spec.folder {
            command.current_dir(folder);
        }
        let starting = Starting::new(command, spec.pipes).map_err(failed)?;
        let started = spawner::spawn(starting).await.map_err(failed)?;
        let piped = spec.piped_stderr;
        Ok(Self::watch(started, &program, &spec.groups, piped))
    }

    fn watch(
        (mut child, group): (Child, LiveGroup),
        program: &std::path::Path,
        groups: &Groups,
        piped: bool,
    ) -> Self {
        let tail = StderrTail::default();
        let (stderr, kept) = match piped {
            true => (child.stderr.take(), None),
            false => (None, child.stderr.take()),
        };
        let drained = kept.map(|pipe| tokio::spawn(tail.clone().keep(BufReader::new(pipe))));
        let (sender, exit) = watch::channel(None);
        let stdin = child.stdin.take();
        let stdout = child.stdout.take();
        let pid = child.id().unwrap_or(0);
        let live = group.clone();
        tokio::spawn(async move {
            let ended = live.ended(&mut child).await;
            let ended = ended.map_or(Exit::UNKNOWN, Exit::from);
            // Wait until the end of stderr has been read, but not for long: a grandchild may hold
            // the pipe open.
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
            group,
            stdin,
            stdout,
            stderr,
            tail,
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

    /// Takes the pipe from its stderr.
    pub fn take_stderr(&mut self) -> Option<ChildStderr> {
        self.stderr.take()
    }

    /// The last lines of its stderr, oldest first, at most `lines`.
    pub fn stderr_tail(&self, lines: usize) -> String {
        self.tail.last_lines(lines)
    }

    /// Waits until it ends.
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

    /// SIGKILL to the whole group at once; returns when the child is reaped.
    pub async fn kill(&mut self) {
        self.group.kill();
        // A process that survives SIGKILL is stuck in the kernel; waiting longer would not help.
        let _ = self.wait(REAP_DEADLINE).await;
    }
}

impl Drop for ManagedChild {
    fn drop(&mut self) {
        self.group.kill();
    }
}

/// What a shell does, and what becomes of what it starts: `windows_children.rs` has the same there.
#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use nix::unistd::Pid;

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

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn where_memory_is_short_a_child_goes_before_this_process() {
        use crate::process::starting::{MOST_SCORE, SOONER};
        let score = |pid: &str| {
            let text = std::fs::read_to_string(format!("/proc/{pid}/oom_score_adj")).unwrap();
            text.trim().parse::<i32>().unwrap()
        };
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; wait", file.display());
        let child = ManagedChild::spawn(shell(&script)).await.unwrap();
        let grandchild = written_pid(&file).await;
        for pid in [child.pid().to_string(), grandchild.to_string()] {
            let wanted = (score("self") + SOONER).min(MOST_SCORE);
            assert_eq!(score(&pid), wanted);
        }
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
    async fn what_a_child_leaves_behind_is_killed_when_it_ends() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 60 >&- 2>&- & echo $! > {}", file.display());
        let child = ManagedChild::spawn(shell(&script)).await.unwrap();
        child.wait(Duration::from_secs(5)).await.unwrap();
        let pid = written_pid(&file).await;
        assert!(dies(pid).await, "{pid} outlived the leader of its group");
        drop(child);
    }

    /// The number of an empty group may be a stranger's.
    #[tokio::test]
    async fn nothing_is_signalled_once_the_child_was_reaped() {
        let mut command = Command::new("/bin/true");
        command.process_group(0);
        let mut child = command.spawn().unwrap();
        let group = LiveGroup::led_by(&child);
        assert!(group.is_signalled());
        group.ended(&mut child).await.unwrap();
        assert!(!group.is_signalled());
    }

    #[tokio::test]
    async fn a_start_that_nobody_waits_for_any_more_leaves_no_grandchild() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let script = format!("sleep 60 & echo $! > {}; wait", file.display());
        let mut starting = Box::pin(ManagedChild::spawn(shell(&script)));
        // If the child is already started when first polled, nothing was abandoned: try again.
        while futures::poll!(&mut starting).is_ready() {
            let _ = std::fs::remove_file(&file);
            starting = Box::pin(ManagedChild::spawn(shell(&script)));
        }
        let pid = written_pid(&file).await;
        assert!(alive(pid));
        drop(starting);
        assert!(dies(pid).await, "grandchild {pid} survived");
    }
}
