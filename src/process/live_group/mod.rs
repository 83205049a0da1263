//! A child with all that it started. `unix.rs` and `windows.rs` have the same functions.

#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;

pub(super) use system::LiveGroup;
