//! The parts of a transition's frame: the page with each of its two scenes, and what lies above.

use bytes::Bytes;
use futures::future::BoxFuture;

use super::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use super::layered::LayeredWindow;
use crate::browser::PageSession;
use crate::composition::{Transition, TransitionTable};
use crate::page::{ScenePart, show_part};

/// What one frame is blended from: straight RGBA, in the output's size.
pub struct SceneFrame {
    /// The page with the scene that goes.
    pub from: Bytes,
    /// The page with the scene that comes.
    pub to: Bytes,
    /// What lies above the scenes.
    pub above: Option<Above>,
    /// Index of the transition in [`Transitions::list`].
    pub transition: usize,
    /// How far it has come, 0 to 1: see [`TransitionTable`].
    pub progress: f64,
    /// How far by the clock, 0 to 1, as previews count.
    pub clock_progress: f64,
}

/// What lies above the scenes.
pub enum Above {
    /// As it is.
    Clear(Bytes),
    /// Seen over black and over white.
    Mattes {
        /// Over black.
        black: Bytes,
        /// Over white.
        white: Bytes,
    },
}

/// The transitions that are blended, and the frames that show them.
pub struct Transitions {
    /// Their scenes and times.
    pub list: Vec<Transition>,
    /// Their frames; its indices are those of `list`.
    pub table: TransitionTable,
}

/// Which frames of a page are blended, and how.
pub(super) struct Windows {
    pub transitions: Transitions,
    /// The lane's parts keep their transparency.
    pub clear: bool,
}

/// A frame within a transition.
#[derive(Clone, Copy)]
pub(super) struct Window<'a> {
    windows: &'a Windows,
    index: usize,
    progress: f64,
}

impl Windows {
    /// The transition that `frame` shows.
    pub fn at(&self, frame: u64) -> Option<Window<'_>> {
        let at = self.transitions.table.at(frame)?;
        Some(Window {
            windows: self,
            index: at.index,
            progress: at.progress,
        })
    }
}

impl<'a> Window<'a> {
    fn transition(&self) -> &'a Transition {
        &self.windows.transitions.list[self.index]
    }

    /// Ids of the scene that goes and the one that comes.
    pub fn pair(&self) -> [&'a str; 2] {
        let transition = self.transition();
        [&transition.from_scene, &transition.to_scene]
    }

    /// Where in its transition it is.
    pub fn place(&self) -> LayeredWindow {
        LayeredWindow {
            transition: self.index,
            progress: self.progress,
        }
    }

    fn clock_progress(&self, time: f64) -> f64 {
        let Transition {
            time: start,
            duration,
            ..
        } = self.transition();
        ((time - start) / duration).clamp(0.0, 1.0)
    }

    /// Captures all parts of the frame at `time` seconds, to which the page was brought.
    /// `has_above` is what the seek answered. Each capture moves `ordinal` on.
    pub async fn capture(
        self,
        lane: &mut dyn CaptureLane,
        page: &PageSession,
        mut moment: CaptureContext,
        ordinal: &mut u64,
        (time, has_above): (f64, bool),
    ) -> Result<BoxFuture<'static, Result<SceneFrame, LaneError>>, LaneError> {
        moment.purpose = Purpose::Pass;
        let rest: &[ScenePart] = match (has_above, self.windows.clear) {
            (false, _) => &[ScenePart::To],
            (true, true) => &[ScenePart::To, ScenePart::Above],
            (true, false) => &[ScenePart::To, ScenePart::AboveBlack, ScenePart::AboveWhite],
        };
        let mut taken = Vec::with_capacity(rest.len());
        let mut pending = part(lane, page, moment, ordinal).await?;
        for next in rest {
            // The page changes while the part before is read, and draws when it was.
            let (read, shown) = tokio::join!(pending, show_part(page, *next));
            taken.push(read?);
            shown?;
            pending = part(lane, page, moment, ordinal).await?;
        }
        let (transition, progress) = (self.index, self.progress);
        let clock_progress = self.clock_progress(time);
        Ok(Box::pin(async move {
            taken.push(pending.await?);
            let mut taken = taken.into_iter();
            let (Some(from), Some(to)) = (taken.next(), taken.next()) else {
                return Err(LaneError::Picture("a scene was not captured".into()));
            };
            let above = match (taken.next(), taken.next()) {
                (Some(black), Some(white)) => Some(Above::Mattes { black, white }),
                (clear, _) => clear.map(Above::Clear),
            };
            Ok(SceneFrame {
                from,
                to,
                above,
                transition,
                progress,
                clock_progress,
            })
        }))
    }
}

/// A capture still being read.
pub(super) type Pending = BoxFuture<'static, Result<Bytes, LaneError>>;

/// Captures the page as it stands; `ordinal` moves on.
pub(super) async fn part(
    lane: &mut dyn CaptureLane,
    page: &PageSession,
    mut moment: CaptureContext,
    ordinal: &mut u64,
) -> Result<Pending, LaneError> {
    moment.ordinal = *ordinal;
    *ordinal += 1;
    match lane.capture(page, moment).await? {
        LaneFrame::Picture(picture) => Ok(Box::pin(async { Ok(picture) })),
        LaneFrame::Pending(pending) => Ok(pending),
        LaneFrame::Unchanged | LaneFrame::Missing => {
            Err(LaneError::SurfaceLost("a scene gave no picture".into()))
        }
    }
}
