//! Memory of other processes by `process_vm_readv` and `/proc`: same user, Yama and seccomp decide.

use std::fs::File;
use std::io::{IoSlice, IoSliceMut};
use std::ops::Range;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv, process_vm_writev};
use nix::unistd::Pid;

use super::MemoryError;

impl From<Errno> for MemoryError {
    fn from(errno: Errno) -> Self {
        match errno {
            Errno::EPERM | Errno::ENOSYS | Errno::EACCES => Self::Refused(errno.desc()),
            Errno::ESRCH => Self::Gone,
            Errno::EFAULT => Self::Unmapped,
            other => Self::Other(other.desc()),
        }
    }
}

pub(super) fn read(
    pid: u32,
    ranges: &[Range<usize>],
    into: &mut [u8],
) -> Result<usize, MemoryError> {
    let remote = |range: &Range<usize>| RemoteIoVec {
        base: range.start,
        len: range.len(),
    };
    let remote: Vec<_> = ranges.iter().map(remote).collect();
    let into = &mut [IoSliceMut::new(into)];
    Ok(process_vm_readv(id(pid), into, &remote)?)
}

pub(super) fn write(pid: u32, address: usize, bytes: &[u8]) -> Result<(), MemoryError> {
    let remote = RemoteIoVec {
        base: address,
        len: bytes.len(),
    };
    match process_vm_writev(id(pid), &[IoSlice::new(bytes)], &[remote])? {
        written if written == bytes.len() => Ok(()),
        _ => Err(MemoryError::Unmapped),
    }
}

pub(super) fn mappings(pid: u32) -> Result<Vec<Range<usize>>, MemoryError> {
    let text = std::fs::read_to_string(maps(pid))
        .map_err(|error| Errno::from_raw(error.raw_os_error().unwrap_or(0)))?;
    Ok(text.lines().filter_map(parse).collect())
}

pub(super) fn mapping_at(pid: u32, address: usize) -> Option<Range<usize>> {
    match ask(pid, address) {
        Ok(found) => found,
        // Kernels before Linux 6.11 do not answer.
        Err(_) => search(pid, address),
    }
}

/// The mapping at `address`, by one question to the kernel.
fn ask(pid: u32, address: usize) -> Result<Option<Range<usize>>, Errno> {
    let maps = File::open(maps(pid)).map_err(|_| Errno::ESRCH)?;
    let mut query = MapQuery {
        size: size_of::<MapQuery>() as u64,
        address: address as u64,
        ..MapQuery::default()
    };
    // SAFETY: `query` is the structure that this request takes, with its size, and asks for no
    // text to be written anywhere.
    match unsafe { query_map(maps.as_raw_fd(), &raw mut query) } {
        Ok(_) => {}
        Err(Errno::ENOENT) => return Ok(None),
        Err(errno) => return Err(errno),
    }
    let protection = query.protection & (READABLE | WRITABLE | SHARED);
    let holds = protection == READABLE | WRITABLE && query.inode == 0;
    Ok(holds.then_some(query.start as usize..query.end as usize))
}

/// The same by reading all of them.
fn search(pid: u32, address: usize) -> Option<Range<usize>> {
    let mut mappings = mappings(pid).ok()?.into_iter();
    mappings.find(|mapping| mapping.contains(&address))
}

fn maps(pid: u32) -> String {
    format!("/proc/{pid}/maps")
}

fn id(pid: u32) -> Pid {
    Pid::from_raw(pid.cast_signed())
}

/// `struct procmap_query` of the kernel's `linux/fs.h`.
#[repr(C)]
#[derive(Default)]
struct MapQuery {
    size: u64,
    flags: u64,
    address: u64,
    start: u64,
    end: u64,
    /// `WRITABLE` and others.
    protection: u64,
    page_size: u64,
    offset: u64,
    inode: u64,
    device: [u32; 2],
    name_size: u32,
    build_id_size: u32,
    name: u64,
    build_id: u64,
}

const READABLE: u64 = 1;
const WRITABLE: u64 = 2;
const SHARED: u64 = 8;

nix::ioctl_readwrite!(query_map, b'f', 17, MapQuery);

/// `7f00-7f01 rw-p 00000000 00:00 0   [heap]`
fn parse(line: &str) -> Option<Range<usize>> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let flags = fields.next()?;
    let inode = fields.nth(2)?;
    if flags != "rw-p" || inode != "0" {
        return None;
    }
    let hex = |text| usize::from_str_radix(text, 16).ok();
    Some(hex(start)?..hex(end)?)
}

#[cfg(test)]
mod tests {
    use super::super::ProcessMemory;
    use super::*;

    #[test]
    fn only_private_anonymous_writable_mappings_count() {
        assert_eq!(
            parse("7f5000-7f6000 rw-p 00000000 00:00 0    [heap]"),
            Some(0x7f5000..0x7f6000)
        );
        assert_eq!(parse("7f5000-7f6000 r--p 00000000 00:00 0"), None);
        assert_eq!(parse("7f5000-7f6000 rw-s 00000000 00:00 0"), None);
        assert_eq!(
            parse("7f5000-7f6000 rw-p 00000000 08:01 77 /lib/x.so"),
            None
        );
    }

    #[test]
    fn the_kernels_answer_is_what_the_list_says() {
        let secret = vec![7u8; 64 << 20];
        let address = secret.as_ptr() as usize;
        let own = std::process::id();
        let asked = ask(own, address).unwrap();
        assert!(asked.as_ref().is_some_and(|it| it.contains(&address)));
        assert_eq!(search(own, address), asked);
        // A hole, and code, which is mapped from a file.
        for odd in [16, parse as *const () as usize] {
            assert_eq!(ask(own, odd), Ok(None));
            assert_eq!(search(own, odd), None);
        }
    }

    /// Makes `process_vm_readv` fail on this thread, as a container's seccomp profile does.
    fn refuse_reading(errno: Errno) {
        use seccompiler::{SeccompAction, SeccompFilter, TargetArch};
        let rules = [(nix::libc::SYS_process_vm_readv, vec![])].into();
        let arch = TargetArch::try_from(std::env::consts::ARCH).unwrap();
        let refuse = SeccompAction::Errno(errno as u32);
        let filter = SeccompFilter::new(rules, SeccompAction::Allow, refuse, arch).unwrap();
        let program: seccompiler::BpfProgram = filter.try_into().unwrap();
        seccompiler::apply_filter(&program).unwrap();
    }

    #[test]
    fn a_filter_that_forbids_reading_is_an_error_like_any_other() {
        for errno in [Errno::EPERM, Errno::ENOSYS] {
            let refused = std::thread::spawn(move || {
                refuse_reading(errno);
                ProcessMemory::of(std::process::id()).read(4096, &mut [0; 8])
            });
            let wanted = Err(MemoryError::Refused(errno.desc()));
            assert_eq!(refused.join().unwrap(), wanted);
        }
    }

    const READER: &str = "process::memory::system::tests::reads_its_parent";

    /// Run by the test below in a process of another user; says how reading its parent went.
    #[test]
    #[ignore = "a part of `another_users_memory_is_refused`"]
    fn reads_its_parent() {
        let parent = nix::unistd::getppid().as_raw().cast_unsigned();
        let outcome = ProcessMemory::of(parent).read(4096, &mut [0; 8]);
        println!("outcome: {outcome:?}");
    }

    #[test]
    fn another_users_memory_is_refused() {
        use std::os::unix::process::CommandExt;
        // Somebody else's process: ours, seen by nobody; without the right to become nobody, the
        // first process of the machine, seen by us.
        const NOBODY: u32 = 65_534;
        // Nobody may not look into the build folder.
        let dir = tempfile::tempdir().unwrap();
        let copy = dir.path().join("reader");
        std::fs::copy(std::env::current_exe().unwrap(), &copy).unwrap();
        use std::os::unix::fs::PermissionsExt;
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(dir.path(), open).unwrap();
        let mut reader = std::process::Command::new(&copy);
        reader.args(["--exact", READER, "--ignored", "--nocapture"]);
        let output = reader
            .uid(NOBODY)
            .gid(NOBODY)
            .current_dir("/")
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(text.contains("outcome: Err(Refused("), "{text}");
    }
}
