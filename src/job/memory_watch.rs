//! How much memory a job's processes take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::process::{Groups, group_memory_bytes};

/// Reading a Chrome's page tables takes milliseconds; more often would show in the result.
const SAMPLE_EVERY: Duration = Duration::from_millis(1000);

/// Watches the memory of the process groups a job starts.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryWatch {
    groups: Groups,
    peak: Arc<AtomicU64>,
}

impl MemoryWatch {
    pub fn add(&self, group: u32) {
        self.groups.add(group);
    }

    /// For children that list themselves while they run.
    pub fn groups(&self) -> Groups {
        self.groups.clone()
    }

    pub fn peak_bytes(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Samples for ever; to be raced against the work.
    pub async fn sample(&self) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(SAMPLE_EVERY).await;
            let groups = self.groups.ids();
            let sampled = tokio::task::spawn_blocking(move || group_memory_bytes(&groups)).await;
            self.peak.fetch_max(sampled.unwrap_or(0), Ordering::Relaxed);
        }
    }
}
