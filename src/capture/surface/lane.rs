//! Capturing through the surface.

use std::ops::Range;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::locate::Surface;
use super::sample::Sampler;
use crate::browser::{BeginFrameClock, ImageFormat, PageSession};
use crate::capture::lane::{CaptureLane, LaneError, LaneFrame, LaneKind, SECOND_LOOK_MS};
use crate::capture::timing::StageClock;
use crate::pixels::{FramePool, Yuv420Size, bgra_rows_to_yuv420, decode_bgra};

/// Rows read and converted at a time: a strip of a 1080p frame fits the second-level cache.
const STRIP_ROWS: usize = 32;

/// [`LaneKind::Surface`].
pub(in crate::capture) struct SurfaceLane {
    pub surface: Surface,
    pub clock: BeginFrameClock,
    pub sampler: Sampler,
    pub pool: FramePool,
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
            let mut clock = StageClock::start();
            let mut reading = self.read(frame.image).await?;
            if let Reading::Remapped(mapping) = reading {
                // Neighbours were mapped or unmapped; most likely the surface stayed. Proven
                // before it is used.
                let again =
                    page.begin_frame(tick + SECOND_LOOK_MS, interval, Some(ImageFormat::Png));
                let png = again.await?.image;
                if png.is_none() {
                    return Err(LaneError::SurfaceLost("its mapping changed".into()));
                }
                self.surface.mapping = mapping;
                reading = self.read(png).await?;
            }
            let Reading::Frame(picture) = reading else {
                return Err(LaneError::SurfaceLost("its mapping keeps changing".into()));
            };
            self.has_picture = true;
            Ok(LaneFrame::Picture(picture, clock.lap_ms()))
        })
    }
}

enum Reading {
    Frame(Bytes),
    /// The mapping around the surface is another one now.
    Remapped(Range<usize>),
}

impl SurfaceLane {
    /// Compares with `expected`, when given, then reads and converts.
    async fn read(&self, expected: Option<Vec<u8>>) -> Result<Reading, LaneError> {
        let (surface, pool) = (self.surface.clone(), self.pool.clone());
        let work = tokio::task::spawn_blocking(move || {
            match surface.current_mapping() {
                None => return Err(LaneError::SurfaceLost("it is not mapped any more".into())),
                Some(mapping) if mapping != surface.mapping => {
                    return Ok(Reading::Remapped(mapping));
                }
                Some(_) => {}
            }
            if let Some(png) = &expected {
                verify(&surface, png)?;
            }
            read_frame(&surface, &pool).map(Reading::Frame)
        });
        work.await
            .map_err(|e| LaneError::SurfaceLost(e.to_string()))?
    }
}

/// Reads and converts the whole surface.
fn read_frame(surface: &Surface, pool: &FramePool) -> Result<Bytes, LaneError> {
    let size = Yuv420Size {
        width: surface.width,
        height: surface.height,
    };
    pool.frame(|frame| {
        size.blacken_padding(frame);
        each_strip(surface, |first_row, rows| {
            bgra_rows_to_yuv420(rows, first_row, size, frame)
        })
    })
}

/// Compares the surface with Chrome's own picture of the same frame.
fn verify(surface: &Surface, png: &[u8]) -> Result<(), LaneError> {
    let expected = decode_bgra(png, surface.width as u32, surface.height as u32)
        .map_err(|e| LaneError::SurfaceMismatch(e.to_string()))?;
    let mut difference = Difference::default();
    each_strip(surface, |first_row, rows| {
        let at = first_row * surface.width * 4;
        if expected[at..at + rows.len()] != *rows {
            let pairs = expected[at..].chunks_exact(4).zip(rows.chunks_exact(4));
            for (index, (a, b)) in pairs.enumerate().filter(|(_, (a, b))| a[..3] != b[..3]) {
                let pixel = first_row * surface.width + index;
                difference.note(pixel % surface.width, pixel / surface.width, a, b);
            }
        }
    })?;
    if difference.pixels == 0 {
        return Ok(());
    }
    Err(LaneError::SurfaceMismatch(difference.to_string()))
}

/// How two pictures differ.
#[derive(Default)]
struct Difference {
    pixels: usize,
    largest: u8,
    columns: Option<(usize, usize)>,
    rows: Option<(usize, usize)>,
}

impl Difference {
    fn note(&mut self, x: usize, y: usize, a: &[u8], b: &[u8]) {
        let grown = |span: Option<(usize, usize)>, at: usize| {
            Some(span.map_or((at, at), |(low, high)| (low.min(at), high.max(at))))
        };
        let largest = a[..3].iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
        self.pixels += 1;
        self.largest = self.largest.max(largest.unwrap_or(0));
        self.columns = grown(self.columns, x);
        self.rows = grown(self.rows, y);
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ((left, right), (top, bottom)) = (
            self.columns.unwrap_or_default(),
            self.rows.unwrap_or_default(),
        );
        write!(
            f,
            "{} pixels differ from Chrome's own picture, by up to {}, in columns {left} to {right}, rows {top} to {bottom}",
            self.pixels, self.largest
        )
    }
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
