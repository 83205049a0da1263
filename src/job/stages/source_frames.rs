//! The stage that gets the frames of video clips ready: for pages, and for HDR frames.

use super::learn::PageFacts;
use super::prepare::{LOOKS, Prepared};
use crate::composition::VideoClip;
use crate::inject::{Injection, Injector, Limits, as_seen};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::plan::{HdrPlan, HdrVideo};
use crate::video::{HdrClip, HdrOutput, HdrSource, HdrSources, OutputFrames, Sources, StreamShare};

/// Where an attempt's source frames come from.
pub(in crate::job) struct ClipSources {
    /// Feeds the pages; absent when no clip of theirs ever shows.
    pub injector: Option<Injector>,
    /// The clips of an HDR render that are HDR themselves.
    pub hdr: Vec<HdrSource>,
}

/// Gets them ready, for all frames but the first `begin`. The attempt gets the plan with as many workers as there are frames for.
///
/// # Errors
/// [`RenderError::Media`] naming the clip at fault.
pub(in crate::job) async fn prepare_source_frames(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    page: &PageFacts,
    begin: u64,
    attempt: &mut Attempt,
) -> Result<ClipSources, RenderError> {
    let (spec, plan, cores) = (job.spec, &attempt.plan, prepared.host.cores);
    let clips = as_seen(&spec.composition.media.videos, &page.seen);
    let sources = prepared.sources(job, job.memory.groups());
    let frames = OutputFrames {
        duration: page.seconds,
        fps: spec.fps,
        frames: plan.rest(begin).with_lead(),
    };
    let share = StreamShare::new(plan.budget.source_frames_mib << 20, cores)
        .among(prepared.staff.decoder_turns());
    let stop = share.stop.clone();
    job.decoders.add(async move { stop.cancel() });
    let coverage = spec.environment.coverage_threshold;
    let _looks = job.awaits().list(LOOKS, None);
    let hdr = match plan.hdr_plan() {
        None => HdrSources::default(),
        Some(hdr) => {
            let output = HdrOutput {
                frames,
                transfer: hdr.transfer,
                coverage,
                cores,
                share: share.clone(),
            };
            HdrSources::plan(&hdr_clips(hdr, &clips), &sources, &output).await?
        }
    };
    let is_hdr = |clip: &VideoClip| plan.hdr_plan().is_some_and(|hdr| hdr.has_video(&clip.id));
    let injected: Vec<_> = clips.into_iter().filter(|clip| !is_hdr(clip)).collect();
    let sources = Sources {
        wide: plan.hdr.hdr,
        ..sources
    };
    let limits = Limits {
        share,
        beside: hdr.load,
        entries: spec.engine.frame_cache_entries,
        workers: plan.sizing.workers,
        cores,
        coverage,
    };
    let hdr = hdr.sources;
    let injection = Injection::begin(&injected, &sources, limits, frames);
    let Some(Injection { injector, notes }) = injection.await? else {
        let injector = None;
        return Ok(ClipSources { injector, hdr });
    };
    if let Some(proxy) = &prepared.proxy {
        proxy.allow(injector.port());
    }
    for note in notes {
        attempt.warn(job, note);
    }
    attempt.plan = attempt.plan.with_source_workers(injector.workers());
    let decoders = injector.decoders();
    job.decoders.add(async move { decoders.end().await });
    Ok(ClipSources {
        injector: Some(injector),
        hdr,
    })
}

/// The clips that are HDR, with the times of `clips`.
fn hdr_clips(hdr: &HdrPlan, clips: &[VideoClip]) -> Vec<HdrClip> {
    let with_times = |video: &HdrVideo| {
        let seen = clips.iter().find(|seen| seen.id == video.clip.id);
        HdrClip {
            clip: seen.unwrap_or(&video.clip).clone(),
            path: video.path.clone(),
            facts: video.facts.clone(),
        }
    };
    hdr.videos.iter().map(with_times).collect()
}
