//! What the streams of a job have in common: turns, memory, and their end.

use std::sync::Arc;

use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::budget::FrameBudget;

/// What the streams of a job share.
#[derive(Debug, Clone)]
pub struct StreamShare {
    /// How many decoders may be read at once.
    pub turns: Arc<Semaphore>,
    /// Counts the frames that are held.
    pub budget: FrameBudget,
    /// Ends all reading, so that every decoder can be dropped.
    pub stop: CancellationToken,
}

impl StreamShare {
    /// For streams that may hold `bytes` of frames, on a host with so many cores.
    pub fn new(bytes: u64, cores: usize) -> Self {
        Self {
            turns: Arc::new(Semaphore::new(cores.max(1))),
            budget: FrameBudget::new(bytes),
            stop: CancellationToken::new(),
        }
    }

    /// The same for some of the streams, which can be stopped by themselves.
    #[must_use]
    pub fn branch(&self) -> Self {
        Self {
            stop: self.stop.child_token(),
            ..self.clone()
        }
    }
}
