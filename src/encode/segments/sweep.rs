//! Keeping the folders of segments within bounds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::folder::STATE;
use super::lock::{COLLECTION, lock, remove_folder};

/// Most bytes of the segments that renders which never ended leave beside their destinations.
pub const SEGMENT_BYTES: u64 = 20 << 30;

/// What may stay.
#[derive(Debug, Clone, Copy)]
pub struct SegmentLimits {
    /// Bytes of all folders beside one destination, but for the one that is worked in.
    pub bytes: u64,
    /// Time since the last segment.
    pub age: Duration,
}

/// A folder that somebody left.
struct Left {
    dir: PathBuf,
    /// When its last segment came; `None` when none ever did.
    since: Option<SystemTime>,
    bytes: u64,
}

/// Removes folders of segments within `parent` that are older than `limits` allow, and then the oldest
/// until the others fit. That of `key` and those that a process works in stay.
pub fn sweep_segments(parent: &Path, key: &str, limits: SegmentLimits) {
    let collection = parent.join(COLLECTION);
    let entries = fs::read_dir(&collection).into_iter().flatten().flatten();
    let mut left: Vec<_> = entries
        .filter(|entry| entry.file_name() != key)
        .map(|entry| Left::at(entry.path()))
        .collect();
    // The newest first.
    left.sort_by_key(|folder| std::cmp::Reverse(folder.since));
    let mut bytes = 0;
    for folder in left {
        bytes += folder.bytes;
        let age = folder
            .since
            .map(|since| since.elapsed().unwrap_or_default());
        if bytes > limits.bytes || age.is_none_or(|age| age > limits.age) {
            // Held while the folder is removed.
            if let Ok(Some(lock)) = lock(&folder.dir) {
                remove_folder(&folder.dir, Some(lock));
                bytes -= folder.bytes;
            }
        }
    }
}

impl Left {
    fn at(dir: PathBuf) -> Self {
        let state = fs::metadata(dir.join(STATE)).and_then(|state| state.modified());
        let files = fs::read_dir(&dir).into_iter().flatten().flatten();
        let sizes = files.filter_map(|file| Some(file.metadata().ok()?.len()));
        Self {
            since: state.ok(),
            bytes: sizes.sum(),
            dir,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SegmentFolder;
    use super::*;
    use crate::files::private_folders;

    const LIMITS: SegmentLimits = SegmentLimits {
        bytes: 10_000,
        age: Duration::from_secs(3600),
    };

    /// Leaves a folder of 4000 bytes whose last segment came so many seconds ago.
    fn leave(parent: &Path, key: &str, seconds: u64) {
        let dir = parent.join(COLLECTION).join(key);
        private_folders().recursive(true).create(&dir).unwrap();
        fs::write(dir.join("segment-00000.mp4"), [0; 4000]).unwrap();
        let state = fs::File::create(dir.join(STATE)).unwrap();
        let then = SystemTime::now() - Duration::from_secs(seconds);
        state.set_modified(then).unwrap();
    }

    fn kept(parent: &Path) -> Vec<String> {
        let entries = fs::read_dir(parent.join(COLLECTION)).into_iter().flatten();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    #[test]
    fn the_oldest_go_until_the_others_fit() {
        let parent = tempfile::tempdir().unwrap();
        for (key, seconds) in [("a", 30), ("b", 10), ("c", 20), ("own", 50)] {
            leave(parent.path(), key, seconds);
        }
        sweep_segments(parent.path(), "own", LIMITS);
        assert_eq!(kept(parent.path()), ["b", "c", "own"]);
    }

    #[test]
    fn what_is_too_old_or_empty_goes_and_what_is_worked_in_stays() {
        let parent = tempfile::tempdir().unwrap();
        leave(parent.path(), "old", 4000);
        leave(parent.path(), "new", 10);
        let empty = parent.path().join(COLLECTION).join("empty");
        private_folders().create(empty).unwrap();
        let busy = SegmentFolder::open(parent.path(), "busy", "mp4", 1).unwrap();
        sweep_segments(parent.path(), "own", LIMITS);
        assert_eq!(kept(parent.path()), ["busy", "new"]);
        drop(busy);
        sweep_segments(&parent.path().join("nowhere"), "own", LIMITS);
    }
}
