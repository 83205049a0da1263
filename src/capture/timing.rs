//! Where a frame's time goes.

use std::time::{Duration, Instant};

use serde::Serialize;

/// Milliseconds summed over frames, per stage.
#[derive(Debug, Clone, Default, Serialize)]
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
    /// Times that browsers were asked to give memory back, or to collect garbage.
    pub asked_for_memory: u64,
    /// Browsers that were replaced because they had grown.
    pub renewed: u64,
    /// What each frame took, from bringing a page to it until it was delivered. Seeking overlaps
    /// the frame before, so the sum is more than the time that passed.
    #[serde(skip)]
    pub frame_ms: Vec<f32>,
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
        self.asked_for_memory += other.asked_for_memory;
        self.renewed += other.renewed;
        self.frame_ms.extend_from_slice(&other.frame_ms);
    }

    /// The middle of what frames took, and the most; nothing without frames.
    pub fn frame_times(&self) -> Option<(f64, f64)> {
        let mut times = self.frame_ms.clone();
        times.sort_unstable_by(f32::total_cmp);
        let most = times.last()?;
        Some((f64::from(times[times.len() / 2]), f64::from(*most)))
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
        ms(lap)
    }
}

/// Milliseconds since `start`.
pub fn ms_since(start: Instant) -> f64 {
    ms(start.elapsed())
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_frames_are_those_of_all_workers() {
        let of = |frame_ms: &[f32]| StageTotals {
            frame_ms: frame_ms.to_vec(),
            ..StageTotals::default()
        };
        let mut all = of(&[]);
        assert_eq!(all.frame_times(), None);
        all.add(&of(&[9.0, 2.0]));
        all.add(&of(&[4.0]));
        assert_eq!(all.frame_times(), Some((4.0, 9.0)));
    }
}
