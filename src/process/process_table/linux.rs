//! Processes of this machine, from `/proc`.

use super::Kin;

pub(super) fn kin() -> Vec<Kin> {
    let kin = |pid| {
        let parent = stat_field(pid, 1)?;
        Some(Kin { pid, parent })
    };
    processes().filter_map(kin).collect()
}

pub(super) fn members(groups: &[u32]) -> Vec<u32> {
    let belongs = |pid: &u32| stat_field(*pid, 2).is_some_and(|group| groups.contains(&group));
    processes().filter(belongs).collect()
}

pub(super) fn has_argument(pid: u32, beginning: &str) -> bool {
    // A dead process that was not waited for has no command line either. Chrome's children write
    // theirs anew, with spaces between the arguments.
    std::fs::read(format!("/proc/{pid}/cmdline"))
        .is_ok_and(|line| memchr::memmem::find(&line, beginning.as_bytes()).is_some())
}

/// What the process has of its own, and its share of what it shares, bytes.
pub(super) fn proportional_bytes(pid: u32) -> Option<u64> {
    memory_field(pid, "smaps_rollup", "Pss:")
}

pub(super) fn resident_bytes(pid: u32) -> Option<u64> {
    memory_field(pid, "status", "VmRSS:")
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
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

/// A line of `/proc/PID/file` that counts KiB, in bytes.
fn memory_field(pid: u32, file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}
