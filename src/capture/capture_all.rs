//! All workers of one job.

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use super::capture_job::{CaptureJob, CaptureReport};
use super::error::CaptureError;
use super::growth::{Change, Growth, LOOK_EVERY};
use super::raster::Raster;
use super::worker::{Start, run_worker};
use super::worker_life::{Role, Roster};
use crate::machine::WorkerGrant;

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
    let workers = async {
        let report = all_workers(&job, first).await;
        witness.no_more();
        report
    };
    let (mut report, compared) = tokio::try_join!(workers, witness.testify())?;
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
    let mut start = |workers: &mut JoinSet<_>, role, grant: Option<WorkerGrant>| {
        let (job, roster, start) = (Arc::clone(job), Arc::clone(&roster), first.take());
        let slot = roster.len();
        roster.add(role);
        workers.spawn(async move {
            let ended = run_worker(&job, &roster, (slot, role), start).await;
            drop(grant);
            ended
        });
    };
    start(&mut workers, Role::Needed, None);
    let mut has_decided = false;
    let mut report = CaptureReport::default();
    let mut growth = Growth::new(job);
    let mut looks = tokio::time::interval(LOOK_EVERY);
    // Idle cores are counted over the time between looks.
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut abandoned = None;
    loop {
        let joined = tokio::select! {
            joined = workers.join_next() => joined,
            raster = job.plan.raster.decided(), if !has_decided => {
                has_decided = true;
                for role in others(job, raster) {
                    let Some(grant) = job.staffing.take() else { break };
                    start(&mut workers, role, Some(grant));
                }
                continue;
            }
            _ = looks.tick(), if has_decided && growth.is_open(job, &roster) => {
                match growth.look(job, &roster) {
                    Some(Change::Join { idle }) => {
                        // Another job may have been faster.
                        if let Some(grant) = job.staffing.take() {
                            job.observer.joined(roster.len(), idle);
                            start(&mut workers, Role::Optional, Some(grant));
                        }
                    }
                    Some(Change::Leave { worker }) => {
                        job.observer.dismissed(worker);
                        roster.dismiss(worker);
                    }
                    None => {}
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
        if job.left() == 0 && roster.only_openers_left() {
            break;
        }
    }
    report.workers = roster.len();
    abandoned.map_or(Ok(report), Err)
}

/// The workers beside the first one, to be started when it is known how pages are rastered: those that
/// the capture was to begin with, and where each rasters on one core, one for each core.
fn others(job: &CaptureJob, raster: Raster) -> Vec<Role> {
    let most = match raster {
        Raster::Heavy(_) => job.max_workers,
        Raster::Open | Raster::Light => job.workers,
    };
    let role = |number| match number < job.workers {
        true => Role::Needed,
        false => Role::Optional,
    };
    (1..most).map(role).collect()
}
