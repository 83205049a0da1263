//! The performance summary: upstream's shape, and a `native` object of our own.

use serde_json::json;

use super::context::JobContext;
use super::outcome::Outcome;
use super::perf_summary::{BeginFrameReuse, PerfSummary, Resolution, StageSummary};
use crate::inject::InjectionReport;

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
