//! Decoded frames as RGBA, and their halves. A page that shows a picture at half its size or
//! less is given the half: Chrome would make the same one itself (Skia's mip level, an average of
//! two by two with the fraction cut off), but of four times the bytes.

use yuv::{YuvPlanarImage, YuvRange, YuvStandardMatrix};

use super::colour::{Colour, Matrix};
use super::raw_frame::{Layout, RawFrame};

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

/// How often a picture can be halved without a rest in either direction.
pub fn halvings(width: u32, height: u32) -> u32 {
    width.trailing_zeros().min(height.trailing_zeros())
}

/// Bytes of a picture as RGBA.
pub fn rgba_bytes(width: u32, height: u32) -> usize {
    width as usize * height as usize * 4
}

/// `frame` as RGBA, halved `level` times (0 keeps its size).
///
/// # Errors
/// [`ConvertError`] for data that does not fit its size, and for HDR signal.
pub(super) fn to_rgba(frame: &RawFrame, level: u32) -> Result<Vec<u8>, ConvertError> {
    let rgba = match frame.layout {
        Layout::Rgba => frame.data.to_vec(),
        Layout::Planar { wide, high, colour } => planar_to_rgba(frame, wide, high, colour)?,
        Layout::Grey { full_range } => grey_to_rgba(frame, full_range)?,
        Layout::Rgb48 => return Err(ConvertError::of(frame, "it is HDR")),
    };
    Ok(halved(rgba, frame, level))
}

/// The picture `rgba` of a whole frame, halved `level` times.
pub(super) fn halved(mut rgba: Vec<u8>, frame: &RawFrame, level: u32) -> Vec<u8> {
    let (mut width, mut height) = (frame.width as usize, frame.height as usize);
    for _ in 0..level.min(halvings(frame.width, frame.height)) {
        rgba = halve(&rgba, width, height);
        (width, height) = (width / 2, height / 2);
    }
    rgba
}

fn planar_to_rgba(
    frame: &RawFrame,
    wide: u8,
    high: u8,
    colour: Colour,
) -> Result<Vec<u8>, ConvertError> {
    let RawFrame {
        width,
        height,
        ref data,
        ..
    } = *frame;
    let failed = |detail: String| ConvertError::of(frame, detail);
    let chroma_width = width.div_ceil(1 << wide);
    let luma = width as usize * height as usize;
    let chroma = chroma_width as usize * height.div_ceil(1 << high) as usize;
    if data.len() != luma + 2 * chroma {
        return Err(failed(format!("{} bytes", data.len())));
    }
    let image = YuvPlanarImage {
        y_plane: &data[..luma],
        y_stride: width,
        u_plane: &data[luma..luma + chroma],
        u_stride: chroma_width,
        v_plane: &data[luma + chroma..],
        v_stride: chroma_width,
        width,
        height,
    };
    let range = if colour.full_range {
        YuvRange::Full
    } else {
        YuvRange::Limited
    };
    let matrix = match colour.matrix {
        Matrix::Bt601 => YuvStandardMatrix::Bt601,
        Matrix::Bt709 => YuvStandardMatrix::Bt709,
        Matrix::Bt2020 => YuvStandardMatrix::Bt2020,
        Matrix::Smpte240 => YuvStandardMatrix::Smpte240,
    };
    let convert = match (wide, high) {
        (1, 1) => yuv::yuv420_to_rgba,
        (1, 0) => yuv::yuv422_to_rgba,
        (0, 0) => yuv::yuv444_to_rgba,
        _ => return Err(failed(format!("chroma shifts {wide}, {high}"))),
    };
    let mut rgba = vec![0; rgba_bytes(width, height)];
    convert(&image, &mut rgba, width * 4, range, matrix).map_err(|e| failed(e.to_string()))?;
    Ok(rgba)
}

fn grey_to_rgba(frame: &RawFrame, full_range: bool) -> Result<Vec<u8>, ConvertError> {
    let RawFrame {
        width,
        height,
        ref data,
        ..
    } = *frame;
    if data.len() != width as usize * height as usize {
        return Err(ConvertError::of(frame, format!("{} bytes", data.len())));
    }
    let light: [u8; 256] = std::array::from_fn(|luma| match full_range {
        true => luma as u8,
        // ITU-R BT.709, 3.7: black is 16, white is 235.
        false => (((luma as f32 - 16.0) * 255.0 / 219.0).round()) as u8,
    });
    let pixels = data.iter().map(|luma| light[usize::from(*luma)]);
    Ok(pixels.flat_map(|grey| [grey, grey, grey, 255]).collect())
}

/// Averages of two by two pixels, fractions cut off; both sides even.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn halve(rgba: &[u8], width: usize, height: usize) -> Vec<u8> {
    let (stride, half_stride) = (width * 4, width * 2);
    let mut half = vec![0u8; half_stride * (height / 2)];
    let rows = rgba
        .chunks_exact(stride * 2)
        .zip(half.chunks_exact_mut(half_stride));
    for (pair, out) in rows {
        let (upper, lower) = pair.split_at(stride);
        let pixels = upper
            .chunks_exact(8)
            .zip(lower.chunks_exact(8))
            .zip(out.chunks_exact_mut(4));
        for ((above, below), pixel) in pixels {
            for channel in 0..4 {
                let sum = u16::from(above[channel])
                    + u16::from(above[channel + 4])
                    + u16::from(below[channel])
                    + u16::from(below[channel + 4]);
                pixel[channel] = (sum >> 2) as u8;
            }
        }
    }
    half
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
        #[test]
        fn halves_are_floors_of_averages(data in proptest::collection::vec(any::<u8>(), 6 * 4 * 4)) {
            let half = halve(&data, 6, 4);
            prop_assert_eq!(half.len(), 3 * 2 * 4);
            for (i, value) in half.iter().enumerate() {
                let (row, column, channel) = (i / 12, i % 12 / 4, i % 4);
                let at = |dy: usize, dx: usize| {
                    u32::from(data[(2 * row + dy) * 24 + (2 * column + dx) * 4 + channel])
                };
                let sum = at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1);
                prop_assert_eq!(u32::from(*value), sum / 4);
            }
        }
    }
}
