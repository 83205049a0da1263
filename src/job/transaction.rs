//! The artefact is staged in a private folder beside its destination and published by one
//! rename; until then nothing that was there is touched.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::error::RenderError;
use crate::encode::SegmentFolder;
use crate::process::OwnedFolder;
use crate::sync::IgnorePoison;

/// Characters of the destination's name that the staging folder is named after.
const STEM_CHARS: usize = 40;
/// The finished artefact in the staging folder. Not the destination's name, in which tools would look
/// for patterns and formats.
const STAGED: &str = "artefact";

/// A staged artefact.
#[derive(Debug)]
pub(super) struct Transaction {
    dir: OwnedFolder,
    destination: PathBuf,
    segments: Mutex<Option<Segments>>,
}

/// Segments that the artefact is made of.
#[derive(Debug)]
struct Segments {
    folder: Arc<SegmentFolder>,
    /// They stay when the artefact is published.
    stay: bool,
}

impl Transaction {
    /// Makes the staging folder for a file or, with `is_folder`, a folder of files, and the destination's folder when it is missing.
    ///
    /// # Errors
    /// [`RenderError::Output`] when the destination can't be written to.
    pub fn begin(destination: &Path, is_folder: bool) -> Result<Self, RenderError> {
        let refuse = |problem: String| RenderError::Output {
            path: destination.to_owned(),
            problem,
        };
        if let Ok(there) = std::fs::metadata(destination) {
            let wrong = match (is_folder, there.is_dir(), there.is_file()) {
                (false, true, _) => Some("is a folder; give a file name"),
                (true, false, _) => Some("is a file; give a folder"),
                (false, false, false) => Some("is a device, a pipe or a socket; give a file name"),
                _ => None,
            };
            if let Some(problem) = wrong {
                return Err(refuse(problem.into()));
            }
        }
        let parent = destination.parent().unwrap_or(Path::new("/"));
        std::fs::create_dir_all(parent)
            .map_err(|e| refuse(format!("cannot create folder {}: {e}", parent.display())))?;
        let stem = destination
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy();
        // Names of files end at 255 bytes.
        let stem: String = stem.chars().take(STEM_CHARS).collect();
        let prefix = format!(".{stem}.hf-transaction-");
        // Removes what a killed process left of the same output, too.
        let dir = OwnedFolder::create(parent, &prefix)
            .map_err(|e| refuse(format!("cannot write to folder {}: {e}", parent.display())))?;
        Ok(Self {
            dir,
            destination: destination.to_owned(),
            segments: Mutex::default(),
        })
    }

    /// The folder of intermediate files.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Where an intermediate file of this name goes.
    pub fn file(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Where the finished artefact goes.
    pub fn staged(&self) -> PathBuf {
        self.file(STAGED)
    }

    /// The folder that the destination is in.
    pub fn parent(&self) -> &Path {
        self.destination.parent().unwrap_or(Path::new("/"))
    }

    /// The artefact is made of segments in `folder`, which are removed when it is published unless they
    /// are to `stay`.
    pub fn made_of(&self, folder: Arc<SegmentFolder>, stay: bool) {
        *self.segments.lock().ignore_poison() = Some(Segments { folder, stay });
    }

    /// The segments that it is made of, if it is.
    pub fn segments(&self) -> Option<Arc<SegmentFolder>> {
        let segments = self.segments.lock().ignore_poison();
        segments.as_ref().map(|made_of| Arc::clone(&made_of.folder))
    }

    /// Lets go of the segments, and leaves them where the same render finds them.
    pub fn leave_segments(&self) {
        self.segments.lock().ignore_poison().take();
    }

    /// Removes the segments, of which nothing is to be made.
    pub fn drop_segments(&self) {
        if let Some(segments) = self.segments.lock().ignore_poison().take() {
            segments.folder.remove();
        }
    }

    /// Moves the artefact to its destination.
    ///
    /// # Errors
    /// [`RenderError::Output`]; the destination is then as it was.
    pub fn publish(self) -> Result<(), RenderError> {
        // A folder that came to be where a file was to go is somebody else's.
        let replaced = if self.staged().is_dir() && self.destination.is_dir() {
            self.swap_folder()
        } else {
            std::fs::rename(self.staged(), &self.destination)
        };
        replaced.map_err(|e| {
            self.with_cause(RenderError::Output {
                path: self.destination.clone(),
                problem: format!("cannot be replaced: {e}"),
            })
        })?;
        let stay = self
            .segments
            .lock()
            .ignore_poison()
            .as_ref()
            .is_some_and(|made_of| made_of.stay);
        if !stay {
            self.drop_segments();
        }
        Ok(())
    }

    /// The cause of `error`, where that is a staging folder that is not there any more; else `error`.
    pub fn with_cause(&self, error: RenderError) -> RenderError {
        if self.dir.path().exists() {
            return error;
        }
        let folder = self.parent().display();
        RenderError::Output {
            path: self.destination.clone(),
            problem: format!(
                "cannot be written: folder {folder}, or what a render keeps in it, was removed or moved away meanwhile ({error})"
            ),
        }
    }

    /// A folder with files in it can't be renamed over. The two change places in one step where the
    /// file system can do that; else the old one steps aside first, and comes back when its successor
    /// fails to take its place.
    fn swap_folder(&self) -> std::io::Result<()> {
        if exchange(&self.staged(), &self.destination).is_ok() {
            return Ok(());
        }
        let aside = self.file("previous");
        std::fs::rename(&self.destination, &aside)?;
        std::fs::rename(self.staged(), &self.destination)
            .inspect_err(|_| drop(std::fs::rename(&aside, &self.destination)))
    }
}

/// Has two paths change places, so that neither is ever missing.
#[cfg(target_os = "linux")]
fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Other systems have no call of this kind that is used here.
#[cfg(not(target_os = "linux"))]
fn exchange(_one: &Path, _other: &Path) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn publishing_replaces_and_leaves_no_trace() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("new/o.mp4");
        let staged = Transaction::begin(&target, false).unwrap();
        std::fs::write(&target, "old").unwrap();
        std::fs::write(staged.staged(), "new").unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "old");
        staged.publish().unwrap();
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "new");
        assert_eq!(
            std::fs::read_dir(target.parent().unwrap()).unwrap().count(),
            1
        );
    }

    #[test]
    fn leftovers_of_a_killed_process_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let left = dir.path().join(".o.hf-transaction-x");
        std::fs::create_dir(&left).unwrap();
        drop(Transaction::begin(&dir.path().join("o.mp4"), false).unwrap());
        assert!(!left.exists());
    }

    #[test]
    fn dropping_touches_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("o.mp4");
        std::fs::write(&target, "old").unwrap();
        drop(Transaction::begin(&target, false).unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_as_target_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        let text = Transaction::begin(dir.path(), false)
            .unwrap_err()
            .to_string();
        assert!(text.contains(&dir.path().display().to_string()), "{text}");
        let file = dir.path().join("o");
        std::fs::write(&file, "").unwrap();
        assert!(Transaction::begin(&file, true).is_err());
    }

    #[test]
    fn a_folder_that_came_meanwhile_is_not_replaced_by_a_file() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("o.mp4");
        let staged = Transaction::begin(&target, false).unwrap();
        std::fs::write(staged.staged(), "new").unwrap();
        std::fs::create_dir(&target).unwrap();
        std::fs::write(target.join("theirs"), "theirs").unwrap();
        let error = staged.publish().unwrap_err();
        assert_eq!(error.code(), "HF_NATIVE_OUTPUT");
        assert!(target.join("theirs").exists());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    /// Windows has nobody remove it before the render has ended.
    #[cfg(unix)]
    #[test]
    fn a_folder_that_went_away_is_the_cause_of_what_follows() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("folder");
        let staged = Transaction::begin(&folder.join("o.mp4"), false).unwrap();
        assert!(matches!(
            staged.with_cause(RenderError::NothingStaged),
            RenderError::NothingStaged
        ));
        std::fs::remove_dir_all(&folder).unwrap();
        let error = staged.with_cause(RenderError::NothingStaged);
        assert_eq!(error.code(), "HF_NATIVE_OUTPUT");
        let text = error.to_string();
        assert!(
            text.contains(&folder.display().to_string()) && text.contains("removed"),
            "{text}"
        );
    }

    /// Killed between two renames, the old folder would be swept with the staging folder.
    #[cfg(target_os = "linux")]
    #[test]
    fn a_folder_is_never_missing_while_it_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (target, next) = (dir.path().join("frames"), dir.path().join("next"));
        std::fs::create_dir(&target).unwrap();
        std::fs::create_dir(&next).unwrap();
        let is_over = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            let looking = scope.spawn(|| {
                let mut missing = 0;
                while !is_over.load(std::sync::atomic::Ordering::Relaxed) {
                    missing += usize::from(!target.exists());
                }
                missing
            });
            for _ in 0..2000 {
                exchange(&next, &target).unwrap();
            }
            is_over.store(true, std::sync::atomic::Ordering::Relaxed);
            assert_eq!(looking.join().unwrap(), 0);
        });
    }

    #[test]
    fn a_folder_is_replaced_whole() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("frames");
        std::fs::create_dir(&target).unwrap();
        std::fs::write(target.join("old.png"), "old").unwrap();
        let staged = Transaction::begin(&target, true).unwrap();
        std::fs::create_dir(staged.staged()).unwrap();
        std::fs::write(staged.staged().join("new.png"), "new").unwrap();
        staged.publish().unwrap();
        assert!(target.join("new.png").exists() && !target.join("old.png").exists());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
