//! What the host has and allows: cores, memory, idle cores, and how a full disk is reported.

mod host;
mod idle;
mod quota;

pub use host::Host;
pub use idle::IdleCores;

/// The text of the error for a full disk, as the system and the tools that print it have it.
pub const DISK_FULL: &str = "No space left on device";
