//! What a file is to the operating system: which one it is, whose, of what kind, and whether somebody
//! has it locked. `unix.rs` and `windows.rs` have the same functions.

mod lock;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

pub use lock::TryLock;
pub use system::{
    FileId, identity, is_of_this_user_alone, lock_folder, odd_kind, open_without_waiting, private,
    private_folders, sync_folder,
};

/// Changes whenever a file is written or exchanged, as far as the system tells.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FileStamp {
    /// Which file it is.
    pub id: FileId,
    /// Its length, bytes.
    pub size: u64,
    /// When its contents changed, nanoseconds of the system's clock.
    pub modified: i128,
    /// When anything about it changed, the same; where the system does not tell, when it was made.
    pub changed: i128,
}
