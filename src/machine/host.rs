//! What the machine offers this process.

use std::num::NonZeroUsize;

/// Facts that plans depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Host {
    /// Cores this process may use.
    pub cores: usize,
    /// Memory in MiB: the host's, or the cgroup's where that is less.
    pub memory_mib: u64,
}

impl Host {
    /// Reads them from the operating system.
    pub fn detect() -> Self {
        let mut system = sysinfo::System::new();
        system.refresh_memory();
        let host = system.total_memory();
        let limit = system
            .cgroup_limits()
            .map_or(host, |limits| limits.total_memory);
        // A cgroup without a limit reports 0 or more than there is.
        let bytes = if limit == 0 { host } else { limit.min(host) };
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            cores,
            memory_mib: bytes >> 20,
        }
    }
}
