//! The job's source video: which clips there are, and within which bounds they are injected.

use std::time::Duration;

use super::budget::MemoryBudget;
use super::error::RenderError;
use super::host::Host;
use super::spec::RenderSpec;
use crate::composition::VideoClip;
use crate::encode::Tools;
use crate::inject::{Injector, Limits, Sources, has_hdr, prepare};
use crate::page::SeenClip;

/// Share of a clip's frames that its source must give (upstream's name and default).
const COVERAGE_VARIABLE: &str = "HF_VIDEO_COVERAGE_THRESHOLD";
const COVERAGE_DEFAULT: f64 = 0.95;
/// Longest wait for one source frame, whatever the configuration allows ffmpeg.
const LONGEST_FRAME: Duration = Duration::from_secs(120);
/// Part of the job's memory that source frames may take.
const BUDGET_PART: u64 = 4;
/// The least source frames may be given, MiB (upstream's floor).
const LEAST_MIB: u64 = 64;

/// The clips of a composition; those the page was asked about show when they were `seen`.
///
/// # Errors
/// [`RenderError::Spec`] naming the clip that can't be read.
pub(super) fn clips(spec: &RenderSpec, seen: &[SeenClip]) -> Result<Vec<VideoClip>, RenderError> {
    let videos = spec.composition.media.videos.iter().enumerate();
    videos
        .map(|(number, json)| {
            let mut clip: VideoClip = serde_json::from_value(json.clone())
                .map_err(|error| RenderError::Spec(format!("`media.videos[{number}]`: {error}")))?;
            let shown = seen.iter().find(|seen| seen.id == clip.id);
            if let Some(shown) = shown.filter(|shown| shown.end > shown.start) {
                (clip.start, clip.end) = (shown.start, shown.end);
            }
            Ok(clip)
        })
        .collect()
}

/// Whether a clip's source is tagged PQ or HLG, and the render therefore not ours yet.
///
/// # Errors
/// [`RenderError`] when a clip can't be read, or there is no ffprobe.
pub async fn needs_hdr(spec: &RenderSpec) -> Result<bool, RenderError> {
    let clips = clips(spec, &[])?;
    if clips.is_empty() {
        return Ok(false);
    }
    let engine = &spec.engine;
    let tools = crate::encode::find_tools(
        engine.ffmpeg_path.as_deref(),
        engine.ffprobe_path.as_deref(),
    )?;
    Ok(has_hdr(&clips, &sources(spec, &tools)).await)
}

fn sources(spec: &RenderSpec, tools: &Tools) -> Sources {
    let composition = &spec.composition;
    let patience = Duration::from_millis(spec.engine.ffmpeg_process_timeout_ms);
    Sources {
        project_dir: composition.project_dir.clone(),
        compiled_dir: composition.compiled_dir.clone(),
        ffmpeg: tools.ffmpeg.clone(),
        ffprobe: tools.ffprobe.clone(),
        deadline: patience.min(LONGEST_FRAME),
    }
}

/// Starts the injection of the job's clips into `total_frames` frames of `duration` seconds;
/// `None` when none ever shows. The texts are for the log.
///
/// # Errors
/// [`RenderError::Media`] naming the clip at fault.
pub(super) async fn start(
    spec: &RenderSpec,
    clips: &[VideoClip],
    tools: &Tools,
    host: Host,
    budget: &MemoryBudget,
    workers: u64,
    (duration, total_frames): (f64, u64),
) -> Result<(Option<Injector>, Vec<String>), RenderError> {
    if clips.is_empty() {
        return Ok((None, Vec::new()));
    }
    let part = (budget.total_mib / BUDGET_PART).max(LEAST_MIB);
    let mib = spec.engine.frame_cache_mib.max(LEAST_MIB).min(part);
    let limits = Limits {
        bytes: mib << 20,
        entries: spec.engine.frame_cache_entries,
        workers,
        cores: host.cores,
        coverage: coverage(std::env::var(COVERAGE_VARIABLE).ok().as_deref()),
    };
    let sources = sources(spec, tools);
    let plan = prepare(clips, &sources, limits, spec.fps, duration, total_frames).await?;
    match plan {
        Some(mut plan) => {
            let notes = std::mem::take(&mut plan.notes);
            Ok((Some(Injector::start(plan).await?), notes))
        }
        None => Ok((None, Vec::new())),
    }
}

/// Upstream's reading of the variable: 0 and less turn the gate off, more than 1 means 1.
fn coverage(variable: Option<&str>) -> Option<f64> {
    let given = variable.map(|text| text.trim().parse::<f64>());
    match given {
        Some(Ok(share)) if share.is_finite() => (share > 0.0).then_some(share.min(1.0)),
        _ => Some(COVERAGE_DEFAULT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gate_reads_as_upstream_reads_it() {
        assert_eq!(coverage(None), Some(0.95));
        assert_eq!(coverage(Some("nonsense")), Some(0.95));
        assert_eq!(coverage(Some("0")), None);
        assert_eq!(coverage(Some("7")), Some(1.0));
        assert_eq!(coverage(Some(" 0.5 ")), Some(0.5));
    }

    #[test]
    fn a_clip_that_was_seen_shows_then() {
        let dir = tempfile::tempdir().unwrap();
        let mut json = super::super::spec::tests::sample(dir.path(), serde_json::json!({}));
        let clip = |id| serde_json::json!({"id": id, "src": "a.mp4", "start": 0, "end": 9});
        json["composition"]["media"] = serde_json::json!({"videos": [clip("a"), clip("b")]});
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        let seen = |start, end| SeenClip {
            id: "b".into(),
            start,
            end,
        };
        let found = clips(&spec, &[seen(1.5, 3.0)]).unwrap();
        let times: Vec<_> = found.iter().map(|clip| (clip.start, clip.end)).collect();
        assert_eq!(times, [(0.0, 9.0), (1.5, 3.0)]);
        assert_eq!(
            clips(&spec, &[seen(2.0, 2.0)]).unwrap()[1].end,
            9.0,
            "never seen"
        );
    }

    #[test]
    fn an_unreadable_clip_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut json = super::super::spec::tests::sample(dir.path(), serde_json::json!({}));
        json["composition"]["media"] = serde_json::json!({"videos": [{"id": "a"}]});
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        let text = clips(&spec, &[]).unwrap_err().to_string();
        assert!(
            text.contains("media.videos[0]") && text.contains("src"),
            "{text}"
        );
    }
}
