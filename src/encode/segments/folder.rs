//! The folder of one encode's segments.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::lock::{COLLECTION, LOCK, lock, remove_folder};
use crate::composition::Fps;
use crate::files::{private_folders, sync_folder};
use crate::sync::IgnorePoison;

/// What is known of the segments.
pub(super) const STATE: &str = "state.json";
/// The segments in order, for ffmpeg's concat demuxer.
const LIST: &str = "segments.txt";
/// The layout of [`State`] and of the file names.
const LAYOUT: u32 = 1;
/// Bytes that are read at a time for a checksum.
const BLOCK: usize = 1 << 20;

/// A folder of segments. No other process works in it while this lives.
#[derive(Debug)]
pub struct SegmentFolder {
    dir: PathBuf,
    /// Of the files: `mp4`, `mov`.
    extension: &'static str,
    state: Mutex<State>,
    /// Absent in a folder that nobody else can find.
    lock: Mutex<Option<File>>,
}

/// What the folder holds, as it is written to the disk.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct State {
    layout: u32,
    key: String,
    /// What else the next render has to know.
    note: Value,
    /// Whole segments, from the first one on.
    segments: Vec<Segment>,
    /// The folder is not this one's any more.
    #[serde(skip)]
    removed: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Segment {
    frames: u64,
    bytes: u64,
    sha256: String,
}

impl State {
    fn frames(&self) -> u64 {
        self.segments.iter().map(|segment| segment.frames).sum()
    }
}

impl SegmentFolder {
    /// The folder of `key` in the collection within `parent`, with what an earlier process left there that
    /// is whole: of `total` frames never all, so that a page always is looked at. `None` while another
    /// process works in it.
    ///
    /// # Errors
    /// Of the file system; also when the folder is another user's, or others may write to it.
    pub fn open(
        parent: &Path,
        key: &str,
        extension: &'static str,
        total: u64,
    ) -> io::Result<Option<Self>> {
        let dir = parent.join(COLLECTION).join(key);
        let Some(lock) = lock(&dir)? else {
            return Ok(None);
        };
        let mut state = read_state(&dir, key);
        let whole = state.segments.iter().enumerate();
        let whole = whole
            .take_while(|(number, segment)| {
                is_whole(&dir.join(file_name(*number as u64, extension)), segment)
            })
            .count();
        state.segments.truncate(whole);
        while state.frames() >= total && state.segments.pop().is_some() {}
        remove_others(&dir, state.segments.len() as u64, extension)?;
        Ok(Some(Self {
            dir,
            extension,
            state: Mutex::new(state),
            lock: Mutex::new(Some(lock)),
        }))
    }

    /// A new folder at `dir`, for segments that nobody goes on from.
    ///
    /// # Errors
    /// Of the file system.
    pub fn private(dir: PathBuf, extension: &'static str) -> io::Result<Self> {
        // Within the job's own folder; not every file system keeps modes and owners.
        private_folders().recursive(true).create(&dir)?;
        Ok(Self {
            dir,
            extension,
            state: Mutex::default(),
            lock: Mutex::default(),
        })
    }

    /// Whether [`Self::open`] finds it again: not a private one.
    pub fn is_found_again(&self) -> bool {
        self.lock.lock().ignore_poison().is_some()
    }

    /// Frames of all whole segments.
    pub fn frames(&self) -> u64 {
        self.state().frames()
    }

    /// What was noted beside the last segment; null without any.
    pub fn note(&self) -> Value {
        self.state().note.clone()
    }

    /// Where segment `number` is written until it is whole. The name is this process's own: the encoder
    /// of a killed one may still write to its file.
    pub(super) fn part(&self, number: u64) -> PathBuf {
        let process = std::process::id();
        self.dir
            .join(format!("part-{number:05}-{process}.{}", self.extension))
    }

    /// Takes in the file that was written to [`Self::part`]: the next segment, of so many frames. It is
    /// on the disk when this returns. Blocks.
    ///
    /// # Errors
    /// Of the file system.
    pub(super) fn take_in(&self, part: &Path, frames: u64, note: Value) -> io::Result<()> {
        let mut state = self.state();
        if state.removed {
            return Err(io::ErrorKind::NotFound.into());
        }
        let number = state.segments.len() as u64;
        let file = open_to_sync(part)?;
        file.sync_all()?;
        let (bytes, sha256) = checksum(file)?;
        fs::rename(part, self.dir.join(file_name(number, self.extension)))?;
        sync_folder(&self.dir)?;
        state.segments.push(Segment {
            frames,
            bytes,
            sha256,
        });
        state.note = note;
        write_whole(&self.dir, STATE, &serde_json::to_vec(&*state)?)
    }

    /// Writes the list of all segments, and gives its path. Names in it are relative to the folder. All
    /// but the last must last whole milliseconds.
    ///
    /// # Errors
    /// Of the file system.
    pub fn list(&self, fps: Fps) -> io::Result<PathBuf> {
        use std::fmt::Write;
        let mut text = "ffconcat version 1.0\n".to_owned();
        for (number, segment) in self.state().segments.iter().enumerate() {
            let name = file_name(number as u64, self.extension);
            // The next one begins there; the index of a file rounds it.
            let seconds = fps.duration_of(segment.frames);
            let _ = writeln!(text, "file {name}\nduration {seconds:.6}");
        }
        let list = self.dir.join(LIST);
        fs::write(&list, text)?;
        Ok(list)
    }

    /// Removes everything, once: the folder may be another process's afterwards.
    pub fn remove(&self) {
        let mut state = self.state();
        if !std::mem::replace(&mut state.removed, true) {
            state.segments.clear();
            remove_folder(&self.dir, self.lock.lock().ignore_poison().take());
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }
}

impl Drop for SegmentFolder {
    fn drop(&mut self) {
        if self.frames() == 0 {
            self.remove();
        }
    }
}

/// That of `key`; a new one where there is none of this layout.
fn read_state(dir: &Path, key: &str) -> State {
    let read = fs::read(dir.join(STATE)).ok();
    let state = read.and_then(|bytes| serde_json::from_slice::<State>(&bytes).ok());
    let fits = |state: &State| state.layout == LAYOUT && state.key == key;
    state.filter(fits).unwrap_or_else(|| State {
        layout: LAYOUT,
        key: key.to_owned(),
        ..State::default()
    })
}

fn file_name(number: u64, extension: &str) -> String {
    format!("segment-{number:05}.{extension}")
}

fn is_whole(path: &Path, segment: &Segment) -> bool {
    let Ok(file) = File::open(path) else {
        return false;
    };
    let has_size = file
        .metadata()
        .is_ok_and(|meta| meta.len() == segment.bytes);
    has_size && checksum(file).is_ok_and(|(_, sha256)| sha256 == segment.sha256)
}

/// Bytes and SHA-256 of a file.
fn checksum(mut file: File) -> io::Result<(u64, String)> {
    let mut hash = Sha256::new();
    let mut block = vec![0; BLOCK];
    let mut bytes = 0;
    loop {
        match file.read(&mut block)? {
            0 => return Ok((bytes, format!("{:x}", hash.finalize()))),
            read => {
                hash.update(&block[..read]);
                bytes += read as u64;
            }
        }
    }
}

/// Removes what is not one of the first `whole` segments: parts, and segments behind a damaged one.
fn remove_others(dir: &Path, whole: u64, extension: &str) -> io::Result<()> {
    let names: Vec<_> = (0..whole)
        .map(|number| file_name(number, extension))
        .chain([STATE.to_owned(), LOCK.to_owned()])
        .collect();
    for entry in fs::read_dir(dir)?.flatten() {
        let name = entry.file_name();
        if !names.iter().any(|kept| name == kept.as_str()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Replaces the file `name` at once; it is on the disk when this returns.
fn write_whole(dir: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let new = dir.join(format!("{name}.new"));
    fs::write(&new, bytes)?;
    open_to_sync(&new)?.sync_all()?;
    fs::rename(&new, dir.join(name))?;
    sync_folder(dir)
}

/// Windows puts only those files on the disk that may be written to.
fn open_to_sync(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).open(path)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn opened(parent: &Path) -> SegmentFolder {
        SegmentFolder::open(parent, "key", "mp4", 1000)
            .unwrap()
            .unwrap()
    }

    fn take_in(folder: &SegmentFolder, number: u64, content: &str) {
        let part = folder.part(number);
        fs::write(&part, content).unwrap();
        folder
            .take_in(&part, 10, json!({ "last": number }))
            .unwrap();
    }

    #[test]
    fn what_was_removed_takes_in_nothing_and_is_not_removed_twice() {
        let parent = tempfile::tempdir().unwrap();
        let folder = opened(parent.path());
        take_in(&folder, 0, "first");
        let part = folder.part(1);
        fs::write(&part, "late").unwrap();
        folder.remove();
        assert!(folder.take_in(&part, 10, Value::Null).is_err());
        // Another process makes the same thing.
        let next = opened(parent.path());
        drop(folder);
        take_in(&next, 0, "again");
        assert_eq!(next.frames(), 10);
    }

    #[cfg(unix)]
    #[test]
    fn a_folder_within_the_jobs_own_needs_no_owner() {
        use std::os::unix::fs::PermissionsExt;
        let parent = tempfile::tempdir().unwrap();
        let dir = parent.path().join("segments");
        fs::create_dir(&dir).unwrap();
        // As of a file system that keeps no modes.
        fs::set_permissions(&dir, fs::Permissions::from_mode(0o777)).unwrap();
        let folder = SegmentFolder::private(dir, "mp4").unwrap();
        take_in(&folder, 0, "first");
        assert_eq!(folder.frames(), 10);
    }

    #[test]
    fn whole_segments_outlive_the_process_and_parts_do_not() {
        let parent = tempfile::tempdir().unwrap();
        let folder = opened(parent.path());
        assert_eq!((folder.frames(), folder.note()), (0, Value::Null));
        take_in(&folder, 0, "first");
        take_in(&folder, 1, "second");
        let part = folder.part(2);
        fs::write(&part, "half").unwrap();
        drop(folder);
        let again = opened(parent.path());
        assert_eq!((again.frames(), again.note()), (20, json!({ "last": 1 })));
        assert!(!part.exists());
        let fps = Fps::new(30_000, 1001).unwrap();
        let list = fs::read_to_string(again.list(fps).unwrap()).unwrap();
        let lines = "ffconcat version 1.0\n\
                     file segment-00000.mp4\nduration 0.333667\n\
                     file segment-00001.mp4\nduration 0.333667\n";
        assert_eq!(list, lines);
        again.remove();
        drop(again);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }

    #[test]
    fn nothing_is_gone_on_from_behind_a_damaged_segment() {
        type Damage = fn(&Path);
        let damage: [(&str, Damage); 3] = [
            ("changed", |file| fs::write(file, "secund").unwrap()),
            ("shorter", |file| fs::write(file, "sec").unwrap()),
            ("gone", |file| fs::remove_file(file).unwrap()),
        ];
        for (what, damage) in damage {
            let parent = tempfile::tempdir().unwrap();
            let folder = opened(parent.path());
            for (number, content) in ["first", "second", "third"].into_iter().enumerate() {
                take_in(&folder, number as u64, content);
            }
            let dir = folder.dir.clone();
            drop(folder);
            damage(&dir.join("segment-00001.mp4"));
            let folder = opened(parent.path());
            assert_eq!(folder.frames(), 10, "{what}");
            assert!(!dir.join("segment-00002.mp4").exists(), "{what}");
            take_in(&folder, 1, "again");
            drop(folder);
            assert_eq!(opened(parent.path()).frames(), 20, "{what}");
        }
    }

    #[test]
    fn a_state_that_cannot_be_read_or_of_another_layout_counts_as_none() {
        for text in [
            "{\"layout\":",
            "{\"layout\":0,\"key\":\"key\",\"note\":null,\"segments\":[]}",
        ] {
            let parent = tempfile::tempdir().unwrap();
            let folder = opened(parent.path());
            take_in(&folder, 0, "first");
            let dir = folder.dir.clone();
            drop(folder);
            fs::write(dir.join(STATE), text).unwrap();
            assert_eq!(opened(parent.path()).frames(), 0, "{text}");
        }
    }

    #[test]
    fn one_at_a_time_works_in_a_folder() {
        let parent = tempfile::tempdir().unwrap();
        let folder = opened(parent.path());
        let open = || SegmentFolder::open(parent.path(), "key", "mp4", 1000).unwrap();
        assert!(open().is_none());
        drop(folder);
        assert!(open().is_some());
    }

    #[test]
    fn of_a_whole_render_the_last_segment_is_made_again() {
        let parent = tempfile::tempdir().unwrap();
        let folder = opened(parent.path());
        for number in 0..3 {
            take_in(&folder, number, "content");
        }
        drop(folder);
        let again = SegmentFolder::open(parent.path(), "key", "mp4", 30).unwrap();
        assert_eq!(again.unwrap().frames(), 20);
    }

    #[test]
    fn a_folder_without_a_segment_is_not_left_behind() {
        let parent = tempfile::tempdir().unwrap();
        drop(opened(parent.path()));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
