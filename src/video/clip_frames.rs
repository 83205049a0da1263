//! A clip's source frames: which one is due in an output frame, fetched from the clip's stream and
//! judged. The way of every source frame, whether a page or an HDR layer shows it.

use std::sync::Arc;

use super::clip_plan::ClipPlan;
use super::error::MediaError;
use super::frame_count::Coverage;
use super::source_time::SourceTime;
use super::stream::{SourceFrame, SourceStream};
use crate::composition::{ClipWindow, Fps};

/// Target of the trace lines that tell which source frame an output frame shows.
const TRACE: &str = "source_frames";

/// A clip and the rules by which its frames are taken.
#[derive(Debug, Clone)]
pub struct ClipFrames {
    /// The clip's render id.
    pub id: String,
    /// What it shows of its source.
    pub plan: ClipPlan,
    /// The output's rate.
    pub fps: Fps,
    /// Share of its frames that its source must give; `None` lets clips without frames pass.
    pub coverage: Option<f64>,
    window: ClipWindow,
}

impl ClipFrames {
    /// The frames of a clip that was planned.
    pub fn new(id: String, plan: ClipPlan, fps: Fps, coverage: Option<f64>) -> Self {
        let window = plan.window(fps);
        Self {
            id,
            plan,
            fps,
            coverage,
            window,
        }
    }

    /// The time of the extraction that is due in output frame `frame`, also behind the clip's end;
    /// `None` before its start and while the source has no picture yet.
    pub fn due(&self, frame: u64) -> Option<SourceTime> {
        let time = self.fps.seek_time(frame);
        let begun = self.window.has_begun(time);
        begun.then(|| self.plan.source_at(time)).flatten()
    }

    /// The same, `None` behind the clip's end as well.
    pub fn due_inside(&self, frame: u64) -> Option<SourceTime> {
        let time = self.fps.seek_time(frame);
        self.due(frame).filter(|_| self.window.contains(time))
    }

    /// The frame of `stream` at the time `due`, which output frame `frame` shows; `None` when there is
    /// none.
    ///
    /// # Errors
    /// Those of [`SourceStream::frame`], and [`MediaError::Coverage`] for a source that turned out
    /// to have too few frames.
    pub async fn fetch(
        &self,
        stream: &Arc<SourceStream>,
        frame: u64,
        due: SourceTime,
    ) -> Result<Option<SourceFrame>, MediaError> {
        let found = match stream.frame(due).await {
            Ok(found) => found,
            // Without a gate a clip that can't be decoded stays empty.
            Err(MediaError::Decode { .. }) if self.coverage.is_none() => None,
            Err(error) => return Err(error),
        };
        tracing::trace!(
            target: TRACE,
            output_frame = frame,
            time = self.fps.seek_time(frame),
            clip = self.id,
            due = due.seconds(),
            source_frame = found.as_ref().map(|found| found.index),
            source_time = found.as_ref().map(|found| found.time),
            "source frame"
        );
        self.judge(stream)?;
        Ok(found)
    }

    /// Frames at the output's rate for which its source lasted, once it has ended.
    fn captured(&self, stream: &SourceStream) -> Option<u64> {
        let ended = stream.ended()?;
        let any = u64::from(stream.decoded() > 0);
        Some(ended.frames_before(self.fps).max(any))
    }

    /// Too few frames at the end of a source stop the render: what is missing would be a frozen
    /// or empty clip in a finished file.
    fn judge(&self, stream: &SourceStream) -> Result<(), MediaError> {
        let Some(captured) = self.captured(stream) else {
            return Ok(());
        };
        match self.plan.coverage(captured, self.coverage) {
            Coverage::Enough | Coverage::Shorter => Ok(()),
            Coverage::TooLittle => Err(MediaError::Coverage {
                id: self.id.clone(),
                captured,
                expected: self.plan.expected_frames,
                threshold: self.coverage.unwrap_or(0.0),
                path: stream.spec().path.clone(),
            }),
        }
    }

    /// What to tell of a source that turned out to be shorter than it says.
    pub fn note(&self, stream: &SourceStream) -> Option<String> {
        let captured = self.captured(stream)?;
        let shorter = self.plan.coverage(captured, self.coverage) == Coverage::Shorter;
        shorter.then(|| {
            format!(
                "video \"{}\": {} ends after {captured} of {} frames; its last one is held",
                self.id,
                stream.spec().path.display(),
                self.plan.promised_frames,
            )
        })
    }
}
