//! Pipes by name: who knows the name opens it like a file, and a child may also inherit an end that was
//! opened for it. Only this user can open one, and only once; no other machine can.

use std::ffi::c_void;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::windows::io::AsRawHandle;

use tokio::net::windows::named_pipe::ServerOptions;
use windows_sys::Win32::Foundation::{
    HANDLE, HANDLE_FLAG_INHERIT, LocalFree, SetHandleInformation,
};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{PSECURITY_DESCRIPTOR, SECURITY_ATTRIBUTES};

use super::our_end::OurEnd;

/// Bytes that fit into a pipe before its writer waits.
const PIPE_BYTES: u32 = 1 << 18;
/// All rights for the owner, none for others, nothing from above, as a text that Windows reads.
const OWNER_ALONE: &str = "D:P(A;;GA;;;OW)\0";
/// Random bytes of a name.
const NAME_BYTES: usize = 16;

/// Our end of a pipe that a child writes into.
pub type PipeReader = super::our_end::OurEnd;
/// Our end of a pipe that a child reads from.
pub type PipeWriter = super::our_end::OurEnd;

/// A child's end of a pipe, for `ChildSpec::pipes`.
#[derive(Debug)]
pub struct ChildEnd {
    name: String,
    reads: bool,
    /// Open only when the child inherits it.
    end: Option<File>,
}

impl ChildEnd {
    /// What ffmpeg opens to have this end.
    pub fn address(&self) -> String {
        self.name.clone()
    }

    /// Has the child inherit this end, under the number returned: the value of its handle.
    ///
    /// # Errors
    /// Of the operating system.
    pub fn inherit(&mut self) -> io::Result<u64> {
        let end = self.open()?;
        let number = end.as_raw_handle() as usize as u64;
        self.end = Some(end);
        Ok(number)
    }

    /// Whether the child inherits it.
    pub(in crate::process) fn is_open(&self) -> bool {
        self.end.is_some()
    }

    /// Closes this end if the child never opened it: our end then ends, as if it had.
    pub(in crate::process) fn close(self) {
        // Fails when the child has opened it; then it is closed with the child.
        drop(self.open());
    }

    /// Whether children that are started now inherit this end.
    pub(in crate::process) fn set_inherited(&self, is_inherited: bool) -> io::Result<()> {
        let Some(end) = &self.end else { return Ok(()) };
        let flags = if is_inherited { HANDLE_FLAG_INHERIT } else { 0 };
        // SAFETY: the handle is that of an open file, and the call changes a flag of it.
        match unsafe { SetHandleInformation(end.as_raw_handle(), HANDLE_FLAG_INHERIT, flags) } {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// The end itself, for a test that plays the child.
    #[cfg(test)]
    pub(crate) fn into_file(self) -> File {
        self.open().unwrap()
    }

    fn open(&self) -> io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(self.reads).write(!self.reads).open(&self.name)
    }
}

/// A pipe into which a child writes. The `number` is not used here.
///
/// # Errors
/// Of the operating system.
pub fn from_child(number: i32) -> io::Result<(PipeReader, ChildEnd)> {
    pipe(number, false)
}

/// A pipe from which a child reads. The `number` is not used here.
///
/// # Errors
/// Of the operating system.
pub fn to_child(number: i32) -> io::Result<(PipeWriter, ChildEnd)> {
    pipe(number, true)
}

/// Pipes have their size from the start here.
pub fn widen<T>(_pipe: &T) {}

fn pipe(_number: i32, reads: bool) -> io::Result<(OurEnd, ChildEnd)> {
    let name = unused_name()?;
    let owner_alone = OwnerAlone::new()?;
    let mut attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: owner_alone.0,
        bInheritHandle: 0,
    };
    let mut options = ServerOptions::new();
    options
        .first_pipe_instance(true)
        .max_instances(1)
        .reject_remote_clients(true)
        .access_inbound(!reads)
        .access_outbound(reads)
        .in_buffer_size(PIPE_BYTES)
        .out_buffer_size(PIPE_BYTES);
    let raw = (&raw mut attributes).cast::<c_void>();
    // SAFETY: the pointer is to attributes whose descriptor lives until the call has returned.
    let server = unsafe { options.create_with_security_attributes_raw(&name, raw) }?;
    let end = None;
    Ok((OurEnd::of(server), ChildEnd { name, reads, end }))
}

fn unused_name() -> io::Result<String> {
    let mut random = [0; NAME_BYTES];
    getrandom::fill(&mut random).map_err(io::Error::other)?;
    let mut name = format!(r"\\.\pipe\hyperframes-{}-", std::process::id());
    for byte in random {
        // A string takes all that is written into it.
        let _ = write!(name, "{byte:02x}");
    }
    Ok(name)
}

/// A description of rights that the system allocated.
struct OwnerAlone(PSECURITY_DESCRIPTOR);

impl OwnerAlone {
    fn new() -> io::Result<Self> {
        let text: Vec<u16> = OWNER_ALONE.encode_utf16().collect();
        let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
        // SAFETY: the text ends with 0; the call writes one pointer to where it is told.
        let ok = unsafe {
            ConvertStringSecurityDescriptorToSecurityDescriptorW(
                text.as_ptr(),
                SDDL_REVISION_1,
                &raw mut descriptor,
                std::ptr::null_mut(),
            )
        };
        match ok {
            0 => Err(io::Error::last_os_error()),
            _ => Ok(Self(descriptor)),
        }
    }
}

impl Drop for OwnerAlone {
    fn drop(&mut self) {
        // SAFETY: the system allocated it for this struct, which gives it back once.
        unsafe { LocalFree(self.0 as HANDLE) };
    }
}
