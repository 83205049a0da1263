//! All workers of one job.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::error::CaptureError;
use super::station::{Station, StationPlan};
use super::timing::StageTotals;
use super::worker::{FrameSink, Start, run_worker};

/// What is to be captured, and who is told.
pub struct CaptureJob {
    /// How stations are built.
    pub plan: StationPlan,
    /// Frames `0..total_frames`.
    pub total_frames: u64,
    /// Workers, at least 1; worker `w` takes frames `w, w+workers, …`.
    pub workers: usize,
    /// Where frames go.
    pub sink: Arc<dyn FrameSink>,
    /// Who is told.
    pub observer: Arc<dyn CaptureObserver>,
}

/// Told how a capture goes.
pub trait CaptureObserver: Send + Sync {
    /// A worker's page may be captured.
    fn ready(&self, station: &Station);
    /// `worker` continues at `frame` in a fresh browser.
    fn restarted(&self, worker: usize, frame: u64, why: &CaptureError);
}

impl CaptureJob {
    /// How many frames the worker whose next frame is `frame` still has to capture.
    pub(super) fn captures_left(&self, frame: u64) -> u64 {
        self.total_frames
            .saturating_sub(frame)
            .div_ceil(self.workers.max(1) as u64)
    }
}

/// What a capture did.
#[derive(Debug, Clone, Default)]
pub struct CaptureReport {
    /// Sums over all workers.
    pub totals: StageTotals,
}

/// Captures all frames; `first` is what worker 0 starts from. The first error ends the other workers; an error that only says that
/// the taker went away never hides one that says why.
///
/// # Errors
/// [`CaptureError`].
pub async fn capture_all(
    job: Arc<CaptureJob>,
    first: Start,
) -> Result<CaptureReport, CaptureError> {
    let mut workers = JoinSet::new();
    let mut first = Some(first);
    for slot in 0..job.workers.max(1) {
        let job = Arc::clone(&job);
        let start = first.take();
        workers.spawn(async move { run_worker(&job, slot, start).await });
    }
    let mut report = CaptureReport::default();
    let mut abandoned = None;
    while let Some(joined) = workers.join_next().await {
        match joined {
            Ok(Ok(totals)) => report.totals.add(&totals),
            Ok(Err(CaptureError::Abandoned)) => abandoned = Some(CaptureError::Abandoned),
            Ok(Err(error)) => return Err(error),
            Err(failure) if failure.is_panic() => std::panic::resume_unwind(failure.into_panic()),
            Err(_) => abandoned = Some(CaptureError::Abandoned),
        }
    }
    abandoned.map_or(Ok(report), Err)
}
