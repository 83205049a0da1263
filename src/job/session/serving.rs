//! The task of a session: the stages of a render up to its first browser, and then frames as they are
//! asked for. A page that fails is opened again, in another lane where it is the lane that failed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::future::BoxFuture;

use super::frame_session::{SessionFacts, Shared};
use super::taken::Taken;
use crate::assemble::{Assembly, FrameTaker};
use crate::capture::{
    CaptureError, CaptureJob, FrameDemand, FrameQueue, SinkClosed, capture_on_demand,
};
use crate::composition::FrameRange;
use crate::inject::Injector;
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::stages::{
    ClipSources, Prepared, WorkerReporter, assembly_options, learn, prepare_source_frames,
    staffing, start_first_browser,
};
use crate::machine::Ledger;

/// Without a question for so long, a session gives its memory to a render that waits for it.
const UNUSED_AFTER: Duration = Duration::from_secs(2);
/// Browsers that may fail before a frame is given.
const MAX_FAILURES: u32 = 2;

/// Who waits, and the frames that are finished for them.
struct Service<'a> {
    shared: &'a Shared,
    facts: SessionFacts,
    taken: Arc<Taken>,
    has_answered: &'a AtomicBool,
    /// Frames that are captured before the first of them is given out.
    batch: usize,
}

/// Serves a session until it is closed.
///
/// # Errors
/// The [`RenderError`] because of which no more frames can be given.
pub(super) async fn serve(job: &JobContext<'_>, shared: &Shared) -> Result<(), RenderError> {
    let prepared = Prepared::of(job).await?;
    let mut attempt = Attempt::new(prepared.plan.clone());
    let mut failures = 0;
    loop {
        let has_answered = AtomicBool::new(false);
        let ended = serve_attempt(job, &prepared, &mut attempt, shared, &has_answered).await;
        job.decoders.end().await;
        let Err(error) = ended else { return Ok(()) };
        if has_answered.into_inner() {
            failures = 0;
        }
        if let Some(next) = attempt.next_try(&error, false) {
            attempt = Attempt::new(next.plan);
        } else if error.retryable() && failures < MAX_FAILURES {
            failures += 1;
        } else {
            return Err(error);
        }
        job.warn(&format!("the page of frames is opened again: {error}"));
    }
}

async fn serve_attempt(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    attempt: &mut Attempt,
    shared: &Shared,
    has_answered: &AtomicBool,
) -> Result<(), RenderError> {
    let first = start_first_browser(job, prepared, attempt).await?;
    let mut options = first.options.clone();
    let learnt = learn(job, prepared, first, attempt).await?;
    let sources = prepare_source_frames(job, prepared, &learnt.page, 0, attempt).await?;
    let ClipSources { injector, hdr } = sources;
    let plan = &attempt.plan;
    options.raster_threads = plan.raster_threads.each;
    options.page.source_frames = injector.as_ref().map(Injector::source_frames);
    let size = options.page.device_size();
    let look_ahead = plan.budget.look_ahead_frames(1);
    let assembled = assembly_options(job, plan, size, look_ahead, hdr)?;
    let taken = Arc::<Taken>::default();
    let taker = Arc::clone(&taken) as Arc<dyn FrameTaker>;
    let assembly = Assembly::new(assembled, taker)?;
    job.decoders.add(assembly.end());
    let total_frames = plan.total_frames;
    let captures = CaptureJob {
        plan: options,
        frames: FrameRange::whole(total_frames),
        // A render has one page go through all frames.
        visits_all: job.spec.composition.is_stateful(),
        workers: 1,
        max_workers: 1,
        staffing: staffing(prepared, plan, Vec::new()),
        passes: assembly.passes(),
        sink: assembly.sink(),
        witness: None,
        observer: Arc::new(WorkerReporter::new(job, 1)),
        queue: FrameQueue::asked(),
        #[cfg(feature = "test-switches")]
        order: Default::default(),
    };
    let service = Service {
        shared,
        facts: SessionFacts {
            duration_seconds: learnt.page.seconds,
            total_frames,
            fps: job.spec.fps,
            width: size.0,
            height: size.1,
            lane: plan.capture.lane.name(),
        },
        taken,
        has_answered,
        batch: plan.budget.frames_at_once(size.0, size.1),
    };
    let ended = capture_on_demand(&captures, &service, learnt.first).await;
    // The page only knows that its frames did not come.
    if let Some(error) = injector.as_ref().and_then(Injector::failure) {
        return Err(error.into());
    }
    if let Some(error) = assembly.failure() {
        return Err(error.into());
    }
    Ok(ended?)
}

impl FrameDemand for Service<'_> {
    fn next(&self, shown: Option<u64>) -> BoxFuture<'_, Option<Vec<u64>>> {
        Box::pin(async move {
            if shown.is_none() {
                // The page is open, and has told what it has to tell.
                self.shared.facts.send_replace(Some(self.facts));
                self.shared.opened().await;
            }
            let unused = async {
                tokio::time::sleep(UNUSED_AFTER).await;
                Ledger::of_process().short_of_open().await;
            };
            tokio::select! {
                biased;
                batch = self.shared.asks.next(shown, self.batch) => batch,
                () = unused => {
                    self.shared.end(RenderError::SessionYielded);
                    None
                }
            }
        })
    }

    fn captured<'a>(&'a self, frames: &'a [u64]) -> BoxFuture<'a, Result<(), CaptureError>> {
        Box::pin(async move {
            for frame in frames {
                let taken = self.taken.take(*frame).await;
                let picture = taken.map_err(|SinkClosed| CaptureError::Abandoned)?;
                let place = self.shared.places.place().await;
                self.shared.asks.answer(*frame, &place.put(picture));
            }
            self.has_answered.store(true, Ordering::Relaxed);
            Ok(())
        })
    }
}
