//! Frame buffers used over and over: a 1080p frame is three megabytes, and fresh memory costs a
//! page fault for every four kilobytes of it.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// Buffers of one size. Clones share them.
#[derive(Debug, Clone)]
pub struct FramePool {
    size: usize,
    free: Arc<Mutex<Vec<Vec<u8>>>>,
}

/// A buffer on loan; it goes back when the last [`Bytes`] made of it drops.
struct Lent {
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

    /// Fills a buffer, whose old contents are arbitrary, and freezes it.
    ///
    /// # Errors
    /// Whatever `fill` returns.
    pub fn frame<E>(&self, fill: impl FnOnce(&mut [u8]) -> Result<(), E>) -> Result<Bytes, E> {
        let free = self
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let buffer = free.unwrap_or_else(|| vec![0; self.size]);
        let mut lent = Lent {
            buffer,
            pool: self.clone(),
        };
        fill(&mut lent.buffer)?;
        Ok(Bytes::from_owner(lent))
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
        self.pool
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(buffer);
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
