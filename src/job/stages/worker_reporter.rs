//! What workers do while they capture, told to the caller of the job.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::capture::{CaptureBrowser, CaptureError, CaptureObserver, Excess, Raster};
use crate::job::context::JobContext;
use crate::job::events::Level;
use crate::job::memory_watch::MemoryWatch;
use crate::job::progress::Progress;
use crate::sync::Pulse;

/// Tells the job's caller how its workers do.
pub(in crate::job) struct WorkerReporter {
    progress: Arc<Progress>,
    memory: MemoryWatch,
    pulse: Pulse,
    ready: AtomicU64,
    workers: u64,
}

impl WorkerReporter {
    /// Of a capture that begins with so many workers.
    pub fn new(job: &JobContext<'_>, workers: u64) -> Self {
        Self {
            progress: Arc::clone(&job.progress),
            memory: job.memory.clone(),
            pulse: job.pulse.clone(),
            ready: AtomicU64::new(0),
            workers,
        }
    }

    fn log(&self, level: Level, line: String) {
        self.progress.log(level, line, serde_json::Value::Null);
    }
}

impl CaptureObserver for WorkerReporter {
    fn ready(&self, browser: &CaptureBrowser) {
        self.pulse.beat();
        self.memory.add(browser.browser.pid());
        let count = self.ready.fetch_add(1, Ordering::Relaxed) + 1;
        if count <= self.workers {
            self.progress.browser_ready(count, self.workers);
        }
        if count == 1 {
            // The pages are alike; one speaks for all.
            for warning in browser.warnings() {
                self.progress.event(&warning.into());
            }
        }
    }

    fn moved(&self) {
        self.pulse.beat();
    }

    fn restarted(&self, worker: usize, frame: u64, why: &CaptureError) {
        self.pulse.beat();
        let line = format!(
            "[Native] worker {worker} continues at frame {frame} in a fresh browser: {why}"
        );
        self.log(Level::Warn, line);
    }

    fn renewed(&self, worker: usize, frame: u64, why: Excess) {
        self.pulse.beat();
        let line = format!(
            "[Native] worker {worker} continues at frame {frame} in a fresh browser: the one before held {} MiB, and its share is {} MiB",
            why.held_mib, why.limit_mib
        );
        self.log(Level::Info, line);
    }

    fn rastered(&self, raster: Raster) {
        if let Raster::Heavy(ms) = raster {
            let line = format!(
                "[Native] a frame takes {ms:.0} ms to draw: the page is drawn in one tile from here on, by a worker on each core"
            );
            self.log(Level::Info, line);
        }
    }

    fn joined(&self, worker: usize, idle_cores: f64) {
        let line = format!("[Native] worker {worker} joins: {idle_cores:.1} cores are idle");
        self.log(Level::Info, line);
    }

    fn dismissed(&self, worker: usize) {
        let line = format!("[Native] worker {worker} leaves: frames do not come sooner with it");
        self.log(Level::Info, line);
    }

    fn left(&self, worker: usize, why: &CaptureError) {
        let line = format!("[Native] worker {worker} leaves, the others go on: {why}");
        self.log(Level::Warn, line);
    }
}
