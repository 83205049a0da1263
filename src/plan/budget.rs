//! The job's one memory budget and what is derived from it.

use serde::Serialize;

use crate::pixels::FrameFormat;

/// A capturing Chrome before it holds any picture (measured: 150 to 260 MiB PSS on SwiftShader).
const BROWSER_BASE_MIB: u64 = 280;
/// Device-pixel buffers a Chrome keeps per page: tiles, compositor surfaces, read-back, encoder.
const BROWSER_FRAMES: u64 = 14;
/// Share of the budget that frames waiting between capture and encoder may fill.
const LOOK_AHEAD_SHARE: u64 = 8;
/// Part of the budget that source frames may take.
const SOURCE_FRAMES_SHARE: u64 = 4;
/// The least source frames may be given, MiB (upstream's floor).
const LEAST_SOURCE_FRAMES_MIB: u64 = 64;
/// Frames per worker beyond which looking further ahead gains nothing.
const LOOK_AHEAD_PER_WORKER: u64 = 4;

/// Single frames that are captured before the first of them is given out, where memory has room for them:
/// a page fetches source frames ahead, and its last frames are checked at the end.
pub const MOST_AT_ONCE: usize = 8;
/// Single frames that were given out and of which no picture file has been made yet; the page is not asked
/// for more before.
pub const MOST_OUT: usize = 4;
/// Bytes a pixel of a frame that is being averaged: four sums, and three pictures of RGBA.
const BLUR_BYTES: u64 = 16 + 12;

/// Share of the budget that frames being blended may fill.
pub const RING_SHARE: u64 = 8;
/// Share of the budget for noise fields.
pub const FIELD_SHARE: u64 = 16;

/// Bytes a pixel that one output frame holds between capture and encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FrameBytes(u64);

impl FrameBytes {
    /// Of a capture, as photographed or read.
    const RGBA: u64 = 4;
    /// Of a source's picture and of a finished HDR frame.
    const RGB48: u64 = 6;

    /// A frame that waits as one picture of `format`.
    pub fn whole(format: FrameFormat) -> Self {
        Self(match format {
            // The worst JPEG of quality 100 (noise) comes to about 2 bytes a pixel; raw frames
            // of opaque renders may turn into JPEGs once the browser is known.
            FrameFormat::Jpeg | FrameFormat::Yuv420 => 2,
            FrameFormat::Rgba => Self::RGBA,
            FrameFormat::Rgb48 => Self::RGB48,
        })
    }

    /// A frame that waits as `captures` of the page, and `pictures` of 16 bits a channel: those of
    /// HDR sources, and the frames made of them.
    pub fn layered(captures: u64, pictures: u64) -> Self {
        Self(captures * Self::RGBA + pictures * Self::RGB48)
    }
}

/// Memory in MiB, and frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MemoryBudget {
    /// For everything the job starts.
    pub total_mib: u64,
    /// Expected of one worker's browser.
    pub per_worker_mib: u64,
    /// Most bytes of frames waiting at the fence.
    pub look_ahead_bytes: u64,
    /// Size of one frame at the fence that is planned with, bytes.
    pub frame_bytes: u64,
    /// For source frames, decoded and converted; 0 without clips.
    pub source_frames_mib: u64,
    /// For the processes that decode clips, and what HDR clips hold beyond the room for source frames.
    pub decoders_mib: u64,
    /// For frames being blended and what they are blended with; 0 without transitions.
    pub blending_mib: u64,
}

impl MemoryBudget {
    /// The budget of a job that plans with `total_mib`, and whose output has `width` x `height` pixels.
    pub fn of(total_mib: u64, width: u32, height: u32, frame: FrameBytes) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        let raw = pixels * 4;
        Self {
            total_mib,
            per_worker_mib: BROWSER_BASE_MIB + ((raw * BROWSER_FRAMES) >> 20),
            look_ahead_bytes: (total_mib << 20) / LOOK_AHEAD_SHARE,
            frame_bytes: pixels * frame.0,
            source_frames_mib: 0,
            decoders_mib: 0,
            blending_mib: 0,
        }
    }

    /// The same budget with room for source frames: `wanted_mib`, within bounds.
    pub fn with_source_frames(self, wanted_mib: u64) -> Self {
        let most = (self.total_mib / SOURCE_FRAMES_SHARE).max(LEAST_SOURCE_FRAMES_MIB);
        Self {
            source_frames_mib: wanted_mib.clamp(LEAST_SOURCE_FRAMES_MIB, most),
            ..self
        }
    }

    /// The same budget with room for decoders.
    pub fn with_decoders(self, mib: u64) -> Self {
        Self {
            decoders_mib: mib,
            ..self
        }
    }

    /// The same budget with room for blending.
    pub fn with_transitions(self) -> Self {
        Self {
            blending_mib: self.total_mib / RING_SHARE + self.total_mib / FIELD_SHARE,
            ..self
        }
    }

    /// The same budget with room for a sum of samples, and for samples on their way to it, beside each
    /// worker's browser; of `width` x `height` pixels.
    pub fn with_motion_blur(self, width: u32, height: u32) -> Self {
        let pixels = u64::from(width) * u64::from(height);
        Self {
            per_worker_mib: self.per_worker_mib + ((pixels * BLUR_BYTES) >> 20),
            ..self
        }
    }

    /// Workers the budget has room for, at least 1.
    pub fn workers(&self) -> u64 {
        let ahead = self.total_mib / LOOK_AHEAD_SHARE;
        let others = ahead + self.source_frames_mib + self.decoders_mib + self.blending_mib;
        let for_browsers = self.total_mib.saturating_sub(others) / self.per_worker_mib;
        // Each has one frame on its way at least.
        let for_frames = self.look_ahead_bytes / self.frame_bytes.max(1);
        for_browsers.min(for_frames).max(1)
    }

    /// Single frames with that width and height that are held before the first of them is given out: 1 to
    /// [`MOST_AT_ONCE`].
    pub fn frames_at_once(&self, width: u32, height: u32) -> usize {
        let bytes = (u64::from(width) * u64::from(height) * FrameBytes::RGBA).max(1);
        let affordable = usize::try_from(self.look_ahead_bytes / bytes).unwrap_or(MOST_AT_ONCE);
        affordable.clamp(1, MOST_AT_ONCE)
    }

    /// Frames that workers may run ahead of the encoder, at least one per worker.
    pub fn look_ahead_frames(&self, workers: u64) -> u64 {
        let affordable = self.look_ahead_bytes / self.frame_bytes.max(1);
        affordable.clamp(workers, workers * LOOK_AHEAD_PER_WORKER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn plans_stay_inside_the_budget(
            memory in 512u64..262_144, width in 16u32..7680, height in 16u32..4320,
            frame in prop::sample::select(vec![
                FrameBytes::whole(FrameFormat::Yuv420), FrameBytes::whole(FrameFormat::Rgba),
                FrameBytes::layered(2, 2), FrameBytes::layered(6, 5),
            ]),
            transitions in any::<bool>(),
            source in proptest::option::of(0u64..4096),
        ) {
            let mut budget = MemoryBudget::of(memory / 2, width, height, frame);
            if let Some(wanted) = source {
                budget = budget.with_source_frames(wanted);
                prop_assert!(budget.source_frames_mib <= budget.total_mib / 4 || budget.source_frames_mib == 64);
            }
            if transitions {
                budget = budget.with_transitions();
            }
            let workers = budget.workers();
            let ahead = budget.look_ahead_frames(workers) * budget.frame_bytes;
            let planned = workers * budget.per_worker_mib + (ahead >> 20) + budget.source_frames_mib
                + budget.blending_mib;
            // One worker is the least there can be, whatever the machine.
            prop_assert!(workers == 1 || planned <= budget.total_mib, "{planned} > {budget:?}");
        }
    }

    #[test]
    fn single_frames_that_are_held_stay_inside_their_share() {
        let frame = FrameBytes::whole(FrameFormat::Rgba);
        let budget = |mib| MemoryBudget::of(mib, 3840, 2160, frame);
        assert_eq!(budget(12_000).frames_at_once(3840, 2160), MOST_AT_ONCE);
        assert_eq!(budget(1024).frames_at_once(3840, 2160), 4);
        assert_eq!(budget(64).frames_at_once(3840, 2160), 1);
    }
}
