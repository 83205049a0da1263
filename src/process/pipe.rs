//! Pipes to and from children.

use std::os::fd::AsFd;

/// Capacity asked for, bytes: the usual limit for ordinary users. A 1080p YUV frame then fills a
/// pipe three times instead of 48 times, and each fill costs a wake-up on both sides.
#[cfg(target_os = "linux")]
const PIPE_BYTES: i32 = 1 << 20;

/// Enlarges `pipe` to 1 MiB where the kernel allows it. A smaller pipe still works, with more
/// wake-ups.
#[cfg(target_os = "linux")]
pub fn widen(pipe: &impl AsFd) {
    use nix::fcntl::{FcntlArg, fcntl};
    if let Err(errno) = fcntl(pipe.as_fd(), FcntlArg::F_SETPIPE_SZ(PIPE_BYTES)) {
        tracing::debug!(%errno, "a pipe keeps its size");
    }
}

/// Other systems have no call to resize a pipe.
#[cfg(not(target_os = "linux"))]
pub fn widen(_pipe: &impl AsFd) {}
