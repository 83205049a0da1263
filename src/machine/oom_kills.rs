//! Processes that the system ended because memory ran out.

use std::path::Path;

use super::cgroups::Limits;

/// Counters of the groups around this process.
const ENDED: Limits<u64> = Limits {
    controller: "memory",
    first_version: |folder| counted(&folder.join("memory.oom_control")),
    second_version: |folder| counted(&folder.join("memory.events")),
};
/// Counts for the whole machine, where no group does.
const MACHINE: &str = "/proc/vmstat";

/// Remembers how many had been ended at some time, to tell later whether more have been since.
#[derive(Debug, Clone, Copy)]
pub struct OomKills {
    before: u64,
}

impl OomKills {
    /// As of now.
    pub fn now() -> Self {
        Self { before: total() }
    }

    /// Whether the system has ended one since. It may be of others where no group counts them.
    pub fn any_since(self) -> bool {
        total() > self.before
    }
}

fn total() -> u64 {
    let groups = ENDED.of_this_process();
    match groups.is_empty() {
        true => counted(Path::new(MACHINE)).unwrap_or(0),
        // In version 2 a process counts in all groups around it, in version 1 in its own.
        false => groups.into_iter().sum(),
    }
}

fn counted(file: &Path) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let mut lines = text.lines().map(str::split_whitespace);
    lines.find_map(|mut words| match words.next() {
        Some("oom_kill") => words.next()?.parse().ok(),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::cgroups::write;
    use super::*;

    #[test]
    fn groups_of_both_versions_count() {
        let dir = tempfile::tempdir().unwrap();
        let count = |groups: &str| -> Vec<u64> { ENDED.find(dir.path(), groups) };
        write(
            dir.path(),
            &[
                (
                    "memory/a/memory.oom_control",
                    "oom_kill_disable 0\nunder_oom 0\noom_kill 3\n",
                ),
                (
                    "memory/memory.oom_control",
                    "oom_kill_disable 0\nunder_oom 0\noom_kill 1\n",
                ),
                (
                    "run.scope/memory.events",
                    "low 0\nhigh 0\nmax 12\noom 2\noom_kill 5\noom_group_kill 0\n",
                ),
            ],
        );
        assert_eq!(count("4:memory:/a\n"), [3, 1]);
        assert_eq!(count("0::/run.scope\n"), [5]);
        assert_eq!(count("4:cpu:/a\n"), [0; 0]);
    }
}
