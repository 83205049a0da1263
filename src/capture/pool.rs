//! All workers of one job, and when one more is worth its start.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::capture_browser::{CaptureBrowser, CaptureBrowserOptions};
use super::error::CaptureError;
use super::layered::LayerRule;
use super::parts::{Transitions, Windows};
use super::timing::StageTotals;
use super::worker::{FrameSink, Start, run_worker};
use crate::machine::IdleCores;
use crate::page::PageScenes;
use crate::pixels::FrameFormat;

/// How often the pool asks itself whether it is large enough.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Core-seconds that a browser takes from its start to its first frame, about (measured: 1.1 to
/// 1.6 on the bench's pages).
const START_CORE_SECONDS: f64 = 1.5;
/// A browser must pay for its start this many times over.
const WORTH: f64 = 4.0;

/// What is to be captured, and who is told.
pub struct CaptureJob {
    /// How stations are built.
    pub plan: CaptureBrowserOptions,
    /// Frames `0..total_frames`.
    pub total_frames: u64,
    /// Workers to begin with, at least 1.
    pub workers: usize,
    /// Workers there may ever be.
    pub max_workers: usize,
    /// Where frames go.
    pub sink: Arc<dyn FrameSink>,
    /// Who is told.
    pub observer: Arc<dyn CaptureObserver>,
    /// The next frame nobody has taken.
    pub next: AtomicU64,
    /// Picks the frames to blend out of what a page says of its transitions.
    pub transitions: Option<TransitionRule>,
    /// Which layers of a page with HDR sources are photographed; absent for all other pages.
    pub layers: Option<LayerRule>,
}

/// Which of a page's transitions are blended, in which frames.
pub type TransitionRule = Arc<dyn Fn(&PageScenes) -> Option<Transitions> + Send + Sync>;

/// Told how a capture goes.
pub trait CaptureObserver: Send + Sync {
    /// A worker's page may be captured.
    fn ready(&self, station: &CaptureBrowser);
    /// `worker` continues at `frame` in a fresh browser.
    fn restarted(&self, worker: usize, frame: u64, why: &CaptureError);
    /// One more worker starts, because `idle_cores` cores have nothing to do.
    fn joined(&self, worker: usize, idle_cores: f64);
}

impl CaptureJob {
    /// Takes the next frame to capture; `None` when all are taken.
    pub(super) fn take_frame(&self) -> Option<u64> {
        // More workers than `u64` has room for beyond the last frame are not to be had.
        let frame = self.next.fetch_add(1, Ordering::Relaxed);
        (frame < self.total_frames).then_some(frame)
    }

    /// The frames that are blended from several captures of that station's page.
    pub(super) fn windows(&self, station: &CaptureBrowser) -> Option<Windows> {
        let scenes = &station.page.scenes;
        let transitions = self.transitions.as_ref()?(scenes)?;
        let clear = self.plan.format == FrameFormat::Rgba;
        Some(Windows { transitions, clear })
    }

    fn taken(&self) -> u64 {
        self.next.load(Ordering::Relaxed).min(self.total_frames)
    }
}

/// What a capture did.
#[derive(Debug, Clone, Default)]
pub struct CaptureReport {
    /// Sums over all workers.
    pub totals: StageTotals,
    /// Workers that took part.
    pub workers: usize,
}

/// Captures all frames; `first` is what worker 0 starts from, if anything. The first error ends the
/// other workers; an error that only says that the taker went away never hides one that says why.
///
/// # Errors
/// [`CaptureError`].
pub async fn capture_all(
    job: Arc<CaptureJob>,
    first: Option<Start>,
) -> Result<CaptureReport, CaptureError> {
    let mut workers = JoinSet::new();
    let mut first = first;
    let mut report = CaptureReport::default();
    let mut start = |workers: &mut JoinSet<_>, report: &mut CaptureReport| {
        let (job, slot, start) = (Arc::clone(&job), report.workers, first.take());
        workers.spawn(async move { run_worker(&job, slot, start).await });
        report.workers += 1;
    };
    for _ in 0..job.workers.max(1) {
        start(&mut workers, &mut report);
    }
    let mut growth = Growth::new(&job);
    let mut looks = tokio::time::interval(LOOK_EVERY);
    let mut abandoned = None;
    loop {
        let joined = tokio::select! {
            joined = workers.join_next() => joined,
            _ = looks.tick(), if report.workers < job.max_workers => {
                if let Some(idle) = growth.look(&job) {
                    job.observer.joined(report.workers, idle);
                    start(&mut workers, &mut report);
                }
                continue;
            }
        };
        match joined {
            None => return abandoned.map_or(Ok(report), Err),
            Some(Ok(Ok(totals))) => report.totals.add(&totals),
            Some(Ok(Err(CaptureError::Abandoned))) => abandoned = Some(CaptureError::Abandoned),
            Some(Ok(Err(error))) => return Err(error),
            Some(Err(failure)) if failure.is_panic() => {
                std::panic::resume_unwind(failure.into_panic())
            }
            Some(Err(_)) => abandoned = Some(CaptureError::Abandoned),
        }
    }
}

/// Decides from what the machine has left over, whatever keeps it busy: drawing, the encoder or
/// somebody else.
struct Growth {
    idle: IdleCores,
    since: Instant,
    taken: u64,
    /// Looks to let pass until a worker that just started shows in the figures.
    settle: u32,
}

/// Looks that pass after a start.
const SETTLE_LOOKS: u32 = 4;

impl Growth {
    fn new(job: &CaptureJob) -> Self {
        Self {
            idle: IdleCores::new(),
            since: Instant::now(),
            taken: job.taken(),
            settle: SETTLE_LOOKS,
        }
    }

    /// The idle cores, when one more worker would use them for long enough.
    fn look(&mut self, job: &CaptureJob) -> Option<f64> {
        let idle = self.idle.sample();
        let taken = job.taken();
        let (frames, elapsed) = (taken - self.taken, self.since.elapsed().as_secs_f64());
        (self.taken, self.since) = (taken, Instant::now());
        if self.settle > 0 {
            self.settle -= 1;
            return None;
        }
        if frames == 0 {
            return None;
        }
        let remaining = (job.total_frames - taken) as f64 * elapsed / frames as f64;
        if !worth_a_worker(idle, remaining) {
            return None;
        }
        self.settle = SETTLE_LOOKS;
        Some(idle)
    }
}

/// Whether `idle` cores over `remaining` seconds pay for another browser.
fn worth_a_worker(idle: f64, remaining: f64) -> bool {
    idle * remaining > WORTH * START_CORE_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_must_have_cores_and_time() {
        assert!(worth_a_worker(0.8, 20.0));
        assert!(!worth_a_worker(0.05, 20.0), "the cores are busy");
        assert!(!worth_a_worker(1.0, 2.0), "nearly done");
    }
}
