//! Bytes of source frames in memory, whoever holds them, against one bound per job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts the bytes of held frames. Clones share the count.
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

    /// Bytes held now.
    pub fn held(&self) -> u64 {
        self.inner.held.load(Ordering::Relaxed)
    }

    /// Most bytes ever held at once.
    pub fn peak(&self) -> u64 {
        self.inner.peak.load(Ordering::Relaxed)
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        self.inner.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}
