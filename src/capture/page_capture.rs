//! The captures of one page: frames in rising order, each taken from the job when the one before
//! it was captured.

use std::collections::VecDeque;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::browser_memory::{BrowserMemory, Checked};
use super::capture_job::CaptureJob;
use super::captures::Captures;
use super::compositor::Compositor;
use super::course::{Course, Sought};
use super::error::CaptureError;
use super::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use super::memory_policy::Excess;
use super::passes::{PassError, PassRun, Refusal, SeekAnswer};
use super::patience::Patience;
use super::raster::{Looks, Raster};
use super::sink::SinkClosed;
use super::timing::{StageClock, StageTotals};
use super::verdict::verdict;
use super::worker_life::Roster;
use crate::browser::PageSession;
use crate::page::{PageError, ReadyPage, Seek, open_again, visit_every_frame, visits_every_frame};

/// What a worker did and owes, across its browsers.
#[derive(Default)]
pub(super) struct Progress {
    /// Frames taken from the job and not delivered: the one being captured, and the next ones.
    pub taken: VecDeque<u64>,
    pub totals: StageTotals,
    /// Scripts of its pages set volumes.
    pub sets_volume: bool,
}

/// Why the captures of a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// No frame is left.
    Done,
    /// The next ones are captured in a browser that rasters in another way.
    RastersAnew,
    /// The browser has grown, and the next frames are captured in a fresh one.
    Renews(Excess),
}

/// A worker's page.
#[derive(Clone, Copy)]
pub(super) struct Page<'a> {
    pub job: &'a CaptureJob,
    pub roster: &'a Roster,
    /// The worker's number.
    pub slot: usize,
    /// Of its browser.
    pub memory: &'a BrowserMemory,
    pub ready: &'a ReadyPage,
}

/// The captures of one page.
pub(super) struct PageCapture<'a> {
    page: Page<'a>,
    lane: Box<dyn CaptureLane>,
    compositor: Compositor,
    /// The page's next capture.
    ordinal: u64,
    /// The last frame looked like the one before.
    is_still: bool,
    /// The picture of the last frame, if it was captured whole.
    previous: Option<Bytes>,
    /// The last frame that the page was brought to since it was opened.
    shown: Option<u64>,
    /// The page is brought to every frame.
    visits_all: bool,
    looks: Looks,
    progress: &'a mut Progress,
}

impl<'a> PageCapture<'a> {
    pub fn new(
        page: Page<'a>,
        lane: Box<dyn CaptureLane>,
        compositor: Compositor,
        progress: &'a mut Progress,
    ) -> Self {
        Self {
            page,
            lane,
            compositor,
            ordinal: 0,
            is_still: false,
            previous: None,
            shown: None,
            visits_all: false,
            looks: Looks::default(),
            progress,
        }
    }

    /// The last frame that the page was brought to, unless it stands at its beginning.
    pub fn shown(&self) -> Option<u64> {
        self.shown
    }

    /// Has the page, which stands at its beginning, brought to every frame.
    pub async fn visit_all(&mut self) -> Result<(), CaptureError> {
        let visits = visit_every_frame(self.page.session()).await;
        visits.map_err(PageError::from)?;
        self.visits_all = true;
        Ok(())
    }

    /// Captures frames until none is left to take, or until the next ones need another browser. May be
    /// called again when there are more; a page that is to go back is opened anew.
    pub async fn run(&mut self) -> Result<Ended, CaptureError> {
        let failure = match self.capture_frames().await {
            Ok(ended) => return Ok(ended),
            Err(failure) => failure,
        };
        let (page, frame) = (self.page, self.shown.unwrap_or_default());
        let named = |found| page.failed(frame, found);
        Err(verdict(failure, self.lane.as_mut(), named).await)
    }

    async fn capture_frames(&mut self) -> Result<Ended, CaptureError> {
        let page = self.page;
        if self.progress.taken.is_empty() {
            self.progress.taken.extend(page.take_frame());
        }
        let Some(first) = self.progress.taken.front().copied() else {
            return Ok(Ended::Done);
        };
        let raster = &page.job.plan.raster;
        // How long one of several samples takes is not told.
        if !self.lane.draws_once() || page.job.passes.takes_samples() {
            raster.decide(Raster::Light);
        }
        let tiles = raster.tiles();
        let (mut ended, mut captured_frames) = (Ended::Done, 0);
        if self.shown.is_some_and(|shown| first <= shown) {
            self.open_anew(first).await?;
        }
        let course = self.course(first, 0);
        let mut sought = Some(page.seek(course).await?);
        while let (Some(frame), Some(seek)) = (self.progress.taken.front().copied(), sought.take())
        {
            seek.add_to(&mut self.progress.totals);
            let seek_ms = seek.seek_ms;
            let seek = self.accepted(frame, seek).await?;
            self.shown = Some(frame);
            let mut clock = StageClock::start();
            let ordinal = self.ordinal;
            let previous = self.previous.take();
            let captured = self.capture(frame, seek, previous).await;
            let capture_ms = clock.lap_ms();
            self.progress.totals.capture_ms += capture_ms;
            let reading = captured?;
            if page.slot == 0 && raster.get() == Raster::Open {
                let left = page.job.left();
                if let Some(decision) = self.looks.note(ordinal, capture_ms, left) {
                    page.job.observer.rastered(decision);
                    raster.decide(decision);
                }
            }
            // The others begin when that is decided, so all of them change at the same frame.
            if raster.tiles() != tiles {
                ended = Ended::RastersAnew;
            }
            captured_frames += 1;
            let mut next = match ended {
                Ended::Done => self.claimed(1),
                _ => None,
            };
            if next.is_some()
                && let Some(excess) = self.excess(captured_frames).await?
            {
                (ended, next) = (Ended::Renews(excess), None);
            }
            let next = next.map(|next| self.course(next, 1));
            // The page goes on to the next frame while this one is read: nothing is drawn before
            // it is asked for.
            let deliver = async {
                let mut clock = StageClock::start();
                let captures = reading.await.map_err(|e| page.failed(frame, e))?;
                let whole = captures.whole().cloned();
                if let (Some(witness), Some(picture)) = (&page.job.witness, &whole) {
                    witness.hear(frame, picture);
                }
                let submitted = page.job.sink.submit(frame, captures).await;
                submitted.map_err(|SinkClosed| CaptureError::Abandoned)?;
                Ok::<_, CaptureError>((whole, clock.lap_ms()))
            };
            let seek = async {
                match next {
                    Some(next) => page.seek(next).await.map(Some),
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
            totals
                .frame_ms
                .push((seek_ms + capture_ms + convert_ms) as f32);
            self.previous = picture;
            sought = next_sought?;
        }
        let last = page.job.frames.last();
        self.count_visited(last).await?;
        page.job.plan.diagnostics.check_vfx()?;
        let checked = self.lane.finish(page.session(), self.ordinal).await;
        checked.map_err(|error| page.failed(last, error))?;
        Ok(ended)
    }

    /// Looks after the browser's memory after so many frames. Why it is to be replaced, if it is: a page that depends on the frames before would have to be brought through all of them again, and would grow as it did before.
    async fn excess(&mut self, frames: u64) -> Result<Option<Excess>, CaptureError> {
        let page = self.page;
        let room = || page.job.staffing.browser_room();
        let renewable = !self.visits_all && !page.job.visits_all;
        let checked = page.memory.check((frames, renewable), room, page.session());
        let excess = match checked.await {
            Checked::Fine => return Ok(None),
            Checked::Asked => {
                self.progress.totals.asked_for_memory += 1;
                return Ok(None);
            }
            Checked::Grown(excess) => excess,
        };
        let visits = visits_every_frame(page.session()).await;
        self.visits_all = visits.map_err(PageError::from)?;
        Ok((!self.visits_all).then_some(excess))
    }

    /// Does what the page asks for until it is at `frame`.
    async fn accepted(&mut self, frame: u64, mut sought: Sought) -> Result<Sought, CaptureError> {
        let mut patience = Patience::for_frame(frame);
        while let SeekAnswer::Refused(refusal) = sought.answer {
            let spent = patience.spend(refusal);
            spent.map_err(|error| self.page.failed(frame, error))?;
            match refusal {
                Refusal::OpenAgain => {
                    self.visits_all = true;
                    self.open_anew(frame).await?;
                }
                Refusal::Draw => self.draw(frame).await?,
            }
            let course = self.course(frame, 0);
            sought = self.page.seek(course).await?;
            sought.add_to(&mut self.progress.totals);
        }
        Ok(sought)
    }

    /// Draws the page as it stands on its way to `frame`; the picture before is then that.
    async fn draw(&mut self, frame: u64) -> Result<(), CaptureError> {
        let page = self.page;
        let context = CaptureContext {
            ordinal: self.ordinal,
            frame,
            last: false,
            goes_on: false,
            purpose: Purpose::Frame,
        };
        self.ordinal += 1;
        let captured = self.lane.capture(page.session(), context).await;
        let picture = match captured.map_err(|e| page.failed(frame, e))? {
            LaneFrame::Picture(picture) => Some(picture),
            LaneFrame::Pending(picture) => Some(picture.await.map_err(|e| page.failed(frame, e))?),
            LaneFrame::Unchanged => self.previous.take(),
            LaneFrame::Missing => None,
        };
        self.previous = picture;
        Ok(())
    }

    async fn count_visited(&mut self, frame: u64) -> Result<(), CaptureError> {
        let page = self.page;
        let visited = page.session().evaluate("__hfNative.visitedFrames()");
        let visited: u64 = visited.await.map_err(|e| page.failed(frame, e.into()))?;
        self.progress.totals.visited += visited;
        Ok(())
    }

    /// Opens the page anew on its way to `frame`, and has it visit all frames up to there where it
    /// depends on them.
    async fn open_anew(&mut self, frame: u64) -> Result<(), CaptureError> {
        let page = self.page;
        self.count_visited(frame).await?;
        let plan = &page.job.plan;
        let opened = open_again(page.ready, &plan.page, &plan.diagnostics, self.ordinal);
        self.ordinal = opened.await?;
        self.shown = None;
        self.previous = None;
        self.is_still = false;
        self.lane.opened_again();
        self.progress.totals.opened_again += 1;
        match self.visits_all {
            true => self.visit_all().await,
            false => Ok(()),
        }
    }

    /// Takes the captures of the frame that the page was brought to. `previous` is the one before,
    /// if it was captured whole.
    async fn capture(
        &mut self,
        frame: u64,
        sought: Sought,
        previous: Option<Bytes>,
    ) -> Result<BoxFuture<'static, Result<Captures, LaneError>>, CaptureError> {
        let page = self.page;
        let context = CaptureContext {
            ordinal: self.ordinal,
            frame,
            last: frame == page.job.frames.last(),
            goes_on: sought.goes_on,
            purpose: Purpose::Frame,
        };
        let (lane, ordinal) = (self.lane.as_mut(), &mut self.ordinal);
        let answer = sought.answer;
        let mut run = PassRun::new(lane, page.session(), context, ordinal, answer, previous);
        let taken = page.job.passes.take(&mut run).await;
        taken.map_err(|error| match error {
            PassError::Lane(source) => page.failed(frame, source),
            PassError::NoPicture => CaptureError::NoPicture {
                worker: page.slot,
                frame,
            },
        })?;
        page.job.observer.moved();
        // What was drawn may be another document already.
        let kept = page.session().check_document();
        kept.map_err(|error| page.failed(frame, error.into()))?;
        let (outcome, reading) = run.finish();
        if outcome.needs_compositor && !self.compositor.is_alive() {
            // Chrome answers then that nothing changed, and what was photographed is what was
            // there before.
            let gone = "its process ended in the middle of a frame".to_owned();
            return Err(page.failed(frame, LaneError::SurfaceLost(gone)));
        }
        self.progress.totals.reused += u64::from(outcome.reused);
        self.is_still = outcome.reused;
        Ok(reading)
    }

    /// What to tell the page when it is brought to `frame`, which it captures `ahead` frames from
    /// now. Frames are taken ahead only where the page can make use of them: to go on to, or to
    /// fetch their source frames.
    fn course(&mut self, frame: u64, ahead: usize) -> Course {
        let job = self.page.job;
        // To learn that nothing changes takes less than to make Chrome say when it is asked.
        let may_go_on = self.lane.draws_once() && !self.is_still && job.passes.takes_whole(frame);
        let fetches = job.plan.page.source_frames.is_some();
        Course {
            frame,
            next: self.claimed(ahead + 1).filter(|_| may_go_on || fetches),
            after: fetches.then(|| self.claimed(ahead + 2)).flatten(),
            may_go_on,
        }
    }

    /// The frame this page captures `ahead` frames from now, taken from the job if need be.
    fn claimed(&mut self, ahead: usize) -> Option<u64> {
        let taken = &mut self.progress.taken;
        if taken.len() <= ahead {
            taken.extend(self.page.take_frame());
        }
        taken.get(ahead).copied()
    }
}

impl Page<'_> {
    /// Takes the next frame to capture, if there is one and the worker is wanted.
    fn take_frame(&self) -> Option<u64> {
        let is_wanted = !self.roster.is_dismissed(self.slot);
        is_wanted.then(|| self.job.take_frame()).flatten()
    }

    fn session(&self) -> &PageSession {
        &self.ready.session
    }

    /// Brings the page to the frame of `course` once there is room for it.
    async fn seek(&self, course: Course) -> Result<Sought, CaptureError> {
        let Course {
            frame, next, after, ..
        } = course;
        let mut clock = StageClock::start();
        let admitted = self.job.sink.admit(frame).await;
        admitted.map_err(|SinkClosed| CaptureError::Abandoned)?;
        let fence_wait_ms = clock.lap_ms();
        self.job.plan.diagnostics.check_vfx()?;
        let passes = &self.job.passes;
        let to = |frame, next| Seek {
            frame,
            next,
            pair: passes.scenes(frame),
        };
        let ahead = next
            .filter(|_| course.may_go_on)
            .map(|next| to(next, after));
        let call = self.job.plan.page.seek_call(to(frame, next), ahead);
        let answer = self.session().evaluate::<SeekAnswer>(&call).await;
        self.job.observer.moved();
        Ok(Sought {
            fence_wait_ms,
            answer: answer.map_err(|e| self.failed(frame, e.into()))?,
            goes_on: ahead.is_some(),
            seek_ms: clock.lap_ms(),
        })
    }

    /// The error of a frame. Whatever went wrong with a page that has left the composition did so for
    /// that, unless frames before are in doubt.
    fn failed(&self, frame: u64, source: LaneError) -> CaptureError {
        let is_in_doubt = matches!(source, LaneError::SurfaceMismatch(_));
        let source = match self.session().check_document() {
            Err(left) if !is_in_doubt => left.into(),
            _ => source,
        };
        CaptureError::Frame {
            worker: self.slot,
            frame,
            source,
        }
    }
}
