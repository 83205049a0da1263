//! A lock on a file or folder that other processes may remove before it is locked.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};

/// What came of trying to lock something.
#[derive(Debug)]
pub enum TryLock {
    /// It is this process's until the lock is dropped.
    Held(Flock<File>),
    /// Somebody else has it.
    OfAnother,
    /// Whoever had it has removed it.
    Gone,
    /// Its file system has no locks.
    Unknown(Errno),
}

impl TryLock {
    /// Tries to lock `file`, which was opened at `path`, without waiting.
    pub fn on(file: File, path: &Path) -> Self {
        let lock = match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
            Ok(lock) => lock,
            Err((_, Errno::EWOULDBLOCK)) => return Self::OfAnother,
            Err((_, error)) => return Self::Unknown(error),
        };
        // What was removed is another one under the same name, or nothing.
        let (there, held) = (fs::metadata(path), lock.metadata());
        match (there, held) {
            (Ok(there), Ok(held)) if there.ino() == held.ino() => Self::Held(lock),
            _ => Self::Gone,
        }
    }
}
