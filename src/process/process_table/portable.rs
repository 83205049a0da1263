//! Processes of this machine where there is no `/proc`, from a library that knows each system. There, a
//! group is its leader and what descends from it.

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System, UpdateKind};

use super::{Kin, descendants_among};

pub(super) fn kin() -> Vec<Kin> {
    let system = looked_at(ProcessesToUpdate::All, ProcessRefreshKind::nothing());
    let kin = |(pid, process): (&Pid, &sysinfo::Process)| {
        let parent = process.parent()?.as_u32();
        let pid = pid.as_u32();
        Some(Kin { pid, parent })
    };
    system.processes().iter().filter_map(kin).collect()
}

pub(super) fn members(groups: &[u32]) -> Vec<u32> {
    let all = kin();
    let of = |leader: &u32| {
        let mut members = descendants_among(&all, *leader);
        members.insert(0, *leader);
        members
    };
    groups.iter().flat_map(of).collect()
}

pub(super) fn has_argument(pid: u32, beginning: &str) -> bool {
    let what = ProcessRefreshKind::nothing().with_cmd(UpdateKind::Always);
    of_one(pid, what, |process| {
        let mut arguments = process.cmd().iter();
        arguments.any(|one| one.to_string_lossy().starts_with(beginning))
    })
    .unwrap_or(false)
}

/// No other system tells it cheaply.
pub(super) fn proportional_bytes(_: u32) -> Option<u64> {
    None
}

pub(super) fn resident_bytes(pid: u32) -> Option<u64> {
    let what = ProcessRefreshKind::nothing().with_memory();
    of_one(pid, what, sysinfo::Process::memory)
}

fn of_one<T>(
    pid: u32,
    what: ProcessRefreshKind,
    fact: impl Fn(&sysinfo::Process) -> T,
) -> Option<T> {
    let pid = Pid::from_u32(pid);
    looked_at(ProcessesToUpdate::Some(&[pid]), what)
        .process(pid)
        .map(fact)
}

fn looked_at(which: ProcessesToUpdate<'_>, what: ProcessRefreshKind) -> System {
    let mut system = System::new();
    system.refresh_processes_specifics(which, false, what);
    system
}
