//! Raw frames as an encoder takes them: the two formats that a lane makes of a picture.

use bytes::Bytes;

use crate::pixels::{
    FramePool, PngError, Yuv420Size, bgra_rows_to_yuv420, decode_bgra, decode_rgba,
};

/// Makes raw frames of one size and format; clones share their buffers.
#[derive(Debug, Clone)]
pub(super) struct RawFrames {
    pub width: usize,
    pub height: usize,
    pub pool: FramePool,
    keeps_alpha: bool,
}

impl RawFrames {
    /// Planar YUV 4:2:0, opaque.
    pub fn yuv420(width: usize, height: usize) -> Self {
        let size = Yuv420Size { width, height };
        Self {
            width,
            height,
            pool: FramePool::new(size.bytes()),
            keeps_alpha: false,
        }
    }

    /// Straight RGBA.
    pub fn rgba(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pool: FramePool::new(width * height * 4),
            keeps_alpha: true,
        }
    }

    /// Whether they are straight RGBA; else YUV 4:2:0.
    pub fn keeps_alpha(&self) -> bool {
        self.keeps_alpha
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
        if self.keeps_alpha {
            let pixels = decode_rgba(png, width, height)?;
            return self.pool.frame(|frame| {
                frame.copy_from_slice(&pixels);
                Ok(())
            });
        }
        let (size, pixels) = (self.yuv_size(), decode_bgra(png, width, height)?);
        self.pool.frame(|frame| {
            size.blacken_padding(frame);
            bgra_rows_to_yuv420(&pixels, 0, size, frame);
            Ok(())
        })
    }
}
