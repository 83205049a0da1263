//! What assembling HDR frames did, for the summary.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use serde::Serialize;

/// What was done.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HdrReport {
    /// ffmpeg's name of the output's transfer function.
    pub(super) transfer: &'static str,
    /// Clips and images that are HDR.
    pub(super) videos: usize,
    pub(super) images: usize,
    /// Frames assembled, those of transitions included.
    pub(super) composed: u64,
    /// Frames of transitions.
    pub(super) blended: u64,
    /// Layers of the page that were photographed.
    pub(super) dom_captures: u64,
    /// Pictures laid over frames.
    pub(super) video_blits: u64,
    pub(super) image_blits: u64,
    /// Pictures decoded of clips.
    pub(super) decoded_frames: u64,
    /// Files decoded of images.
    pub(super) decoded_images: u64,
    /// Sum of the time that frames waited for pictures of clips, ms.
    pub(super) source_wait_ms: f64,
    /// Sum of the time they were assembled in, ms.
    pub(super) compose_ms: f64,
    /// Most frames in the making at once.
    pub(super) peak_frames: u64,
}

/// Counts while frames are assembled.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub composed: Counter,
    pub blended: Counter,
    pub dom_captures: Counter,
    pub video_blits: Counter,
    pub image_blits: Counter,
    pub source_wait_us: Counter,
    pub compose_us: Counter,
}

#[derive(Debug, Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub fn add_one(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }

    /// Adds the microseconds since `start`.
    pub fn add_time(&self, start: Instant) {
        let spent = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.fetch_add(spent, Ordering::Relaxed);
    }

    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    /// Microseconds as milliseconds.
    pub fn ms(&self) -> f64 {
        self.get() as f64 / 1000.0
    }
}
