//! How a child ended, and ending this process at once.

use std::process::ExitStatus;

/// How a child ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exit {
    /// Exit code, when it exited by itself.
    pub code: Option<i32>,
    /// Signal, when one ended it.
    pub signal: Option<i32>,
}

impl Exit {
    /// Neither code nor signal is known.
    pub(crate) const UNKNOWN: Self = Self {
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
            signal: signal_of(status),
        }
    }
}

/// Ends this process here and now: nothing else of it runs any more.
#[cfg(unix)]
pub fn end_this_process(code: i32) -> ! {
    // SAFETY: takes an integer and does not return.
    unsafe { nix::libc::_exit(code) }
}

/// Ends this process here and now: nothing else of it runs any more.
#[cfg(windows)]
pub fn end_this_process(code: i32) -> ! {
    use windows_sys::Win32::System::Threading::{GetCurrentProcess, TerminateProcess};
    // SAFETY: takes a number that stands for this process, and an integer.
    unsafe { TerminateProcess(GetCurrentProcess(), code.cast_unsigned()) };
    // A process may always end itself.
    std::process::abort()
}

#[cfg(unix)]
fn signal_of(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

/// There are none: who ends another process chooses its exit code.
#[cfg(windows)]
fn signal_of(_status: ExitStatus) -> Option<i32> {
    None
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
