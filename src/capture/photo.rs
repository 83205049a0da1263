//! Lanes that have Chrome photograph frames.

use bytes::Bytes;
use futures::future::BoxFuture;

use super::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use super::raw_frames::RawFrames;
use crate::browser::{BeginFrameClock, ImageFormat, PageSession, Shot};

/// Behind a frame's own tick, for a second look at the same frame, ms. Chrome cuts ticks to whole
/// microseconds, and never draws a frame at the tick of the one before: 0.001 may be cut to the same one.
pub(super) const SECOND_LOOK_MS: f64 = 0.002;

/// Frames drawn on command and photographed with the drawing.
#[derive(Debug)]
pub(super) struct BeginFrameLane {
    pub clock: BeginFrameClock,
    pub format: ImageFormat,
    pub has_picture: bool,
}

impl CaptureLane for BeginFrameLane {
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        context: CaptureContext,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let tick = self.clock.frame(context.ordinal);
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
                    LaneFrame::Picture(image.into())
                }
                None if self.has_picture && !frame.has_damage => LaneFrame::Unchanged,
                None => LaneFrame::Missing,
            })
        })
    }

    /// What was photographed before is no picture of the page that was opened.
    fn opened_again(&mut self) {
        self.has_picture = false;
    }
}

/// Photographs of a page that draws by itself.
#[derive(Debug)]
pub(super) struct ScreenshotLane {
    pub shot: Shot,
}

impl CaptureLane for ScreenshotLane {
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        _context: CaptureContext,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            Ok(LaneFrame::Picture(
                page.screenshot(&self.shot).await?.into(),
            ))
        })
    }
}

/// PNG photographs of another lane, made raw frames.
pub(super) struct LosslessLane<L> {
    pub photographer: L,
    pub frames: RawFrames,
    /// For frames that are assembled from several captures.
    pub parts: RawFrames,
    /// The photograph before, and what it was for.
    pub before: Option<(Bytes, Purpose)>,
}

impl<L: CaptureLane> CaptureLane for LosslessLane<L> {
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        context: CaptureContext,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let captured = self.photographer.capture(page, context).await?;
            let purpose = context.purpose;
            let png = match (captured, self.before.take()) {
                (LaneFrame::Picture(png), _) => png,
                (LaneFrame::Unchanged, Some((png, before)))
                    if (before, purpose) != (Purpose::Frame, Purpose::Frame) =>
                {
                    png
                }
                (other, before) => {
                    self.before = before;
                    return Ok(other);
                }
            };
            self.before = Some((png.clone(), purpose));
            let frames = match purpose {
                Purpose::Frame => self.frames.clone(),
                Purpose::Pass => self.parts.clone(),
            };
            let converting = tokio::task::spawn_blocking(move || frames.of_png(&png));
            Ok(LaneFrame::Pending(Box::pin(async move {
                let failed = |e: &dyn std::fmt::Display| LaneError::Picture(e.to_string());
                converting
                    .await
                    .map_err(|e| failed(&e))?
                    .map_err(|e| failed(&e))
            })))
        })
    }

    fn opened_again(&mut self) {
        self.photographer.opened_again();
        self.before = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::Fps;

    #[test]
    fn further_looks_have_ticks_of_their_own_in_chromes_microseconds() {
        let microseconds = |tick: f64| (tick * 1000.0).trunc();
        for (num, den) in [(30_000, 1001), (50, 1), (30, 1), (25, 1), (60_000, 1001)] {
            for warmup in 0..120 {
                let clock = BeginFrameClock::after_warmup(warmup, Fps::new(num, den).unwrap());
                for index in 0..300 {
                    let looks = [0.0, 1.0, 2.0, 3.0]
                        .map(|look| clock.frame(index) + look * SECOND_LOOK_MS)
                        .map(microseconds);
                    assert!(
                        looks.is_sorted_by(|a, b| a < b),
                        "{num}/{den}, {warmup} warm-up ticks, frame {index}: {looks:?}"
                    );
                }
            }
        }
    }
}
