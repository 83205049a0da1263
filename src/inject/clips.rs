//! The clips of a job: when they show, what a page is told of them, and their injection begun.

use std::time::Duration;

use super::found_clips::source_facts;
use super::injector::Injector;
use super::prepare::{Limits, prepare};
use crate::composition::VideoClip;
use crate::page::{InjectionConfig, SeenClip};
use crate::video::{MediaError, OutputFrames, Sources};

/// Longest wait for one source frame, whatever the configuration allows ffmpeg.
const LONGEST_FRAME: Duration = Duration::from_secs(120);

/// How long a source frame may take where a run of ffmpeg may take `process`.
pub fn frame_deadline(process: Duration) -> Duration {
    process.min(LONGEST_FRAME)
}

/// Clips with the times at which a page was `seen` to show them, where it was.
pub fn as_seen(clips: &[VideoClip], seen: &[SeenClip]) -> Vec<VideoClip> {
    let mut clips = clips.to_vec();
    for clip in &mut clips {
        let shown = seen.iter().find(|seen| seen.id == clip.id);
        if let Some(shown) = shown.filter(|shown| shown.end > shown.start) {
            (clip.start, clip.end) = (shown.start, shown.end);
        }
    }
    clips
}

/// What a page that is only asked something is told of its clips, so that it loads none of them.
///
/// # Errors
/// [`MediaError`] when ffprobe was ended from outside.
pub async fn config_without_frames(
    clips: &[VideoClip],
    sources: &Sources,
) -> Result<InjectionConfig, MediaError> {
    let clips = source_facts(clips, sources).await?;
    Ok(InjectionConfig { url: None, clips })
}

/// An injection that has begun.
#[derive(Debug)]
pub struct Injection {
    /// Feeds the pages.
    pub injector: Injector,
    /// What was given up on, for the log.
    pub notes: Vec<String>,
}

impl Injection {
    /// Begins the injection of `clips` into `frames`; `None` when none of them ever shows. What is due
    /// first is decoded at once.
    ///
    /// # Errors
    /// [`MediaError`] naming the clip, its file and what to do.
    pub async fn begin(
        clips: &[VideoClip],
        sources: &Sources,
        limits: Limits,
        frames: OutputFrames,
    ) -> Result<Option<Self>, MediaError> {
        if clips.is_empty() {
            return Ok(None);
        }
        let prepared = prepare(clips, sources, limits, frames).await?;
        let Some(mut plan) = prepared else {
            return Ok(None);
        };
        let notes = std::mem::take(&mut plan.notes);
        let injector = Injector::start(plan).await?;
        injector.decode_first();
        Ok(Some(Self { injector, notes }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_that_was_seen_shows_then() {
        let clip = |id| serde_json::json!({"id": id, "src": "a.mp4", "start": 0, "end": 9});
        let clip = |id| serde_json::from_value(clip(id)).unwrap();
        let clips = [clip("a"), clip("b")];
        let seen = |start, end| SeenClip {
            id: "b".into(),
            start,
            end,
        };
        let found = as_seen(&clips, &[seen(1.5, 3.0)]);
        let times: Vec<_> = found.iter().map(|clip| (clip.start, clip.end)).collect();
        assert_eq!(times, [(0.0, 9.0), (1.5, 3.0)]);
        assert_eq!(as_seen(&clips, &[seen(2.0, 2.0)])[1].end, 9.0, "never seen");
    }
}
