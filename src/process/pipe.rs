//! Pipes to and from children.

use std::os::fd::AsFd;

/// Bytes a pipe holds where the kernel grants them (its usual limit for users): three fills to a
/// 1080p frame instead of 48, each with a wake-up on both sides.
#[cfg(target_os = "linux")]
const PIPE_BYTES: i32 = 1 << 20;

/// Makes `pipe` hold a mebibyte where the kernel allows it; a shorter one only costs wake-ups.
#[cfg(target_os = "linux")]
pub fn widen(pipe: &impl AsFd) {
    use nix::fcntl::{FcntlArg, fcntl};
    if let Err(errno) = fcntl(pipe.as_fd(), FcntlArg::F_SETPIPE_SZ(PIPE_BYTES)) {
        tracing::debug!(%errno, "a pipe keeps its size");
    }
}

/// Other systems have no call for it.
#[cfg(not(target_os = "linux"))]
pub fn widen(_pipe: &impl AsFd) {}
