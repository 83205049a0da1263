//! How much processor time the cgroup of this process allows, and how much it takes.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::cgroups::Limits;

/// Cores that groups may use, and the files that tell their use.
const PROCESSOR: Limits<(f64, PathBuf)> = Limits {
    controller: "cpu",
    first_version,
    second_version,
};

/// A cgroup with a limit, and what it had used when it was last looked at.
#[derive(Debug)]
pub(super) struct Quota {
    /// The file that tells the use.
    usage: PathBuf,
    /// Cores it may use.
    cores: f64,
    used_seconds: f64,
    at: Instant,
}

impl Quota {
    /// The tightest limit around this process, in either version of cgroups; `None` without one.
    pub fn of_this_process() -> Option<Self> {
        Self::tightest(PROCESSOR.of_this_process())
    }

    fn tightest(limits: Vec<(f64, PathBuf)>) -> Option<Self> {
        let (cores, usage) = limits.into_iter().min_by(|a, b| a.0.total_cmp(&b.0))?;
        let used_seconds = used_by(&usage)?;
        Some(Self {
            usage,
            cores,
            used_seconds,
            at: Instant::now(),
        })
    }

    /// Cores that it allows and that nobody in it used since the last call; `None` when it cannot be
    /// read any more.
    pub fn spare(&mut self) -> Option<f64> {
        let used = used_by(&self.usage)?;
        let seconds = self.at.elapsed().as_secs_f64().max(f64::EPSILON);
        let busy = (used - self.used_seconds) / seconds;
        (self.used_seconds, self.at) = (used, Instant::now());
        Some((self.cores - busy).max(0.0))
    }
}

/// Cores that a group of version 2 may use, and the file that tells its use.
fn second_version(folder: &Path) -> Option<(f64, PathBuf)> {
    // Microseconds of processor time in each period of so many, or `max`.
    let text = std::fs::read_to_string(folder.join("cpu.max")).ok()?;
    let (quota, period) = text.trim().split_once(' ')?;
    Some((cores(quota, period)?, folder.join("cpu.stat")))
}

/// The same of version 1. A use that is counted in another hierarchy is not looked for.
fn first_version(folder: &Path) -> Option<(f64, PathBuf)> {
    let read = |name| std::fs::read_to_string(folder.join(name)).ok();
    let (quota, period) = (read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?);
    Some((cores(&quota, &period)?, folder.join("cpuacct.usage")))
}

/// Cores of so many microseconds in each period; `None` without a limit (`max`, -1).
fn cores(quota: &str, period: &str) -> Option<f64> {
    let (quota, period): (f64, f64) = (quota.trim().parse().ok()?, period.trim().parse().ok()?);
    (quota > 0.0 && period > 0.0).then_some(quota / period)
}

fn used_by(usage: &Path) -> Option<f64> {
    used(&std::fs::read_to_string(usage).ok()?)
}

/// Seconds of processor time in a `cpu.stat` (version 2) or a `cpuacct.usage` (nanoseconds).
fn used(text: &str) -> Option<f64> {
    if let Ok(nanoseconds) = text.trim().parse::<f64>() {
        return Some(nanoseconds / 1e9);
    }
    let line = text
        .lines()
        .find_map(|line| line.strip_prefix("usage_usec "))?;
    Some(line.trim().parse::<f64>().ok()? / 1e6)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::cgroups::write;
    use super::*;

    /// The limit of a process in `groups`, of hierarchies mounted in `root`.
    fn find(root: &Path, groups: &str) -> Option<Quota> {
        Quota::tightest(PROCESSOR.find(root, groups))
    }

    #[test]
    fn limits_and_use_are_read() {
        assert_eq!(cores("150000", "100000\n"), Some(1.5));
        assert_eq!(cores("max", "100000"), None);
        assert_eq!(cores("-1\n", "100000\n"), None);
        assert_eq!(used("usage_usec 2500000\nuser_usec 1\n"), Some(2.5));
        assert_eq!(used("2500000000\n"), Some(2.5));
        assert_eq!(used("nr_periods 1\n"), None);
    }

    #[test]
    fn the_tightest_group_around_a_process_counts() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            ("a/cpu.max", "50000 100000\n"),
            ("a/cpu.stat", "usage_usec 3000000\n"),
            ("a/b/cpu.max", "max 100000\n"),
            ("a/b/cpu.stat", "usage_usec 1000000\n"),
            ("a/b/c/cpu.max", "200000 100000\n"),
            ("a/b/c/cpu.stat", "usage_usec 500000\n"),
        ];
        write(dir.path(), &files);
        let quota = find(dir.path(), "0::/a/b/c\n").unwrap();
        assert_eq!((quota.cores, quota.used_seconds), (0.5, 3.0));
        assert!(find(dir.path(), "0::/elsewhere\n").is_none());
    }

    #[test]
    fn version_1_is_read_where_its_root_is_the_container_s() {
        let dir = tempfile::tempdir().unwrap();
        let files = [
            ("cpu,cpuacct/cpu.cfs_quota_us", "75000\n"),
            ("cpu,cpuacct/cpu.cfs_period_us", "50000\n"),
            ("cpu,cpuacct/cpuacct.usage", "4000000000\n"),
        ];
        write(dir.path(), &files);
        let groups = "5:memory:/docker/1\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/\n0::/\n";
        let quota = find(dir.path(), groups).unwrap();
        assert_eq!((quota.cores, quota.used_seconds), (1.5, 4.0));
        write(dir.path(), &[("cpu,cpuacct/cpu.cfs_quota_us", "-1\n")]);
        assert!(find(dir.path(), groups).is_none());
    }

    #[test]
    fn what_is_spare_is_what_the_limit_leaves() {
        let dir = tempfile::tempdir().unwrap();
        let usage = dir.path().join("cpu.stat");
        std::fs::write(&usage, "usage_usec 1000000\n").unwrap();
        let mut quota = Quota {
            usage: usage.clone(),
            cores: 2.0,
            used_seconds: 1.0,
            at: Instant::now(),
        };
        assert_eq!(quota.spare(), Some(2.0), "nothing was used");
        std::fs::write(&usage, "usage_usec 2500000\n").unwrap();
        quota.at = Instant::now().checked_sub(Duration::from_secs(1)).unwrap();
        let spare = quota.spare().unwrap();
        // 1.5 seconds in the one that passed, or in more on a busy machine.
        assert!((0.5..2.0).contains(&spare), "{spare}");
        std::fs::remove_file(usage).unwrap();
        assert_eq!(quota.spare(), None);
    }
}
