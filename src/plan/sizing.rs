//! How many workers a render gets, and what bound them. Names of bounds are upstream's.

use serde::Serialize;

use super::budget::MemoryBudget;
use crate::machine::Host;

/// Most workers ever, upstream's figure.
pub(super) const MAX_WORKERS: u64 = 24;
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
    /// The frames from which the user wants at least two workers.
    MinParallelFloor,
    /// The cores that the user wants for each worker of a long render.
    Contention,
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
    /// Frames from which there are at least two workers, where memory has room for them.
    pub min_parallel_frames: Option<u64>,
    /// Cores that each worker is to have.
    pub cores_per_worker: Option<f64>,
    /// One worker unless told otherwise.
    pub low_memory: bool,
    /// Frames must be seen in order by one page.
    pub page_state: bool,
}

impl SizingFacts {
    /// The `found` count as the user's settings change it: never beyond what memory feeds.
    fn wanted(self, host: Host, memory: u64, mut found: (u64, BoundBy)) -> (u64, BoundBy) {
        let is_parallel = self
            .min_parallel_frames
            .is_some_and(|least| self.frames >= least);
        if is_parallel && found.0 < 2 && memory >= 2 {
            found = (2, BoundBy::MinParallelFloor);
        }
        let Some(each) = self.cores_per_worker.filter(|each| *each > 0.0) else {
            return found;
        };
        let fitting = ((host.cores as f64 / each).floor() as u64).max(1);
        least(&[found, (fitting, BoundBy::Contention)])
    }
}

/// The first of the least.
fn least(bounds: &[(u64, BoundBy)]) -> (u64, BoundBy) {
    let least = bounds.iter().min_by_key(|(count, _)| *count);
    least.copied().unwrap_or((1, BoundBy::Cpu))
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

    /// The same that begins with at most `workers`; others may join later.
    pub fn begun_with(self, workers: u64) -> Self {
        Self {
            initial_workers: self.initial_workers.min(workers.max(1)),
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
        let bounds = [
            (cpu, BoundBy::Cpu),
            (memory, BoundBy::Memory),
            (frames, BoundBy::Frames),
            (max, BoundBy::MaxWorkers),
        ];
        demand.wanted(host, memory, least(&bounds))
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
            min_parallel_frames: None,
            cores_per_worker: None,
            low_memory: false,
            page_state: false,
        };
        patch(&mut demand);
        let sizing = size(
            host,
            &MemoryBudget::of(
                host.budget_mib(),
                1920,
                1080,
                FrameBytes::whole(FrameFormat::Yuv420),
            ),
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
    fn cores_for_each_worker_bind() {
        let each = |cores| move |d: &mut SizingFacts| d.cores_per_worker = Some(cores);
        assert_eq!(sized(8, 24_000, each(2.5)), (3, BoundBy::Contention));
        assert_eq!(sized(8, 24_000, each(100.0)), (1, BoundBy::Contention));
        assert_eq!(sized(8, 24_000, each(0.5)), (8, BoundBy::Cpu));
        let both = |d: &mut SizingFacts| (d.explicit, d.cores_per_worker) = (Some(4), Some(4.0));
        assert_eq!(sized(8, 24_000, both), (4, BoundBy::Explicit));
    }

    #[test]
    fn frames_can_demand_a_second_worker() {
        let from = |least| move |d: &mut SizingFacts| d.min_parallel_frames = Some(least);
        assert_eq!(sized(1, 24_000, from(601)), (1, BoundBy::Cpu));
        assert_eq!(sized(1, 24_000, from(600)), (2, BoundBy::MinParallelFloor));
        assert_eq!(sized(8, 24_000, from(600)), (8, BoundBy::Cpu));
        let little = |d: &mut SizingFacts| (d.low_memory, d.min_parallel_frames) = (true, Some(1));
        assert_eq!(sized(8, 24_000, little), (1, BoundBy::Memory));
        let short = |d: &mut SizingFacts| (d.frames, d.min_parallel_frames) = (59, Some(1));
        assert_eq!(sized(8, 24_000, short), (1, BoundBy::TooFewFrames));
        let both = |d: &mut SizingFacts| {
            (d.min_parallel_frames, d.cores_per_worker) = (Some(1), Some(2.0));
        };
        assert_eq!(sized(1, 24_000, both), (1, BoundBy::Contention));
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
            min_parallel_frames: None,
            cores_per_worker: None,
            low_memory: false,
            page_state: false,
        };
        let sizing = size(
            host,
            &MemoryBudget::of(
                host.budget_mib(),
                64,
                64,
                FrameBytes::whole(FrameFormat::Yuv420),
            ),
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
