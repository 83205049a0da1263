//! The stage that watches a page for the media that its scripts make or change. It comes before a
//! render whose media lists are not complete: JavaScript adds what is found to them.

use serde::Serialize;
use serde_json::json;

use super::first_browser::start_first_browser;
use super::prepare::Prepared;
use crate::capture::{CaptureError, PlayedBrowser, ms_since};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::page::{MediaLook, PlayedSpan};
use crate::plan::check_length;

/// What a page that was played told of its media.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WatchedMedia {
    /// The page's length, seconds.
    pub duration: f64,
    /// What was new, in ascending order of time; the first look is at the page's beginning.
    pub looks: Vec<MediaLook>,
}

/// Plays a page of the composition. Nothing of it is reported: those that are captured say the same.
///
/// # Errors
/// [`RenderError`] when no page can be played.
pub(in crate::job) async fn watch_media(job: &JobContext<'_>) -> Result<WatchedMedia, RenderError> {
    let prepared = Prepared::of(job).await?;
    let mut attempt = Attempt::new(prepared.plan.clone());
    let mut first = start_first_browser(job, &prepared, &mut attempt).await?;
    first.options.diagnostics = job.diagnostics.muted();
    let loaded = first.options.load_composition(first.blank).await;
    let loaded = loaded.map_err(CaptureError::Page)?;
    let duration = job.spec.composition.seconds_or(loaded.page.duration);
    check_length(job.spec.fps, duration)?;
    let fps = job.spec.fps;
    let played = PlayedBrowser::from(loaded);
    let seconds = duration;
    let looks = played.page.media(PlayedSpan { seconds, fps });
    let limit = job.spec.protocol_timeout();
    let looks = job
        .awaits()
        .during("the page to be played", limit, looks)
        .await;
    played.close().await;
    let looks = looks.map_err(|error| CaptureError::Page(error.into()))?;
    let line = "[Native] a page was played for the media that scripts make".to_owned();
    let took = json!({ "looks": looks.len(), "ms": ms_since(job.started).round() });
    job.progress.log(Level::Info, line, took);
    Ok(WatchedMedia { duration, looks })
}
