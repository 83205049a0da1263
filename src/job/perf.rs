//! The performance summary: upstream's shape, and a `native` object of our own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::attempt::Attempt;
use crate::assemble::AssemblyReport;
use crate::capture::CaptureReport;
use crate::encode::EncodeReport;
use crate::inject::InjectionReport;
use crate::plan::RenderPlan;
use crate::process::{Groups, group_memory_bytes};
use crate::spec::RenderSpec;

/// Reading a Chrome's page tables takes milliseconds; more often would show in the result.
const SAMPLE_EVERY: Duration = Duration::from_millis(1000);

/// Milliseconds of each stage.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StageTimes {
    pub setup_ms: f64,
    pub capture_ms: f64,
    pub encode_wait_ms: f64,
    pub encode_drain_ms: f64,
    pub assemble_ms: f64,
    /// Of the sound, beside capture; absent without one.
    pub sound_ms: Option<f64>,
    pub first_frame_ms: f64,
    pub total_ms: f64,
}

/// Milliseconds since `start`.
pub(super) fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}

/// Watches the memory of the process groups a job starts.
#[derive(Debug, Clone, Default)]
pub(super) struct MemoryWatch {
    groups: Groups,
    peak: Arc<AtomicU64>,
}

impl MemoryWatch {
    pub fn add(&self, group: u32) {
        self.groups.add(group);
    }

    /// For children that list themselves while they run.
    pub fn groups(&self) -> Groups {
        self.groups.clone()
    }

    pub fn peak_bytes(&self) -> u64 {
        self.peak.load(Ordering::Relaxed)
    }

    /// Samples for ever; to be raced against the work.
    pub async fn sample(&self) -> std::convert::Infallible {
        loop {
            tokio::time::sleep(SAMPLE_EVERY).await;
            let groups = self.groups.ids();
            let sampled = tokio::task::spawn_blocking(move || group_memory_bytes(&groups)).await;
            self.peak.fetch_max(sampled.unwrap_or(0), Ordering::Relaxed);
        }
    }
}

/// Everything a summary is made of.
pub(super) struct Facts<'a> {
    pub spec: &'a RenderSpec,
    pub plan: &'a RenderPlan,
    pub duration: f64,
    pub times: StageTimes,
    pub capture: &'a CaptureReport,
    pub encode: EncodeReport,
    pub fence_peak_frames: usize,
    /// Frames compared with Chrome's own picture.
    pub checked_frames: u64,
    pub peak_tree_bytes: u64,
    /// All tries, the successful one last.
    pub attempts: &'a [Attempt],
    /// What the injection of source video did, if there was any.
    pub injection: Option<InjectionReport>,
    /// What assembling frames did.
    pub assembly: AssemblyReport,
}

/// `perfSummary` (spec/config-output-lifecycle.md 3.7) with `native` inside.
pub(super) fn summary(facts: &Facts<'_>) -> Value {
    let Facts {
        spec,
        plan,
        times,
        capture,
        ..
    } = facts;
    let totals = &capture.totals;
    let frames = totals.frames.max(1) as f64;
    let per_frame = |ms: f64| round2(ms / frames);
    json!({
        "renderId": spec.job_id,
        "totalElapsedMs": times.total_ms.round(),
        "fps": spec.fps.as_f64(),
        "quality": spec.encode.quality,
        "workers": capture.workers,
        "workerSizing": plan.sizing,
        "chunkedEncode": false,
        "chunkSizeFrames": null,
        "compositionDurationSeconds": facts.duration,
        "totalFrames": plan.total_frames,
        "resolution": { "width": plan.output_width, "height": plan.output_height },
        "videoCount": spec.composition.media.videos.len(),
        "audioCount": spec.composition.media.audios.len(),
        "stages": {
            "captureMs": (times.setup_ms + times.capture_ms).round(),
            "captureSetupMs": times.setup_ms.round(),
            "captureFrameMs": times.capture_ms.round(),
            "encodeMs": (times.capture_ms + times.encode_drain_ms).round(),
            "audioProcessMs": times.sound_ms.unwrap_or(0.0).round(),
            "assembleMs": times.assemble_ms.round(),
        },
        "captureAvgMs": round2(times.capture_ms / frames),
        "beginFrameReuse": {
            "noDamageFrames": totals.reused,
            "hasDamageFrames": totals.frames - totals.reused,
        },
        "native": {
            "mode": plan.capture.lane.launch_mode(),
            "lane": plan.capture.lane.name(),
            "attempts": facts.attempts,
            "checkedFrames": facts.checked_frames,
            "msPerFrame": {
                "seek": per_frame(totals.seek_ms),
                "capture": per_frame(totals.capture_ms),
                "convert": per_frame(totals.convert_ms),
                "fenceWait": per_frame(totals.fence_wait_ms),
                "encodeWait": per_frame(times.encode_wait_ms),
            },
            "firstFrameMs": times.first_frame_ms.round(),
            "encodeDrainMs": times.encode_drain_ms.round(),
            "reusedFrames": totals.reused,
            "encoderInputBytes": facts.encode.input_bytes,
            "fencePeakFrames": facts.fence_peak_frames,
            "peakTreeBytes": facts.peak_tree_bytes,
            "budget": plan.budget,
            "sourceFrames": facts.injection,
            "transitions": facts.assembly.transitions,
            "hdr": facts.assembly.hdr,
            "frameCache": facts.injection.as_ref().map(InjectionReport::frame_cache),
        },
    })
}

fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
