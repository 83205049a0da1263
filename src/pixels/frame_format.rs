//! The formats that frames travel in, from capture to encoder.

use super::yuv::Yuv420Size;

/// Format of one frame's bytes. The quality of a JPEG and the transfer function of `Rgb48` are
/// the job's and stand beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameFormat {
    /// A JPEG file.
    Jpeg,
    /// Raw planar YUV 4:2:0, BT.709 limited range, padded to an even size.
    Yuv420,
    /// Raw straight RGBA, 8 bits a channel.
    Rgba,
    /// Raw RGB, 16 bits a channel, little-endian.
    Rgb48,
}

impl FrameFormat {
    /// Bytes of a raw frame of `width` x `height` pixels; `None` for compressed ones.
    pub fn bytes(self, width: usize, height: usize) -> Option<usize> {
        match self {
            Self::Jpeg => None,
            Self::Yuv420 => Some(Yuv420Size { width, height }.bytes()),
            Self::Rgba => Some(width * height * 4),
            Self::Rgb48 => Some(width * height * 6),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_frames_have_a_size_and_only_yuv_is_padded() {
        let bytes = |format: FrameFormat| format.bytes(3, 1);
        assert_eq!(bytes(FrameFormat::Jpeg), None);
        assert_eq!(bytes(FrameFormat::Yuv420), Some(4 * 2 * 3 / 2));
        assert_eq!(bytes(FrameFormat::Rgba), Some(12));
        assert_eq!(bytes(FrameFormat::Rgb48), Some(18));
    }
}
