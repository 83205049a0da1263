//! Temporary folders that are locked while their process lives, so that what a killed process left
//! behind is recognized and removed by the next one. A process id would not do: in another container
//! that shares the folder it means another process, or none.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::TempDir;

use crate::files::{TryLock, lock_folder, private};

/// A folder that a sweep of another process found between its making and its locking is made anew
/// this often.
const TRIES: u32 = 8;

/// A folder of this process; removed when dropped.
#[derive(Debug)]
pub struct OwnedFolder {
    dir: TempDir,
    /// Held as long as the folder is there; `None` on a file system without locks, where nothing is
    /// swept.
    lock: Option<File>,
}

impl OwnedFolder {
    /// Removes what ended processes left in `base` under this prefix, then makes a folder there that
    /// only this user can read.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn create(base: &Path, prefix: &str) -> io::Result<Self> {
        sweep(base, prefix);
        let mut tries = 0;
        loop {
            // Else others could read it, where the umask lets them.
            let dir = private(tempfile::Builder::new().prefix(prefix)).tempdir_in(base)?;
            tries += 1;
            match lock_folder(dir.path()) {
                TryLock::Held(lock) => {
                    let lock = Some(lock);
                    return Ok(Self { dir, lock });
                }
                TryLock::Unknown(_) => return Ok(Self { dir, lock: None }),
                _ if tries == TRIES => {
                    let text = format!("{} is removed by others again and again", base.display());
                    return Err(io::Error::other(text));
                }
                _ => {}
            }
        }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for OwnedFolder {
    fn drop(&mut self) {
        // Else it would be swept while it is removed; Windows removes nothing that is held.
        if cfg!(windows) {
            self.lock = None;
        }
    }
}

/// Removes the folders in `base` that start with `prefix` and that no living process holds.
fn sweep(base: &Path, prefix: &str) {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if !name.to_string_lossy().starts_with(prefix) {
            continue;
        }
        if let TryLock::Held(lock) = lock_folder(&entry.path()) {
            // Another user's, perhaps.
            let _ = std::fs::remove_dir_all(entry.path());
            drop(lock);
            // What Windows left because it was held.
            let _ = std::fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "hf-leftovers-";

    #[test]
    fn only_what_nobody_holds_is_swept() {
        let base = tempfile::tempdir().unwrap();
        let left = base.path().join(format!("{PREFIX}1-x"));
        let other = base.path().join("else");
        for dir in [&left, &other] {
            std::fs::create_dir(dir).unwrap();
        }
        let held = OwnedFolder::create(base.path(), PREFIX).unwrap();
        let next = OwnedFolder::create(base.path(), PREFIX).unwrap();
        assert!(!left.exists() && other.exists());
        assert!(held.path().exists() && next.path().exists());
        let path = held.path().to_owned();
        drop(held);
        assert!(!path.exists() && next.path().exists());
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_look_into_it() {
        use std::os::unix::fs::PermissionsExt;
        let base = tempfile::tempdir().unwrap();
        let folder = OwnedFolder::create(base.path(), PREFIX).unwrap();
        let mode = std::fs::metadata(folder.path())
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o700);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_of_such_a_name_holds_nobody_up() {
        let base = tempfile::tempdir().unwrap();
        let pipe = base.path().join(format!("{PREFIX}x"));
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        drop(OwnedFolder::create(base.path(), PREFIX).unwrap());
        assert!(pipe.exists());
    }

    #[test]
    fn folders_made_at_once_all_stay() {
        let base = tempfile::tempdir().unwrap();
        let make = || OwnedFolder::create(base.path(), PREFIX).unwrap();
        std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|_| scope.spawn(|| (0..20).map(|_| make()).collect::<Vec<_>>()))
                .collect();
            let made = threads.into_iter().flat_map(|t| t.join().unwrap());
            assert!(
                made.collect::<Vec<_>>()
                    .iter()
                    .all(|folder| folder.path().exists())
            );
        });
    }
}
