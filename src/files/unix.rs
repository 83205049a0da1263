//! Files on Linux and macOS.

use std::fs::{DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use nix::fcntl::OFlag;

use super::{FileStamp, TryLock};

/// Nobody else reads what is in a folder, or puts anything there.
const OWNER_ONLY: u32 = 0o700;

/// Device and number of a file: the same for all its names.
pub type FileId = (u64, u64);

/// What tells a file from others, and from itself before it was written.
///
/// # Errors
/// None here; another system has to open the file for it.
pub fn identity(_path: &Path, meta: &Metadata) -> io::Result<FileStamp> {
    let nanoseconds =
        |seconds: i64, rest: i64| i128::from(seconds) * 1_000_000_000 + i128::from(rest);
    Ok(FileStamp {
        id: (meta.dev(), meta.ino()),
        size: meta.size(),
        modified: nanoseconds(meta.mtime(), meta.mtime_nsec()),
        changed: nanoseconds(meta.ctime(), meta.ctime_nsec()),
    })
}

/// What a path is that is no regular file: "a folder", "a named pipe".
pub fn odd_kind(meta: &Metadata) -> Option<&'static str> {
    let kind = meta.file_type();
    if kind.is_file() {
        None
    } else if kind.is_dir() {
        Some("a folder")
    } else if kind.is_fifo() {
        Some("a named pipe")
    } else if kind.is_socket() {
        Some("a socket")
    } else {
        Some("a device")
    }
}

/// Opens a file to read it. A pipe of its name that nobody writes to holds nobody up.
///
/// # Errors
/// Of the file system.
pub fn open_without_waiting(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(OFlag::O_NONBLOCK.bits());
    options.open(path)
}

/// Tries to lock a folder, and nothing else of its name, without waiting.
pub fn lock_folder(path: &Path) -> TryLock {
    // Anybody may put a pipe or a link of such a name there.
    let only_a_folder = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(only_a_folder.bits());
    let opened = options.open(path);
    opened.map_or(TryLock::Gone, |file| TryLock::on(file, path))
}

/// Returns when the names in a folder are on the disk.
///
/// # Errors
/// Of the file system.
pub fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// What makes a folder that only this user can look into, whatever the umask says.
pub fn private_folders() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(OWNER_ONLY);
    builder
}

/// The same for a temporary one.
pub fn private<'a, 'b>(
    builder: &'a mut tempfile::Builder<'b, 'b>,
) -> &'a mut tempfile::Builder<'b, 'b> {
    builder.permissions(Permissions::from_mode(OWNER_ONLY))
}

/// Whether nobody but this user may write into a folder.
pub fn is_of_this_user_alone(meta: &Metadata) -> bool {
    meta.uid() == nix::unistd::geteuid().as_raw() && meta.mode() & 0o022 == 0
}
