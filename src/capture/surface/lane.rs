//! Capturing through the surface.

use bytes::Bytes;
use futures::future::BoxFuture;

use super::locate::Surface;
use super::sample::Sampler;
use crate::browser::{BeginFrameClock, ImageFormat, PageSession};
use crate::capture::lane::{CaptureLane, LaneError, LaneFrame, LaneKind};
use crate::pixels::{Yuv420Size, bgra_rows_to_yuv420, decode_bgra};

/// Rows read and converted at a time: a strip of a 1080p frame fits the second-level cache.
const STRIP_ROWS: usize = 32;

/// [`LaneKind::Surface`].
pub(in crate::capture) struct SurfaceLane {
    pub surface: Surface,
    pub clock: BeginFrameClock,
    pub sampler: Sampler,
    pub has_picture: bool,
}

impl CaptureLane for SurfaceLane {
    fn kind(&self) -> LaneKind {
        LaneKind::Surface
    }

    fn expect_captures(&mut self, captures: u64) {
        self.sampler.captures = captures;
    }

    fn capture<'a>(
        &'a mut self,
        page: &'a PageSession,
        ordinal: u64,
    ) -> BoxFuture<'a, Result<LaneFrame, LaneError>> {
        Box::pin(async move {
            let checked = self.sampler.picks(ordinal);
            let image = checked.then_some(ImageFormat::Png);
            let (tick, interval) = (self.clock.frame(ordinal), self.clock.interval());
            let frame = page.begin_frame(tick, interval, image).await?;
            if !frame.has_damage && self.has_picture {
                return Ok(LaneFrame::Unchanged);
            }
            let surface = self.surface.clone();
            let expected = frame.image;
            let read = tokio::task::spawn_blocking(move || {
                if let Some(png) = &expected {
                    verify(&surface, png)?;
                }
                read_frame(&surface)
            });
            let picture = read.await.map_err(|e| LaneError::SurfaceLost(e.to_string()))??;
            self.has_picture = true;
            Ok(LaneFrame::Picture(picture))
        })
    }
}

/// Reads and converts the whole surface.
fn read_frame(surface: &Surface) -> Result<Bytes, LaneError> {
    if !surface.still_mapped() {
        return Err(LaneError::SurfaceLost("its mapping changed".into()));
    }
    let size = Yuv420Size { width: surface.width, height: surface.height };
    let mut frame = size.black_frame();
    each_strip(surface, |first_row, rows| bgra_rows_to_yuv420(rows, first_row, size, &mut frame))?;
    Ok(frame.into())
}

/// Compares the surface with Chrome's own picture of the same frame.
fn verify(surface: &Surface, png: &[u8]) -> Result<(), LaneError> {
    let expected = decode_bgra(png, surface.width as u32, surface.height as u32)
        .map_err(|e| LaneError::SurfaceMismatch(e.to_string()))?;
    let mut differing = 0;
    each_strip(surface, |first_row, rows| {
        let at = first_row * surface.width * 4;
        let same = expected[at..at + rows.len()] == *rows;
        if !same {
            let pairs = expected[at..].chunks_exact(4).zip(rows.chunks_exact(4));
            differing += pairs.filter(|(a, b)| a[..3] != b[..3]).count();
        }
    })?;
    if differing == 0 {
        return Ok(());
    }
    Err(LaneError::SurfaceMismatch(format!("{differing} pixels differ from Chrome's own picture")))
}

fn each_strip(surface: &Surface, mut visit: impl FnMut(usize, &[u8])) -> Result<(), LaneError> {
    let stride = surface.width * 4;
    let mut strip = vec![0; STRIP_ROWS * stride];
    for first_row in (0..surface.height).step_by(STRIP_ROWS) {
        let rows = STRIP_ROWS.min(surface.height - first_row);
        let into = &mut strip[..rows * stride];
        surface
            .memory
            .read(surface.address + first_row * stride, into)
            .map_err(|errno| LaneError::SurfaceLost(errno.desc().to_owned()))?;
        visit(first_row, into);
    }
    Ok(())
}
