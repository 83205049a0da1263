//! What the streams of a job have in common: turns, memory, and their end.

use std::sync::Arc;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_util::sync::CancellationToken;

use super::budget::FrameBudget;

/// What the streams of a job share.
#[derive(Debug, Clone)]
pub struct StreamShare {
    /// How many decoders may be read at once.
    pub turns: Arc<Semaphore>,
    /// The same of all jobs of the process, where there may be others; taken after a turn of the job.
    pub process_turns: Option<Arc<Semaphore>>,
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
            process_turns: None,
            budget: FrameBudget::new(bytes),
            stop: CancellationToken::new(),
        }
    }

    /// The same among the streams of other jobs, with which it shares `turns`.
    #[must_use]
    pub fn among(self, turns: Arc<Semaphore>) -> Self {
        Self {
            process_turns: Some(turns),
            ..self
        }
    }

    /// Waits until one more decoder may be read; it may until both are dropped.
    pub(super) async fn turn(&self) -> [Option<SemaphorePermit<'_>>; 2] {
        // Neither is ever closed.
        let own = self.turns.acquire().await.ok();
        let process = match &self.process_turns {
            Some(turns) => turns.acquire().await.ok(),
            None => None,
        };
        [own, process]
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
