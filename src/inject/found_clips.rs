//! From clips to their sources: which file it is, what it holds, and what of it is shown.

use std::path::PathBuf;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use crate::composition::VideoClip;
use crate::page::SourceClip;
use crate::probe::{VideoFacts, probe_media};
use crate::video::{ClipPlan, MediaError, OutputFrames, Sources, resolve_source};

/// ffprobe runs side by side (upstream's figure).
pub(super) const PROBES: usize = 4;

/// A clip that shows, and its source.
pub(super) struct FoundClip<'a> {
    pub clip: &'a VideoClip,
    pub path: PathBuf,
    pub facts: VideoFacts,
    pub plan: ClipPlan,
}

/// What pages are told of those clips whose sources can be read.
///
/// # Errors
/// [`MediaError`] when ffprobe was ended from outside.
pub async fn source_facts(
    clips: &[VideoClip],
    sources: &Sources,
) -> Result<Vec<SourceClip>, MediaError> {
    let videos: Vec<_> = videos_of(clips, sources).try_collect().await?;
    let known = clips.iter().zip(videos);
    Ok(known
        .filter_map(|(clip, video)| Some(source_clip(clip, &video?)))
        .collect())
}

/// What pages are told of a clip.
pub(super) fn source_clip(clip: &VideoClip, facts: &VideoFacts) -> SourceClip {
    let (width, height) = facts.shown_size();
    SourceClip {
        id: clip.id.clone(),
        width,
        height,
        duration: facts.playable(),
        transparent: facts.alpha,
    }
}

/// The video streams of the clips' sources, in their order.
fn videos_of(
    clips: &[VideoClip],
    sources: &Sources,
) -> impl Stream<Item = Result<Option<VideoFacts>, MediaError>> + Unpin + use<> {
    let video = |clip: &VideoClip| {
        let path = resolve_source(&clip.src, &sources.project_dir, &sources.compiled_dir);
        let ffprobe = sources.ffprobe.clone();
        let look = async move {
            // A named pipe would keep ffprobe waiting for its writer.
            if !path.is_file() {
                return Ok(None);
            }
            match probe_media(&ffprobe, &path).await {
                Ok(facts) => Ok(facts.video.clone()),
                Err(error) if error.is_accident() => Err(MediaError::of_probe(&path, error)),
                Err(_) => Ok(None),
            }
        };
        look.boxed()
    };
    let looks: Vec<BoxFuture<'static, _>> = clips.iter().map(video).collect();
    stream::iter(looks).buffered(PROBES)
}

/// Finds and probes the source of `clip` and plans it; `None` when it never shows.
///
/// # Errors
/// [`MediaError`] naming the clip, its file and what to do.
pub(super) async fn find_clip<'a>(
    clip: &'a VideoClip,
    sources: &Sources,
    output: OutputFrames,
    coverage: Option<f64>,
) -> Result<Option<FoundClip<'a>>, MediaError> {
    if clip.start >= output.duration {
        return Ok(None);
    }
    let id = || clip.id.clone();
    let path = resolve_source(&clip.src, &sources.project_dir, &sources.compiled_dir);
    if let Some(error) = MediaError::of_source(clip, &path) {
        return Err(error);
    }
    let found = probe_media(&sources.ffprobe, &path).await;
    let found = found.map_err(|error| MediaError::of_probe(&path, error))?;
    let wrong = |found| MediaError::WrongKind {
        id: id(),
        path: path.clone(),
        found,
    };
    let facts = match found.video.clone() {
        Some(video) if video.still => return Err(wrong("a still picture")),
        Some(video) => video,
        None if !found.audio.is_empty() => return Err(wrong("an audio file")),
        None => return Err(wrong("a file without a picture")),
    };
    let plan = sources.plan(clip, &path, &facts, output).await;
    let plan = match plan {
        Ok(Some(plan)) => plan,
        Ok(None) => return Ok(None),
        // Nothing can be decoded: without the gate the clip stays empty.
        Err(error) if coverage.is_none() && !is_policy(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    Ok(Some(FoundClip {
        clip,
        path,
        facts,
        plan,
    }))
}

/// Failures that the coverage gate reports, and that its absence lets pass.
pub(super) fn is_policy(error: &MediaError) -> bool {
    matches!(
        error,
        MediaError::Missing { .. }
            | MediaError::Remote { .. }
            | MediaError::NotAFile { .. }
            | MediaError::NoDuration { .. }
            | MediaError::StartOutOfRange { .. }
    )
}
