//! Capture lanes: ways of getting one frame's pixels out of a page.

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::browser::{BrowserError, PageSession};

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
    /// The page was drawn and opened again as often as there can be a reason for.
    #[error("the page does not come to this frame, however often it is drawn and opened again")]
    NotThere,
}

impl LaneError {
    /// True when a fresh browser may do better.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Browser(error) => error.is_transient(),
            Self::SurfaceLost(_) | Self::NotThere => true,
            Self::SurfaceMismatch(_) | Self::Picture(_) => false,
        }
    }
}

/// One captured frame.
pub enum LaneFrame {
    /// Its picture, in the format of the job's lanes.
    Picture(Bytes),
    /// Its picture, still being made. The page may change meanwhile but not draw.
    Pending(BoxFuture<'static, Result<Bytes, LaneError>>),
    /// Nothing visible changed since the frame this page gave before.
    Unchanged,
    /// The lane owes a picture and got none.
    Missing,
}

/// What a capture is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// A frame, in the format of the job's lanes.
    Frame,
    /// One of several captures of a frame: straight RGBA, and never [`LaneFrame::Unchanged`].
    Pass,
}

/// Which frame a capture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureContext {
    /// Counts this page's captures from 0.
    pub ordinal: u64,
    /// Frame of the render, from 0.
    pub frame: u64,
    /// The render has no later one.
    pub last: bool,
    /// The page goes on to another frame as soon as Chrome has taken over this one.
    pub goes_on: bool,
    /// What it is for.
    pub purpose: Purpose,
}

/// A way of capturing. A lane belongs to one page and is called for frames in rising order.
pub trait CaptureLane: Send {
    /// Captures the page as it stands.
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        context: CaptureContext,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>>;

    /// Whether frames are drawn once: the page may go on to the next one when Chrome has taken over
    /// the one before.
    fn draws_once(&self) -> bool {
        false
    }

    /// The page was opened again, on its first backdrop. Its captures go on to be counted.
    fn opened_again(&mut self) {}

    /// Waits for what the lane still compares, without asking the page for anything: it may be gone.
    ///
    /// # Errors
    /// [`LaneError::SurfaceMismatch`] also when a frame that was to be proven can't be any more.
    fn settle(&mut self) -> BoxFuture<'_, Result<(), LaneError>> {
        Box::pin(async { Ok(()) })
    }

    /// Waits for what the lane still checks, after the page's last capture; `ordinal` is that of the
    /// next one, if there were one.
    fn finish<'a>(
        &'a mut self,
        _page: &'a PageSession,
        _ordinal: u64,
    ) -> BoxFuture<'a, Result<(), LaneError>> {
        Box::pin(async { Ok(()) })
    }
}
