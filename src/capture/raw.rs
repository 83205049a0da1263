//! Raw frames as an encoder takes them.

use bytes::Bytes;

use crate::pixels::{
    FramePool, PngError, Yuv420Size, bgra_rows_to_yuv420, decode_bgra, decode_rgba,
};

/// Layout of a job's raw frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RawLayout {
    /// Planar YUV 4:2:0, opaque.
    Yuv420,
    /// Straight RGBA.
    Rgba,
}

/// Makes raw frames of one size and layout; clones share their buffers.
#[derive(Debug, Clone)]
pub(super) struct RawFrames {
    pub width: usize,
    pub height: usize,
    pub layout: RawLayout,
    pub pool: FramePool,
}

impl RawFrames {
    pub fn new(width: usize, height: usize, layout: RawLayout) -> Self {
        let bytes = match layout {
            RawLayout::Yuv420 => Yuv420Size { width, height }.bytes(),
            RawLayout::Rgba => width * height * 4,
        };
        Self {
            width,
            height,
            layout,
            pool: FramePool::new(bytes),
        }
    }

    pub fn yuv_size(&self) -> Yuv420Size {
        Yuv420Size {
            width: self.width,
            height: self.height,
        }
    }

    /// The frame that a PNG of the same size shows.
    pub fn of_png(&self, png: &[u8]) -> Result<Bytes, PngError> {
        let (width, height) = (self.width as u32, self.height as u32);
        match self.layout {
            RawLayout::Rgba => {
                let pixels = decode_rgba(png, width, height)?;
                self.pool.frame(|frame| {
                    frame.copy_from_slice(&pixels);
                    Ok(())
                })
            }
            RawLayout::Yuv420 => {
                let (size, pixels) = (self.yuv_size(), decode_bgra(png, width, height)?);
                self.pool.frame(|frame| {
                    size.blacken_padding(frame);
                    bgra_rows_to_yuv420(&pixels, 0, size, frame);
                    Ok(())
                })
            }
        }
    }
}
