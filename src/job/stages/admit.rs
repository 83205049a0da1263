//! The stage in which a job waits until its process has memory and cores for it, and where it gets its
//! workers from then on.

use std::sync::Mutex;
use std::time::SystemTime;

use serde_json::json;

use super::prepare::Prepared;
use crate::capture::Staffing;
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::machine::{GrantedFor, Ledger, Staff, Waiting, WorkerGrant};
use crate::plan::RenderPlan;

/// Waits for the job's turn, and returns the plan with what it was given.
///
/// # Errors
/// [`RenderError::Ledger`] when its turn does not come.
pub(super) async fn admit(
    job: &JobContext<'_>,
    plan: RenderPlan,
) -> Result<(RenderPlan, Staff), RenderError> {
    if let Some((granted, staff)) = job.share.kept() {
        return Ok((plan.with_grant(granted), staff));
    }
    let ask = plan.ask(job.share.workers);
    let mut listed = None;
    let waits = |wait: Waiting| {
        let left = wait.until.duration_since(SystemTime::now()).ok();
        listed = Some(
            job.awaits()
                .list("memory and a core that other renders hold", left),
        );
        job.progress.waiting(&wait);
    };
    let account = Ledger::of_process().open(ask, waits).await?;
    drop(listed);
    let granted = account.granted();
    let plan = plan.with_grant(granted);
    account.hold_at_most(plan.ask(job.share.workers).most_mib);
    if granted.waited_ms > 0 {
        job.progress.starting();
    }
    if granted.granted_for == GrantedFor::LeftByOthers {
        let line = format!(
            "[Native] other renders of this process leave {} of {} MiB to this one",
            granted.memory_mib, ask.most_mib
        );
        job.progress.log(Level::Info, line, json!(granted));
    }
    let staff = account.staff();
    job.share.keep(account);
    Ok((plan, staff))
}

/// Takes the workers beside the first with which the capture is to begin. The attempt gets the plan with
/// as many as there are.
pub(super) fn hire(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    attempt: &mut Attempt,
) -> Vec<WorkerGrant> {
    let plan = &attempt.plan;
    let (wanted, mib) = (plan.sizing.initial_workers, plan.budget.per_worker_mib);
    let hired: Vec<_> = (1..wanted)
        .map_while(|_| prepared.staff.another(mib))
        .collect();
    let begins = hired.len() as u64 + 1;
    if begins < wanted {
        let note = format!(
            "begins with {begins} of {wanted} workers: other renders have the cores or memory"
        );
        let line = format!("[Native] {note}");
        job.progress.log(Level::Info, line, serde_json::Value::Null);
        attempt.plan = attempt.plan.with_initial_workers(begins);
        attempt.notes.push(note);
    }
    hired
}

/// Where a capture gets its workers: those that it begins with, and more.
pub(in crate::job) fn staffing(
    prepared: &Prepared<'_>,
    plan: &RenderPlan,
    hired: Vec<WorkerGrant>,
) -> Staffing {
    Staffing {
        hired: Mutex::new(hired),
        staff: prepared.staff.clone(),
        worker_mib: plan.budget.per_worker_mib,
    }
}
