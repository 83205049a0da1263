//! Members and memory of process groups, from `/proc`.

/// Proportional set size in bytes of the processes in the given process groups; resident size
/// where the kernel gives no proportional one, 0 where there is no `/proc`.
///
/// Groups, not parents: every child this library starts leads its own group.
pub fn group_memory_bytes(groups: &[u32]) -> u64 {
    processes()
        .filter(|pid| group_of(*pid).is_some_and(|group| groups.contains(&group)))
        .map(|pid| process_bytes(pid).unwrap_or(0))
        .sum()
}

/// Ids of the processes in a process group; empty where there is no `/proc`.
pub fn group_members(group: u32) -> Vec<u32> {
    processes()
        .filter(|pid| group_of(*pid) == Some(group))
        .collect()
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
}

fn group_of(pid: u32) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name is in parentheses and may hold spaces; fields count from after it.
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(2)?
        .parse()
        .ok()
}

fn process_bytes(pid: u32) -> Option<u64> {
    let field = |file: &str, name: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.split_whitespace()
            .nth(1)?
            .parse::<u64>()
            .ok()
            .map(|kib| kib * 1024)
    };
    field("smaps_rollup", "Pss:").or_else(|| field("status", "VmRSS:"))
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn our_own_group_has_memory_and_an_unknown_one_none() {
        let own = group_of(std::process::id()).unwrap();
        assert!(group_members(own).contains(&std::process::id()));
        assert!(group_memory_bytes(&[own]) > 1_000_000);
        assert_eq!(group_memory_bytes(&[u32::MAX]), 0);
    }
}
