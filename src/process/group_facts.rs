//! Members and memory of process groups, from `/proc`.

/// Memory of all processes in the given process groups, bytes: proportional set size, or resident
/// set size where the kernel gives no other; 0 where there is no `/proc`.
///
/// It goes by group, not by parent, because every child this library starts leads its own group.
pub fn group_memory_bytes(groups: &[u32]) -> u64 {
    members_of(groups).filter_map(process_bytes).sum()
}

/// The sum of the resident set sizes of the same processes, bytes: quickly read, but what several
/// of them share counts for each.
pub fn group_resident_bytes(groups: &[u32]) -> u64 {
    members_of(groups).filter_map(resident_bytes).sum()
}

/// The same as [`group_memory_bytes`] of single processes.
pub fn memory_bytes(pids: &[u32]) -> u64 {
    pids.iter().copied().filter_map(process_bytes).sum()
}

/// The same as [`group_resident_bytes`] of single processes.
pub fn resident_set_bytes(pids: &[u32]) -> u64 {
    pids.iter().copied().filter_map(resident_bytes).sum()
}

/// Ids of the processes in a process group; empty where there is no `/proc`.
pub fn group_members(group: u32) -> Vec<u32> {
    members_of(&[group]).collect()
}

/// Ids of all processes that `ancestor` or one of these started; empty where there is no `/proc`.
pub fn descendants(ancestor: u32) -> Vec<u32> {
    let parents: Vec<(u32, u32)> = processes()
        .filter_map(|pid| Some((pid, stat_field(pid, 1)?)))
        .collect();
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = parents.iter().filter(|(_, of)| *of == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    found.split_off(1)
}

fn members_of(groups: &[u32]) -> impl Iterator<Item = u32> {
    processes().filter(|pid| group_of(*pid).is_some_and(|group| groups.contains(&group)))
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
}

fn group_of(pid: u32) -> Option<u32> {
    stat_field(pid, 2)
}

/// The field with this number behind the command's name in `/proc/PID/stat`.
fn stat_field(pid: u32, number: usize) -> Option<u32> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The command name is in parentheses and may hold spaces; fields count from after it.
    stat.rsplit_once(')')?
        .1
        .split_whitespace()
        .nth(number)?
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
        let this = [std::process::id()];
        assert!(memory_bytes(&this) > 1_000_000);
        assert!(resident_set_bytes(&this) >= memory_bytes(&this) / 2);
        assert_eq!(memory_bytes(&[u32::MAX]), 0);
        assert!(group_resident_bytes(&[own]) >= group_memory_bytes(&[own]) / 2);
    }

    #[test]
    fn a_child_and_its_child_descend_from_us() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "sleep 5 & wait"])
            .spawn()
            .unwrap();
        let own = std::process::id();
        let both = || {
            let of_shell = descendants(shell.id());
            descendants(own).contains(&shell.id()) && of_shell.len() == 1
        };
        let seen = (0..100).any(|_| {
            std::thread::sleep(std::time::Duration::from_millis(20));
            both()
        });
        for pid in descendants(shell.id()) {
            let _ = nix::sys::signal::kill(
                nix::unistd::Pid::from_raw(pid.cast_signed()),
                nix::sys::signal::Signal::SIGKILL,
            );
        }
        shell.wait().unwrap();
        assert!(seen);
    }
}
