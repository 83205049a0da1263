//! One capture worker: takes frames from the job in rising order, each when it has captured the
//! one before, with a browser of its own.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Deserialize;

use super::capture_browser::{BlankBrowser, CaptureBrowser};
use super::compositor::Compositor;
use super::error::CaptureError;
use super::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use super::layered::{LayerCapture, LayeredFrame};
use super::parts::{SceneFrame, Window, Windows};
use super::pool::CaptureJob;
use super::timing::{StageClock, StageTotals};
use crate::browser::PageSession;
use crate::page::Stack;

/// The taker of frames is gone; nobody wants more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkClosed;

/// Where captured frames go.
pub trait FrameSink: Send + Sync {
    /// Waits until frame `index` lies within the look-ahead window.
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>>;
    /// Hands over a frame that was admitted.
    fn deliver(&self, index: u64, picture: Bytes);
    /// Hands over what an admitted frame is to be blended from; waits while too many are.
    fn blend(&self, index: u64, scenes: SceneFrame) -> BoxFuture<'_, Result<(), SinkClosed>>;
    /// Hands over the layers of an admitted frame of a page with HDR sources.
    fn compose(&self, index: u64, layers: LayeredFrame) -> Result<(), SinkClosed>;
}

/// Fresh browsers a worker may use up before its error ends the render.
const MAX_RESTARTS: u32 = 2;

/// How far a worker's first browser already is.
pub enum Start {
    /// It shows a blank page.
    BlankBrowser(BlankBrowser),
    /// It shows the composition.
    CaptureBrowser(CaptureBrowser),
}

impl Start {
    async fn station(self, job: &CaptureJob) -> Result<CaptureBrowser, CaptureError> {
        match self {
            Self::BlankBrowser(bench) => Ok(job.plan.load_composition(bench).await?),
            Self::CaptureBrowser(station) => Ok(station),
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
            let windows = job.windows(&open);
            let CaptureBrowser {
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
                windows: windows.as_ref(),
                ordinal: 0,
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
    /// The page's transitions, if any are blended.
    windows: Option<&'a Windows>,
    /// The page's next capture.
    ordinal: u64,
    progress: &'a mut Progress,
}

/// What a frame comes to, once its pixels were read.
enum Taken {
    Whole(Bytes),
    Parts(SceneFrame),
    Layers(LayeredFrame),
}

/// What the page answers to a seek.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    /// Whether something lies above the scenes of the frame's transition.
    HasAbove(bool),
    /// With HDR sources.
    Stack(Stack),
}

impl PageCapture<'_> {
    async fn run(&mut self) -> Result<(), CaptureError> {
        let Page { job, slot, .. } = self.page;
        if self.progress.taken.is_empty() {
            self.progress.taken.extend(job.take_frame());
        }
        let Some(first) = self.progress.taken.front().copied() else {
            return Ok(());
        };
        let following = self.claimed(1);
        let mut sought = Some(self.page.seek(first, following, self.window(first)).await?);
        let mut previous: Option<Bytes> = None;
        while let (Some(frame), Some(seek)) = (self.progress.taken.front().copied(), sought.take())
        {
            seek.add_to(&mut self.progress.totals);
            let mut clock = StageClock::start();
            let captured = self.capture(frame, seek.answer, &mut previous).await;
            self.progress.totals.capture_ms += clock.lap_ms();
            let pending = captured?;
            let failed = |source| CaptureError::Frame {
                worker: slot,
                frame,
                source,
            };
            let next = self.claimed(1);
            let following = self.claimed(2);
            let window = next.and_then(|next| self.window(next));
            // The page goes on to the next frame while this one is read: nothing is drawn before
            // it is asked for.
            let sink = &job.sink;
            let deliver = async {
                let mut clock = StageClock::start();
                let whole = match pending.await.map_err(failed)? {
                    Taken::Whole(picture) => {
                        sink.deliver(frame, picture.clone());
                        Some(picture)
                    }
                    Taken::Parts(scenes) => {
                        let blending = sink.blend(frame, scenes).await;
                        blending.map_err(|SinkClosed| CaptureError::Abandoned)?;
                        None
                    }
                    Taken::Layers(layers) => {
                        let composing = sink.compose(frame, layers);
                        composing.map_err(|SinkClosed| CaptureError::Abandoned)?;
                        None
                    }
                };
                Ok::<_, CaptureError>((whole, clock.lap_ms()))
            };
            let seek = async {
                match next {
                    Some(next) => self.page.seek(next, following, window).await.map(Some),
                    None => Ok(None),
                }
            };
            // A frame that fails ends the wait for the next one: that may wait for this very frame
            // to leave the fence. The other way round a frame in hand is delivered all the same.
            let seek = async { Ok(seek.await) };
            let ((picture, convert_ms), next_sought) = tokio::try_join!(deliver, seek)?;
            self.progress.taken.pop_front();
            let totals = &mut self.progress.totals;
            totals.frames += 1;
            totals.convert_ms += convert_ms;
            previous = picture;
            sought = next_sought?;
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

impl<'a> PageCapture<'a> {
    /// The transition that `frame` shows.
    fn window(&self, frame: u64) -> Option<Window<'a>> {
        self.windows?.at(frame)
    }

    /// Captures the frame that the page was brought to. `previous` is the one before, if it was
    /// captured whole.
    async fn capture(
        &mut self,
        frame: u64,
        answer: Answer,
        previous: &mut Option<Bytes>,
    ) -> Result<BoxFuture<'static, Result<Taken, LaneError>>, CaptureError> {
        let Page { job, slot, session } = self.page;
        let failed = |source| CaptureError::Frame {
            worker: slot,
            frame,
            source,
        };
        let missing = CaptureError::NoPicture {
            worker: slot,
            frame,
        };
        let moment = CaptureContext {
            ordinal: self.ordinal,
            frame,
            last: frame + 1 == job.total_frames,
            purpose: Purpose::Frame,
        };
        let window = self.window(frame);
        let has_above = match (answer, &job.layers) {
            (Answer::Stack(stack), Some(rule)) => {
                let layers = LayerCapture {
                    lane: self.lane.as_mut(),
                    page: session,
                    rule,
                    moment,
                    ordinal: &mut self.ordinal,
                };
                let frame = layers.run(stack, window).await.map_err(failed)?;
                self.must_have_drawn().map_err(failed)?;
                return Ok(Box::pin(async { Ok(Taken::Layers(frame.await?)) }));
            }
            (Answer::Stack(stack), None) => stack.has_above,
            (Answer::HasAbove(has_above), _) => has_above,
        };
        if let Some(window) = window {
            let (lane, ordinal) = (self.lane.as_mut(), &mut self.ordinal);
            let at = (job.plan.page.fps.time_of(frame), has_above);
            let parts = window.capture(lane, session, moment, ordinal, at).await;
            let parts = parts.map_err(failed)?;
            self.must_have_drawn().map_err(failed)?;
            return Ok(Box::pin(async { Ok(Taken::Parts(parts.await?)) }));
        }
        self.ordinal += 1;
        let captured = self.lane.capture(session, moment).await;
        let picture: BoxFuture<'static, Result<Bytes, LaneError>> =
            match captured.map_err(failed)? {
                LaneFrame::Picture(picture) => Box::pin(async { Ok(picture) }),
                LaneFrame::Pending(pending) => {
                    self.must_have_drawn().map_err(failed)?;
                    pending
                }
                LaneFrame::Unchanged => {
                    self.must_have_drawn().map_err(failed)?;
                    self.progress.totals.reused += 1;
                    let same = previous.take().ok_or(missing)?;
                    Box::pin(async { Ok(same) })
                }
                LaneFrame::Missing => return Err(missing),
            };
        Ok(Box::pin(async { Ok(Taken::Whole(picture.await?)) }))
    }

    /// With its compositor gone, Chrome answers that nothing changed, and what was photographed
    /// is what was there before.
    fn must_have_drawn(&self) -> Result<(), LaneError> {
        if self.compositor.is_alive() {
            return Ok(());
        }
        let gone = "its process ended in the middle of a frame".to_owned();
        Err(LaneError::SurfaceLost(gone))
    }

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
    /// Brings the page to `frame`, which lies in `window`, once there is room for it; `following`
    /// is the one after.
    async fn seek(
        &self,
        frame: u64,
        following: Option<u64>,
        window: Option<Window<'_>>,
    ) -> Result<Sought, CaptureError> {
        let mut clock = StageClock::start();
        self.job
            .sink
            .admit(frame)
            .await
            .map_err(|SinkClosed| CaptureError::Abandoned)?;
        let fence_wait_ms = clock.lap_ms();
        let pair = window.map(|window| window.pair());
        let call = self.job.plan.page.seek_call(frame, following, pair);
        let answer =
            self.session
                .evaluate::<Answer>(&call)
                .await
                .map_err(|e| CaptureError::Frame {
                    worker: self.slot,
                    frame,
                    source: e.into(),
                })?;
        Ok(Sought {
            fence_wait_ms,
            seek_ms: clock.lap_ms(),
            answer,
        })
    }
}

/// How a seek went.
struct Sought {
    fence_wait_ms: f64,
    seek_ms: f64,
    /// What the page said.
    answer: Answer,
}

impl Sought {
    fn add_to(&self, totals: &mut StageTotals) {
        totals.fence_wait_ms += self.fence_wait_ms;
        totals.seek_ms += self.seek_ms;
    }
}
