//! One capture worker: takes frames from the job in rising order, each when it has captured the
//! one before, with a browser of its own.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::compositor::Compositor;
use super::error::CaptureError;
use super::lane::{CaptureLane, LaneError, LaneFrame, Moment};
use super::pool::CaptureJob;
use super::station::{Bench, Station};
use super::timing::{StageClock, StageTotals};
use crate::browser::PageSession;

/// The taker of frames is gone; nobody wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkClosed;

/// Where captured frames go.
pub trait FrameSink: Send + Sync {
    /// Waits until frame `index` lies within the look-ahead window.
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>>;
    /// Hands over a frame that was admitted.
    fn deliver(&self, index: u64, picture: Bytes);
}

/// Fresh browsers a worker may use up before its error ends the render.
const MAX_RESTARTS: u32 = 2;

/// How far a worker's first browser already is.
pub enum Start {
    /// It shows a blank page.
    Bench(Bench),
    /// It shows the composition.
    Station(Station),
}

impl Start {
    async fn station(self, job: &CaptureJob) -> Result<Station, CaptureError> {
        match self {
            Self::Bench(bench) => Ok(job.plan.furnish(bench).await?),
            Self::Station(station) => Ok(station),
        }
    }
}

/// Runs worker `slot` until no frame is left to take, from `start` if it has one.
pub(super) async fn run_worker(
    job: &CaptureJob,
    slot: usize,
    mut start: Option<Start>,
) -> Result<StageTotals, CaptureError> {
    let mut progress = Progress::default();
    let mut restarts = 0;
    loop {
        let attempt = async {
            let open = match start.take() {
                Some(start) => start.station(job).await?,
                None => job.plan.open().await?,
            };
            job.observer.ready(&open);
            let compositor = Compositor::of(open.browser.pid());
            let Station {
                mut browser,
                page,
                lane,
            } = open;
            let page = Page {
                job,
                slot,
                session: &page.session,
            };
            let mut capture = PageCapture {
                page,
                lane,
                compositor,
                progress: &mut progress,
            };
            let captured = capture.run().await;
            browser.close().await;
            captured
        };
        match attempt.await {
            Ok(()) => return Ok(progress.totals),
            Err(error)
                if error.is_transient()
                    && !error.is_stalled_compositor()
                    && restarts < MAX_RESTARTS =>
            {
                restarts += 1;
                let frame = progress.taken.front().copied().unwrap_or_default();
                job.observer.restarted(slot, frame, &error);
            }
            Err(error) => return Err(error),
        }
    }
}

/// What a worker did and owes, across its browsers.
#[derive(Default)]
struct Progress {
    /// Frames taken from the job and not delivered: the one being captured, and the next ones.
    taken: VecDeque<u64>,
    totals: StageTotals,
}

/// A worker's page.
#[derive(Clone, Copy)]
struct Page<'a> {
    job: &'a CaptureJob,
    slot: usize,
    session: &'a PageSession,
}

/// The captures of one page.
struct PageCapture<'a> {
    page: Page<'a>,
    lane: Box<dyn CaptureLane>,
    compositor: Compositor,
    progress: &'a mut Progress,
}

impl PageCapture<'_> {
    async fn run(&mut self) -> Result<(), CaptureError> {
        let Page { job, slot, session } = self.page;
        if self.progress.taken.is_empty() {
            self.progress.taken.extend(job.take_frame());
        }
        let Some(first) = self.progress.taken.front().copied() else {
            return Ok(());
        };
        let following = self.claimed(1);
        let seek = self.page.seek(first, following).await?;
        seek.add_to(&mut self.progress.totals);
        let mut previous: Option<Bytes> = None;
        for ordinal in 0.. {
            let Some(frame) = self.progress.taken.front().copied() else {
                break;
            };
            let mut clock = StageClock::start();
            let moment = Moment {
                ordinal,
                frame,
                last: frame + 1 == job.total_frames,
            };
            let captured = self.lane.capture(session, moment).await;
            self.progress.totals.capture_ms += clock.lap_ms();
            let missing = CaptureError::NoPicture {
                worker: slot,
                frame,
            };
            let failed = |source| CaptureError::Frame {
                worker: slot,
                frame,
                source,
            };
            let pending: BoxFuture<'static, Result<Bytes, LaneError>> =
                match captured.map_err(failed)? {
                    LaneFrame::Picture(picture) => Box::pin(async { Ok(picture) }),
                    LaneFrame::Pending(pending) => pending,
                    LaneFrame::Unchanged if !self.compositor.is_alive() => {
                        let gone = "its process ended in the middle of a frame".to_owned();
                        return Err(failed(LaneError::SurfaceLost(gone)));
                    }
                    LaneFrame::Unchanged => {
                        self.progress.totals.reused += 1;
                        let same = previous.take().ok_or(missing)?;
                        Box::pin(async { Ok(same) })
                    }
                    LaneFrame::Missing => return Err(missing),
                };
            let next = self.claimed(1);
            let following = self.claimed(2);
            // The page goes on to the next frame while this one is read: nothing is drawn before
            // it is asked for.
            let sink = &job.sink;
            let deliver = async {
                let mut clock = StageClock::start();
                let picture = pending.await.map_err(failed)?;
                sink.deliver(frame, picture.clone());
                Ok::<_, CaptureError>((picture, clock.lap_ms()))
            };
            let seek = async {
                match next {
                    Some(next) => self.page.seek(next, following).await.map(Some),
                    None => Ok(None),
                }
            };
            let (delivered, sought) = tokio::join!(deliver, seek);
            let (picture, convert_ms) = delivered?;
            self.progress.taken.pop_front();
            let totals = &mut self.progress.totals;
            totals.frames += 1;
            totals.convert_ms += convert_ms;
            previous = Some(picture);
            if let Some(times) = sought? {
                times.add_to(totals);
            }
        }
        let (worker, frame) = (slot, job.total_frames.saturating_sub(1));
        let checked = self.lane.finish().await;
        checked.map_err(|source| CaptureError::Frame {
            worker,
            frame,
            source,
        })
    }
}

impl PageCapture<'_> {
    /// The frame this page captures `ahead` frames from now, taken from the job if need be. One
    /// is taken ahead so that its seek overlaps; a second one only where the page can fetch
    /// source frames meanwhile.
    fn claimed(&mut self, ahead: usize) -> Option<u64> {
        if ahead > 1 && self.page.job.plan.page.source_frames.is_none() {
            return None;
        }
        let taken = &mut self.progress.taken;
        if taken.len() <= ahead {
            taken.extend(self.page.job.take_frame());
        }
        taken.get(ahead).copied()
    }
}

impl Page<'_> {
    /// Brings the page to `frame` once there is room for it; `following` is the one after.
    async fn seek(&self, frame: u64, following: Option<u64>) -> Result<SeekTimes, CaptureError> {
        let mut clock = StageClock::start();
        self.job
            .sink
            .admit(frame)
            .await
            .map_err(|SinkClosed| CaptureError::Abandoned)?;
        let fence_wait_ms = clock.lap_ms();
        self.session
            .evaluate::<bool>(&self.job.plan.page.seek_call(frame, following))
            .await
            .map_err(|e| CaptureError::Frame {
                worker: self.slot,
                frame,
                source: e.into(),
            })?;
        Ok(SeekTimes {
            fence_wait_ms,
            seek_ms: clock.lap_ms(),
        })
    }
}

struct SeekTimes {
    fence_wait_ms: f64,
    seek_ms: f64,
}

impl SeekTimes {
    fn add_to(&self, totals: &mut StageTotals) {
        totals.fence_wait_ms += self.fence_wait_ms;
        totals.seek_ms += self.seek_ms;
    }
}
