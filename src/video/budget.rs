//! Bytes of all source frames in memory, against one bound per job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

/// Counts the bytes of frames in memory. Clones share the count.
#[derive(Debug, Clone)]
pub struct FrameBudget {
    inner: Arc<Counts>,
}

#[derive(Debug)]
struct Counts {
    limit: u64,
    held: AtomicU64,
    peak: AtomicU64,
}

/// Bytes that count until this drops.
#[derive(Debug)]
pub struct HeldBytes {
    bytes: u64,
    inner: Arc<Counts>,
}

impl FrameBudget {
    /// A budget of `limit` bytes.
    pub fn new(limit: u64) -> Self {
        let (held, peak) = (AtomicU64::new(0), AtomicU64::new(0));
        Self {
            inner: Arc::new(Counts { limit, held, peak }),
        }
    }

    /// Counts `bytes` as held.
    pub fn hold(&self, bytes: u64) -> HeldBytes {
        let now = self.inner.held.fetch_add(bytes, Ordering::Relaxed) + bytes;
        self.inner.peak.fetch_max(now, Ordering::Relaxed);
        HeldBytes {
            bytes,
            inner: Arc::clone(&self.inner),
        }
    }

    /// The bound in bytes.
    pub fn limit(&self) -> u64 {
        self.inner.limit
    }

    /// Most bytes ever held at once.
    pub fn peak(&self) -> u64 {
        self.inner.peak.load(Ordering::Relaxed)
    }
}

impl HeldBytes {
    /// `data` that counts for as long as anybody has a clone of it; `with` goes when it does.
    pub fn around<D, W>(self, data: D, with: W) -> Bytes
    where
        D: AsRef<[u8]> + Send + 'static,
        W: Send + 'static,
    {
        Bytes::from_owner(Counted {
            data,
            _with: (self, with),
        })
    }
}

struct Counted<D, W> {
    data: D,
    _with: W,
}

impl<D: AsRef<[u8]>, W> AsRef<[u8]> for Counted<D, W> {
    fn as_ref(&self) -> &[u8] {
        self.data.as_ref()
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.inner.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clones_of_a_frame_count_until_the_last_is_gone() {
        let budget = FrameBudget::new(10);
        let frame = budget.hold(3).around(vec![1, 2, 3], ());
        let copy = frame.clone();
        drop(frame);
        let second = budget.hold(4);
        assert_eq!((copy.len(), budget.peak()), (3, 7));
        drop((copy, second));
        drop(budget.hold(5));
        assert_eq!(budget.peak(), 7, "all had been given back");
    }
}
