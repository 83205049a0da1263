//! A lock on a file or folder that other processes may remove before it is locked.

use std::fs::{File, TryLockError};
use std::io;
use std::path::Path;

/// What came of trying to lock something.
#[derive(Debug)]
pub enum TryLock {
    /// It is this process's until the file is closed.
    Held(File),
    /// Somebody else has it.
    OfAnother,
    /// Whoever had it has removed it.
    Gone,
    /// Its file system has no locks.
    Unknown(io::Error),
}

impl TryLock {
    /// Tries to lock `file`, which was opened at `path`, without waiting.
    pub fn on(file: File, path: &Path) -> Self {
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Self::OfAnother,
            Err(TryLockError::Error(error)) => return Self::Unknown(error),
        }
        // What was removed is another one under the same name, or nothing.
        if is_at(&file, path) {
            Self::Held(file)
        } else {
            Self::Gone
        }
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let held = file.try_clone().and_then(same_file::Handle::from_file);
    let there = same_file::Handle::from_path(path);
    matches!((held, there), (Ok(held), Ok(there)) if held == there)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_and_not_what_was_removed() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let open = || File::create(&path).unwrap();
        let held = TryLock::on(open(), &path);
        assert!(matches!(held, TryLock::Held(_)));
        assert!(matches!(TryLock::on(open(), &path), TryLock::OfAnother));
        drop(held);
        let removed = open();
        std::fs::remove_file(&path).unwrap();
        assert!(matches!(TryLock::on(removed, &path), TryLock::Gone));
        let old = open();
        std::fs::remove_file(&path).unwrap();
        let _new = open();
        assert!(matches!(TryLock::on(old, &path), TryLock::Gone));
    }
}
