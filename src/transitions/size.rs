//! Width and height of a frame, and the figures that follow from them.

use super::error::BlendError;
use crate::pixels::{FrameFormat, MAX_SIDE};

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
        self.check_picture(name, bytes, FrameFormat::Rgb48)
    }

    /// Whether `bytes` is one raw frame of `format`; `name` is for the message.
    ///
    /// # Errors
    /// [`BlendError::Length`]
    pub fn check_picture(
        self,
        name: &'static str,
        bytes: usize,
        format: FrameFormat,
    ) -> Result<(), BlendError> {
        let expected = format.bytes(self.width, self.height).unwrap_or(0);
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
