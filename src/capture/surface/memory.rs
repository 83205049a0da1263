//! Another process's memory, read only. The kernel copies (`process_vm_readv`), so a mapping
//! that vanishes gives an error, never a fault; who may read is the kernel's decision (same
//! user, Yama, seccomp), and a refusal only means that this lane is not for this host.

use std::fs::File;
use std::io::IoSliceMut;
use std::ops::Range;
use std::os::fd::AsRawFd;

use nix::errno::Errno;
use nix::sys::uio::{RemoteIoVec, process_vm_readv};
use nix::unistd::Pid;

/// A private, readable and writable, anonymous mapping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::capture) struct Mapping {
    pub range: Range<usize>,
}

/// Memory of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::capture) struct ProcessMemory {
    pid: u32,
}

impl ProcessMemory {
    pub fn of(pid: u32) -> Self {
        Self { pid }
    }

    /// Fills `into` from `address`.
    ///
    /// # Errors
    /// `EPERM`/`ENOSYS` when refused, `ESRCH` when the process is gone, `EFAULT` when any of the
    /// range is not mapped.
    pub fn read(self, address: usize, into: &mut [u8]) -> Result<(), Errno> {
        let len = into.len();
        let remote = [RemoteIoVec { base: address, len }];
        let pid = Pid::from_raw(self.pid.cast_signed());
        match process_vm_readv(pid, &mut [IoSliceMut::new(into)], &remote)? {
            read if read == len => Ok(()),
            _ => Err(Errno::EFAULT),
        }
    }

    /// Mappings that can hold a compositor surface.
    ///
    /// # Errors
    /// When `/proc` does not show them.
    pub fn mappings(self) -> std::io::Result<Vec<Mapping>> {
        let text = std::fs::read_to_string(self.maps_path())?;
        Ok(text.lines().filter_map(parse).collect())
    }

    /// The one mapping around `range` that can hold a compositor surface, if there is one.
    pub fn mapping_around(self, range: &Range<usize>) -> Option<Mapping> {
        let found = match self.ask(range.start) {
            Ok(found) => found,
            // Kernels before Linux 6.11 do not answer.
            Err(_) => self.search(range.start),
        };
        found.filter(|mapping| range.end <= mapping.range.end)
    }

    /// The mapping at `address`, by one question to the kernel.
    fn ask(self, address: usize) -> Result<Option<Mapping>, Errno> {
        let maps = File::open(self.maps_path()).map_err(|_| Errno::ESRCH)?;
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
        Ok(holds.then_some(Mapping {
            range: query.start as usize..query.end as usize,
        }))
    }

    /// The same by reading all of them.
    fn search(self, address: usize) -> Option<Mapping> {
        let mut mappings = self.mappings().ok()?.into_iter();
        mappings.find(|mapping| mapping.range.contains(&address))
    }

    fn maps_path(self) -> String {
        format!("/proc/{}/maps", self.pid)
    }

    /// True for Chrome's GPU process, which composites.
    pub fn is_gpu_process(self) -> bool {
        std::fs::read(format!("/proc/{}/cmdline", self.pid))
            .is_ok_and(|line| memchr::memmem::find(&line, b"--type=gpu-process").is_some())
    }
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
fn parse(line: &str) -> Option<Mapping> {
    let mut fields = line.split_ascii_whitespace();
    let (start, end) = fields.next()?.split_once('-')?;
    let flags = fields.next()?;
    let inode = fields.nth(2)?;
    if flags != "rw-p" || inode != "0" {
        return None;
    }
    let hex = |text| usize::from_str_radix(text, 16).ok();
    Some(Mapping {
        range: hex(start)?..hex(end)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_private_anonymous_writable_mappings_count() {
        assert_eq!(
            parse("7f5000-7f6000 rw-p 00000000 00:00 0    [heap]"),
            Some(Mapping {
                range: 0x7f5000..0x7f6000
            })
        );
        assert_eq!(parse("7f5000-7f6000 r--p 00000000 00:00 0"), None);
        assert_eq!(parse("7f5000-7f6000 rw-s 00000000 00:00 0"), None);
        assert_eq!(
            parse("7f5000-7f6000 rw-p 00000000 08:01 77 /lib/x.so"),
            None
        );
    }

    #[test]
    fn our_own_memory_reads_and_a_hole_does_not() {
        let secret = vec![7u8; 10_000];
        let own = ProcessMemory::of(std::process::id());
        let mut copy = vec![0; secret.len()];
        own.read(secret.as_ptr() as usize, &mut copy).unwrap();
        assert_eq!(copy, secret);
        assert_eq!(own.read(16, &mut copy), Err(Errno::EFAULT));
        assert_eq!(
            ProcessMemory::of(u32::MAX >> 1).read(16, &mut copy),
            Err(Errno::ESRCH)
        );
    }

    #[test]
    fn the_kernels_answer_is_what_the_list_says() {
        let secret = vec![7u8; 64 << 20];
        let address = secret.as_ptr() as usize;
        let range = address..address + secret.len();
        let own = ProcessMemory::of(std::process::id());
        let asked = own.ask(address).unwrap();
        assert!(asked.as_ref().is_some_and(|it| it.range.contains(&address)));
        assert_eq!(own.search(address), asked);
        assert_eq!(own.mapping_around(&range), asked);
        assert_eq!(own.mapping_around(&(address..usize::MAX)), None);
        // A hole, and code, which is mapped from a file.
        for odd in [16, parse as *const () as usize] {
            assert_eq!(own.ask(odd), Ok(None));
            assert_eq!(own.search(odd), None);
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
            assert_eq!(refused.join().unwrap(), Err(errno));
        }
    }

    const READER: &str = "capture::surface::memory::tests::reads_its_parent";

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
        assert!(text.contains("outcome: Err(EPERM)"), "{text}");
    }
}
