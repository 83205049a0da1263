//! Capturing a transparent page through the surface, which itself is opaque: each frame is drawn
//! over black and over white, and its alpha solved for.

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::task::spawn_blocking;
use tokio::try_join;

use super::guard::Mapping;
use super::locate::Surface;
use super::proof::{Difference, Proof, stopped};
use super::reader::Reader;
use super::sample::Sampler;
use crate::browser::{Backdrop, BeginFrameClock, ImageFormat, PageSession};
use crate::capture::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use crate::capture::photo::SECOND_LOOK_MS;
use crate::capture::raw_frames::RawFrames;
use crate::page::is_opaque;
use crate::pixels::{FramePool, decode_rgba, solve_alpha};

/// Frames drawn on command and read from the compositor's output surface, of pages with transparency,
/// which stand on black and on white in turn.
pub(in crate::capture) struct TransparentSurfaceLane {
    pub surface: Surface,
    pub reader: Reader,
    pub clock: BeginFrameClock,
    pub sampler: Sampler,
    pub frames: RawFrames,
    /// Whether the capture before was a whole frame.
    pub has_picture: bool,
    /// Whether the page stands on white just now.
    pub on_white: bool,
    /// Buffers of the first of a frame's two pictures.
    pub firsts: FramePool,
    /// The comparison still running.
    pub proof: Proof,
}

impl CaptureLane for TransparentSurfaceLane {
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        context: CaptureContext,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let (tick, interval) = (self.clock.frame(context.ordinal), self.clock.interval());
            // Asked while the frame is drawn, which does not change the answer.
            let (opaque, drawn) = try_join!(
                async { is_opaque(page).await.map_err(LaneError::from) },
                async { Ok(page.begin_frame(tick, interval, None).await?) },
            )?;
            let is_frame = context.purpose == Purpose::Frame;
            if !drawn.has_damage && self.has_picture && is_frame {
                return Ok(LaneFrame::Unchanged);
            }
            let mut doubtful = self.stand_firm()?;
            self.has_picture = is_frame;
            if opaque {
                let reading = self.read_opaque();
                if !doubtful && !self.sampler.picks(context) {
                    return Ok(LaneFrame::Pending(Box::pin(reading)));
                }
                let picture = reading.await?;
                self.prove(page, tick, picture.clone()).await?;
                return Ok(LaneFrame::Picture(picture));
            }
            // As the page is left by one frame it is drawn first for the next: one change a frame.
            let white_first = self.on_white;
            let (surface, firsts) = (self.surface.clone(), self.firsts.clone());
            let reading = spawn_blocking(move || firsts.frame(|first| surface.read_all(first)));
            // The page may change while it is read: it draws when it is told to.
            let read = async { reading.await.map_err(stopped)? };
            let (first, ()) = try_join!(read, self.stand_on(page, !white_first))?;
            page.begin_frame(tick + SECOND_LOOK_MS, interval, None)
                .await?;
            doubtful |= self.stand_firm()?;

            let (surface, frames) = (self.surface.clone(), self.frames.clone());
            let merging = spawn_blocking(move || {
                let stride = surface.width * 4;
                frames.pool.frame(|out| {
                    surface.each_strip(|first_row, second| {
                        let rows = first_row * stride..first_row * stride + second.len();
                        let first = &first[rows.clone()];
                        let (black, white) = match white_first {
                            true => (second, first),
                            false => (first, second),
                        };
                        solve_alpha(black, white, &mut out[rows]).map_err(|odd| {
                            let row = first_row + odd.pixel / surface.width;
                            LaneError::SurfaceMismatch(format!(
                                "something in row {row} blends with what is behind the page"
                            ))
                        })
                    })
                })
            });
            if !doubtful && !self.sampler.picks(context) {
                return Ok(LaneFrame::Pending(Box::pin(async move {
                    merging.await.map_err(stopped)?
                })));
            }
            let picture = merging.await.map_err(stopped)??;
            self.prove(page, tick, picture.clone()).await?;
            Ok(LaneFrame::Picture(picture))
        })
    }

    fn opened_again(&mut self) {
        (self.has_picture, self.on_white) = (false, false);
    }

    fn settle(&mut self) -> BoxFuture<'_, Result<(), LaneError>> {
        Box::pin(self.proof.settle())
    }

    fn finish<'a>(
        &'a mut self,
        _page: &'a PageSession,
        _ordinal: u64,
    ) -> BoxFuture<'a, Result<(), LaneError>> {
        self.settle()
    }
}

impl TransparentSurfaceLane {
    /// Reads a frame that hides what the page stands on.
    fn read_opaque(&self) -> impl Future<Output = Result<Bytes, LaneError>> + use<> {
        self.reader.read(&self.surface, &self.frames)
    }

    /// True when the mapping changed, so that the frame must be proven.
    fn stand_firm(&mut self) -> Result<bool, LaneError> {
        if let Mapping::Changed(mapping) = self.surface.check_mapping()? {
            self.surface.mapping = mapping;
            return Ok(true);
        }
        Ok(false)
    }

    async fn stand_on(&mut self, page: &PageSession, white: bool) -> Result<(), LaneError> {
        let backdrop = if white {
            Backdrop::White
        } else {
            Backdrop::Black
        };
        page.set_backdrop(backdrop).await?;
        self.on_white = white;
        Ok(())
    }

    /// Compares `picture` with Chrome's own, in the background.
    async fn prove(
        &mut self,
        page: &PageSession,
        tick: f64,
        picture: Bytes,
    ) -> Result<(), LaneError> {
        page.set_backdrop(Backdrop::Clear).await?;
        let look = tick + 2.0 * SECOND_LOOK_MS;
        let photograph = page
            .begin_frame(look, self.clock.interval(), Some(ImageFormat::PngWithAlpha))
            .await?;
        self.stand_on(page, self.on_white).await?;
        // Draws the page as it was again, so that the next frame's damage is its own.
        page.begin_frame(look + SECOND_LOOK_MS, self.clock.interval(), None)
            .await?;
        let Some(png) = photograph.image else {
            return Err(LaneError::SurfaceLost("its frame has no photograph".into()));
        };
        let (width, height) = (self.surface.width, self.surface.height);
        self.sampler.note_checked();
        let compare = move || {
            let expected = decode_rgba(&png, width as u32, height as u32)
                .map_err(|e| LaneError::SurfaceMismatch(e.to_string()))?;
            Difference::transparent(&expected, &picture, width).none_or_mismatch()
        };
        self.proof.start(compare).await
    }
}
