//! Buffers of pages, into which pictures are written directly. A picture that goes through a
//! connection is copied seven times on its way, by four threads of Chrome. The page marks its buffer
//! at both ends with random bytes and says which; it is looked for once in the memory of Chrome's
//! renderers, and the marks are looked at before each answer. Whatever is not as expected means that
//! the answer goes through the connection.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Mutex;

use crate::process::{MOST_RANGES, MemoryError, ProcessMemory, descendants, has_argument};
use crate::sync::IgnorePoison;

/// Bytes of a mark; the page's script knows the same number.
pub(super) const MARK: usize = 32;
/// Smaller answers are not worth it.
pub(super) const LEAST_BYTES: usize = 256 << 10;
/// A buffer of a page begins with a page of memory, as Chrome maps large ones by themselves.
const PAGE: usize = 4096;
/// How Chrome marks the processes of its pages.
const RENDERER: &str = "--type=renderer";
/// A mapping larger than this is an address space that is kept free, not memory.
const LARGEST_MAPPING: usize = 512 << 20;
/// Pages of memory of one renderer that are looked at; a page may reserve any number.
const MOST_PAGES: usize = 1 << 20;
/// Buffers that may be looked for in vain, until none is looked for any more.
const MOST_MISSES: u32 = 3;

/// A buffer as its page describes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageBuffer {
    pub mark: [u8; MARK],
    /// Bytes between its marks.
    pub room: usize,
}

impl PageBuffer {
    /// Parses the mark in hexadecimal digits, a colon and the room.
    pub fn parse(text: &str) -> Option<Self> {
        let (digits, room) = text.split_once(':')?;
        let mut mark = [0; MARK];
        if digits.len() != 2 * MARK || !digits.is_ascii() {
            return None;
        }
        for (at, byte) in mark.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&digits[2 * at..2 * at + 2], 16).ok()?;
        }
        let room = room.parse().ok()?;
        (room <= LARGEST_MAPPING - 2 * MARK).then_some(Self { mark, room })
    }
}

/// Where a buffer is: its first mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    memory: ProcessMemory,
    address: usize,
}

impl Place {
    /// Writes `bytes` behind the first mark and `offset` bytes, if `buffer` is still there.
    ///
    /// # Errors
    /// [`MemoryError`]; [`MemoryError::Unmapped`] also when the buffer is gone.
    pub fn write(
        self,
        buffer: &PageBuffer,
        offset: usize,
        bytes: &[u8],
    ) -> Result<(), MemoryError> {
        if offset + bytes.len() > buffer.room || !self.holds(buffer) {
            return Err(MemoryError::Unmapped);
        }
        self.memory.write(self.address + MARK + offset, bytes)
    }

    /// Whether both marks are there.
    fn holds(self, buffer: &PageBuffer) -> bool {
        let mut marks = [0; 2 * MARK];
        let ranges = [self.address, self.address + MARK + buffer.room].map(mark_at);
        let read = self.memory.read_ranges(&ranges, &mut marks);
        read == Ok(marks.len()) && marks.chunks(MARK).all(|mark| mark == buffer.mark)
    }
}

fn mark_at(address: usize) -> Range<usize> {
    address..address + MARK
}

/// The buffers of all pages of a job.
#[derive(Debug, Default)]
pub(super) struct PageMemory {
    found: Mutex<Found>,
}

#[derive(Debug, Default)]
struct Found {
    places: HashMap<[u8; MARK], Place>,
    misses: u32,
}

impl PageMemory {
    /// Where `buffer` is; `None` when it cannot be written to. Blocks for some milliseconds when it
    /// is asked for the first time.
    pub fn place(&self, buffer: &PageBuffer) -> Option<Place> {
        let known = {
            let found = self.found.lock().ignore_poison();
            match found.places.get(&buffer.mark) {
                Some(place) => Some(*place),
                None if found.misses >= MOST_MISSES => return None,
                None => None,
            }
        };
        let place = match known {
            Some(place) if place.holds(buffer) => return Some(place),
            Some(_) => None,
            None => search(buffer),
        };
        let mut found = self.found.lock().ignore_poison();
        match place {
            Some(place) => drop(found.places.insert(buffer.mark, place)),
            None => {
                found.places.remove(&buffer.mark);
                found.misses += 1;
            }
        }
        place
    }
}

fn search(buffer: &PageBuffer) -> Option<Place> {
    let children = descendants(std::process::id()).into_iter();
    let renderers = children.filter(|pid| has_argument(*pid, RENDERER));
    let mut places = renderers.flat_map(|pid| search_in(pid, buffer));
    // Two places would be a copy; which one the page reads is not known.
    places.next().filter(|_| places.next().is_none())
}

fn search_in(pid: u32, buffer: &PageBuffer) -> Vec<Place> {
    let memory = ProcessMemory::of(pid);
    let whole = buffer.room + 2 * MARK;
    let fits = |range: &Range<usize>| (whole..=LARGEST_MAPPING).contains(&range.len());
    let ranges = memory
        .mappings()
        .unwrap_or_default()
        .into_iter()
        .filter(fits);
    let addresses = ranges.flat_map(|range| (range.start..=range.end - whole).step_by(PAGE));
    let addresses: Vec<usize> = addresses.take(MOST_PAGES).collect();
    let mut heads = vec![0; MOST_RANGES * MARK];
    let mut places = Vec::new();
    for pages in addresses.chunks(MOST_RANGES) {
        let ranges: Vec<_> = pages.iter().copied().map(mark_at).collect();
        let into = &mut heads[..pages.len() * MARK];
        let read = memory.read_ranges(&ranges, into).unwrap_or(0);
        for (address, head) in pages.iter().zip(heads[..read].chunks_exact(MARK)) {
            let address = *address;
            let place = Place { memory, address };
            if head == buffer.mark && place.holds(buffer) {
                places.push(place);
            }
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: usize = 2 << 20;

    /// Memory of our own on pages of its own, and what a page would say of it.
    fn marked(seed: u8) -> (Vec<u8>, usize, PageBuffer) {
        let mut memory = vec![0; ROOM + 2 * MARK + PAGE];
        let from = memory.as_ptr().align_offset(PAGE);
        let mark = std::array::from_fn(|at| seed.wrapping_mul(31) ^ at as u8);
        memory[from..from + MARK].copy_from_slice(&mark);
        memory[from + MARK + ROOM..][..MARK].copy_from_slice(&mark);
        (memory, from, PageBuffer { mark, room: ROOM })
    }

    #[test]
    fn a_marked_buffer_is_found_and_written_to() {
        let (memory, from, buffer) = marked(3);
        let places = search_in(std::process::id(), &buffer);
        let [place] = places[..] else {
            panic!("{places:?}")
        };
        assert_eq!(place.address, memory.as_ptr() as usize + from);
        place.write(&buffer, 5, &[7; 3]).unwrap();
        assert!(place.write(&buffer, ROOM - 2, &[7; 3]).is_err());
        assert!(place.holds(&buffer));
        let written = std::hint::black_box(&memory);
        assert_eq!(written[from + MARK + 4..][..5], [0, 7, 7, 7, 0]);
    }

    #[test]
    fn a_buffer_that_lost_a_mark_is_not_written_to() {
        let (mut memory, from, buffer) = marked(5);
        let place = search_in(std::process::id(), &buffer)[0];
        let pages = PageMemory::default();
        let known = Some(place);
        pages
            .found
            .lock()
            .unwrap()
            .places
            .insert(buffer.mark, place);
        assert_eq!(pages.place(&buffer), known);
        memory[from + MARK + ROOM] ^= 1;
        std::hint::black_box(&memory);
        assert_eq!(pages.place(&buffer), None);
        assert!(pages.found.lock().unwrap().places.is_empty());
        // Ours is no renderer, so that nothing is found; a few times are enough.
        for _ in 0..MOST_MISSES {
            assert_eq!(pages.place(&buffer), None);
        }
        assert_eq!(pages.found.lock().unwrap().misses, MOST_MISSES);
    }

    #[test]
    fn what_a_page_says_is_read() {
        let text = format!("{}:1000", "0a".repeat(MARK));
        let buffer = PageBuffer::parse(&text).unwrap();
        assert_eq!((buffer.mark, buffer.room), ([10; MARK], 1000));
        for bad in ["", ":1", "0a:1", &format!("{}:x", "0a".repeat(MARK))] {
            assert_eq!(PageBuffer::parse(bad), None, "{bad}");
        }
        assert_eq!(PageBuffer::parse(&format!("{}:1", "é".repeat(MARK))), None);
        for room in [LARGEST_MAPPING, usize::MAX - 63] {
            let text = format!("{}:{room}", "0a".repeat(MARK));
            assert_eq!(PageBuffer::parse(&text), None, "larger than any buffer");
        }
    }
}
