//! rgb48 frames: three 16-bit samples a pixel (R, G, B, native byte order), row after row, no
//! alpha, no padding. Values are signal values; nothing is linearised for a transition.

use super::error::BlendError;
use super::grid::Grid;
use super::size::FrameSize;
use super::style::Colours;

/// A frame to read from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Picture<'a> {
    samples: &'a [u16],
    grid: Grid,
}

impl<'a> Picture<'a> {
    /// A view of one frame; `name` is for the message.
    pub fn new(name: &'static str, samples: &'a [u16], grid: Grid) -> Result<Self, BlendError> {
        grid.size().check(name, samples.len())?;
        Ok(Self { samples, grid })
    }

    pub fn size(&self) -> FrameSize {
        self.grid.size()
    }

    /// Where its pixels lie.
    pub fn grid(&self) -> Grid {
        self.grid
    }

    pub fn samples(&self) -> &'a [u16] {
        self.samples
    }

    /// Row `y`, the last one for any beyond.
    pub fn row(&self, y: usize) -> &'a [u16] {
        let size = self.size();
        let stride = size.stride();
        &self.samples[y.min(size.height() - 1) * stride..][..stride]
    }
}

/// What a transition is asked: two frames of one grid, how far it has come, and in which colours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shot<'a> {
    pub from: Picture<'a>,
    pub to: Picture<'a>,
    /// Progress, 0 to 1.
    pub p: f64,
    pub colours: Colours,
}

impl Shot<'_> {
    /// What is left: `1 - p`.
    pub fn q(&self) -> f64 {
        1.0 - self.p
    }

    pub fn size(&self) -> FrameSize {
        self.from.size()
    }

    /// The places of both pictures' pixels, and of the output's.
    pub fn grid(&self) -> Grid {
        self.from.grid
    }
}
