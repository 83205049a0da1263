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

/// The text of the error for a full disk, as the system and the tools that print it have it.
pub const DISK_FULL: &str = "No space left on device";
