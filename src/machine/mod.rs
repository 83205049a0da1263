//! What the host has and allows: cores, memory, idleness, what its disk says when it is full.

mod host;
mod idle;

pub use host::Host;
pub use idle::IdleCores;

/// What the system says of a full disk, and tools that write with it.
pub const DISK_FULL: &str = "No space left on device";
