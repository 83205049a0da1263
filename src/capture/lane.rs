//! Capture lanes: ways of getting one frame's pixels out of a page.

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;

use super::timing::StageClock;
use crate::browser::{BeginFrameClock, BrowserError, ImageFormat, PageSession, Shot};
use crate::pixels::{FramePool, PngError, Yuv420Size, bgra_rows_to_yuv420, decode_bgra};

/// Name of a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LaneKind {
    /// Frames drawn on command and read from the compositor's output surface.
    Surface,
    /// Frames drawn on command, photographed without loss and converted by us.
    Lossless,
    /// Frames drawn on command and photographed with the drawing.
    BeginFrame,
    /// Photographs of a page that draws by itself.
    Screenshot,
}

/// Why a lane gave no frame.
#[derive(Debug, Clone, thiserror::Error)]
pub enum LaneError {
    /// The browser failed.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// The surface can't be read any more; a fresh browser has a fresh one.
    #[error("the output surface was lost: {0}")]
    SurfaceLost(String),
    /// The surface does not hold what Chrome shows; nothing read from it since the last check
    /// can be trusted.
    #[error("the output surface is not the picture: {0}")]
    SurfaceMismatch(String),
    /// A photograph could not be decoded.
    #[error("{0}")]
    Picture(String),
}

impl LaneError {
    /// True when a fresh browser may do better.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Browser(error) => error.is_transient(),
            Self::SurfaceLost(_) => true,
            Self::SurfaceMismatch(_) | Self::Picture(_) => false,
        }
    }
}

/// One captured frame.
#[derive(Debug)]
pub enum LaneFrame {
    /// Its picture, in the format of the job's lanes, and how long it took to read, prove and
    /// convert it after Chrome had drawn it, ms.
    Picture(Bytes, f64),
    /// Nothing visible changed since the frame this page gave before.
    Unchanged,
    /// The lane owes a picture and got none.
    Missing,
}

/// A way of capturing. A lane belongs to one page and is called for frames in rising order.
pub trait CaptureLane: Send {
    /// Which lane this is.
    fn kind(&self) -> LaneKind;

    /// Told how many captures there will be.
    fn expect_captures(&mut self, _captures: u64) {}

    /// Captures the page as it stands; `ordinal` counts this page's captures from 0.
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>>;
}

/// [`LaneKind::BeginFrame`].
#[derive(Debug)]
pub(super) struct BeginFrameLane {
    pub clock: BeginFrameClock,
    pub format: ImageFormat,
    pub has_picture: bool,
}

/// Behind a frame's own tick, for a second look at the same frame, ms.
pub(super) const SECOND_LOOK_MS: f64 = 0.001;

impl CaptureLane for BeginFrameLane {
    fn kind(&self) -> LaneKind {
        LaneKind::BeginFrame
    }

    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let tick = self.clock.frame(ordinal);
            let interval = self.clock.interval();
            let mut frame = page.begin_frame(tick, interval, Some(self.format)).await?;
            if frame.image.is_none() && !self.has_picture {
                frame = page
                    .begin_frame(tick + SECOND_LOOK_MS, interval, Some(self.format))
                    .await?;
            }
            Ok(match frame.image {
                Some(image) => {
                    self.has_picture = true;
                    LaneFrame::Picture(image.into(), 0.0)
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
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            Ok(LaneFrame::Picture(
                page.screenshot(&self.shot).await?.into(),
                0.0,
            ))
        })
    }
}

/// [`LaneKind::Lossless`]: what a worker falls back to when the others read surfaces.
#[derive(Debug)]
pub(super) struct LosslessLane {
    pub inner: BeginFrameLane,
    pub size: Yuv420Size,
    pub pool: FramePool,
}

impl CaptureLane for LosslessLane {
    fn kind(&self) -> LaneKind {
        LaneKind::Lossless
    }

    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let captured = self.inner.capture(page, ordinal).await?;
            let LaneFrame::Picture(png, _) = captured else {
                return Ok(captured);
            };
            let mut clock = StageClock::start();
            let (size, pool) = (self.size, self.pool.clone());
            let converted = tokio::task::spawn_blocking(move || {
                let pixels = decode_bgra(&png, size.width as u32, size.height as u32)?;
                pool.frame(|frame| {
                    size.blacken_padding(frame);
                    bgra_rows_to_yuv420(&pixels, 0, size, frame);
                    Ok::<_, PngError>(())
                })
            });
            let picture = converted
                .await
                .map_err(|e| LaneError::Picture(e.to_string()))?;
            let picture = picture.map_err(|e| LaneError::Picture(e.to_string()))?;
            Ok(LaneFrame::Picture(picture, clock.lap_ms()))
        })
    }
}
