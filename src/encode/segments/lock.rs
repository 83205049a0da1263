//! The folders that hold segments: made for one user, locked by one process, removed.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

use crate::files::{TryLock, is_of_this_user_alone, private_folders};

/// Name of the folder, beside a render's destination, that holds those of all renders.
pub(super) const COLLECTION: &str = ".hf-native-segments";
/// Locked by the process that works in the folder.
pub(super) const LOCK: &str = "lock";
/// The folder may be swept away between its making and its locking so many times.
const TRIES: usize = 4;

/// Removes a folder of segments that was held by its `lock`, and the collection if it was the last one.
pub(super) fn remove_folder(dir: &Path, lock: Option<File>) {
    let _ = fs::remove_dir_all(dir);
    drop(lock);
    // What Windows may leave because it was held.
    let _ = fs::remove_dir(dir);
    if let Some(collection) = dir.parent().filter(|parent| parent.ends_with(COLLECTION)) {
        let _ = fs::remove_dir(collection);
    }
}

/// Makes `dir` and locks it; `None` when another process has.
pub(super) fn lock(dir: &Path) -> io::Result<Option<File>> {
    let path = dir.join(LOCK);
    for _ in 0..TRIES {
        let collection = dir.parent().map_or(Ok(()), make_private);
        match collection.and_then(|()| make_private(dir)) {
            // As below.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        }
        let opened = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path);
        let file = match opened {
            // It was swept away just now.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            other => other?,
        };
        match TryLock::on(file, &path) {
            TryLock::Held(lock) => return Ok(Some(lock)),
            TryLock::OfAnother => return Ok(None),
            TryLock::Unknown(error) => return Err(error),
            // Whoever swept it away had it locked.
            TryLock::Gone => {}
        }
    }
    Ok(None)
}

/// Makes `dir` for this user alone.
///
/// # Errors
/// Of the file system; also when somebody else made it, or it is a link.
fn make_private(dir: &Path) -> io::Result<()> {
    match private_folders().create(dir) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        _ => {}
    }
    let meta = fs::symlink_metadata(dir)?;
    if meta.is_dir() && is_of_this_user_alone(&meta) {
        return Ok(());
    }
    let why = format!("{} is not a folder of this user alone", dir.display());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_process_at_a_time_has_it() {
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join(COLLECTION).join("key");
        let held = lock(&dir).unwrap();
        assert!(held.is_some() && lock(&dir).unwrap().is_none());
        drop(held);
        assert!(lock(&dir).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn only_a_folder_of_this_user_alone_is_used() {
        use std::fs::Permissions;
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        const PRIVATE: u32 = 0o700;
        let parent = tempfile::tempdir().unwrap();
        let collection = parent.path().join(COLLECTION);
        let dir = collection.join("key");
        drop(lock(&dir).unwrap());
        let mode = |dir: &Path| fs::metadata(dir).unwrap().mode() & 0o777;
        assert_eq!([mode(&dir), mode(&collection)], [PRIVATE; 2]);
        fs::set_permissions(&dir, Permissions::from_mode(0o777)).unwrap();
        let refused = lock(&dir).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::PermissionDenied);
        fs::remove_dir_all(&dir).unwrap();
        symlink(parent.path(), &dir).unwrap();
        assert!(lock(&dir).is_err());
    }
}
