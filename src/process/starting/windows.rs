//! Starting a child that stands still until it is in its job.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};

use tokio::process::{Child, Command};
use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, TH32CS_SNAPTHREAD, THREADENTRY32, Thread32First, Thread32Next,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_SUSPENDED, OpenThread, ResumeThread, THREAD_SUSPEND_RESUME,
};

use crate::process::live_group::LiveGroup;
use crate::process::pipe::ChildEnd;

/// A command and the pipes of its child.
#[derive(Debug)]
pub(in crate::process) struct Starting {
    command: Command,
    pipes: Vec<ChildEnd>,
}

impl Starting {
    /// Nothing is started yet.
    ///
    /// # Errors
    /// None here; another system checks the numbers of the pipes.
    pub fn new(mut command: Command, pipes: Vec<ChildEnd>) -> io::Result<Self> {
        command.creation_flags(CREATE_SUSPENDED | CREATE_NO_WINDOW);
        Ok(Self { command, pipes })
    }

    /// Starts it.
    ///
    /// # Errors
    /// Of the operating system. No process is left then.
    pub fn start(self) -> io::Result<(Child, LiveGroup)> {
        let Self { mut command, pipes } = self;
        let child = {
            let _ends = Inherited::start(&pipes)?;
            command.spawn()?
        };
        // Our copies are closed, so that a pipe ends when the child's own end is closed.
        let pipes = pipes.into_iter().filter(|end| !end.is_open()).collect();
        let group = LiveGroup::led_by(&child, pipes)?;
        // A child that is dropped is killed, as the command says.
        resume(child.id().unwrap_or(0))?;
        Ok((child, group))
    }
}

/// Ends that children inherit until this is dropped. Children are started one after the other, so no
/// other one of ours gets them; one that Node starts in between might.
struct Inherited<'a>(&'a [ChildEnd]);

impl<'a> Inherited<'a> {
    fn start(pipes: &'a [ChildEnd]) -> io::Result<Self> {
        let these = Self(pipes);
        pipes.iter().try_for_each(|end| end.set_inherited(true))?;
        Ok(these)
    }
}

impl Drop for Inherited<'_> {
    fn drop(&mut self) {
        for end in self.0 {
            // It is closed right after.
            let _ = end.set_inherited(false);
        }
    }
}

/// Has the threads of a process run; a new process has one.
fn resume(pid: u32) -> io::Result<()> {
    // SAFETY: takes two integers and gives a handle that is ours.
    let threads = owned(unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0) })?;
    let mut entry = THREADENTRY32 {
        dwSize: size_of::<THREADENTRY32>() as u32,
        ..THREADENTRY32::default()
    };
    let mut resumed = 0;
    // SAFETY: the handle is that of a list of threads, and the call fills an entry of the size it names.
    let mut more = unsafe { Thread32First(threads.as_raw_handle(), &raw mut entry) };
    while more != 0 {
        if entry.th32OwnerProcessID == pid {
            // SAFETY: takes integers and gives a handle that is ours.
            let thread = unsafe { OpenThread(THREAD_SUSPEND_RESUME, 0, entry.th32ThreadID) };
            let thread = owned(thread)?;
            // SAFETY: the handle is that of a thread, with the right that the call needs.
            if unsafe { ResumeThread(thread.as_raw_handle()) } == u32::MAX {
                return Err(io::Error::last_os_error());
            }
            resumed += 1;
        }
        // SAFETY: as with the first one.
        more = unsafe { Thread32Next(threads.as_raw_handle(), &raw mut entry) };
    }
    match resumed {
        0 => Err(io::Error::other("the new process has no thread")),
        _ => Ok(()),
    }
}

fn owned(handle: windows_sys::Win32::Foundation::HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the system has just given this handle to us, and nobody else has it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}
