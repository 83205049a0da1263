//! Starting a child in a process group of its own.

use std::io;

use command_fds::CommandFdExt;
use tokio::process::{Child, Command};

use crate::process::live_group::LiveGroup;
use crate::process::pipe::ChildEnd;

/// By how much children go sooner where memory is short: thousandths of it. Chrome gives its pages 300.
#[cfg(target_os = "linux")]
pub(in crate::process) const SOONER: i32 = 500;
/// The kernel's most.
#[cfg(target_os = "linux")]
pub(in crate::process) const MOST_SCORE: i32 = 1000;

/// A command and the pipes of its child.
#[derive(Debug)]
pub(in crate::process) struct Starting {
    command: Command,
}

impl Starting {
    /// Nothing is started yet.
    ///
    /// # Errors
    /// When two pipes have one number.
    pub fn new(mut command: Command, pipes: Vec<ChildEnd>) -> io::Result<Self> {
        command.process_group(0);
        command
            .fd_mappings(pipes.into_iter().map(ChildEnd::into_mapping).collect())
            .map_err(|e| io::Error::other(e.to_string()))?;
        die_with_parent(&mut command);
        goes_first(&mut command);
        Ok(Self { command })
    }

    /// Starts it.
    ///
    /// # Errors
    /// Of the operating system. No process is left then.
    pub fn start(mut self) -> io::Result<(Child, LiveGroup)> {
        let child = self.command.spawn()?;
        let group = LiveGroup::led_by(&child);
        Ok((child, group))
    }
}

#[cfg(target_os = "linux")]
fn die_with_parent(command: &mut Command) {
    // SAFETY: the closure runs between fork and exec and makes one async-signal-safe system
    // call (prctl); it touches no memory shared with other threads and allocates nothing.
    unsafe {
        command.pre_exec(|| {
            nix::sys::prctl::set_pdeathsig(nix::sys::signal::Signal::SIGKILL)
                .map_err(std::io::Error::from)
        });
    }
}

/// Other systems have no such call. Children end when a pipe closes: Chrome its debugging pipe,
/// ffmpeg its stdin.
#[cfg(not(target_os = "linux"))]
fn die_with_parent(_command: &mut Command) {}

/// Has the kernel take a child, and what the child starts, rather than this process where memory is short:
/// a browser is replaced, and of a render that fails there is an error.
#[cfg(target_os = "linux")]
fn goes_first(command: &mut Command) {
    use nix::fcntl::{OFlag, open};
    use nix::sys::stat::Mode;
    const SCORE: &std::ffi::CStr = c"/proc/self/oom_score_adj";
    let own = std::fs::read_to_string("/proc/self/oom_score_adj");
    let Some(own) = own.ok().and_then(|own| own.trim().parse::<i32>().ok()) else {
        return;
    };
    let theirs = (own + SOONER).min(MOST_SCORE).to_string();
    // SAFETY: the closure runs between fork and exec and makes three async-signal-safe system calls
    // (open, write, close); it reads a string of its own and allocates nothing.
    unsafe {
        command.pre_exec(move || {
            // A child that is not allowed to goes as soon as this process.
            if let Ok(score) = open(SCORE, OFlag::O_WRONLY, Mode::empty()) {
                let _ = nix::unistd::write(&score, theirs.as_bytes());
            }
            Ok(())
        });
    }
}

/// Other systems have no such score.
#[cfg(not(target_os = "linux"))]
fn goes_first(_command: &mut Command) {}
