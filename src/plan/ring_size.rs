//! How many frames of transitions are in the making at a time.

use serde::Serialize;

use super::budget::{MemoryBudget, RING_SHARE};

/// Frames per worker unless said otherwise (upstream's ring).
const DEPTH: u64 = 4;

/// The ring of frames that are blended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RingSize {
    /// Frames per worker, rounded up.
    pub depth: u64,
    /// Frames of all workers together.
    pub frames: u64,
    /// Bytes all of them come to.
    pub bytes: u64,
}

/// One frame needs more than half of the job's memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameTooLarge {
    /// What it needs, MiB.
    pub needed_mib: u64,
}

impl RingSize {
    /// The ring of `workers` workers for frames of `frame_bytes` each; `asked` is the depth the
    /// user wants. Workers wait for room in it, so that there may be fewer frames than workers.
    ///
    /// # Errors
    /// [`FrameTooLarge`] when not even one frame fits.
    pub fn of(
        budget: &MemoryBudget,
        frame_bytes: u64,
        workers: u64,
        asked: Option<u64>,
    ) -> Result<Self, FrameTooLarge> {
        let total = budget.total_mib << 20;
        if frame_bytes > total / 2 {
            return Err(FrameTooLarge {
                needed_mib: frame_bytes >> 20,
            });
        }
        let workers = workers.max(1);
        let wanted = asked.unwrap_or(DEPTH).saturating_mul(workers).max(1);
        let frames = (total / RING_SHARE / frame_bytes.max(1)).clamp(1, wanted);
        Ok(Self {
            depth: frames.div_ceil(workers),
            frames,
            bytes: frames * frame_bytes,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::FrameFormat;
    use crate::plan::FrameBytes;

    #[test]
    fn rings_stay_within_their_share() {
        let budget = |memory_mib: u64| {
            let frame = FrameBytes::whole(FrameFormat::Yuv420);
            MemoryBudget::of(memory_mib / 2, 3840, 2160, frame)
        };
        // Buffers and pictures of a frame with and without transparency.
        for frame_bytes in [282_009_600, 431_308_800] {
            for (memory, workers, asked) in
                [(8192, 4, None), (8192, 24, Some(64)), (65_536, 4, None)]
            {
                let budget = budget(memory);
                let ring = RingSize::of(&budget, frame_bytes, workers, asked).unwrap();
                let share = (budget.total_mib << 20) / RING_SHARE;
                assert!(ring.bytes <= share, "{memory} MiB: {ring:?}");
                assert!(ring.frames <= ring.depth * workers && ring.frames > 0);
                assert!(ring.depth <= asked.unwrap_or(DEPTH));
            }
        }
        let refused = RingSize::of(&budget(512), 282_009_600, 1, None);
        assert_eq!(refused, Err(FrameTooLarge { needed_mib: 268 }));
    }
}
