//! Memory of other processes by the calls of debuggers: those of the same user are open to it.
//! Written against the documentation, and never yet run on Windows: nothing asks for it by default.

use std::ops::Range;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use windows_sys::Win32::Foundation::{
    ERROR_INVALID_ADDRESS, ERROR_INVALID_PARAMETER, ERROR_NOACCESS, ERROR_PARTIAL_COPY,
    GetLastError,
};
use windows_sys::Win32::System::Diagnostics::Debug::{ReadProcessMemory, WriteProcessMemory};
use windows_sys::Win32::System::Memory::{
    MEM_COMMIT, MEM_PRIVATE, MEMORY_BASIC_INFORMATION, PAGE_EXECUTE_READWRITE, PAGE_GUARD,
    PAGE_READWRITE, VirtualQueryEx,
};
use windows_sys::Win32::System::Threading::{
    OpenProcess, PROCESS_QUERY_INFORMATION, PROCESS_VM_OPERATION, PROCESS_VM_READ, PROCESS_VM_WRITE,
};

use super::MemoryError;

const RIGHTS: u32 =
    PROCESS_VM_READ | PROCESS_VM_WRITE | PROCESS_VM_OPERATION | PROCESS_QUERY_INFORMATION;

/// Another process, opened to read and write its memory.
struct Opened(OwnedHandle);

impl Opened {
    fn of(pid: u32) -> Result<Self, MemoryError> {
        // SAFETY: takes integers and gives a handle that is ours.
        let handle = unsafe { OpenProcess(RIGHTS, 0, pid) };
        if handle.is_null() {
            return Err(match last_error() {
                ERROR_INVALID_PARAMETER => MemoryError::Gone,
                _ => MemoryError::Refused("Windows does not open the process"),
            });
        }
        // SAFETY: the system has just given this handle to us, and nobody else has it.
        Ok(Self(unsafe { OwnedHandle::from_raw_handle(handle) }))
    }

    /// The stretch of equal pages around `address`, and whether it is private, readable and writable.
    fn region(&self, address: usize) -> Option<(Range<usize>, bool)> {
        let mut info = MEMORY_BASIC_INFORMATION::default();
        let size = size_of::<MEMORY_BASIC_INFORMATION>();
        let (process, at) = (self.0.as_raw_handle(), address as *const _);
        // SAFETY: the call writes into `info`, whose size it is told.
        let written = unsafe { VirtualQueryEx(process, at, &raw mut info, size) };
        if written == 0 {
            return None;
        }
        let is_open = info.Protect & (PAGE_READWRITE | PAGE_EXECUTE_READWRITE) != 0
            && info.Protect & PAGE_GUARD == 0;
        let holds = info.State == MEM_COMMIT && info.Type == MEM_PRIVATE && is_open;
        let start = info.BaseAddress as usize;
        Some((start..start.saturating_add(info.RegionSize), holds))
    }
}

pub(super) fn read(
    pid: u32,
    ranges: &[Range<usize>],
    into: &mut [u8],
) -> Result<usize, MemoryError> {
    let process = Opened::of(pid)?;
    let mut done = 0;
    for range in ranges {
        let Some(part) = into.get_mut(done..done + range.len()) else {
            break;
        };
        let (from, to) = (range.start as *const _, part.as_mut_ptr().cast());
        let mut copied = 0;
        // SAFETY: `part` is as long as the call is told, and is ours alone while it writes there.
        let ok = unsafe {
            let handle = process.0.as_raw_handle();
            ReadProcessMemory(handle, from, to, part.len(), &raw mut copied)
        };
        match outcome(ok) {
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
            Ok(()) => done += part.len(),
        }
    }
    Ok(done)
}

pub(super) fn write(pid: u32, address: usize, bytes: &[u8]) -> Result<(), MemoryError> {
    let process = Opened::of(pid)?;
    let mut written = 0;
    // SAFETY: the call reads as many bytes of `bytes` as there are.
    outcome(unsafe {
        let (handle, to) = (process.0.as_raw_handle(), address as *const _);
        let from = bytes.as_ptr().cast();
        WriteProcessMemory(handle, to, from, bytes.len(), &raw mut written)
    })
}

pub(super) fn mappings(pid: u32) -> Result<Vec<Range<usize>>, MemoryError> {
    let process = Opened::of(pid)?;
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut at = 0;
    while let Some((range, holds)) = process.region(at) {
        at = range.end;
        match found.last_mut() {
            _ if !holds => {}
            Some(last) if last.end == range.start => last.end = range.end,
            _ => found.push(range),
        }
    }
    Ok(found)
}

pub(super) fn mapping_at(pid: u32, address: usize) -> Option<Range<usize>> {
    let all = mappings(pid).ok()?;
    all.into_iter().find(|range| range.contains(&address))
}

fn outcome(ok: i32) -> Result<(), MemoryError> {
    match (ok, last_error()) {
        (1.., _) => Ok(()),
        (_, ERROR_PARTIAL_COPY | ERROR_NOACCESS | ERROR_INVALID_ADDRESS) => {
            Err(MemoryError::Unmapped)
        }
        _ => Err(MemoryError::Other("Windows does not copy the memory")),
    }
}

fn last_error() -> u32 {
    // SAFETY: takes nothing and gives an integer of this thread.
    unsafe { GetLastError() }
}
