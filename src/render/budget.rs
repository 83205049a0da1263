//! The job's one memory budget and what is derived from it.

use serde::Serialize;

use super::host::Host;

/// Share of the machine one job may plan with.
const JOB_SHARE: f64 = 0.5;
/// A capturing Chrome before it holds any picture (measured: 150 to 260 MiB PSS on SwiftShader).
const BROWSER_BASE_MIB: u64 = 280;
/// Device-pixel buffers a Chrome keeps per page: tiles, compositor surfaces, read-back, encoder.
const BROWSER_FRAMES: u64 = 14;
/// Share of the budget that frames waiting between capture and encoder may fill.
const LOOK_AHEAD_SHARE: u64 = 8;
/// Frames per worker beyond which looking further ahead gains nothing.
const LOOK_AHEAD_PER_WORKER: u64 = 4;

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
}

impl MemoryBudget {
    /// The budget of a job whose output has `width` x `height` pixels, transparent with `alpha`.
    pub fn of(host: Host, width: u32, height: u32, alpha: bool) -> Self {
        let raw = u64::from(width) * u64::from(height) * 4;
        let total_mib = ((host.memory_mib as f64 * JOB_SHARE) as u64).max(256);
        Self {
            total_mib,
            per_worker_mib: BROWSER_BASE_MIB + ((raw * BROWSER_FRAMES) >> 20),
            look_ahead_bytes: (total_mib << 20) / LOOK_AHEAD_SHARE,
            // The worst JPEG of quality 100 (noise) comes to about 2 bytes a pixel.
            frame_bytes: if alpha { raw } else { raw / 2 },
        }
    }

    /// Workers the budget has room for, at least 1.
    pub fn workers(&self) -> u64 {
        let for_browsers = self.total_mib - self.total_mib / LOOK_AHEAD_SHARE;
        (for_browsers / self.per_worker_mib).max(1)
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
            memory in 512u64..262_144, width in 16u32..7680, height in 16u32..4320, alpha in any::<bool>(),
        ) {
            let budget = MemoryBudget::of(Host { cores: 8, memory_mib: memory }, width, height, alpha);
            let workers = budget.workers();
            let ahead = budget.look_ahead_frames(workers) * budget.frame_bytes;
            let planned = workers * budget.per_worker_mib + (ahead >> 20);
            // One worker is the least there can be, whatever the machine.
            prop_assert!(workers == 1 || planned <= budget.total_mib, "{planned} > {budget:?}");
        }
    }
}
