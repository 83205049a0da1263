//! All workers of one job.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::capture_job::{CaptureJob, CaptureReport};
use super::error::CaptureError;
use super::growth::{Growth, LOOK_EVERY};
use super::worker::{Start, run_worker};
use super::worker_life::{Role, Roster};

/// Captures all frames, and hears the witness, if there is one; `first` is what worker 0 starts from,
/// if anything. The first error ends the other workers; an error that only says that the taker went
/// away never hides one that says why.
///
/// # Errors
/// [`CaptureError`].
pub async fn capture_all(
    job: Arc<CaptureJob>,
    first: Option<Start>,
) -> Result<CaptureReport, CaptureError> {
    let Some(witness) = &job.witness else {
        return all_workers(&job, first).await;
    };
    let (mut report, compared) = tokio::try_join!(all_workers(&job, first), witness.testify())?;
    report.compared = compared;
    Ok(report)
}

async fn all_workers(
    job: &Arc<CaptureJob>,
    first: Option<Start>,
) -> Result<CaptureReport, CaptureError> {
    let roster = Arc::new(Roster::default());
    let mut workers = JoinSet::new();
    let mut first = first;
    let mut start = |workers: &mut JoinSet<_>, role| {
        let (job, roster, start) = (Arc::clone(job), Arc::clone(&roster), first.take());
        let slot = roster.len();
        roster.add(role);
        workers.spawn(async move { run_worker(&job, &roster, (slot, role), start).await });
    };
    for _ in 0..job.workers.max(1) {
        start(&mut workers, Role::Needed);
    }
    let mut report = CaptureReport::default();
    let mut growth = Growth::new(job);
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut abandoned = None;
    loop {
        let joined = tokio::select! {
            joined = workers.join_next() => joined,
            _ = looks.tick(), if roster.len() < job.max_workers => {
                if let Some(idle) = growth.look(job) {
                    job.observer.joined(roster.len(), idle);
                    start(&mut workers, Role::Optional);
                }
                continue;
            }
        };
        match joined {
            None => break,
            Some(Ok(Ok(progress))) => {
                report.totals.add(&progress.totals);
                report.sets_volume |= progress.sets_volume;
            }
            Some(Ok(Err(CaptureError::Abandoned))) => abandoned = Some(CaptureError::Abandoned),
            Some(Ok(Err(error))) => return Err(error),
            Some(Err(failure)) if failure.is_panic() => {
                std::panic::resume_unwind(failure.into_panic())
            }
            Some(Err(_)) => abandoned = Some(CaptureError::Abandoned),
        }
        if job.taken() == job.total_frames && roster.only_openers_left() {
            break;
        }
    }
    report.workers = roster.len();
    abandoned.map_or(Ok(report), Err)
}
