//! The job's source video: which clips there are, and within which bounds they are injected.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use futures::future::{BoxFuture, join_all};

use super::error::RenderError;
use crate::composition::VideoClip;
use crate::encode::Tools;
use crate::inject::{Injector, Limits, Sources, prepare, source_facts};
use crate::machine::Host;
use crate::page::{InjectionConfig, SeenClip};
use crate::plan::RenderPlan;
use crate::process::Groups;
use crate::spec::RenderSpec;
use crate::sync::IgnorePoison;

/// Longest wait for one source frame, whatever the configuration allows ffmpeg.
const LONGEST_FRAME: Duration = Duration::from_secs(120);

/// The clips of a composition; those the page was asked about show when they were `seen`.
pub(crate) fn clips(spec: &RenderSpec, seen: &[SeenClip]) -> Vec<VideoClip> {
    let mut clips = spec.composition.media.videos.clone();
    for clip in &mut clips {
        let shown = seen.iter().find(|seen| seen.id == clip.id);
        if let Some(shown) = shown.filter(|shown| shown.end > shown.start) {
            (clip.start, clip.end) = (shown.start, shown.end);
        }
    }
    clips
}

/// The decoders of a job, of all its attempts.
#[derive(Default)]
pub(super) struct OpenDecoders(Mutex<Vec<BoxFuture<'static, ()>>>);

impl OpenDecoders {
    /// Remembers how an attempt's are ended.
    pub fn add(&self, ending: impl Future<Output = ()> + Send + 'static) {
        self.lock().push(Box::pin(ending));
    }

    /// Ends all; returns when their processes are gone.
    pub async fn end(&self) {
        let endings = std::mem::take(&mut *self.lock());
        join_all(endings).await;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<BoxFuture<'static, ()>>> {
        self.0.lock().ignore_poison()
    }
}

/// Where the job's sources and tools are.
pub(super) fn sources(spec: &RenderSpec, tools: &Tools, groups: Groups) -> Sources {
    let composition = &spec.composition;
    let patience = Duration::from_millis(spec.engine.ffmpeg_process_timeout_ms);
    Sources {
        project_dir: composition.project_dir.clone(),
        compiled_dir: composition.compiled_dir.clone(),
        ffmpeg: tools.ffmpeg.clone(),
        ffprobe: tools.ffprobe.clone(),
        deadline: patience.min(LONGEST_FRAME),
        groups,
        wide: false,
    }
}

/// What a page that is only asked something is told of its clips, so that it loads none of them.
pub(super) async fn facts(spec: &RenderSpec, tools: &Tools) -> InjectionConfig {
    let clips = &spec.composition.media.videos;
    let clips = source_facts(clips, &sources(spec, tools, Groups::default())).await;
    InjectionConfig { url: None, clips }
}

/// Starts the injection of the job's clips into the plan's frames, which last `duration` seconds;
/// `None` when none ever shows. The texts are for the log.
///
/// # Errors
/// [`RenderError::Media`] naming the clip at fault.
pub(super) async fn start(
    spec: &RenderSpec,
    clips: &[VideoClip],
    tools: &Tools,
    host: Host,
    plan: &RenderPlan,
    groups: Groups,
    duration: f64,
) -> Result<(Option<Injector>, Vec<String>), RenderError> {
    if clips.is_empty() {
        return Ok((None, Vec::new()));
    }
    let limits = Limits {
        bytes: plan.budget.source_frames_mib << 20,
        entries: spec.engine.frame_cache_entries,
        workers: plan.sizing.workers,
        cores: host.cores,
        coverage: spec.environment.coverage_threshold,
    };
    let sources = Sources {
        wide: plan.hdr.hdr,
        ..sources(spec, tools, groups)
    };
    let frames = plan.total_frames;
    match prepare(clips, &sources, limits, spec.fps, duration, frames).await? {
        Some(mut plan) => {
            let notes = std::mem::take(&mut plan.notes);
            Ok((Some(Injector::start(plan).await?), notes))
        }
        None => Ok((None, Vec::new())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clip_that_was_seen_shows_then() {
        let dir = tempfile::tempdir().unwrap();
        let mut json = crate::spec::testing::sample(dir.path(), serde_json::json!({}));
        let clip = |id| serde_json::json!({"id": id, "src": "a.mp4", "start": 0, "end": 9});
        json["composition"]["media"] = serde_json::json!({"videos": [clip("a"), clip("b")]});
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        let seen = |start, end| SeenClip {
            id: "b".into(),
            start,
            end,
        };
        let found = clips(&spec, &[seen(1.5, 3.0)]);
        let times: Vec<_> = found.iter().map(|clip| (clip.start, clip.end)).collect();
        assert_eq!(times, [(0.0, 9.0), (1.5, 3.0)]);
        assert_eq!(clips(&spec, &[seen(2.0, 2.0)])[1].end, 9.0, "never seen");
    }
}
