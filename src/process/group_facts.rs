//! Members and memory of process groups, from `/proc`.

/// Memory of all processes in the given process groups, bytes: proportional set size, or resident
/// set size where the kernel gives no other; 0 where there is no `/proc`.
///
/// It goes by group, not by parent, because every child this library starts leads its own group.
pub fn group_memory_bytes(groups: &[u32]) -> u64 {
    processes()
        .filter(|pid| group_of(*pid).is_some_and(|group| groups.contains(&group)))
        .map(|pid| process_bytes(pid).unwrap_or(0))
        .sum()
}

/// The sum of the resident set sizes of the same processes, bytes: quickly read, but what several
/// of them share counts for each.
pub fn group_resident_bytes(groups: &[u32]) -> u64 {
    processes()
        .filter(|pid| group_of(*pid).is_some_and(|group| groups.contains(&group)))
        .filter_map(resident_bytes)
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
    memory_field(pid, "smaps_rollup", "Pss:").or_else(|| resident_bytes(pid))
}

fn resident_bytes(pid: u32) -> Option<u64> {
    memory_field(pid, "status", "VmRSS:")
}

/// A line of `/proc/PID/file` that counts KiB, in bytes.
fn memory_field(pid: u32, file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
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
        assert!(group_resident_bytes(&[own]) >= group_memory_bytes(&[own]) / 2);
    }
}
