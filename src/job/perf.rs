//! The performance summary: upstream's shape, and a `native` object of our own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::perf_summary::{BeginFrameReuse, PerfSummary, Resolution, StageSummary};
use crate::assemble::AssemblyReport;
use crate::capture::CaptureReport;
use crate::encode::EncodeReport;
use crate::inject::InjectionReport;
use crate::plan::RenderPlan;
use crate::process::{Groups, tree_memory_bytes};
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
            let sampled = tokio::task::spawn_blocking(move || tree_memory_bytes(&groups)).await;
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
    /// What the injection of source video did, if there was any.
    pub injection: Option<InjectionReport>,
    /// What assembling frames did.
    pub assembly: AssemblyReport,
}

/// `perfSummary` (spec/config-output-lifecycle.md 3.7) with `native` inside.
pub(super) fn summary(facts: &Facts<'_>) -> PerfSummary {
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
    PerfSummary {
        render_id: spec.job_id.clone(),
        total_elapsed_ms: times.total_ms.round(),
        fps: spec.fps.as_f64(),
        quality: spec.encode.quality,
        workers: capture.workers,
        worker_sizing: plan.sizing,
        chunked_encode: false,
        chunk_size_frames: None,
        composition_duration_seconds: facts.duration,
        total_frames: plan.total_frames,
        resolution: Resolution {
            width: plan.output_width,
            height: plan.output_height,
        },
        video_count: spec.composition.media.videos.len(),
        audio_count: spec.composition.media.audios.len(),
        stages: StageSummary {
            capture_ms: (times.setup_ms + times.capture_ms).round(),
            capture_setup_ms: times.setup_ms.round(),
            capture_frame_ms: times.capture_ms.round(),
            encode_ms: (times.capture_ms + times.encode_drain_ms).round(),
            audio_process_ms: times.sound_ms.unwrap_or(0.0).round(),
            assemble_ms: times.assemble_ms.round(),
        },
        capture_avg_ms: round2(times.capture_ms / frames),
        begin_frame_reuse: BeginFrameReuse {
            no_damage_frames: totals.reused,
            has_damage_frames: totals.frames - totals.reused,
        },
        native: json!({
            "mode": plan.capture.mode,
            "lane": plan.capture.lane_name(),
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
        }),
    }
}

fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
