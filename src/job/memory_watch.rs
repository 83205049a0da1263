//! How much memory a job's processes take.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::process::{Groups, group_memory_bytes, group_resident_bytes};

const SAMPLE_EVERY: Duration = Duration::from_millis(1000);
/// A Chrome's page tables, which say what it shares, take milliseconds to read. They are read when
/// the resident sets have grown by this factor since the last time.
const GROWTH: f64 = 1.02;

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
        let mut resident_at_peak = 0;
        loop {
            tokio::time::sleep(SAMPLE_EVERY).await;
            let groups = self.groups.ids();
            let sampling = tokio::task::spawn_blocking(move || {
                let resident = group_resident_bytes(&groups);
                let has_grown = resident as f64 > resident_at_peak as f64 * GROWTH;
                has_grown.then(|| (resident, group_memory_bytes(&groups)))
            });
            if let Ok(Some((resident, bytes))) = sampling.await {
                resident_at_peak = resident;
                self.peak.fetch_max(bytes, Ordering::Relaxed);
            }
        }
    }
}
