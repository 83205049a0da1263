//! The performance summary as callers get it: upstream's shape (docs/upstream.md), and figures of
//! our own in `native`. Times are milliseconds.

use serde::Serialize;
use serde_json::json;

use super::context::JobContext;
use super::summary::Outcome;
use crate::encode::Quality;
use crate::inject::InjectionReport;
use crate::plan::Sizing;

/// Figures of a finished render.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativePerfSummary"))]
pub struct PerfSummary {
    /// The job's id.
    pub render_id: String,
    /// From the start of the job to the staged file.
    pub total_elapsed_ms: f64,
    /// Frames per second.
    pub fps: f64,
    /// Preset.
    pub quality: Quality,
    /// Capture workers that took part.
    pub workers: usize,
    /// How the number of workers came about.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub worker_sizing: Sizing,
    /// Always false: frames are encoded in one stream.
    pub chunked_encode: bool,
    /// Always null.
    pub chunk_size_frames: Option<u64>,
    /// Seconds.
    pub composition_duration_seconds: f64,
    /// Frames.
    pub total_frames: u64,
    /// Of the output.
    pub resolution: Resolution,
    /// Clips.
    pub video_count: usize,
    /// Sounds.
    pub audio_count: usize,
    /// By stage.
    pub stages: StageSummary,
    /// Of capture, per frame.
    pub capture_avg_ms: f64,
    /// What the frame in the middle took from its seek to its delivery, by that.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub capture_p50_ms: Option<f64>,
    /// What the slowest one took.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(test, ts(optional))]
    pub capture_peak_ms: Option<f64>,
    /// What Chrome said of the frames.
    pub begin_frame_reuse: BeginFrameReuse,
    /// Figures that upstream does not have.
    #[cfg_attr(test, ts(type = "Record<string, unknown>"))]
    pub native: serde_json::Value,
}

/// Pixels.
#[derive(Debug, Clone, Copy, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Resolution {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
}

/// Times by stage, ms.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativeStageSummary"))]
pub struct StageSummary {
    /// Starting browsers, loading and capturing.
    pub capture_ms: f64,
    /// Starting browsers and loading.
    pub capture_setup_ms: f64,
    /// Capturing.
    pub capture_frame_ms: f64,
    /// Encoding, beside capture and after it.
    pub encode_ms: f64,
    /// Making the sound, beside capture; 0 without one.
    pub audio_process_ms: f64,
    /// Putting the file together.
    pub assemble_ms: f64,
}

/// Frames that Chrome reported as undamaged, and others.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BeginFrameReuse {
    /// Equal to the frame before.
    pub no_damage_frames: u64,
    /// All others.
    pub has_damage_frames: u64,
}

/// `perfSummary` (docs/upstream.md#performance-summary) with `native` inside, of a render that took
/// `total_ms` milliseconds.
pub(super) fn perf_summary(job: &JobContext<'_>, outcome: &Outcome, total_ms: f64) -> PerfSummary {
    let Outcome {
        frames: made,
        attempt,
        failed,
        finished,
        checked_frames,
    } = outcome;
    let (spec, plan) = (job.spec, &attempt.plan);
    let (captured, encoded) = (&made.captured, &made.captured.encoded);
    let attempts: Vec<_> = failed.iter().chain([attempt]).collect();
    let totals = &captured.capture.totals;
    let frames = totals.frames.max(1) as f64;
    let frame_times = totals.frame_times();
    let per_frame = |ms: f64| round2(ms / frames);
    PerfSummary {
        render_id: spec.job_id.clone(),
        total_elapsed_ms: total_ms.round(),
        fps: spec.fps.as_f64(),
        quality: spec.encode.quality,
        workers: captured.capture.workers,
        worker_sizing: plan.sizing,
        chunked_encode: false,
        chunk_size_frames: None,
        composition_duration_seconds: made.seconds,
        total_frames: plan.frames.count(),
        resolution: Resolution {
            width: plan.output_width,
            height: plan.output_height,
        },
        video_count: spec.composition.media.videos.len(),
        audio_count: spec.composition.media.audios.len(),
        stages: StageSummary {
            capture_ms: (made.setup_ms + made.capture_ms).round(),
            capture_setup_ms: made.setup_ms.round(),
            capture_frame_ms: made.capture_ms.round(),
            encode_ms: (made.capture_ms + encoded.drain_ms).round(),
            audio_process_ms: made.sound.as_ref().map_or(0.0, |sound| sound.ms).round(),
            assemble_ms: finished.ms.round(),
        },
        capture_avg_ms: round2(made.capture_ms / frames),
        capture_p50_ms: frame_times.map(|(middle, _)| round2(middle)),
        capture_peak_ms: frame_times.map(|(_, most)| round2(most)),
        begin_frame_reuse: BeginFrameReuse {
            no_damage_frames: totals.reused,
            has_damage_frames: totals.frames - totals.reused,
        },
        native: json!({
            "mode": plan.capture.lane.launch_mode(),
            "lane": plan.capture.lane.name(),
            "attempts": attempts,
            "checkedFrames": checked_frames,
            "comparedWithScreenshots": captured.capture.compared,
            "msPerFrame": {
                "seek": per_frame(totals.seek_ms),
                "capture": per_frame(totals.capture_ms),
                "convert": per_frame(totals.convert_ms),
                "fenceWait": per_frame(totals.fence_wait_ms),
                "encodeWait": per_frame(encoded.wait_ms),
            },
            "firstFrameMs": (made.setup_ms + encoded.first_frame_ms).round(),
            "encodeDrainMs": encoded.drain_ms.round(),
            "reusedFrames": totals.reused,
            "visitedFrames": totals.visited,
            "pagesOpenedAgain": totals.opened_again,
            "browsersAskedForMemory": totals.asked_for_memory,
            "browsersRenewed": totals.renewed,
            "encoderInputBytes": encoded.report.input_bytes,
            "fencePeakFrames": captured.fence_peak,
            "peakTreeBytes": job.memory.peak_bytes(),
            "budget": plan.budget,
            "granted": plan.granted,
            "sourceFrames": made.injection,
            "transitions": captured.assembly.transitions,
            "hdr": captured.assembly.hdr,
            "motionBlur": captured.assembly.blur,
            "frameCache": made.injection.as_ref().map(InjectionReport::frame_cache),
        }),
    }
}

fn round2(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}
