//! Files on Windows. Who may look into a folder there follows from the folder that it is in: temporary
//! folders and profiles are their user's.

use std::fs::{DirBuilder, File, Metadata, OpenOptions};
use std::io;
use std::os::windows::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::{FileStamp, TryLock};

/// `FILE_FLAG_BACKUP_SEMANTICS`, without which no folder is opened.
const FOLDERS_TOO: u32 = 0x0200_0000;
/// `FILE_FLAG_OPEN_REPARSE_POINT`: a link is not followed.
const NO_LINKS: u32 = 0x0020_0000;
/// `FILE_SHARE_READ | FILE_SHARE_WRITE`, without `FILE_SHARE_DELETE`.
const ALL_BUT_REMOVE: u32 = 0x1 | 0x2;
/// `GENERIC_READ | DELETE`.
const READ_AND_REMOVE: u32 = 0x8000_0000 | 0x0001_0000;
/// `ERROR_SHARING_VIOLATION`.
const SHARING_VIOLATION: i32 = 32;
/// Ticks of a file's times in a nanosecond: they count tenths of a microsecond.
const NANOSECONDS_A_TICK: i128 = 100;

/// The real path of a file.
pub type FileId = PathBuf;

/// What tells a file from others, and from itself before it was written.
///
/// # Errors
/// Of the file system.
pub fn identity(path: &Path, meta: &Metadata) -> io::Result<FileStamp> {
    Ok(FileStamp {
        id: path.canonicalize()?,
        size: meta.file_size(),
        modified: i128::from(meta.last_write_time()) * NANOSECONDS_A_TICK,
        changed: i128::from(meta.creation_time()) * NANOSECONDS_A_TICK,
    })
}

/// What a path is that is no regular file: "a folder".
pub fn odd_kind(meta: &Metadata) -> Option<&'static str> {
    if meta.is_file() {
        None
    } else if meta.is_dir() {
        Some("a folder")
    } else {
        Some("a device")
    }
}

/// Opens a file to read it.
///
/// # Errors
/// Of the file system.
pub fn open_without_waiting(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Tries to lock a folder, and nothing else of its name. There are no locks on folders: who holds it
/// asks for the right to remove it and grants that to nobody. So it can only be removed when it is no
/// longer held.
pub fn lock_folder(path: &Path) -> TryLock {
    let mut options = OpenOptions::new();
    options
        .access_mode(READ_AND_REMOVE)
        .custom_flags(FOLDERS_TOO | NO_LINKS)
        .share_mode(ALL_BUT_REMOVE);
    match options.open(path) {
        Ok(file) if file.metadata().is_ok_and(|meta| meta.is_dir()) => TryLock::Held(file),
        Ok(_) => TryLock::Gone,
        Err(error) if error.raw_os_error() == Some(SHARING_VIOLATION) => TryLock::OfAnother,
        Err(error) if error.kind() == io::ErrorKind::NotFound => TryLock::Gone,
        Err(error) => TryLock::Unknown(error),
    }
}

/// The names in a folder are in the file system's journal, and there is no call to wait for it.
///
/// # Errors
/// None here.
pub fn sync_folder(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// What makes folders.
pub fn private_folders() -> DirBuilder {
    DirBuilder::new()
}

/// Nothing is to be changed about a temporary one.
pub fn private<'a, 'b>(
    builder: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    builder
}

/// See the head of this file.
pub fn is_of_this_user_alone(_meta: &Metadata) -> bool {
    true
}
