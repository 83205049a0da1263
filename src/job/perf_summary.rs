//! The performance summary as callers get it: upstream's shape (docs/upstream.md), and figures of
//! our own in `native`. Times are milliseconds.

use serde::Serialize;

use crate::encode::Quality;
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
