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
        let cpus = self.system.cpus().iter();
        let idle: Vec<(Option<usize>, f64)> = cpus
            .map(|cpu| {
                let number = cpu.name().trim_start_matches("cpu").parse().ok();
                (number, f64::from(100.0 - cpu.cpu_usage()).max(0.0) / 100.0)
            })
            .collect();
        usable(
            &idle,
            &self.allowed,
            self.quota.as_mut().and_then(Quota::spare),
        )
    }
}

/// How many cores are idle of those that the process may run on (all where no number is known), and
/// that its cgroup's quota spares. `idle` has the number and the idle share of each core.
fn usable(idle: &[(Option<usize>, f64)], allowed: &[usize], spare: Option<f64>) -> f64 {
    let is_ours = |number: &Option<usize>| number.is_some_and(|n| allowed.contains(&n));
    // A container may number the cores that it shows anew.
    let all = !idle.iter().any(|(number, _)| is_ours(number));
    let ours = idle.iter().filter(|(number, _)| all || is_ours(number));
    let most = if allowed.is_empty() {
        idle.len()
    } else {
        allowed.len()
    };
    let idle = ours.map(|(_, idle)| idle).sum::<f64>().min(most as f64);
    spare.map_or(idle, |spare| idle.min(spare))
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
    fn affinity_and_quota_bound_what_is_usable() {
        let idle: Vec<_> = (0..4).map(|core| (Some(core), 0.9)).collect();
        let near = |cores: f64, expected: f64| (cores - expected).abs() < 1e-9;
        assert!(near(usable(&idle, &[], None), 3.6));
        assert!(near(usable(&idle, &[1, 3], None), 1.8));
        assert!(near(usable(&idle, &[1, 3], Some(0.5)), 0.5), "the quota");
        assert!(near(usable(&idle, &[1, 3], Some(3.0)), 1.8), "the affinity");
        assert!(near(usable(&idle, &[40, 41], None), 2.0), "other numbers");
    }

    #[test]
    fn idleness_lies_between_none_and_all() {
        let mut idle = IdleCores::new();
        std::thread::sleep(sysinfo::MINIMUM_CPU_UPDATE_INTERVAL);
        let cores = idle.sample();
        assert!((0.0..=1024.0).contains(&cores), "{cores}");
    }
}
