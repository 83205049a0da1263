//! How many of the cores that this process may use are idle.

use sysinfo::{CpuRefreshKind, RefreshKind, System};

use super::quota::Quota;

/// Watches the machine's cores.
#[derive(Debug)]
pub struct IdleCores {
    system: System,
    /// Numbers of the cores that this process may run on; empty when all.
    allowed: Vec<usize>,
    quota: Option<Quota>,
}

impl IdleCores {
    /// Starts watching.
    pub fn new() -> Self {
        let usage = CpuRefreshKind::nothing().with_cpu_usage();
        let mut system = System::new_with_specifics(RefreshKind::nothing().with_cpu(usage));
        system.refresh_cpu_usage();
        Self {
            system,
            allowed: allowed_cores(),
            quota: Quota::of_this_process(),
        }
    }

    /// Idle time since the last call, as a number of cores. The last call must be at least
    /// [`sysinfo::MINIMUM_CPU_UPDATE_INTERVAL`] ago.
    pub fn sample(&mut self) -> f64 {
        self.system.refresh_cpu_usage();
        let idle = |cpu: &sysinfo::Cpu| f64::from(100.0 - cpu.cpu_usage()).max(0.0) / 100.0;
        let all = self.system.cpus().iter().enumerate();
        let ours = all.filter(|(core, _)| self.allowed.is_empty() || self.allowed.contains(core));
        let idle: f64 = ours.map(|(_, cpu)| idle(cpu)).sum();
        let spare = self.quota.as_mut().and_then(Quota::spare);
        spare.map_or(idle, |spare| idle.min(spare))
    }
}

#[cfg(target_os = "linux")]
fn allowed_cores() -> Vec<usize> {
    use nix::sched::{CpuSet, sched_getaffinity};
    let this = nix::unistd::Pid::from_raw(0);
    let Ok(set) = sched_getaffinity(this) else {
        return Vec::new();
    };
    let is_set = |core: &usize| set.is_set(*core).unwrap_or(false);
    (0..CpuSet::count()).filter(is_set).collect()
}

#[cfg(not(target_os = "linux"))]
fn allowed_cores() -> Vec<usize> {
    Vec::new()
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
