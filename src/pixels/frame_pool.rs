//! Frame buffers that are used again. A 1080p frame has three megabytes, and new memory costs a
//! page fault for every four kilobytes.

use std::sync::{Arc, Mutex};

use bytes::Bytes;

use crate::sync::IgnorePoison;

/// Buffers of one size. Clones share them.
#[derive(Debug, Clone)]
pub struct FramePool {
    size: usize,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A buffer that is in use. It returns to the pool when it, or the last [`Bytes`] made from it, is
/// dropped.
#[derive(Debug)]
pub struct Lent {
    buffer: Vec<u8>,
    pool: FramePool,
}

impl FramePool {
    /// A pool of buffers of `size` bytes.
    pub fn new(size: usize) -> Self {
        Self {
            size,
            free: Arc::default(),
        }
    }

    /// Fills a buffer, whose old contents are undefined, and makes it immutable.
    ///
    /// # Errors
    /// The error of `fill`.
    pub fn frame<E>(&self, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Bytes, E> {
        let mut lent = self.lend();
        fill(&mut lent.buffer)?;
        Ok(lent.freeze())
    }

    /// Takes a buffer from the pool; its contents are undefined.
    pub fn lend(&self) -> Lent {
        let free = self.free.lock().ignore_poison().pop();
        Lent {
            buffer: free.unwrap_or_else(|| vec![0; self.size]),
            pool: self.clone(),
        }
    }
}

impl Lent {
    /// The buffer's bytes.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.buffer
    }

    /// Makes the buffer immutable.
    pub fn freeze(self) -> Bytes {
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Lent {
    fn as_ref(&self) -> &[u8] {
        &self.buffer
    }
}

impl Drop for Lent {
    fn drop(&mut self) {
        let buffer = std::mem::take(&mut self.buffer);
        self.pool.free.lock().ignore_poison().push(buffer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dropped_frames_buffer_is_used_again() {
        let pool = FramePool::new(1 << 16);
        let make = |byte| {
            pool.frame::<()>(|buffer| {
                buffer.fill(byte);
                Ok(())
            })
            .unwrap()
        };
        let first = make(1);
        let address = first.as_ptr();
        let second = make(2);
        assert_ne!(address, second.as_ptr());
        let copy = first.clone();
        drop(first);
        assert_ne!(make(3).as_ptr(), address, "a clone still holds it");
        drop(copy);
        let third = make(4);
        assert!(third.iter().all(|byte| *byte == 4));
    }
}
