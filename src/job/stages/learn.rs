//! The stage that learns what only the page may know before it is captured: how long it lasts, and
//! when its clips show.

use serde_json::json;

use super::first_browser::FirstBrowser;
use super::prepare::Prepared;
use crate::capture::{CaptureError, PlayedBrowser, Start};
use crate::inject::config_without_frames;
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::{Event, Level};
use crate::page::SeenClip;
use crate::plan::{RenderPlan, check_length};
use crate::process::Groups;

/// What has to be known before frames are captured.
pub(in crate::job) struct PageFacts {
    /// Length, seconds.
    pub seconds: f64,
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
/// where clips have no times, is the page loaded and asked before any other browser starts. A page
/// that is played for that is not captured. The attempt gets the plan of that length.
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
    let learnt = if is_known && !composition.hints.untimed_clips {
        Learnt {
            page: PageFacts {
                seconds: composition.static_duration,
                seen: Vec::new(),
            },
            first: Some(Start::Blank(first.blank)),
        }
    } else {
        ask_page(job, prepared, first).await?
    };
    let seconds = learnt.page.seconds;
    attempt.plan = attempt.plan.with_length(seconds);
    if attempt.plan.total_frames == 0 {
        let text = format!("The page reports {seconds} s.");
        return Err(RenderError::ZeroDuration(text));
    }
    if attempt.plan.frames.to > attempt.plan.total_frames {
        return Err(RenderError::NoSuchFrame {
            frame: attempt.plan.frames.last(),
            total_frames: attempt.plan.total_frames,
        });
    }
    tell_plan(job, &attempt.plan, seconds);
    Ok(learnt)
}

async fn ask_page(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    first: FirstBrowser,
) -> Result<Learnt, RenderError> {
    let composition = &job.spec.composition;
    let clips = &composition.media.videos;
    let FirstBrowser { mut options, blank } = first;
    if !clips.is_empty() {
        let sources = prepared.sources(job, Groups::default());
        options.page.source_frames = Some(config_without_frames(clips, &sources).await?);
    }
    let loaded = options.load_composition(blank).await;
    let mut loaded = loaded.map_err(CaptureError::Page)?;
    let seconds = composition.seconds_or(loaded.page.duration);
    check_length(job.spec.fps, seconds)?;
    let (seen, first) = if composition.hints.untimed_clips {
        let played = PlayedBrowser::from(loaded);
        let seen = played.page.seen_clips(seconds).await?;
        played.close().await;
        (seen, None)
    } else if clips.is_empty() {
        (Vec::new(), Some(Start::Loaded(loaded)))
    } else {
        // It was told of its clips before it was known when they show.
        loaded.browser.close().await;
        (Vec::new(), None)
    };
    let page = PageFacts { seconds, seen };
    Ok(Learnt { page, first })
}

fn tell_plan(job: &JobContext<'_>, plan: &RenderPlan, seconds: f64) {
    job.progress.event(&Event::Probed {
        duration: seconds,
        total_frames: plan.frames.count(),
    });
    job.progress.log(
        Level::Info,
        "[Native] plan",
        json!({
            "capture": plan.capture, "sizing": plan.sizing, "budget": plan.budget,
            "granted": plan.granted,
            "totalFrames": plan.total_frames,
        }),
    );
}
