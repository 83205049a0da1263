//! Pipes by number: a child finds them as file descriptors.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use command_fds::FdMapping;
use tokio::net::unix::pipe;

/// Our end of a pipe that a child writes into.
pub type PipeReader = pipe::Receiver;
/// Our end of a pipe that a child reads from.
pub type PipeWriter = pipe::Sender;

/// Capacity asked for, bytes: the usual limit for ordinary users. A 1080p YUV frame then fills a
/// pipe three times instead of 48 times, and each fill costs a wake-up on both sides.
#[cfg(target_os = "linux")]
const PIPE_BYTES: i32 = 1 << 20;

/// A child's end of a pipe, for `ChildSpec::pipes`.
#[derive(Debug)]
pub struct ChildEnd {
    end: OwnedFd,
    number: i32,
}

impl ChildEnd {
    /// What ffmpeg opens to have this end.
    pub fn address(&self) -> String {
        format!("pipe:{}", self.number)
    }

    /// Has the child inherit this end, under the number returned: its file descriptor.
    ///
    /// # Errors
    /// When the number is none of a file descriptor. Another system opens the end here.
    pub fn inherit(&mut self) -> io::Result<u64> {
        u64::try_from(self.number).map_err(io::Error::other)
    }

    pub(in crate::process) fn into_mapping(self) -> FdMapping {
        FdMapping {
            parent_fd: self.end,
            child_fd: self.number,
        }
    }

    /// The end itself, for a test that plays the child.
    #[cfg(test)]
    pub(crate) fn into_file(self) -> std::fs::File {
        self.end.into()
    }
}

/// A pipe into which a child writes as file descriptor `number`.
///
/// # Errors
/// Of the operating system.
pub fn from_child(number: i32) -> io::Result<(PipeReader, ChildEnd)> {
    let (sender, receiver) = pipe::pipe()?;
    let end = sender.into_blocking_fd()?;
    widen(&receiver);
    Ok((receiver, ChildEnd { end, number }))
}

/// A pipe from which a child reads as file descriptor `number`.
///
/// # Errors
/// Of the operating system.
pub fn to_child(number: i32) -> io::Result<(PipeWriter, ChildEnd)> {
    let (sender, receiver) = pipe::pipe()?;
    let end = receiver.into_blocking_fd()?;
    widen(&sender);
    Ok((sender, ChildEnd { end, number }))
}

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
