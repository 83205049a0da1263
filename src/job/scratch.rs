//! The job's private folder in the system's temporary one. Its name carries our process id, so
//! that what a killed process left behind is known and swept by the next job.

use std::ffi::OsString;
use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::browser::PROFILE_PREFIX;
use crate::sync::IgnorePoison;

const PREFIX: &str = "hf-native-job-";
/// Dying browsers may still write while their folder is removed.
const REMOVE_ATTEMPTS: u32 = 10;
const REMOVE_PAUSE: Duration = Duration::from_millis(50);

/// For browsers that other threads are dropping.
const BROWSERS_PAUSE: Duration = Duration::from_millis(10);
const BROWSERS_LOOKS: u32 = 40;

/// A job's scratch folder; removed when dropped.
#[derive(Debug)]
pub(super) struct Scratch {
    dir: TempDir,
    /// Folders that are removed with this one.
    others: Mutex<Vec<Scratch>>,
}

impl Scratch {
    /// Sweeps leftovers of dead processes, then makes a folder.
    pub fn create() -> io::Result<Self> {
        let base = std::env::temp_dir();
        sweep(&base, PREFIX);
        let prefix = owned(PREFIX);
        let dir = tempfile::Builder::new().prefix(&prefix).tempdir_in(base)?;
        Ok(Self {
            dir,
            others: Mutex::default(),
        })
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// Removes the folder, patiently.
    pub async fn remove(self) {
        let others = self.others.into_inner();
        for other in others.ignore_poison() {
            remove_behind_browsers(other.dir.path()).await;
        }
        remove_behind_browsers(self.dir.path()).await;
    }

    /// Removes `other` when this one is removed.
    pub fn keep_with(&self, other: Scratch) {
        self.others.lock().ignore_poison().push(other);
    }
}

/// Removes a scratch folder when the browsers in it are dead: a living one would make it again.
/// Tasks that are stopped drop theirs in a moment of their own.
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
pub(super) async fn remove_patiently(path: &Path) {
    for _ in 0..REMOVE_ATTEMPTS {
        match tokio::fs::remove_dir_all(path).await {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                tokio::time::sleep(REMOVE_PAUSE).await;
            }
            _ => return,
        }
    }
    tracing::warn!(path = %path.display(), "a temporary folder could not be removed");
}

/// A folder-name prefix that says which process it belongs to.
pub(super) fn owned(prefix: &str) -> String {
    format!("{prefix}{}-", std::process::id())
}

/// Removes the folders in `base` that start with `prefix` and belong to dead processes.
pub(super) fn sweep(base: &Path, prefix: &str) {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| {
            name.strip_prefix(prefix)?
                .split('-')
                .next()?
                .parse::<i32>()
                .ok()
        });
        if owner.is_some_and(|pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)) {
            // Somebody else may be sweeping too.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
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

    #[test]
    fn only_leftovers_of_the_dead_are_swept() {
        let base = tempfile::tempdir().unwrap();
        let dead = base.path().join(format!("{PREFIX}{}-x", i32::MAX));
        let ours = base
            .path()
            .join(format!("{PREFIX}{}-x", std::process::id()));
        let other = base.path().join("else");
        for dir in [&dead, &ours, &other] {
            std::fs::create_dir(dir).unwrap();
        }
        sweep(base.path(), PREFIX);
        assert!(!dead.exists() && ours.exists() && other.exists());
    }
}
