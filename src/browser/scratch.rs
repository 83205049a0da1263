//! A private folder in the system's temporary one, in which browsers keep their profiles.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use super::launch::PROFILE_PREFIX;
use crate::process::OwnedFolder;
use crate::sync::IgnorePoison;

const PREFIX: &str = "hf-native-job-";
/// Dying browsers may still write while their folder is removed.
const REMOVE_ATTEMPTS: u32 = 10;
const REMOVE_PAUSE: Duration = Duration::from_millis(50);

/// Pauses and number of looks while browsers that other threads are dropping still exist.
const BROWSERS_PAUSE: Duration = Duration::from_millis(10);
const BROWSERS_LOOKS: u32 = 40;

/// A scratch folder; removed when dropped.
#[derive(Debug)]
pub struct Scratch {
    dir: OwnedFolder,
    /// Folders that are removed with this one.
    others: Mutex<Vec<Scratch>>,
}

impl Scratch {
    /// Removes what ended processes left behind, then makes a folder.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn create() -> io::Result<Self> {
        let dir = OwnedFolder::create(&std::env::temp_dir(), PREFIX)?;
        Ok(Self {
            dir,
            others: Mutex::default(),
        })
    }

    /// The folder.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Removes the folder. Waits for browsers in it to end, and tries again while it cannot be
    /// removed.
    pub async fn remove(self) {
        for other in self.others.into_inner().ignore_poison() {
            remove_behind_browsers(other.dir.path()).await;
        }
        remove_behind_browsers(self.dir.path()).await;
    }

    /// Removes `other` when this one is removed.
    pub fn keep_with(&self, other: Scratch) {
        self.others.lock().ignore_poison().push(other);
    }
}

/// Removes a scratch folder once the browsers in it are dead: a running one would create it again.
/// A task that was stopped drops its browser a little later.
async fn remove_behind_browsers(path: &Path) {
    for _ in 0..BROWSERS_LOOKS {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        let is_profile = |name: OsString| name.to_string_lossy().starts_with(PROFILE_PREFIX);
        if !entries.map(|entry| entry.file_name()).any(is_profile) {
            break;
        }
        tokio::time::sleep(BROWSERS_PAUSE).await;
    }
    remove_patiently(path).await;
}

/// Removes a folder that dying children may still write to.
async fn remove_patiently(path: &Path) {
    for _ in 0..REMOVE_ATTEMPTS {
        match tokio::fs::remove_dir_all(path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                // Windows keeps the folder itself until who holds it is dropped, and removes it.
                if cfg!(windows) && is_empty(path) {
                    return;
                }
                tokio::time::sleep(REMOVE_PAUSE).await;
            }
            _ => return,
        }
    }
    tracing::warn!(path = %path.display(), "a temporary folder could not be removed");
}

fn is_empty(path: &Path) -> bool {
    std::fs::read_dir(path).is_ok_and(|mut entries| entries.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_goes_when_its_browsers_have_gone() {
        let scratch = Scratch::create().unwrap();
        let path = scratch.path().to_owned();
        let profile = path.join(format!("{PROFILE_PREFIX}1"));
        std::fs::create_dir(&profile).unwrap();
        let ((), seen) = tokio::join!(scratch.remove(), async {
            tokio::time::sleep(BROWSERS_PAUSE * 3).await;
            let seen = profile.exists();
            std::fs::remove_dir(&profile).unwrap();
            seen
        });
        assert!(seen && !path.exists());
    }
}
