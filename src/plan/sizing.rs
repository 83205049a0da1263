//! How many workers a render gets, and what bound them. Names of bounds are upstream's.

use serde::Serialize;

use super::budget::MemoryBudget;
use crate::machine::Host;

/// Most workers ever, upstream's figure.
const MAX_WORKERS: u64 = 24;
/// Automatic counts stop here unless `concurrency` says more.
const MAX_AUTO_WORKERS: u64 = 16;
/// Fewer frames than this are captured before a second browser would be up.
const MIN_FRAMES: u64 = 60;
/// Frames a worker must have to be worth its start.
const FRAMES_PER_WORKER: u64 = 30;

/// Automatic counts begin with one worker for so many cores.
const CORES_PER_INITIAL_WORKER: u64 = 2;

/// What set the worker count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BoundBy {
    /// The caller's number.
    Explicit,
    /// Too short to share.
    TooFewFrames,
    /// Cores.
    Cpu,
    /// The memory budget.
    Memory,
    /// Frames per worker.
    Frames,
    /// The configured or built-in maximum.
    MaxWorkers,
    /// The page carries state from frame to frame, so one page must see them all.
    PageState,
}

/// A worker count and the figures it came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sizing {
    /// Workers there may be, at least 1.
    pub workers: u64,
    /// Workers the capture begins with; more join while cores are idle.
    pub initial_workers: u64,
    /// What set them.
    pub bound_by: BoundBy,
    /// Workers by cores.
    pub cpu_based_workers: u64,
    /// Workers by memory.
    pub memory_based_workers: u64,
    /// Workers by frames.
    pub frame_based_workers: u64,
    /// The maximum in force.
    pub effective_max_workers: u64,
}

/// What sizing depends on beside the machine.
#[derive(Debug, Clone, Copy)]
pub(super) struct SizingFacts {
    /// Frames to capture.
    pub frames: u64,
    /// The caller's number.
    pub explicit: Option<u32>,
    /// Bound of automatic counts.
    pub concurrency: Option<u32>,
    /// One worker unless told otherwise.
    pub low_memory: bool,
    /// Frames must be seen in order by one page.
    pub page_state: bool,
}

impl Sizing {
    /// The same with at most `workers`, which is all that memory feeds.
    pub fn bound_by_memory(self, workers: u64) -> Self {
        if workers >= self.workers {
            return self;
        }
        Self {
            workers,
            initial_workers: self.initial_workers.min(workers),
            memory_based_workers: workers,
            bound_by: BoundBy::Memory,
            ..self
        }
    }
}

/// Chrome has no use for more.
const MAX_RASTER_THREADS: u64 = 4;

/// Threads that raster each of a capture's first `workers` pages; by default there is a first
/// page for every two cores.
pub fn raster_threads(host: Host, workers: Option<u64>) -> usize {
    let cores = host.cores as u64;
    let workers = workers.unwrap_or(cores.div_ceil(CORES_PER_INITIAL_WORKER));
    (cores / workers.max(1)).clamp(1, MAX_RASTER_THREADS) as usize
}

/// Threads that raster pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RasterThreads {
    /// Of each browser that starts under this plan.
    pub each: usize,
    /// Of the first browser, where it had to start before the length was known: as if it were the
    /// only one. Absent where the compile stage knows the length.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_length: Option<usize>,
}

impl RasterThreads {
    /// Those of a capture that begins with `sizing`; `before_length` is the sizing from before the
    /// length was known, if there was such a time.
    pub(super) fn of(host: Host, sizing: &Sizing, before_length: Option<&Sizing>) -> Self {
        let threads = |sizing: &Sizing| raster_threads(host, Some(sizing.initial_workers));
        Self {
            each: threads(sizing),
            before_length: before_length.map(threads),
        }
    }
}

/// Decides the worker count.
pub(super) fn size(host: Host, budget: &MemoryBudget, demand: SizingFacts) -> Sizing {
    let max = demand
        .concurrency
        .map_or(MAX_AUTO_WORKERS, u64::from)
        .clamp(1, MAX_WORKERS);
    let cpu = (host.cores as u64).max(1);
    let memory = if demand.low_memory {
        1
    } else {
        budget.workers()
    };
    let frames = (demand.frames / FRAMES_PER_WORKER).max(1);
    let (workers, bound_by) = if demand.page_state {
        (1, BoundBy::PageState)
    } else if let Some(explicit) = demand.explicit {
        (u64::from(explicit).clamp(1, MAX_WORKERS), BoundBy::Explicit)
    } else if demand.frames < MIN_FRAMES {
        (1, BoundBy::TooFewFrames)
    } else {
        [
            (cpu, BoundBy::Cpu),
            (memory, BoundBy::Memory),
            (frames, BoundBy::Frames),
            (max, BoundBy::MaxWorkers),
        ]
        .into_iter()
        .min_by_key(|(count, _)| *count)
        .unwrap_or((1, BoundBy::Cpu))
    };
    // More workers than frames would only open browsers.
    let workers = workers.min(demand.frames.max(1));
    let initial_workers = match bound_by {
        BoundBy::Explicit => workers,
        // The encoder, and the raster threads of each browser, use cores as well.
        _ => workers.div_ceil(CORES_PER_INITIAL_WORKER),
    };
    Sizing {
        workers,
        initial_workers,
        bound_by,
        cpu_based_workers: cpu,
        memory_based_workers: memory,
        frame_based_workers: frames,
        effective_max_workers: max,
    }
}

#[cfg(test)]
mod tests {
    use super::super::budget::FrameBytes;
    use super::*;
    use crate::pixels::FrameFormat;

    fn sized(
        cores: usize,
        memory_mib: u64,
        patch: impl FnOnce(&mut SizingFacts),
    ) -> (u64, BoundBy) {
        let host = Host { cores, memory_mib };
        let mut demand = SizingFacts {
            frames: 600,
            explicit: None,
            concurrency: None,
            low_memory: false,
            page_state: false,
        };
        patch(&mut demand);
        let sizing = size(
            host,
            &MemoryBudget::of(host, 1920, 1080, FrameBytes::whole(FrameFormat::Yuv420)),
            demand,
        );
        (sizing.workers, sizing.bound_by)
    }

    #[test]
    fn each_bound_binds() {
        assert_eq!(sized(2, 24_000, |_| {}), (2, BoundBy::Cpu));
        assert_eq!(sized(64, 4_000, |_| {}).1, BoundBy::Memory);
        assert_eq!(sized(16, 64_000, |d| d.frames = 90), (3, BoundBy::Frames));
        assert_eq!(
            sized(16, 64_000, |d| d.frames = 59),
            (1, BoundBy::TooFewFrames)
        );
        assert_eq!(sized(64, 256_000, |_| {}), (16, BoundBy::MaxWorkers));
        assert_eq!(
            sized(64, 256_000, |d| d.concurrency = Some(3)),
            (3, BoundBy::MaxWorkers)
        );
        assert_eq!(
            sized(2, 24_000, |d| d.explicit = Some(99)),
            (24, BoundBy::Explicit)
        );
        assert_eq!(
            sized(8, 24_000, |d| d.low_memory = true),
            (1, BoundBy::Memory)
        );
        assert_eq!(
            sized(8, 24_000, |d| d.page_state = true),
            (1, BoundBy::PageState)
        );
    }

    #[test]
    fn memory_can_bind_later() {
        let host = Host {
            cores: 8,
            memory_mib: 24_000,
        };
        let demand = SizingFacts {
            frames: 600,
            explicit: None,
            concurrency: None,
            low_memory: false,
            page_state: false,
        };
        let sizing = size(
            host,
            &MemoryBudget::of(host, 64, 64, FrameBytes::whole(FrameFormat::Yuv420)),
            demand,
        );
        let sizing = sizing.bound_by_memory(9);
        assert_eq!((sizing.workers, sizing.bound_by), (8, BoundBy::Cpu));
        let sizing = sizing.bound_by_memory(2);
        assert_eq!((sizing.workers, sizing.initial_workers), (2, 2));
        assert_eq!(sizing.bound_by, BoundBy::Memory);
    }

    #[test]
    fn never_more_workers_than_frames() {
        assert_eq!(
            sized(8, 24_000, |d| (d.explicit, d.frames) = (Some(8), 3)).0,
            3
        );
    }
}
