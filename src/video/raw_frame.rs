//! Decoded frames, as they come out of a decoder's pipe.

use bytes::Bytes;

use super::colour::Colour;

/// How the pixels of a decoded frame lie in its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Layout {
    /// Three planes of 8 bits.
    Planar {
        /// log2 of luma columns per chroma column.
        wide: u8,
        /// log2 of luma rows per chroma row.
        high: u8,
        /// How they make colours.
        colour: Colour,
    },
    /// One plane of 8 bits.
    Grey {
        /// Values use all of 0 to 255.
        full_range: bool,
    },
    /// Straight RGBA, 8 bits each.
    Rgba,
    /// Red, green and blue, 16 bits each, in the processor's byte order: HDR signal.
    Rgb48,
}

/// One decoded frame.
#[derive(Debug, Clone)]
pub struct RawFrame {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// What `data` holds.
    pub layout: Layout,
    /// Rows without padding, plane after plane.
    pub data: Bytes,
}

impl Layout {
    /// Bytes of a frame of this layout.
    pub fn frame_bytes(self, width: u32, height: u32) -> usize {
        let (w, h) = (width as usize, height as usize);
        match self {
            Self::Planar { wide, high, .. } => {
                let chroma = w.div_ceil(1 << wide) * h.div_ceil(1 << high);
                w * h + 2 * chroma
            }
            Self::Grey { .. } => w * h,
            Self::Rgba => w * h * 4,
            Self::Rgb48 => w * h * 6,
        }
    }
}
