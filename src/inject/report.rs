//! What an injection did, for the summary of a render.

use serde::Serialize;

use crate::video::CacheStats;

/// What an injection did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InjectionReport {
    /// Clips.
    pub clips: usize,
    /// Decodes, each one ffmpeg at a time.
    pub streams: usize,
    /// Source frames decoded.
    pub decoded_frames: u64,
    /// Decodes begun again because an earlier frame was needed: loops, lost browsers.
    pub restarts: u64,
    /// Source frames handed to pages.
    pub injected_frames: u64,
    /// Their bytes.
    pub injected_bytes: u64,
    /// Answers that were written into the memory of their page.
    pub placed_answers: u64,
    /// Cache of converted frames.
    #[serde(skip)]
    pub cache: CacheStats,
    /// Most bytes of source frames in memory at once, decoded and converted.
    #[serde(skip)]
    pub peak_bytes: u64,
    /// Their bound.
    #[serde(skip)]
    pub budget_bytes: u64,
}

impl InjectionReport {
    /// The cache's figures with the bytes of all source frames, cached or not, and their bound.
    pub fn frame_cache(&self) -> serde_json::Value {
        let CacheStats {
            entries,
            bytes,
            peak_bytes,
            hits,
            misses,
            evictions,
            oversized,
        } = self.cache;
        serde_json::json!({
            "entries": entries, "bytes": bytes, "cachePeakBytes": peak_bytes,
            "hits": hits, "misses": misses, "evictions": evictions, "oversized": oversized,
            "peakBytes": self.peak_bytes, "budgetBytes": self.budget_bytes,
        })
    }
}
