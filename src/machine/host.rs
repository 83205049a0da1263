//! What the machine offers this process.

use std::num::NonZeroUsize;

use super::books::Capacity;
use super::memory_limit::memory_limit;

/// Share of the machine that the renders of a process may plan with.
const PROCESS_SHARE: f64 = 0.5;
/// The least they plan with, MiB.
const LEAST_MIB: u64 = 256;

/// Facts that plans depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Cores this process may use.
    pub cores: usize,
    /// Memory in MiB: the host's, or what the tightest limit of this process allows.
    pub memory_mib: u64,
}

impl Host {
    /// Reads them from the operating system.
    pub fn detect() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        let host = system.total_memory();
        let bytes = memory_limit().map_or(host, |limit| limit.min(host));
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            cores,
            memory_mib: bytes >> 20,
        }
    }

    /// What all renders of this process may hold together, MiB. One that is alone plans with all of it.
    pub fn budget_mib(self) -> u64 {
        ((self.memory_mib as f64 * PROCESS_SHARE) as u64).max(LEAST_MIB)
    }

    /// The same with the cores that they share.
    pub fn capacity(self) -> Capacity {
        Capacity {
            memory_mib: self.budget_mib(),
            cores: self.cores as u64,
        }
    }
}
