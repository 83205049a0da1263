//! Starting a command in a group of its own that dies with this process. `unix.rs` and `windows.rs` have
//! the same functions.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

pub(super) use system::Starting;
#[cfg(all(test, target_os = "linux"))]
pub(super) use system::{MOST_SCORE, SOONER};
