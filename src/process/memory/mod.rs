//! Memory of other processes. The system copies, so a mapping that vanishes gives an error, never a
//! fault; who may read is the system's decision, and a refusal only means that what relies on it is not
//! for this host.

use std::ops::Range;

#[cfg(target_os = "linux")]
#[path = "linux.rs"]
mod system;
#[cfg(target_os = "macos")]
#[path = "macos.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
#[path = "none.rs"]
mod system;

/// Why memory of another process was not read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MemoryError {
    /// The system does not let us; the text says how.
    #[error("{0}")]
    Refused(&'static str),
    /// There is no such process.
    #[error("the process is gone")]
    Gone,
    /// Some of the range is not mapped.
    #[error("it is not mapped")]
    Unmapped,
    /// Anything else.
    #[error("{0}")]
    Other(&'static str),
}

/// Memory of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessMemory {
    pid: u32,
}

impl ProcessMemory {
    /// Of the process with this id, which need not exist.
    pub fn of(pid: u32) -> Self {
        Self { pid }
    }

    /// Fills `into` from `address`.
    ///
    /// # Errors
    /// [`MemoryError`]; [`MemoryError::Unmapped`] when any of the range is not mapped.
    pub fn read(self, address: usize, into: &mut [u8]) -> Result<(), MemoryError> {
        let range = address..address.saturating_add(into.len());
        match self.read_ranges(std::slice::from_ref(&range), into)? {
            read if read == into.len() => Ok(()),
            _ => Err(MemoryError::Unmapped),
        }
    }

    /// Fills `into` with some ranges of memory, one after the other, and gives the bytes read: fewer
    /// than asked for when a range is not mapped, and no range behind it is read. At most
    /// [`MOST_RANGES`], which all together are as long as `into`.
    ///
    /// # Errors
    /// As [`Self::read`], when nothing was read.
    pub fn read_ranges(
        self,
        ranges: &[Range<usize>],
        into: &mut [u8],
    ) -> Result<usize, MemoryError> {
        system::read(self.pid, ranges, into)
    }

    /// Puts `bytes` at `address`.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn write(self, address: usize, bytes: &[u8]) -> Result<(), MemoryError> {
        system::write(self.pid, address, bytes)
    }

    /// Its private, writable mappings of no file, in order.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn mappings(self) -> Result<Vec<Range<usize>>, MemoryError> {
        system::mappings(self.pid)
    }

    /// The one such mapping that holds all of `range`, if there is one.
    pub fn mapping_around(self, range: &Range<usize>) -> Option<Range<usize>> {
        let found = system::mapping_at(self.pid, range.start)?;
        (found.contains(&range.start) && range.end <= found.end).then_some(found)
    }
}

/// Ranges that [`ProcessMemory::read_ranges`] takes at once: the limit of Linux.
pub const MOST_RANGES: usize = 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_memory_reads_and_a_hole_does_not() {
        let secret = vec![7u8; 10_000];
        let own = ProcessMemory::of(std::process::id());
        let mut copy = vec![0; secret.len()];
        own.read(secret.as_ptr() as usize, &mut copy).unwrap();
        assert_eq!(copy, secret);
        assert_eq!(own.read(16, &mut copy), Err(MemoryError::Unmapped));
        assert_eq!(
            ProcessMemory::of(u32::MAX >> 1).read(16, &mut copy),
            Err(MemoryError::Gone)
        );
    }

    #[test]
    fn ranges_are_read_up_to_the_first_that_is_not_mapped() {
        let bytes: Vec<u8> = (0..=255).collect();
        let at = bytes.as_ptr() as usize;
        let own = ProcessMemory::of(std::process::id());
        let mut into = [0; 6];
        let whole = own.read_ranges(&[at + 7..at + 9, at + 100..at + 104], &mut into);
        assert_eq!((whole, into), (Ok(6), [7, 8, 100, 101, 102, 103]));
        let hole = own.read_ranges(&[at + 7..at + 9, 16..20], &mut into);
        assert_eq!(hole, Ok(2));
    }

    #[test]
    fn what_is_written_is_there() {
        let bytes = vec![1u8; 16];
        let own = ProcessMemory::of(std::process::id());
        own.write(bytes.as_ptr() as usize + 4, &[9, 8]).unwrap();
        assert_eq!(std::hint::black_box(&bytes)[3..7], [1, 9, 8, 1]);
        assert_eq!(own.write(16, &[1]), Err(MemoryError::Unmapped));
    }

    #[test]
    fn a_large_buffer_lies_in_one_mapping() {
        let secret = vec![7u8; 64 << 20];
        let range = secret.as_ptr() as usize..secret.as_ptr() as usize + secret.len();
        let own = ProcessMemory::of(std::process::id());
        let around = own.mapping_around(&range).unwrap();
        assert!(around.start <= range.start && range.end <= around.end);
        assert!(own.mappings().unwrap().contains(&around));
        assert_eq!(own.mapping_around(&(range.start..usize::MAX)), None);
        assert_eq!(own.mapping_around(&(16..17)), None);
    }
}
