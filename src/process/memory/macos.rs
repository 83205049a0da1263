//! Memory of other processes by Mach's calls. The system gives a process's port to root and to
//! programs that are signed for it, and for few programs of others; without it all is refused.
//! Written against the headers, and never yet run: nothing asks for it by default.

use std::ops::Range;

use mach2::kern_return::{KERN_INVALID_ADDRESS, KERN_PROTECTION_FAILURE, KERN_SUCCESS};
use mach2::mach_port::mach_port_deallocate;
use mach2::port::{MACH_PORT_NULL, mach_port_t};
use mach2::traps::{mach_task_self, task_for_pid};
use mach2::vm::{mach_vm_read_overwrite, mach_vm_region, mach_vm_write};
use mach2::vm_prot::{VM_PROT_READ, VM_PROT_WRITE};
use mach2::vm_region::{VM_REGION_BASIC_INFO_64, vm_region_basic_info_64};

use super::MemoryError;

/// The right to another process, given back when dropped.
struct Task(mach_port_t);

impl Task {
    fn of(pid: u32) -> Result<Self, MemoryError> {
        let mut port = MACH_PORT_NULL;
        // SAFETY: the call writes the port to where it is told, and nothing else.
        let code = unsafe { task_for_pid(mach_task_self(), pid.cast_signed(), &raw mut port) };
        if code == KERN_SUCCESS {
            return Ok(Self(port));
        }
        match nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid.cast_signed()), None) {
            Err(nix::errno::Errno::ESRCH) => Err(MemoryError::Gone),
            _ => Err(MemoryError::Refused("macOS gives no port of the process")),
        }
    }

    /// The first mapping that ends behind `address`, and whether it is private, readable and
    /// writable.
    fn region(&self, address: u64) -> Option<(Range<usize>, bool)> {
        let (mut at, mut size) = (address, 0);
        let mut info = vm_region_basic_info_64::default();
        let mut count = vm_region_basic_info_64::count();
        let mut object = MACH_PORT_NULL;
        // SAFETY: every pointer is to a variable of the type that this flavour of the call writes,
        // and `count` is the size of `info`.
        let code = unsafe {
            mach_vm_region(
                self.0,
                &raw mut at,
                &raw mut size,
                VM_REGION_BASIC_INFO_64,
                (&raw mut info).cast(),
                &raw mut count,
                &raw mut object,
            )
        };
        let both = VM_PROT_READ | VM_PROT_WRITE;
        let holds = info.protection & both == both && info.shared == 0;
        (code == KERN_SUCCESS).then(|| (at as usize..(at + size) as usize, holds))
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        // SAFETY: the port is this struct's own right, given back once.
        let _ = unsafe { mach_port_deallocate(mach_task_self(), self.0) };
    }
}

pub(super) fn read(
    pid: u32,
    ranges: &[Range<usize>],
    into: &mut [u8],
) -> Result<usize, MemoryError> {
    let task = Task::of(pid)?;
    let mut done = 0;
    for range in ranges {
        let Some(part) = into.get_mut(done..done + range.len()) else {
            break;
        };
        let (address, length) = (range.start as u64, range.len() as u64);
        let mut copied = 0;
        // SAFETY: `part` is as long as the call is told, and is ours alone while it writes there.
        let code = unsafe {
            let to = part.as_mut_ptr() as u64;
            mach_vm_read_overwrite(task.0, address, length, to, &raw mut copied)
        };
        match outcome(code) {
            Err(error) if done == 0 => return Err(error),
            Err(_) => break,
            Ok(()) => done += part.len(),
        }
    }
    Ok(done)
}

pub(super) fn write(pid: u32, address: usize, bytes: &[u8]) -> Result<(), MemoryError> {
    let task = Task::of(pid)?;
    let length = u32::try_from(bytes.len())
        .map_err(|_| MemoryError::Other("more than 4 GiB are written at once"))?;
    // SAFETY: the call reads `length` bytes of `bytes`, which is that long.
    outcome(unsafe { mach_vm_write(task.0, address as u64, bytes.as_ptr() as usize, length) })
}

pub(super) fn mappings(pid: u32) -> Result<Vec<Range<usize>>, MemoryError> {
    let task = Task::of(pid)?;
    let mut found = Vec::new();
    let mut at = 0;
    while let Some((range, holds)) = task.region(at) {
        at = range.end as u64;
        if holds {
            found.push(range);
        }
    }
    Ok(found)
}

pub(super) fn mapping_at(pid: u32, address: usize) -> Option<Range<usize>> {
    let (range, holds) = Task::of(pid).ok()?.region(address as u64)?;
    (holds && range.contains(&address)).then_some(range)
}

fn outcome(code: i32) -> Result<(), MemoryError> {
    match code {
        KERN_SUCCESS => Ok(()),
        KERN_INVALID_ADDRESS | KERN_PROTECTION_FAILURE => Err(MemoryError::Unmapped),
        _ => Err(MemoryError::Other("a Mach call failed")),
    }
}
