//! What the host has and allows: cores, memory, idle cores, and how a full disk is reported; and how the
//! jobs of this process share it.

mod account;
mod books;
mod cgroups;
mod host;
mod idle;
mod ledger;
mod memory_limit;
mod oom_kills;
mod quota;

pub use account::{Account, Staff, WorkerGrant};
pub use books::{Ask, Capacity, Granted, GrantedFor, Wait};
pub use host::Host;
pub use idle::IdleCores;
pub use ledger::{Ledger, LedgerError, Waiting};
pub use oom_kills::OomKills;

/// Whether a text of the system, or of a tool that prints one, tells of a full disk. Windows itself says
/// so in the user's language, with the same number.
pub fn says_disk_full(text: &str) -> bool {
    text.contains("No space left on device") || cfg!(windows) && text.contains("(os error 112)")
}
