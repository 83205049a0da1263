//! Decoded frames as RGBA, and their halves. A page that shows a picture at half its size or
//! less is given the half: Chrome would make the same one itself, but of four times the bytes.
//! Halves are made of a few rows at a time, while those are in the cache.

use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::colour::{Colour, Matrix};
use super::halving::{halve_rows, halvings};
use super::raw_frame::{Layout, RawFrame};

/// Bytes that are converted before they are halved: they stay in the second-level cache.
const STRIP_BYTES: usize = 128 << 10;

/// Why a frame could not be converted.
#[derive(Debug, thiserror::Error)]
#[error("a {width}x{height} frame could not be converted: {detail}")]
pub struct ConvertError {
    width: u32,
    height: u32,
    detail: String,
}

impl ConvertError {
    pub(super) fn of(frame: &RawFrame, detail: impl Into<String>) -> Self {
        Self {
            width: frame.width,
            height: frame.height,
            detail: detail.into(),
        }
    }
}

/// Bytes of a picture as RGBA.
pub fn rgba_bytes(width: u32, height: u32) -> usize {
    width as usize * height as usize * 4
}

/// `frame` as RGBA in `out`, halved `level` times (0 keeps its size).
///
/// # Errors
/// [`ConvertError`] for data that does not fit its size or that of `out`, and for HDR signal.
pub(super) fn write_rgba(frame: &RawFrame, level: u32, out: &mut [u8]) -> Result<(), ConvertError> {
    let rows = Rows::of(frame)?;
    let level = level.min(halvings(frame.width, frame.height));
    if out.len() != rgba_bytes(frame.width >> level, frame.height >> level) {
        return Err(ConvertError::of(frame, "its buffer has another size"));
    }
    let (width, height) = (frame.width as usize, frame.height as usize);
    if level == 0 {
        return rows.write(0, height, out);
    }
    // As many rows as make whole rows of the halved picture, at least one.
    let unit = 1usize << level;
    let most = (STRIP_BYTES / (width * 4) / unit).max(1) * unit;
    let mut strip = vec![0; most.min(height) * width * 4];
    let out_stride = (width >> level) * 4;
    for first in (0..height).step_by(most) {
        let count = most.min(height - first);
        let strip = &mut strip[..count * width * 4];
        rows.write(first, count, strip)?;
        let from = (first >> level) * out_stride;
        let out = &mut out[from..from + (count >> level) * out_stride];
        halve_rows(strip, width, level, out);
    }
    Ok(())
}

/// A frame's pixels, of which any rows can be converted.
struct Rows<'a> {
    frame: &'a RawFrame,
    pixels: Pixels<'a>,
}

enum Pixels<'a> {
    Rgba,
    Grey(Box<[u8; 256]>),
    Planar(Planes<'a>),
}

struct Planes<'a> {
    luma: &'a [u8],
    blue: &'a [u8],
    red: &'a [u8],
    chroma_width: usize,
    /// log2 of luma rows per chroma row.
    high: u8,
    wide: u8,
    range: YuvRange,
    matrix: YuvStandardMatrix,
}

impl<'a> Rows<'a> {
    fn of(frame: &'a RawFrame) -> Result<Self, ConvertError> {
        let pixels = match frame.layout {
            Layout::Rgba => Pixels::Rgba,
            Layout::Grey { full_range } => Pixels::Grey(Box::new(light_of_grey(full_range))),
            Layout::Planar { wide, high, colour } => {
                if !matches!((wide, high), (1, 1) | (1, 0) | (0, 0)) {
                    let detail = format!("chroma shifts {wide}, {high}");
                    return Err(ConvertError::of(frame, detail));
                }
                Pixels::Planar(Planes::of(frame, wide, high, colour)?)
            }
            Layout::Rgb48 => return Err(ConvertError::of(frame, "it is HDR")),
        };
        if frame.data.len() != frame.layout.frame_bytes(frame.width, frame.height) {
            let detail = format!("{} bytes", frame.data.len());
            return Err(ConvertError::of(frame, detail));
        }
        Ok(Self { frame, pixels })
    }

    /// Writes `count` rows from row `first` on, which is even, to `out`.
    fn write(&self, first: usize, count: usize, out: &mut [u8]) -> Result<(), ConvertError> {
        let width = self.frame.width as usize;
        match &self.pixels {
            Pixels::Rgba => {
                let from = first * width * 4;
                out.copy_from_slice(&self.frame.data[from..from + out.len()]);
                Ok(())
            }
            Pixels::Grey(light) => {
                let from = first * width;
                let luma = &self.frame.data[from..from + count * width];
                for (pixel, luma) in out.chunks_exact_mut(4).zip(luma) {
                    let grey = light[usize::from(*luma)];
                    pixel.copy_from_slice(&[grey, grey, grey, 255]);
                }
                Ok(())
            }
            Pixels::Planar(planes) => planes
                .write(first, count, width, out)
                .map_err(|e| ConvertError::of(self.frame, e.to_string())),
        }
    }
}

impl<'a> Planes<'a> {
    fn of(frame: &'a RawFrame, wide: u8, high: u8, colour: Colour) -> Result<Self, ConvertError> {
        let RawFrame { width, height, .. } = *frame;
        let data: &[u8] = &frame.data;
        let chroma_width = width.div_ceil(1 << wide) as usize;
        let luma = width as usize * height as usize;
        let chroma = chroma_width * height.div_ceil(1 << high) as usize;
        if data.len() != luma + 2 * chroma {
            return Err(ConvertError::of(frame, format!("{} bytes", data.len())));
        }
        Ok(Self {
            luma: &data[..luma],
            blue: &data[luma..luma + chroma],
            red: &data[luma + chroma..],
            chroma_width,
            high,
            wide,
            range: if colour.full_range {
                YuvRange::Full
            } else {
                YuvRange::Limited
            },
            matrix: match colour.matrix {
                Matrix::Bt601 => YuvStandardMatrix::Bt601,
                Matrix::Bt709 => YuvStandardMatrix::Bt709,
                Matrix::Bt2020 => YuvStandardMatrix::Bt2020,
                Matrix::Smpte240 => YuvStandardMatrix::Smpte240,
            },
        })
    }

    fn write(
        &self,
        first: usize,
        count: usize,
        width: usize,
        out: &mut [u8],
    ) -> Result<(), yuv::YuvError> {
        let chroma_rows = |row: usize| row.div_ceil(1 << self.high) * self.chroma_width;
        let chroma = chroma_rows(first)..chroma_rows(first + count);
        let image = YuvPlanarImage {
            y_plane: &self.luma[first * width..(first + count) * width],
            y_stride: width as u32,
            u_plane: &self.blue[chroma.clone()],
            u_stride: self.chroma_width as u32,
            v_plane: &self.red[chroma],
            v_stride: self.chroma_width as u32,
            width: width as u32,
            height: count as u32,
        };
        let convert = match (self.wide, self.high) {
            (1, 1) => yuv::yuv420_to_rgba,
            (1, 0) => yuv::yuv422_to_rgba,
            _ => yuv::yuv444_to_rgba,
        };
        convert(&image, out, width as u32 * 4, self.range, self.matrix)
    }
}

/// The grey of each luma.
fn light_of_grey(full_range: bool) -> [u8; 256] {
    std::array::from_fn(|luma| match full_range {
        true => luma as u8,
        // ITU-R BT.709, 3.7: black is 16, white is 235.
        false => (((luma as f32 - 16.0) * 255.0 / 219.0).round()) as u8,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn to_rgba(frame: &RawFrame, level: u32) -> Result<Vec<u8>, ConvertError> {
        let level_bytes = rgba_bytes(frame.width, frame.height)
            >> (2 * level.min(halvings(frame.width, frame.height)));
        let mut out = vec![0; level_bytes];
        write_rgba(frame, level, &mut out).map(|()| out)
    }

    fn planar(width: u32, height: u32, colour: Colour, yuv: [u8; 3]) -> RawFrame {
        let layout = Layout::Planar {
            wide: 1,
            high: 1,
            colour,
        };
        let luma = (width * height) as usize;
        let total = layout.frame_bytes(width, height);
        let mut data = vec![yuv[0]; luma];
        data.resize(luma + (total - luma) / 2, yuv[1]);
        data.resize(total, yuv[2]);
        RawFrame {
            width,
            height,
            layout,
            data: data.into(),
        }
    }

    /// ITU-R BT.601 and BT.709, table 3: 75 % red bars in limited range.
    #[test]
    fn colour_bars_come_out_right() {
        for (matrix, yuv) in [
            (Matrix::Bt601, [65, 100, 212]),
            (Matrix::Bt709, [51, 109, 212]),
        ] {
            let colour = Colour {
                matrix,
                full_range: false,
            };
            let rgba = to_rgba(&planar(4, 4, colour, yuv), 0).unwrap();
            for (got, want) in rgba[..4].iter().zip([191u8, 0, 0, 255]) {
                assert!(got.abs_diff(want) <= 2, "{matrix:?}: {:?}", &rgba[..4]);
            }
        }
    }

    #[test]
    fn grey_of_limited_range_reaches_black_and_white() {
        let grey = |full_range| {
            let frame = RawFrame {
                width: 6,
                height: 1,
                layout: Layout::Grey { full_range },
                data: vec![0, 16, 126, 235, 255, 17].into(),
            };
            let rgba = to_rgba(&frame, 0).unwrap();
            assert!(
                rgba.chunks(4)
                    .all(|p| p[0] == p[1] && p[1] == p[2] && p[3] == 255)
            );
            rgba.into_iter().step_by(4).collect::<Vec<u8>>()
        };
        assert_eq!(grey(false), [0, 0, 128, 255, 255, 1]);
        assert_eq!(grey(true), [0, 16, 126, 235, 255, 17]);
    }

    #[test]
    fn odd_sizes_convert_and_are_not_halved() {
        let colour = Colour {
            matrix: Matrix::Bt709,
            full_range: true,
        };
        let frame = planar(5, 3, colour, [90, 128, 128]);
        assert_eq!(to_rgba(&frame, 3).unwrap().len(), rgba_bytes(5, 3));
        assert_eq!(
            (halvings(1280, 720), halvings(1920, 1080), halvings(5, 4)),
            (4, 3, 0)
        );
    }

    #[test]
    fn a_short_frame_is_refused() {
        let colour = Colour {
            matrix: Matrix::Bt709,
            full_range: false,
        };
        let mut frame = planar(8, 8, colour, [0, 0, 0]);
        frame.data = frame.data.slice(1..);
        assert!(to_rgba(&frame, 0).is_err());
    }

    proptest! {
        /// However the rows are cut into strips.
        #[test]
        fn strips_are_the_halves_of_the_whole(
            seed in any::<u64>(), wide in 0u8..2, high in 0u8..2, level in 1u32..4, size in 1u32..9,
        ) {
            let (wide, high) = if wide == 0 { (0, 0) } else { (wide, high) };
            // Wide enough for several strips.
            let (width, height) = (1024 * 2, size * 8);
            let colour = Colour { matrix: Matrix::Bt709, full_range: false };
            let layout = Layout::Planar { wide, high, colour };
            let mut state = seed | 1;
            let mut noise = || {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            };
            let data: Vec<u8> = (0..layout.frame_bytes(width, height)).map(|_| noise()).collect();
            let frame = RawFrame { width, height, layout, data: data.into() };
            let mut whole = to_rgba(&frame, 0).unwrap();
            let mut halved = vec![0; rgba_bytes(width >> level, height >> level)];
            halve_rows(&mut whole, width as usize, level, &mut halved);
            prop_assert!(to_rgba(&frame, level).unwrap() == halved);
        }
    }
}
