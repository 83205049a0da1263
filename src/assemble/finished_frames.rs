//! The way of frames that are finished beside capture: to the fence, or, with the first failure,
//! to the end of the job.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

use crate::encode::Fence;
use crate::job::RenderError;

/// Where finished frames go.
pub struct FinishedFrames {
    fence: Arc<Fence<Bytes>>,
    failure: Mutex<Option<RenderError>>,
    running: AtomicU64,
    peak: AtomicU64,
}

impl FinishedFrames {
    pub fn new(fence: Arc<Fence<Bytes>>) -> Self {
        Self {
            fence,
            failure: Mutex::default(),
            running: AtomicU64::new(0),
            peak: AtomicU64::new(0),
        }
    }

    /// Counts a frame as under way.
    pub fn begin(&self) {
        let running = self.running.fetch_add(1, Ordering::Relaxed) + 1;
        self.peak.fetch_max(running, Ordering::Relaxed);
    }

    /// Counts one as not under way any more.
    pub fn end(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
    }

    /// Most frames that were under way at once.
    pub fn peak(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Hands a finished frame to the encoder.
    pub fn put(&self, index: u64, frame: Bytes) {
        self.fence.put(index, frame);
    }

    /// Ends the job; the first failure is what its caller is told.
    pub fn fail(&self, error: RenderError) {
        let failure = self.failure.lock();
        failure
            .unwrap_or_else(PoisonError::into_inner)
            .get_or_insert(error);
        self.fence.abort();
    }

    /// Why the job ended here, if it did; taken once.
    pub fn failure(&self) -> Option<RenderError> {
        let failure = self.failure.lock();
        failure.unwrap_or_else(PoisonError::into_inner).take()
    }
}
