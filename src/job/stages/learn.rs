//! The stage that learns what only the page may know: how long it lasts, how loud its scripts make
//! it, when its clips show.

use serde_json::json;

use super::first_browser::FirstBrowser;
use super::prepare::Prepared;
use crate::audio::MAX_GAIN;
use crate::capture::{CaptureError, Start};
use crate::inject::config_without_frames;
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::{Event, Level};
use crate::page::{ScriptedVolume, SeenClip, probe_visibility, probe_volumes};
use crate::plan::{RenderPlan, check_length};
use crate::process::Groups;

/// What has to be known before frames are captured.
pub(in crate::job) struct PageFacts {
    /// Length, seconds.
    pub seconds: f64,
    /// What scripts do to the sound.
    pub volumes: Vec<ScriptedVolume>,
    /// When clips without times of their own show.
    pub seen: Vec<SeenClip>,
}

/// What was learnt, and what is left of the browser that was asked.
pub(in crate::job) struct Learnt {
    pub page: PageFacts,
    /// What the first worker starts from, if anything.
    pub first: Option<Start>,
}

/// The length that the compile stage found, as upstream takes it. Only where it found none, or
/// where scripts set volumes or clips have no times, is the page loaded and asked before any other
/// browser starts. The attempt gets the plan of that length.
///
/// # Errors
/// [`RenderError`] when the page cannot be asked, or lasts no time.
pub(in crate::job) async fn learn(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    first: FirstBrowser,
    attempt: &mut Attempt,
) -> Result<Learnt, RenderError> {
    let composition = &job.spec.composition;
    let is_known = composition.static_duration > 0.0;
    let ids = prepared.sound.ids_to_probe();
    let learnt = if is_known && ids.is_empty() && !composition.hints.untimed_clips {
        Learnt {
            page: PageFacts {
                seconds: composition.static_duration,
                volumes: Vec::new(),
                seen: Vec::new(),
            },
            first: Some(Start::Blank(first.blank)),
        }
    } else {
        ask_page(job, prepared, first, &ids).await?
    };
    let seconds = learnt.page.seconds;
    attempt.plan = attempt.plan.with_length(seconds);
    if attempt.plan.total_frames == 0 {
        let text = format!("The page reports {seconds} s.");
        return Err(RenderError::ZeroDuration(text));
    }
    tell_plan(job, &attempt.plan, seconds);
    Ok(learnt)
}

async fn ask_page(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    first: FirstBrowser,
    ids: &[&str],
) -> Result<Learnt, RenderError> {
    let composition = &job.spec.composition;
    let clips = &composition.media.videos;
    let FirstBrowser { mut options, blank } = first;
    if !clips.is_empty() {
        let sources = prepared.sources(job, Groups::default());
        options.page.source_frames = Some(config_without_frames(clips, &sources).await);
    }
    let loaded = options.load_composition(blank).await;
    let mut loaded = loaded.map_err(CaptureError::Page)?;
    let seconds = match composition.static_duration {
        known if known > 0.0 => known,
        _ => loaded.page.duration,
    };
    check_length(job.spec.fps, seconds)?;
    let page = &loaded.page.session;
    let volumes = match ids {
        [] => Vec::new(),
        ids => probe_volumes(page, ids, seconds, job.spec.fps, MAX_GAIN).await?,
    };
    let seen = match composition.hints.untimed_clips {
        true => probe_visibility(page, seconds).await?,
        false => Vec::new(),
    };
    // A page that was told of its clips before it was known when they show is not captured.
    let first = if clips.is_empty() {
        Some(Start::Loaded(loaded))
    } else {
        loaded.browser.close().await;
        None
    };
    let page = PageFacts {
        seconds,
        volumes,
        seen,
    };
    Ok(Learnt { page, first })
}

fn tell_plan(job: &JobContext<'_>, plan: &RenderPlan, seconds: f64) {
    job.progress.event(&Event::Probed {
        duration: seconds,
        total_frames: plan.total_frames,
    });
    job.progress.log(
        Level::Info,
        "[Native] plan",
        json!({
            "capture": plan.capture, "sizing": plan.sizing, "budget": plan.budget,
            "totalFrames": plan.total_frames,
        }),
    );
}
