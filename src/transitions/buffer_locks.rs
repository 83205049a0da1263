//! Guards buffers of callers: a buffer that a blend still uses may be passed to another blend,
//! which could overwrite it.

use std::ops::Range;
use std::sync::Mutex;

use super::error::BlendError;
use crate::sync::IgnorePoison;

/// Address ranges in use. All blends that may get the same memory share one.
#[derive(Debug, Default)]
pub struct BufferLocks {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    next: u64,
    claims: Vec<(u64, [Range<usize>; 3])>,
}

/// The three frames of one blend, claimed until this is dropped.
#[derive(Debug)]
pub struct BufferLock {
    claims: &'static BufferLocks,
    number: u64,
}

const NAMES: [&str; 3] = ["from", "to", "out"];
const OUT: usize = 2;

impl BufferLocks {
    /// Locks `from`, `to` and `out`, in this order. Frames that are only read may be in use by
    /// several blends.
    ///
    /// # Errors
    /// [`BlendError::Overlap`] when `out` overlaps an input, or anything that another blend uses.
    pub fn claim(&'static self, frames: [&[u8]; 3]) -> Result<BufferLock, BlendError> {
        let ranges = frames.map(|frame| {
            let start = frame.as_ptr() as usize;
            start..start + frame.len()
        });
        for input in [0, 1] {
            if overlap(&ranges[input], &ranges[OUT]) {
                return Err(BlendError::Overlap {
                    name: "out",
                    other: NAMES[input],
                    whose: "its own",
                });
            }
        }
        let mut held = self.held.lock().ignore_poison();
        for (_, others) in &held.claims {
            for (mine, name) in ranges.iter().zip(NAMES) {
                for (theirs, other) in others.iter().zip(NAMES) {
                    if (name == NAMES[OUT] || other == NAMES[OUT]) && overlap(mine, theirs) {
                        let whose = "the unfinished blend's";
                        return Err(BlendError::Overlap { name, other, whose });
                    }
                }
            }
        }
        let number = held.next;
        held.next += 1;
        held.claims.push((number, ranges));
        Ok(BufferLock {
            claims: self,
            number,
        })
    }
}

impl Drop for BufferLock {
    fn drop(&mut self) {
        let mut held = self.claims.held.lock().ignore_poison();
        held.claims.retain(|(number, _)| *number != self.number);
    }
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_belongs_to_one_blend_and_what_is_read_is_shared() {
        static BUFFER_LOCKS: BufferLocks = BufferLocks {
            held: Mutex::new(Held {
                next: 0,
                claims: Vec::new(),
            }),
        };
        let memory = [0; 60];
        let (from, to, out, other) = (
            &memory[..10],
            &memory[10..20],
            &memory[20..30],
            &memory[30..40],
        );
        let refused =
            |frames| matches!(BUFFER_LOCKS.claim(frames), Err(BlendError::Overlap { .. }));
        assert!(refused([from, to, &memory[5..15]]));
        assert!(refused([from, to, &memory[19..29]]));
        let first = BUFFER_LOCKS.claim([from, to, out]).unwrap();
        let second = BUFFER_LOCKS.claim([from, from, other]).unwrap();
        assert!(refused([from, to, out]), "written by the first");
        assert!(
            refused([out, to, &memory[40..50]]),
            "the first still writes what this reads"
        );
        assert!(refused([other, other, from]), "read by both");
        drop(first);
        assert!(refused([other, other, from]), "read by the second");
        drop(second);
        BUFFER_LOCKS.claim([other, other, from]).unwrap();
    }
}
