//! One job of capturing: what is captured, how, and who is told.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::capture_browser::{CaptureBrowser, CaptureBrowserOptions};
use super::error::CaptureError;
use super::memory_policy::{BrowserRoom, Excess};
use super::passes::FramePasses;
use super::raster::Raster;
use super::sink::FrameSink;
use super::timing::StageTotals;
use super::witness::Witness;
#[cfg(feature = "test-switches")]
use crate::composition::FrameOrder;
use crate::composition::FrameRange;
use crate::machine::{Staff, WorkerGrant};
use crate::sync::IgnorePoison;

/// Halves of what is expected of a browser that it may hold before it is replaced, however little there is.
const LEAST_HALVES: u64 = 3;

/// What is to be captured, and who is told.
pub struct CaptureJob {
    /// How browsers are opened.
    pub plan: CaptureBrowserOptions,
    /// The frames.
    pub frames: FrameRange,
    /// Pages must have seen every frame before the one that they show, from the first of the composition on.
    pub visits_all: bool,
    /// Workers to begin with, at least 1.
    pub workers: usize,
    /// Workers there may ever be.
    pub max_workers: usize,
    /// Where they come from.
    pub staffing: Staffing,
    /// Which captures each frame needs.
    pub passes: Arc<dyn FramePasses>,
    /// Where frames go.
    pub sink: Arc<dyn FrameSink>,
    /// Whose photographs some of the frames must equal, if anybody's.
    pub witness: Option<Witness>,
    /// Who is told.
    pub observer: Arc<dyn CaptureObserver>,
    /// Which of them workers take next.
    pub queue: FrameQueue,
    /// The order in which workers take frames; the sink must admit them all.
    #[cfg(feature = "test-switches")]
    pub order: FrameOrder,
}

/// Where the workers beside the first come from. Each is held until it has ended.
#[derive(Debug)]
pub struct Staffing {
    /// Those that the capture begins with.
    pub hired: Mutex<Vec<WorkerGrant>>,
    /// Where it gets more.
    pub staff: Staff,
    /// What each takes, MiB.
    pub worker_mib: u64,
}

impl Staffing {
    /// One that is to capture from the beginning, or one more; `None` where other jobs have the rest.
    pub(super) fn take(&self) -> Option<WorkerGrant> {
        let hired = self.hired.lock().ignore_poison().pop();
        hired.or_else(|| self.staff.another(self.worker_mib))
    }

    /// Whether there would be one more.
    pub(super) fn has_room(&self) -> bool {
        self.staff.has_room(self.worker_mib)
    }

    /// What the browser of a worker may hold now.
    pub(super) fn browser_room(&self) -> BrowserRoom {
        let share_mib = self.staff.browser_share_mib(self.worker_mib);
        BrowserRoom {
            share_mib,
            limit_mib: share_mib.max(self.worker_mib * LEAST_HALVES / 2),
        }
    }
}

/// Which frames workers take.
#[derive(Debug)]
pub enum FrameQueue {
    /// All, in order; holds how many workers have taken.
    All(AtomicU64),
    /// Those that somebody asks for, as long as there are any; one worker takes them.
    Asked(Mutex<VecDeque<u64>>),
}

impl FrameQueue {
    /// All frames of the job.
    pub fn all() -> Self {
        Self::All(AtomicU64::new(0))
    }

    /// Of nothing so far.
    pub fn asked() -> Self {
        Self::Asked(Mutex::default())
    }

    /// Asks for `frames`; they are rising.
    pub(super) fn ask(&self, frames: &[u64]) {
        if let Self::Asked(queue) = self {
            queue.lock().ignore_poison().extend(frames);
        }
    }
}

/// Told how a capture goes.
pub trait CaptureObserver: Send + Sync {
    /// A worker's page may be captured.
    fn ready(&self, browser: &CaptureBrowser);
    /// A page was brought to a frame, or a part of one was captured.
    fn moved(&self);
    /// `worker` continues at `frame` in a fresh browser.
    fn restarted(&self, worker: usize, frame: u64, why: &CaptureError);
    /// `worker` continues at `frame` in a fresh browser, because the one before had grown.
    fn renewed(&self, worker: usize, frame: u64, why: Excess);
    /// It was decided how pages are rastered.
    fn rastered(&self, raster: Raster);
    /// One more worker starts, because `idle_cores` cores have nothing to do.
    fn joined(&self, worker: usize, idle_cores: f64);
    /// Frames do not come sooner with `worker`, which had joined: it takes no more.
    fn dismissed(&self, worker: usize);
    /// `worker`, which had joined and holds no frame, ends; the others go on.
    fn left(&self, worker: usize, why: &CaptureError);
}

/// What a capture did.
#[derive(Debug, Clone, Default)]
pub struct CaptureReport {
    /// Sums over all workers.
    pub totals: StageTotals,
    /// Workers that took part.
    pub workers: usize,
    /// Scripts of a page set the volume of an element; known where pages notice it.
    pub sets_volume: bool,
    /// Frames that a witness's screenshots equal.
    pub compared: usize,
}

impl CaptureJob {
    /// Takes the next frame to capture; `None` when all are taken.
    pub(super) fn take_frame(&self) -> Option<u64> {
        let next = match &self.queue {
            FrameQueue::Asked(queue) => return queue.lock().ignore_poison().pop_front(),
            FrameQueue::All(next) => next,
        };
        // More workers than `u64` has room for beyond the last frame are not to be had.
        let place = next.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "test-switches")]
        let place = match self.frames.count() {
            count if place < count => self.order.frame(place, count),
            _ => place,
        };
        self.frames.at(place)
    }

    /// Frames that no worker took, where all are captured.
    pub(super) fn left(&self) -> u64 {
        self.frames.count().saturating_sub(self.taken())
    }

    /// Frames that some worker took; where all are captured, and else none.
    pub(super) fn taken(&self) -> u64 {
        match &self.queue {
            FrameQueue::All(next) => next.load(Ordering::Relaxed).min(self.frames.count()),
            FrameQueue::Asked(_) => 0,
        }
    }
}
