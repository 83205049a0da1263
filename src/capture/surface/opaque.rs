//! Capturing an opaque page through the surface.

use futures::future::BoxFuture;

use super::guard::Mapping;
use super::locate::Surface;
use super::proof::{Difference, Proof};
use super::reader::Reader;
use super::sample::Sampler;
use crate::browser::{BeginFrameClock, ImageFormat, PageSession};
use crate::capture::lane::{CaptureContext, CaptureLane, LaneError, LaneFrame, Purpose};
use crate::capture::photo::SECOND_LOOK_MS;
use crate::capture::raw_frames::RawFrames;
use crate::pixels::decode_bgra;

/// Frames drawn on command and read from the compositor's output surface, of opaque pages.
pub(in crate::capture) struct OpaqueSurfaceLane {
    pub surface: Surface,
    pub reader: Reader,
    pub clock: BeginFrameClock,
    pub sampler: Sampler,
    pub frames: RawFrames,
    /// For frames that are assembled from several captures.
    pub parts: RawFrames,
    /// Whether the capture before was a whole frame.
    pub has_picture: bool,
    /// The mapping changed, and nothing has been compared since.
    pub is_in_doubt: bool,
    /// The comparison still running.
    pub proof: Proof,
}

/// Of a frame that was read when the mapping had changed, and never compared.
fn unproven() -> LaneError {
    LaneError::SurfaceMismatch("its mapping changed".into())
}

impl CaptureLane for OpaqueSurfaceLane {
    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        context: CaptureContext,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let picked = self.is_in_doubt || self.sampler.picks(context);
            let image = picked.then_some(ImageFormat::Png);
            let (tick, interval) = (self.clock.frame(context.ordinal), self.clock.interval());
            let frame = page.begin_frame(tick, interval, image).await?;
            let is_frame = context.purpose == Purpose::Frame;
            if !frame.has_damage && self.has_picture && is_frame {
                if let Some(png) = frame.image.filter(|_| self.is_in_doubt) {
                    self.prove(png).await?;
                }
                return Ok(LaneFrame::Unchanged);
            }
            let mut expected = frame.image;
            if let Mapping::Changed(mapping) = self.surface.check_mapping()? {
                // Most likely only neighbours were mapped or unmapped; proven before it is used, or
                // where the page has gone on, with the frame after.
                if !context.goes_on {
                    let again =
                        page.begin_frame(tick + SECOND_LOOK_MS, interval, Some(ImageFormat::Png));
                    expected = again.await?.image;
                    if expected.is_none() {
                        return Err(LaneError::SurfaceLost("its mapping changed".into()));
                    }
                }
                self.surface.mapping = mapping;
                self.is_in_doubt = expected.is_none();
            }
            if let Some(png) = expected {
                self.prove(png).await?;
            }
            self.has_picture = is_frame;
            let frames = if is_frame { &self.frames } else { &self.parts };
            let reading = self.reader.read(&self.surface, frames);
            Ok(LaneFrame::Pending(Box::pin(reading)))
        })
    }

    fn draws_once(&self) -> bool {
        true
    }

    fn opened_again(&mut self) {
        self.has_picture = false;
    }

    fn settle(&mut self) -> BoxFuture<'_, Result<(), LaneError>> {
        Box::pin(async move {
            self.proof.settle().await?;
            match self.is_in_doubt {
                true => Err(unproven()),
                false => Ok(()),
            }
        })
    }

    fn finish<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<(), LaneError>> {
        Box::pin(async move {
            if self.is_in_doubt {
                let (tick, interval) = (self.clock.frame(ordinal), self.clock.interval());
                let drawing = page.begin_frame(tick, interval, Some(ImageFormat::Png));
                let png = drawing.await?.image.ok_or_else(unproven)?;
                self.prove(png).await?;
            }
            self.proof.settle().await
        })
    }
}

impl OpaqueSurfaceLane {
    /// Compares the surface as it stands with `png`, in the background.
    async fn prove(&mut self, png: Vec<u8>) -> Result<(), LaneError> {
        let mut seen = vec![0; self.surface.bytes()];
        self.surface.read_all(&mut seen)?;
        let (width, height) = (self.surface.width, self.surface.height);
        let compare = move || {
            let expected = decode_bgra(&png, width as u32, height as u32)
                .map_err(|e| LaneError::SurfaceMismatch(e.to_string()))?;
            Difference::opaque(&expected, &seen, width).none_or_mismatch()
        };
        self.sampler.note_checked();
        self.is_in_doubt = false;
        self.proof.start(compare).await
    }
}
