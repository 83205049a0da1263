//! How many cores of the machine are idle.

use sysinfo::{CpuRefreshKind, RefreshKind, System};

/// Watches the machine's cores.
#[derive(Debug)]
pub struct IdleCores {
    system: System,
}

impl IdleCores {
    /// Starts watching.
    pub fn new() -> Self {
        let usage = CpuRefreshKind::nothing().with_cpu_usage();
        let mut system = System::new_with_specifics(RefreshKind::nothing().with_cpu(usage));
        system.refresh_cpu_usage();
        Self { system }
    }

    /// Idle time since the last call, as a number of cores. The last call must be at least
    /// [`sysinfo::MINIMUM_CPU_UPDATE_INTERVAL`] ago.
    pub fn sample(&mut self) -> f64 {
        self.system.refresh_cpu_usage();
        let idle = |cpu: &sysinfo::Cpu| f64::from(100.0 - cpu.cpu_usage()).max(0.0) / 100.0;
        self.system.cpus().iter().map(idle).sum()
    }
}

impl Default for IdleCores {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idleness_lies_between_none_and_all() {
        let mut idle = IdleCores::new();
        std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
        let cores = idle.sample();
        assert!((0.0..=1024.0).contains(&cores), "{cores}");
    }
}
