//! How much memory this process is allowed: by its cgroups, and by its own limits (`ulimit`).

use std::path::Path;

use super::cgroups::Limits;

const MEMORY: Limits<u64> = Limits {
    controller: "memory",
    first_version: |folder| bytes(&folder.join("memory.limit_in_bytes")),
    second_version: |folder| bytes(&folder.join("memory.max")),
};

/// The tightest limit around this process, bytes; `None` without one. A group of version 1 that has none
/// says a number that no machine has.
pub(super) fn memory_limit() -> Option<u64> {
    let groups = MEMORY.of_this_process();
    groups.into_iter().chain(own_limits()).min()
}

/// What `ulimit -d` and `-v` allow each process, bytes. Children inherit that. It counts as if it were for all
/// together: who sets it wants little to be taken.
#[cfg(unix)]
fn own_limits() -> Vec<u64> {
    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};

    let limits = [Resource::RLIMIT_DATA, Resource::RLIMIT_AS];
    let soft = limits
        .into_iter()
        .filter_map(|limit| Some(getrlimit(limit).ok()?.0));
    soft.filter(|bytes| *bytes != RLIM_INFINITY).collect()
}

/// Windows has job objects instead, which may hold this process without its knowing.
#[cfg(not(unix))]
fn own_limits() -> Vec<u64> {
    Vec::new()
}

fn bytes(file: &Path) -> Option<u64> {
    // `max` where there is none.
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::cgroups::write;
    use super::*;

    fn tightest(files: &[(&str, &str)], groups: &str) -> Option<u64> {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), files);
        MEMORY.find(dir.path(), groups).into_iter().min()
    }

    #[test]
    fn the_group_of_the_process_counts_and_not_only_the_root() {
        let files = [
            ("memory/memory.limit_in_bytes", "9223372036854771712\n"),
            ("memory/a/memory.limit_in_bytes", "2147483648\n"),
            ("memory/a/b/memory.limit_in_bytes", "4294967296\n"),
        ];
        let groups = |path: &str| format!("4:memory:{path}\n0::/\n");
        assert_eq!(tightest(&files, &groups("/a/b")), Some(2 << 30));
        assert_eq!(
            tightest(&files, &groups("/elsewhere")),
            Some(9_223_372_036_854_771_712)
        );
    }

    #[test]
    fn both_versions_are_read() {
        let files = [
            ("user.slice/memory.max", "max\n"),
            ("user.slice/run.scope/memory.max", "1073741824\n"),
        ];
        assert_eq!(
            tightest(&files, "0::/user.slice/run.scope\n"),
            Some(1 << 30)
        );
        assert_eq!(tightest(&files, "0::/user.slice\n"), None);
        // In a container its own group is the root.
        let root = [("memory.max", "536870912\n")];
        assert_eq!(tightest(&root, "0::/\n"), Some(512 << 20));
    }
}
