//! The stage that listens to the page: which volumes its scripts set, and when. It plays a page of
//! its own beside the capture, because playing leaves state behind that would show in pictures.

use std::time::Instant;

use serde_json::json;

use super::prepare::Prepared;
use crate::audio::MAX_GAIN;
use crate::capture::{CaptureBrowserOptions, CaptureError, PlayedBrowser, ms_since};
use crate::inject::config_without_frames;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::page::{PlayedSpan, ScriptedVolume, VolumeWatch};
use crate::process::Groups;

/// Plays a page of `seconds`, opened with the options of those that are captured, and returns the
/// volumes that its scripts set.
///
/// # Errors
/// [`RenderError`] when no browser can be asked.
pub(super) async fn listen(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    options: &CaptureBrowserOptions,
    seconds: f64,
) -> Result<Vec<ScriptedVolume>, RenderError> {
    let mut options = options.clone();
    options.diagnostics = job.diagnostics.muted();
    let clips = &job.spec.composition.media.videos;
    if !clips.is_empty() {
        let sources = prepared.sources(job, Groups::default());
        options.page.source_frames = Some(config_without_frames(clips, &sources).await?);
    }
    options.page.volumes = VolumeWatch::Keep { max_gain: MAX_GAIN };
    let heard = match play(job, prepared, &options, seconds).await {
        Err(error) if error.is_transient() => {
            job.warn(&format!("a page was not heard, trying once more: {error}"));
            play(job, prepared, &options, seconds).await?
        }
        heard => heard?,
    };
    let ids: Vec<&str> = heard.volumes.iter().map(|one| one.id.as_str()).collect();
    let line = "[Native] a page was played for the volumes that scripts set".to_owned();
    let took = json!({ "scripted": ids, "openMs": heard.open_ms, "playMs": heard.play_ms });
    job.progress.log(Level::Info, line, took);
    Ok(heard.volumes)
}

/// What was heard, and how many milliseconds it took to open the page and to play it.
struct Heard {
    volumes: Vec<ScriptedVolume>,
    open_ms: f64,
    play_ms: f64,
}

async fn play(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    options: &CaptureBrowserOptions,
    seconds: f64,
) -> Result<Heard, CaptureError> {
    let started = Instant::now();
    let browser: PlayedBrowser = options.open_to_play().await?;
    job.memory.add(browser.pid());
    let asked = prepared.sound.asked_volumes(seconds);
    let span = PlayedSpan {
        seconds,
        fps: job.spec.fps,
    };
    let open_ms = ms_since(started).round();
    let heard = browser.page.volumes(&asked, span);
    let limit = job.spec.protocol_timeout();
    let awaits = job.awaits();
    let heard = awaits
        .during("the page to be played for its volumes", limit, heard)
        .await;
    let play_ms = ms_since(started).round() - open_ms;
    browser.close().await;
    Ok(Heard {
        volumes: heard.map_err(crate::page::PageError::from)?,
        open_ms,
        play_ms,
    })
}
