//! rgb48 frames: three 16-bit samples a pixel (R, G, B, native byte order), row after row, no
//! alpha, no padding. Values are signal values; nothing is linearised for a transition.

use super::error::BlendError;
use super::grid::Grid;
use super::style::Colours;

/// The largest width and height, pixels: twice 8K, and what offsets in `f32` stay exact for.
pub const MAX_SIDE: usize = 16_384;

/// Samples of one pixel.
pub const CHANNELS: usize = 3;

/// Width and height in pixels, each from 1 to [`MAX_SIDE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FrameSize {
    width: usize,
    height: usize,
}

impl FrameSize {
    /// Checks both sides.
    ///
    /// # Errors
    /// [`BlendError::Size`]
    pub fn new(width: usize, height: usize) -> Result<Self, BlendError> {
        for (name, value) in [("width", width), ("height", height)] {
            if !(1..=MAX_SIDE).contains(&value) {
                let most = MAX_SIDE;
                return Err(BlendError::Size { name, value, most });
            }
        }
        Ok(Self { width, height })
    }

    /// Pixels of a row.
    pub fn width(self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(self) -> usize {
        self.height
    }

    /// Samples of a row.
    pub fn stride(self) -> usize {
        self.width * CHANNELS
    }

    /// Samples of a frame.
    pub fn samples(self) -> usize {
        self.stride() * self.height
    }

    /// Whether `samples` is one frame; `name` is for the message.
    ///
    /// # Errors
    /// [`BlendError::Length`]
    pub fn check(self, name: &'static str, samples: usize) -> Result<(), BlendError> {
        self.check_bytes(name, samples.saturating_mul(size_of::<u16>()))
    }

    /// As [`Self::check`], of bytes.
    ///
    /// # Errors
    /// [`BlendError::Length`]
    pub fn check_bytes(self, name: &'static str, bytes: usize) -> Result<(), BlendError> {
        let expected = self.samples() * size_of::<u16>();
        if bytes == expected {
            return Ok(());
        }
        Err(BlendError::Length {
            name,
            actual: bytes,
            expected,
            width: self.width,
            height: self.height,
        })
    }
}

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
        &self.samples[y.min(size.height - 1) * stride..][..stride]
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
