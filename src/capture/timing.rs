//! Where a frame's time goes.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Milliseconds summed over frames, per stage.
#[derive(Debug, Clone, Copy, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StageTotals {
    /// Frames counted.
    pub frames: u64,
    /// Seek and everything that settles with it, in the page.
    pub seek_ms: f64,
    /// Drawing the frame, and photographing it where the lane does.
    pub capture_ms: f64,
    /// Reading, proving and converting it after that.
    pub convert_ms: f64,
    /// Waiting for room in the look-ahead window.
    pub fence_wait_ms: f64,
    /// Frames whose page reported no change.
    pub reused: u64,
    /// Frames that pages were taken through without being captured, because what they show
    /// depends on the frames before.
    pub visited: u64,
    /// Times that a page was opened again.
    pub opened_again: u64,
}

impl StageTotals {
    /// Adds another worker's totals.
    pub fn add(&mut self, other: &Self) {
        self.frames += other.frames;
        self.seek_ms += other.seek_ms;
        self.capture_ms += other.capture_ms;
        self.convert_ms += other.convert_ms;
        self.fence_wait_ms += other.fence_wait_ms;
        self.reused += other.reused;
        self.visited += other.visited;
        self.opened_again += other.opened_again;
    }
}

/// A lap timer.
#[derive(Debug)]
pub struct StageClock(Instant);

impl StageClock {
    /// Starts now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Milliseconds since the last lap; starts the next.
    pub fn lap_ms(&mut self) -> f64 {
        let now = Instant::now();
        let lap: Duration = now - self.0;
        self.0 = now;
        lap.as_secs_f64() * 1000.0
    }
}
