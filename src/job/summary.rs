//! What a finished render is, summed up from what its stages came to.

use serde::Serialize;

use super::attempt::Attempt;
use super::context::JobContext;
use super::events::Level;
use super::perf_summary::{PerfSummary, perf_summary};
use super::stages::{Finished, Frames};
use crate::capture::ms_since;
use crate::plan::RenderPlan;

/// What the stages of a render came to.
pub(super) struct Outcome {
    pub frames: Frames,
    /// The attempt that made the frames.
    pub attempt: Attempt,
    /// Those before it.
    pub failed: Vec<Attempt>,
    pub finished: Finished,
    /// Frames compared with Chrome's own picture.
    pub checked_frames: u64,
}

/// What a finished render is.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativeSummary"))]
pub struct Summary {
    /// Seconds.
    pub duration_seconds: f64,
    /// Frames.
    pub total_frames: u64,
    /// Size of the artefact.
    pub output_bytes: u64,
    /// By how much the sound was lowered to stay below its ceiling, dB; absent when it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub audio_lowered_db: Option<f64>,
    /// What becomes `perfSummary`.
    pub perf: PerfSummary,
    /// What was decided.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub plan: RenderPlan,
}

impl Summary {
    /// Sums up, and logs it.
    pub(super) fn of(job: &JobContext<'_>, outcome: Outcome) -> Self {
        let perf = perf_summary(job, &outcome, ms_since(job.started));
        let native = perf.native.clone();
        job.progress
            .log(Level::Info, "[Native] render finished", native);
        let lowered = outcome.frames.sound.map(|sound| sound.lowered_db);
        let plan = outcome.attempt.plan;
        Self {
            duration_seconds: outcome.frames.seconds,
            total_frames: plan.frames.count(),
            output_bytes: outcome.finished.bytes,
            audio_lowered_db: lowered.filter(|db| *db > 0.0),
            perf,
            plan,
        }
    }
}
