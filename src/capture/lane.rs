//! Capture lanes: ways of getting one frame's pixels out of a page.

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;

use crate::browser::{BeginFrameClock, BrowserError, ImageFormat, PageSession, Shot};

/// Name of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LaneKind {
    /// Frames drawn on command and photographed with the drawing.
    BeginFrame,
    /// Photographs of a page that draws by itself.
    Screenshot,
}

/// One captured frame.
#[derive(Debug)]
pub enum LaneFrame {
    /// Its encoded picture.
    Picture(Bytes),
    /// Nothing visible changed since the frame this page gave before.
    Unchanged,
    /// The lane owes a picture and got none.
    Missing,
}

/// A way of capturing. A lane belongs to one page and is called for frames in rising order.
pub trait CaptureLane: Send {
    /// Which lane this is.
    fn kind(&self) -> LaneKind;

    /// Captures the page as it stands; `ordinal` counts this page's captures from 0.
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, BrowserError>>;
}

/// [`LaneKind::BeginFrame`].
#[derive(Debug)]
pub(super) struct BeginFrameLane {
    pub clock: BeginFrameClock,
    pub format: ImageFormat,
    pub has_picture: bool,
}

/// Behind a frame's own tick, for a second look when the very first came without a picture.
const SECOND_LOOK_MS: f64 = 0.001;

impl CaptureLane for BeginFrameLane {
    fn kind(&self) -> LaneKind {
        LaneKind::BeginFrame
    }

    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, BrowserError>> {
        Box::pin(async move {
            let tick = self.clock.frame(ordinal);
            let interval = self.clock.interval();
            let mut frame = page.begin_frame(tick, interval, Some(self.format)).await?;
            if frame.image.is_none() && !self.has_picture {
                frame =
                    page.begin_frame(tick + SECOND_LOOK_MS, interval, Some(self.format)).await?;
            }
            Ok(match frame.image {
                Some(image) => {
                    self.has_picture = true;
                    LaneFrame::Picture(image.into())
                }
                None if self.has_picture && !frame.has_damage => LaneFrame::Unchanged,
                None => LaneFrame::Missing,
            })
        })
    }
}

/// [`LaneKind::Screenshot`].
#[derive(Debug)]
pub(super) struct ScreenshotLane {
    pub shot: Shot,
}

impl CaptureLane for ScreenshotLane {
    fn kind(&self) -> LaneKind {
        LaneKind::Screenshot
    }

    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        _ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, BrowserError>> {
        Box::pin(async move { page.screenshot(&self.shot).await.map(|p| LaneFrame::Picture(p.into())) })
    }
}
