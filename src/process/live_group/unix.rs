//! The process group of one child, signalled only while its number is sure to be its own.

use std::io;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::process::Child;

use crate::sync::IgnorePoison;

/// The group that a child leads; clones share it. The kernel gives the number to a stranger once the
/// child is reaped and its group is empty, so nothing is signalled from then on.
#[derive(Debug, Clone)]
pub(in crate::process) struct LiveGroup(Arc<Mutex<Option<Pid>>>);

impl LiveGroup {
    /// Of a child that leads its group and was not waited for.
    pub(in crate::process) fn led_by(child: &Child) -> Self {
        let pid = child.id().map(|pid| Pid::from_raw(pid.cast_signed()));
        Self(Arc::new(Mutex::new(pid)))
    }

    /// SIGKILL for all its members, unless the child has ended.
    pub fn kill(&self) {
        kill_members(*self.0.lock().ignore_poison());
    }

    /// Whether a kill would still be sent.
    #[cfg(test)]
    pub fn is_signalled(&self) -> bool {
        self.0.lock().ignore_poison().is_some()
    }

    /// Waits until the child ends, kills those it leaves behind, and reaps it.
    ///
    /// # Errors
    /// The error of the operating system; the group is then signalled no more.
    pub async fn ended(&self, child: &mut Child) -> io::Result<ExitStatus> {
        let is_dead_and_unreaped = match child.id() {
            Some(pid) => exited(pid).await.is_ok(),
            None => false,
        };
        if is_dead_and_unreaped {
            kill_members(self.0.lock().ignore_poison().take());
            return child.wait().await;
        }
        let ended = child.wait().await;
        kill_members(self.0.lock().ignore_poison().take());
        ended
    }
}

fn kill_members(group: Option<Pid>) {
    if let Some(group) = group {
        // ESRCH only says that the group is already gone.
        let _ = killpg(group, Signal::SIGKILL);
    }
}

/// Waits until a child has exited, and leaves it to be reaped.
#[cfg(target_os = "linux")]
async fn exited(child: u32) -> io::Result<()> {
    use rustix::process::{Pid, PidfdFlags, pidfd_open};
    use tokio::io::{Interest, unix::AsyncFd};
    let pid = Pid::from_raw(child.cast_signed()).ok_or(io::ErrorKind::InvalidInput)?;
    let handle = pidfd_open(pid, PidfdFlags::empty())?;
    // Readable once the process is a zombie.
    // SAFETY: the descriptor is owned by the handle, which the `AsyncFd` owns and never exchanges, so
    // it stays open and the same until it is deregistered.
    let watched = unsafe { AsyncFd::register_with_interest(handle, Interest::READABLE) };
    let watched = watched.map_err(io::Error::from)?;
    watched.readable().await.map(drop)
}

/// Other systems tell it only to who reaps.
#[cfg(not(target_os = "linux"))]
async fn exited(_child: u32) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
