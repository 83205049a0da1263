//! The files that a render is made from, as one checksum of their contents.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use sha2::{Digest, Sha256};

use crate::files::{FileId, identity};

/// Folders without sources: of version control, of the CLI, and of Studio's caches.
const ASIDE: [&str; 4] = [".git", ".hyperframes", ".thumbnails", ".waveform-cache"];
/// The CLI's folder of finished renders, at the top of a project.
const RENDERS: &str = "renders";
/// Our own files beside a destination.
const OURS: [&str; 2] = [".hf-native-segments", ".hf-transaction-"];
/// Of packages the sizes and times count, not the contents: there are many files, and nobody edits them.
const PACKAGES: &str = "node_modules";
/// The CLI's folder has Studio's edits, which are part of the picture.
const EDITS: &str = "studio-";
/// Of larger files of a project, which nobody writes anew with each render, place, size and times count.
const LARGE: u64 = 64 << 20;
/// More files are not looked at.
const MOST_FILES: usize = 200_000;
/// Bytes that are read at a time.
const BLOCK: usize = 1 << 20;

/// What a render is made from.
#[derive(Debug, Clone)]
pub(super) struct InputFiles {
    /// Written anew for each render.
    pub compiled: PathBuf,
    pub project: PathBuf,
    /// The files of clips, wherever they are.
    pub media: Vec<PathBuf>,
    /// No source, even if it is in one of the folders.
    pub destination: PathBuf,
}

impl InputFiles {
    /// SHA-256 of names and contents of all files. Symbolic links are followed. Blocks.
    ///
    /// # Errors
    /// Of the file system; also when there are too many files, or `stop` was set.
    pub fn digest(&self, stop: &AtomicBool) -> io::Result<String> {
        let mut hash = Sha256::new();
        let mut hashed = HashSet::new();
        for (folder, contents_up_to) in [(&self.compiled, u64::MAX), (&self.project, LARGE)] {
            let mut files = Vec::new();
            let mut seen = HashSet::new();
            collect(folder, folder, &mut seen, &mut files)?;
            files.sort();
            hash.update(b"folder\0");
            for path in files.iter().filter(|path| **path != self.destination) {
                if stop.load(Ordering::Relaxed) {
                    return Err(io::ErrorKind::Interrupted.into());
                }
                add(&mut hash, folder, path, contents_up_to)?;
            }
            hashed.extend(files);
        }
        // Also what stands in a folder that was passed over.
        let is_left = |path: &&PathBuf| !hashed.contains(*path) && path.is_file();
        hash.update(b"elsewhere\0");
        for path in self.media.iter().filter(is_left) {
            add(&mut hash, Path::new(""), path, LARGE)?;
        }
        Ok(format!("{:x}", hash.finalize()))
    }
}

/// Size and time of a program, which tell one version from another; empty when it cannot be read.
pub(super) fn program_stamp(path: &Path) -> String {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let stamp = fs::metadata(&real).and_then(|meta| identity(&real, &meta));
    stamp.map_or_else(
        |_| String::new(),
        |stamp| format!("{} {} {}", real.display(), stamp.size, stamp.modified),
    )
}

fn collect(
    top: &Path,
    dir: &Path,
    seen: &mut HashSet<FileId>,
    files: &mut Vec<PathBuf>,
) -> io::Result<()> {
    let meta = fs::metadata(dir)?;
    // A link to a folder that was looked at.
    if !seen.insert(identity(dir, &meta)?.id) {
        return Ok(());
    }
    let in_notes = dir.ends_with(ASIDE[1]);
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let path = entry.path();
        let is_ours = OURS.iter().any(|ours| name.contains(ours));
        let is_renders = dir == top && name == RENDERS;
        if is_ours || is_renders || (in_notes && !name.starts_with(EDITS)) {
            continue;
        }
        // A link to nowhere is no file.
        let Ok(meta) = fs::metadata(&path) else {
            continue;
        };
        if meta.is_dir() {
            if !ASIDE.contains(&&*name) || (name == ASIDE[1] && dir == top) {
                collect(top, &path, seen, files)?;
            }
        } else if meta.is_file() {
            files.push(path);
            if files.len() > MOST_FILES {
                return Err(io::Error::other("the project has too many files"));
            }
        }
    }
    Ok(())
}

fn add(hash: &mut Sha256, folder: &Path, path: &Path, contents_up_to: u64) -> io::Result<()> {
    let name = path.strip_prefix(folder).unwrap_or(path);
    let mut file = File::open(path)?;
    let meta = file.metadata()?;
    hash.update(name.as_os_str().as_encoded_bytes());
    hash.update(b"\0");
    hash.update(meta.len().to_le_bytes());
    let is_of_package = name.components().any(|part| part.as_os_str() == PACKAGES);
    if is_of_package || meta.len() > contents_up_to {
        // Its size is in already.
        let stamp = identity(path, &meta)?;
        hash.update(format!(
            "{:?} {} {}",
            stamp.id, stamp.modified, stamp.changed
        ));
        return Ok(());
    }
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(()),
            read => hash.update(&block[..read]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, content: &str) {
        let path = dir.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    fn files(project: &Path) -> InputFiles {
        InputFiles {
            compiled: project.join("compiled"),
            project: project.to_owned(),
            media: Vec::new(),
            destination: project.join("out.mp4"),
        }
    }

    fn digest(project: &Path) -> String {
        fs::create_dir_all(project.join("compiled")).unwrap();
        files(project).digest(&AtomicBool::new(false)).unwrap()
    }

    #[test]
    fn contents_count_and_places_and_times_do_not() {
        let (dir, copy) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        for dir in [dir.path(), copy.path()] {
            write(dir, "index.html", "one");
            write(dir, "media/a.mp4", "film");
        }
        let usual = digest(dir.path());
        assert_eq!(usual, digest(copy.path()));
        for aside in [
            "out.mp4",
            ".git/HEAD",
            "renders/before.mp4",
            ".hyperframes/log.json",
            ".hf-native-segments/k/segment-00000.mp4",
            ".out.hf-transaction-1-x/video-only.mp4",
        ] {
            write(dir.path(), aside, "else");
            assert_eq!(usual, digest(dir.path()), "{aside}");
        }
        for (name, content) in [
            ("media/a.mp4", "falm"),
            ("b.css", ""),
            (".hyperframes/studio-edits.json", "{}"),
            ("node_modules/p/index.js", "1"),
            ("media/renders/c.png", "c"),
        ] {
            let before = digest(copy.path());
            write(copy.path(), name, content);
            assert_ne!(before, digest(copy.path()), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_once() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(other.path(), "a.png", "a");
        let link = |to: &Path, name: &str| {
            std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
        };
        link(other.path(), "media");
        link(dir.path(), "loop");
        link(&other.path().join("gone"), "nowhere");
        let before = digest(dir.path());
        write(other.path(), "a.png", "b");
        assert_ne!(before, digest(dir.path()));
    }

    #[test]
    fn of_a_large_file_the_times_count() {
        let dir = tempfile::tempdir().unwrap();
        let film = dir.path().join("film.mp4");
        let large = |path: &Path| File::create(path).unwrap().set_len(LARGE + 1).unwrap();
        large(&film);
        let before = digest(dir.path());
        assert_eq!(before, digest(dir.path()));
        let then = std::time::SystemTime::UNIX_EPOCH;
        let opened = File::options().write(true).open(&film).unwrap();
        opened.set_modified(then).unwrap();
        assert_ne!(before, digest(dir.path()));
    }

    #[test]
    fn media_from_elsewhere_count() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write(other.path(), "a.mp4", "film");
        fs::create_dir(dir.path().join("compiled")).unwrap();
        let mut files = files(dir.path());
        let without = files.digest(&AtomicBool::new(false)).unwrap();
        files.media = vec![other.path().join("a.mp4"), other.path().join("gone")];
        let with = files.digest(&AtomicBool::new(false)).unwrap();
        assert_ne!(without, with);
        write(other.path(), "a.mp4", "falm");
        assert_ne!(with, files.digest(&AtomicBool::new(false)).unwrap());
        // A clip counts wherever it is, also among finished renders.
        write(dir.path(), "renders/intro.mp4", "film");
        files.media = vec![dir.path().join("renders/intro.mp4")];
        let with = files.digest(&AtomicBool::new(false)).unwrap();
        write(dir.path(), "renders/intro.mp4", "falm");
        assert_ne!(with, files.digest(&AtomicBool::new(false)).unwrap());
    }
}
