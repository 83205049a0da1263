//! Members and memory of process groups.

#[cfg(target_os = "linux")]
#[path = "process_table/linux.rs"]
mod process_table;
#[cfg(not(target_os = "linux"))]
#[path = "process_table/portable.rs"]
mod process_table;

use process_table::{kin, members, proportional_bytes, resident_bytes};

/// A process and the one that started it.
struct Kin {
    pid: u32,
    parent: u32,
}

/// Memory of all processes in the given process groups, bytes: proportional set size, or resident
/// set size where the system gives no other.
///
/// It goes by group, not by parent, because every child this library starts leads its own group.
pub fn group_memory_bytes(groups: &[u32]) -> u64 {
    members(groups).into_iter().filter_map(memory_of).sum()
}

fn memory_of(pid: u32) -> Option<u64> {
    proportional_bytes(pid).or_else(|| resident_bytes(pid))
}

/// The sum of the resident set sizes of the same processes, bytes: quickly read, but what several
/// of them share counts for each.
pub fn group_resident_bytes(groups: &[u32]) -> u64 {
    let members = members(groups).into_iter();
    members.filter_map(resident_bytes).sum()
}

/// The same as [`group_memory_bytes`] of single processes.
pub fn memory_bytes(pids: &[u32]) -> u64 {
    pids.iter().copied().filter_map(memory_of).sum()
}

/// The same as [`group_resident_bytes`] of single processes.
pub fn resident_set_bytes(pids: &[u32]) -> u64 {
    pids.iter().copied().filter_map(resident_bytes).sum()
}

/// Ids of the processes in a process group.
pub fn group_members(group: u32) -> Vec<u32> {
    members(&[group])
}

/// Ids of all processes that `ancestor` or one of these started.
pub fn descendants(ancestor: u32) -> Vec<u32> {
    descendants_among(&kin(), ancestor)
}

/// Whether an argument of the process begins so; false also once it has ended, reaped or not.
pub fn has_argument(pid: u32, beginning: &str) -> bool {
    process_table::has_argument(pid, beginning)
}

fn descendants_among(all: &[Kin], ancestor: u32) -> Vec<u32> {
    let mut found = vec![ancestor];
    let mut next = 0;
    while let Some(parent) = found.get(next).copied() {
        let children = all.iter().filter(|kin| kin.parent == parent);
        // A process that is its own ancestor is one whose number was given twice.
        let new: Vec<u32> = children
            .map(|kin| kin.pid)
            .filter(|pid| !found.contains(pid))
            .collect();
        found.extend(new);
        next += 1;
    }
    found.split_off(1)
}

/// The other systems' way, which works here too.
#[cfg(all(test, target_os = "linux"))]
#[path = "process_table/portable.rs"]
mod portable;

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn every_system_tells_the_same() {
        let own = std::process::id();
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line; :", "--type=mark"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let has = |pid| {
            let mark = "--type=mark";
            [has_argument(pid, mark), portable::has_argument(pid, mark)]
        };
        // Until the child has become the shell.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        while has(child.id()) != [true; 2] {
            assert!(std::time::Instant::now() < deadline);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(has(own), [false; 2]);
        let kin = portable::kin();
        let found = kin.iter().find(|kin| kin.pid == child.id()).unwrap();
        assert_eq!(found.parent, own);
        assert!(portable::members(&[own]).contains(&child.id()));
        let of = resident_bytes(own).unwrap() as f64;
        let theirs = portable::resident_bytes(own).unwrap() as f64;
        assert!((theirs / of - 1.0).abs() < 0.5, "{theirs} and {of}");
        assert_eq!(portable::proportional_bytes(own), None);
        child.kill().unwrap();
        // Ended, and not waited for.
        while has(child.id()) != [false; 2] {
            assert!(std::time::Instant::now() < deadline);
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        child.wait().unwrap();
    }

    #[test]
    fn our_own_group_has_memory_and_an_unknown_one_none() {
        let own = nix::unistd::getpgrp().as_raw().cast_unsigned();
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
