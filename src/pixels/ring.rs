//! How many frames may be in the making at a time. Each holds buffers of many megabytes, so the
//! number is part of a memory budget.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The ring was closed; no frame begins any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RingClosed;

/// A bound for frames in the making. Clones share it.
#[derive(Debug, Clone)]
pub struct FrameRing {
    slots: Arc<Semaphore>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    running: AtomicU64,
    peak: AtomicU64,
}

/// Room for one frame, until it drops.
#[derive(Debug)]
pub struct RingSlot {
    counts: Arc<Counts>,
    _permit: OwnedSemaphorePermit,
}

impl FrameRing {
    /// A ring of `frames` frames, at least 1.
    pub fn new(frames: usize) -> Self {
        let frames = frames.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            slots: Arc::new(Semaphore::new(frames)),
            counts: Arc::default(),
        }
    }

    /// Waits for room. Who waits longest is served first.
    ///
    /// # Errors
    /// [`RingClosed`] once closed.
    pub async fn enter(&self) -> Result<RingSlot, RingClosed> {
        let permit = Arc::clone(&self.slots).acquire_owned().await;
        let permit = permit.map_err(|_| RingClosed)?;
        let running = self.counts.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.counts.peak.fetch_max(running, Ordering::Relaxed);
        Ok(RingSlot {
            counts: Arc::clone(&self.counts),
            _permit: permit,
        })
    }

    /// Refuses whoever waits or comes later. Frames in the making keep their room.
    pub fn close(&self) {
        self.slots.close();
    }

    /// Most frames that were in the making at a time.
    pub fn peak(&self) -> u64 {
        self.counts.peak.load(Ordering::Relaxed)
    }
}

impl Drop for RingSlot {
    fn drop(&mut self) {
        self.counts.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn no_more_frames_than_there_is_room_for() {
        let ring = FrameRing::new(2);
        let (first, _second) = (ring.enter().await.unwrap(), ring.enter().await.unwrap());
        let third = ring.enter();
        tokio::pin!(third);
        let early = timeout(Duration::from_millis(20), &mut third).await;
        assert!(early.is_err(), "the ring is full");
        drop(first);
        assert!(third.await.is_ok());
        assert_eq!(ring.peak(), 2);
    }

    #[tokio::test]
    async fn closing_ends_every_wait() {
        let ring = FrameRing::new(0);
        let _only = ring.enter().await.unwrap();
        let waiting = ring.enter();
        tokio::pin!(waiting);
        assert!(
            timeout(Duration::from_millis(20), &mut waiting)
                .await
                .is_err()
        );
        ring.close();
        assert!(matches!(waiting.await, Err(RingClosed)));
        assert!(matches!(ring.enter().await, Err(RingClosed)));
    }
}
