//! The stage that gets the frames of video clips ready: for pages, and for HDR frames.

use super::learn::PageFacts;
use super::prepare::Prepared;
use crate::assemble::{HdrSource, hdr_sources};
use crate::composition::VideoClip;
use crate::inject::{Injection, Injector, Limits, Sources, as_seen};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::plan::RenderPlan;

/// Where an attempt's source frames come from.
pub(in crate::job) struct SourceFrames {
    /// Feeds the pages; absent when no clip of theirs ever shows.
    pub injector: Option<Injector>,
    /// The clips of an HDR render that are HDR themselves.
    pub hdr: Vec<HdrSource>,
}

/// Gets them ready. The attempt gets the plan with as many workers as there are frames for.
///
/// # Errors
/// [`RenderError::Media`] naming the clip at fault.
pub(in crate::job) async fn prepare_source_frames(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    page: &PageFacts,
    attempt: &mut Attempt,
) -> Result<SourceFrames, RenderError> {
    let clips = as_seen(&job.spec.composition.media.videos, &page.seen);
    let sources = prepared.sources(job, job.memory.groups());
    let hdr = hdr_frames(job, &attempt.plan, &clips, &sources, page.seconds).await?;
    let is_hdr = |clip: &VideoClip| {
        let hdr = attempt.plan.hdr_plan();
        hdr.is_some_and(|hdr| hdr.has_video(&clip.id))
    };
    let injected: Vec<_> = clips.into_iter().filter(|clip| !is_hdr(clip)).collect();
    let sources = Sources {
        wide: attempt.plan.hdr.hdr,
        ..sources
    };
    let limits = Limits {
        bytes: attempt.plan.budget.source_frames_mib << 20,
        entries: job.spec.engine.frame_cache_entries,
        workers: attempt.plan.sizing.workers,
        cores: prepared.host.cores,
        coverage: job.spec.environment.coverage_threshold,
    };
    let (fps, frames) = (job.spec.fps, attempt.plan.total_frames);
    let injection = Injection::begin(&injected, &sources, limits, fps, page.seconds, frames);
    let Some(Injection { injector, notes }) = injection.await? else {
        let injector = None;
        return Ok(SourceFrames { injector, hdr });
    };
    for note in notes {
        attempt.warn(job, note);
    }
    attempt.plan = attempt.plan.with_source_workers(injector.workers());
    let decoders = injector.decoders();
    job.decoders.add(async move { decoders.end().await });
    Ok(SourceFrames {
        injector: Some(injector),
        hdr,
    })
}

/// Plans the decodes of clips that are HDR.
async fn hdr_frames(
    job: &JobContext<'_>,
    plan: &RenderPlan,
    clips: &[VideoClip],
    sources: &Sources,
    seconds: f64,
) -> Result<Vec<HdrSource>, RenderError> {
    let Some(hdr) = plan.hdr_plan() else {
        return Ok(Vec::new());
    };
    let coverage = job.spec.environment.coverage_threshold;
    let length = (seconds, job.spec.fps);
    Ok(hdr_sources(&hdr.videos, clips, sources, coverage, hdr.transfer, length).await?)
}
