//! How much processor time the cgroup of this process allows, and how much it takes.

use std::path::{Path, PathBuf};
use std::time::Instant;

/// Where Linux shows cgroups of version 2.
const ROOT: &str = "/sys/fs/cgroup";

/// A cgroup with a limit, and what it had used when it was last looked at.
#[derive(Debug)]
pub(super) struct Quota {
    folder: PathBuf,
    /// Cores it may use.
    cores: f64,
    used_seconds: f64,
    at: Instant,
}

impl Quota {
    /// The tightest limit around this process; `None` without one, and for cgroups of version 1.
    pub fn of_this_process() -> Option<Self> {
        let list = std::fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = list.lines().find_map(|line| line.strip_prefix("0::/"))?;
        let own = Path::new(ROOT).join(own);
        let folders = own.ancestors().take_while(|folder| folder.starts_with(ROOT));
        let limits = folders.filter_map(|folder| {
            let text = std::fs::read_to_string(folder.join("cpu.max")).ok()?;
            Some((folder.to_owned(), limit(&text)?))
        });
        let (folder, cores) = limits.min_by(|a, b| a.1.total_cmp(&b.1))?;
        let used_seconds = used_by(&folder)?;
        Some(Self {
            folder,
            cores,
            used_seconds,
            at: Instant::now(),
        })
    }

    /// Cores that it allows and that nobody in it used since the last call; `None` when it cannot be
    /// read any more.
    pub fn spare(&mut self) -> Option<f64> {
        let used = used_by(&self.folder)?;
        let seconds = self.at.elapsed().as_secs_f64().max(f64::EPSILON);
        let busy = (used - self.used_seconds) / seconds;
        (self.used_seconds, self.at) = (used, Instant::now());
        Some((self.cores - busy).max(0.0))
    }
}

/// Cores of a `cpu.max`: microseconds of processor time in each period of so many microseconds.
fn limit(text: &str) -> Option<f64> {
    let (quota, period) = text.trim().split_once(' ')?;
    let (quota, period): (f64, f64) = (quota.parse().ok()?, period.parse().ok()?);
    (period > 0.0).then_some(quota / period)
}

fn used_by(folder: &Path) -> Option<f64> {
    used(&std::fs::read_to_string(folder.join("cpu.stat")).ok()?)
}

/// Seconds of processor time in a `cpu.stat`.
fn used(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("usage_usec "))?;
    Some(line.trim().parse::<f64>().ok()? / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_use_are_read() {
        assert_eq!(limit("150000 100000\n"), Some(1.5));
        assert_eq!(limit("max 100000\n"), None);
        assert_eq!(used("usage_usec 2500000\nuser_usec 1\n"), Some(2.5));
        assert_eq!(used("nr_periods 1\n"), None);
    }

    #[test]
    fn what_is_spare_is_what_the_limit_leaves() {
        let dir = tempfile::tempdir().unwrap();
        let stat = dir.path().join("cpu.stat");
        std::fs::write(&stat, "usage_usec 1000000\n").unwrap();
        let mut quota = Quota {
            folder: dir.path().to_owned(),
            cores: 2.0,
            used_seconds: 1.0,
            at: Instant::now() - std::time::Duration::from_secs(1),
        };
        assert!((quota.spare().unwrap() - 2.0).abs() < 0.01, "nothing was used");
        quota.at -= std::time::Duration::from_secs(1);
        std::fs::write(&stat, "usage_usec 2500000\n").unwrap();
        assert!((quota.spare().unwrap() - 0.5).abs() < 0.05);
        std::fs::remove_file(stat).unwrap();
        assert_eq!(quota.spare(), None);
    }
}
