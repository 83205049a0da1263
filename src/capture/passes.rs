//! Which captures of a page an output frame needs, and taking them. While a capture is read, the page
//! may change but not draw, so the next change of the page overlaps the reading.

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Deserialize;

use super::captures::Captures;
use super::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use crate::browser::{BrowserError, PageSession};
use crate::page::{
    LayerMask, ReadyPage, ScenePart, Stack, look_at_part, show_layer, show_part, show_sample,
};

/// Decides which captures each output frame needs.
pub trait FramePasses: Send + Sync {
    /// Hears of a page that may be captured, before its first frame.
    fn page_ready(&self, _page: &ReadyPage) {}

    /// Ids of the scene that goes and the one that comes, where `frame` lies in a transition: the
    /// page then shows only the first of them.
    fn scenes(&self, _frame: u64) -> Option<[&str; 2]> {
        None
    }

    /// Whether the only capture of `frame` is the page as it stands.
    fn takes_whole(&self, frame: u64) -> bool {
        self.scenes(frame).is_none()
    }

    /// Whether frames are made of samples around their time.
    fn takes_samples(&self) -> bool {
        false
    }

    /// Takes the captures of the frame to which the page was brought.
    fn take<'a>(&'a self, run: &'a mut PassRun<'_>) -> BoxFuture<'a, Result<(), PassError>>;
}

/// Why a frame was not captured.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The lane failed.
    #[error(transparent)]
    Lane(#[from] LaneError),
    /// The lane owes a picture and gave none.
    #[error("the lane gave no picture")]
    NoPicture,
}

impl From<BrowserError> for PassError {
    fn from(error: BrowserError) -> Self {
        Self::Lane(error.into())
    }
}

/// What the page answers to a seek.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum SeekAnswer {
    /// Whether something lies above the scenes of the frame's transition.
    HasAbove(bool),
    /// With HDR sources.
    Stack(Stack),
    /// The page is not at the frame.
    Refused(Refusal),
}

/// Why a page was not brought to a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Refusal {
    /// What it shows depends on frames that it was not brought to, so it has to be opened again.
    OpenAgain,
    /// It stands at a frame before, which has to be drawn first.
    Draw,
}

/// A capture that is still being read.
type Pending = BoxFuture<'static, Result<Bytes, LaneError>>;

/// The passes of one output frame.
pub struct PassRun<'a> {
    lane: &'a mut dyn CaptureLane,
    page: &'a PageSession,
    context: CaptureContext,
    /// The page's next capture; moves on.
    ordinal: &'a mut u64,
    answer: Option<SeekAnswer>,
    /// The frame before, if it was captured whole.
    previous: Option<Bytes>,
    captures: Captures,
    pending: Option<Pending>,
    /// The capture that is being read is the finished frame.
    whole: bool,
    outcome: PassOutcome,
}

/// What the passes of a frame came to beside their pictures.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct PassOutcome {
    /// The picture of the frame before is used again.
    pub reused: bool,
    /// The compositor had to draw, or to know that nothing changed.
    pub needs_compositor: bool,
}

impl<'a> PassRun<'a> {
    /// For the frame of `context`, to which the page was brought with `answer`.
    pub(super) fn new(
        lane: &'a mut dyn CaptureLane,
        page: &'a PageSession,
        context: CaptureContext,
        ordinal: &'a mut u64,
        answer: SeekAnswer,
        previous: Option<Bytes>,
    ) -> Self {
        Self {
            lane,
            page,
            context,
            ordinal,
            answer: Some(answer),
            previous,
            captures: Captures::default(),
            pending: None,
            whole: false,
            outcome: PassOutcome::default(),
        }
    }

    /// The output frame.
    pub fn frame(&self) -> u64 {
        self.context.frame
    }

    /// Whether something lies above the scenes of the frame's transition.
    pub fn has_above(&self) -> bool {
        match &self.answer {
            Some(SeekAnswer::HasAbove(has_above)) => *has_above,
            Some(SeekAnswer::Stack(stack)) => stack.has_above,
            Some(SeekAnswer::Refused(_)) | None => false,
        }
    }

    /// The elements of the page as it was sought; given out once.
    pub fn take_stack(&mut self) -> Option<Stack> {
        match self.answer.take() {
            Some(SeekAnswer::Stack(stack)) => Some(stack),
            other => {
                self.answer = other;
                None
            }
        }
    }

    /// Captures the page as the finished frame, in the format of the job.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn whole(&mut self) -> Result<(), PassError> {
        match self.draw(Purpose::Frame).await? {
            LaneFrame::Picture(picture) => self.captures = Captures::of_whole(picture),
            LaneFrame::Pending(pending) => {
                self.outcome.needs_compositor = true;
                (self.pending, self.whole) = (Some(pending), true);
            }
            LaneFrame::Unchanged => {
                self.outcome.needs_compositor = true;
                self.outcome.reused = true;
                let same = self.previous.take().ok_or(PassError::NoPicture)?;
                self.captures = Captures::of_whole(same);
            }
            LaneFrame::Missing => return Err(PassError::NoPicture),
        }
        Ok(())
    }

    /// Captures the page as one of several pictures of the frame: straight RGBA.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn pass(&mut self) -> Result<(), PassError> {
        self.settle().await?;
        self.outcome.needs_compositor = true;
        let pending: Pending = match self.draw(Purpose::Pass).await? {
            LaneFrame::Picture(picture) => Box::pin(async { Ok(picture) }),
            LaneFrame::Pending(pending) => pending,
            LaneFrame::Unchanged | LaneFrame::Missing => {
                return Err(LaneError::SurfaceLost("a pass gave no picture".into()).into());
            }
        };
        self.pending = Some(pending);
        Ok(())
    }

    /// Captures the page at `seconds`, near the frame's time: straight RGBA. Gives the sample before,
    /// which was read meanwhile.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn sample(&mut self, seconds: f64) -> Result<Option<Bytes>, PassError> {
        let change = show_sample(self.page, seconds);
        let before = match self.pending.take() {
            Some(reading) => {
                let (read, changed) = tokio::join!(reading, change);
                changed?;
                Some(read?)
            }
            None => {
                change.await?;
                None
            }
        };
        self.pass().await?;
        Ok(before)
    }

    /// The sample that is still being read.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn last_sample(&mut self) -> Result<Bytes, PassError> {
        let reading = self.pending.take().ok_or(PassError::NoPicture)?;
        Ok(reading.await?)
    }

    /// Brings the page back to the frame's own time, `seconds`.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn leave_samples(&mut self, seconds: f64) -> Result<(), PassError> {
        Ok(show_sample(self.page, seconds).await?)
    }

    /// Hands over the finished frame, in the format of the job.
    pub fn finish_with(&mut self, picture: Bytes) {
        self.captures = Captures::of_whole(picture);
    }

    /// Begins the next part of the frame; `stack` are its elements, where that is known.
    ///
    /// # Errors
    /// [`PassError`] of the capture before.
    pub async fn begin_part(&mut self, stack: Option<Stack>) -> Result<(), PassError> {
        self.settle().await?;
        self.captures.begin(stack);
        Ok(())
    }

    /// Leaves only `part` of the transition's frame on the page.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn show_part(&mut self, part: ScenePart) -> Result<(), PassError> {
        let change = show_part(self.page, part);
        self.change(change).await
    }

    /// Leaves only `part` on the page, and says what elements it has.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn look_at_part(&mut self, part: ScenePart) -> Result<Stack, PassError> {
        let change = look_at_part(self.page, part);
        self.change(change).await
    }

    /// Leaves only layer `shown` on the page; the first call for a part hands over its `layers`.
    ///
    /// # Errors
    /// [`PassError`].
    pub async fn show_layer(
        &mut self,
        layers: Option<&[LayerMask]>,
        shown: usize,
    ) -> Result<(), PassError> {
        let change = show_layer(self.page, layers, shown);
        self.change(change).await
    }

    /// Changes the page while the capture before is read.
    async fn change<T>(
        &mut self,
        change: impl Future<Output = Result<T, BrowserError>>,
    ) -> Result<T, PassError> {
        match self.pending.take() {
            Some(reading) => {
                let (read, changed) = tokio::join!(reading, change);
                self.captures.push(read?);
                Ok(changed?)
            }
            None => Ok(change.await?),
        }
    }

    async fn draw(&mut self, purpose: Purpose) -> Result<LaneFrame, PassError> {
        let context = CaptureContext {
            ordinal: *self.ordinal,
            purpose,
            ..self.context
        };
        *self.ordinal += 1;
        Ok(self.lane.capture(self.page, context).await?)
    }

    /// Waits for the capture that is still being read.
    async fn settle(&mut self) -> Result<(), PassError> {
        if let Some(reading) = self.pending.take() {
            self.captures.push(reading.await?);
        }
        Ok(())
    }

    /// The captures, once the last of them was read.
    pub(super) fn finish(self) -> (PassOutcome, BoxFuture<'static, Result<Captures, LaneError>>) {
        let Self {
            mut captures,
            pending,
            whole,
            outcome,
            ..
        } = self;
        let reading = async move {
            match pending {
                None => Ok(captures),
                Some(reading) if whole => Ok(Captures::of_whole(reading.await?)),
                Some(reading) => {
                    captures.push(reading.await?);
                    Ok(captures)
                }
            }
        };
        (outcome, Box::pin(reading))
    }
}
