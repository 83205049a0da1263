//! HDR still pictures: 16-bit PNG. (Photographs of the page are `pixels::decode_rgba`'s.)

use std::io::Cursor;

use png::{BitDepth, ColorType, DecodingError};

use super::error::Rgb48Error;
use super::picture::Picture;

/// Bytes the decoder may take for itself beside the picture: a row and its tables.
const DECODER_BYTES: usize = 64 << 20;

/// Decodes a 16-bit RGB or RGBA PNG. Alpha is dropped without blending, as upstream does.
///
/// # Errors
/// [`Rgb48Error`]: the size is checked against `most_bytes`, which decoding stays below,
/// before anything is allocated for pixels; truncated and damaged files are refused.
pub fn decode_rgb48(data: &[u8], most_bytes: usize) -> Result<Picture, Rgb48Error> {
    let failed = |error: DecodingError| Rgb48Error::Png(error.to_string());
    let limits = png::Limits {
        bytes: DECODER_BYTES.min(most_bytes),
    };
    let mut decoder = png::Decoder::new_with_limits(Cursor::new(data), limits);
    decoder.set_ignore_text_chunk(true);
    decoder.set_ignore_iccp_chunk(true);
    let mut reader = decoder.read_info().map_err(failed)?;
    let (colour, depth) = reader.output_color_type();
    let channels = match (colour, depth) {
        (ColorType::Rgb, BitDepth::Sixteen) => 3,
        (ColorType::Rgba, BitDepth::Sixteen) => 4,
        _ => {
            return Err(Rgb48Error::PngKind {
                depth: depth as u8,
                kind: format!("{colour:?}"),
            });
        }
    };
    let (width, height) = reader.info().size();
    let needed = u128::from(width) * u128::from(height) * channels * 2;
    let length = usize::try_from(needed).ok().filter(|n| *n <= most_bytes);
    let Some(length) = length else {
        return Err(Rgb48Error::PngTooLarge {
            width,
            height,
            needed,
            most: most_bytes,
        });
    };
    let mut samples = Vec::new();
    samples
        .try_reserve_exact(length / 2)
        .map_err(|error| Rgb48Error::Png(error.to_string()))?;
    samples.resize(length / 2, 0u16);
    reader
        .next_frame(bytemuck::cast_slice_mut(&mut samples))
        .map_err(failed)?;
    for sample in &mut samples {
        *sample = u16::from_be(*sample);
    }
    if channels == 4 {
        drop_fourth(&mut samples);
    }
    Picture::of(samples, width as usize, height as usize)
        .map_err(|error| Rgb48Error::Png(error.to_string()))
}

/// Closes the gaps that the fourth of four samples leaves.
fn drop_fourth(samples: &mut Vec<u16>) {
    let pixels = samples.len() / 4;
    for pixel in 0..pixels {
        samples.copy_within(pixel * 4..pixel * 4 + 3, pixel * 3);
    }
    samples.truncate(pixels * 3);
    samples.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MOST: usize = 1 << 20;

    fn encoded(colour: ColorType, depth: BitDepth, size: (u32, u32), bytes: &[u8]) -> Vec<u8> {
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, size.0, size.1);
        encoder.set_color(colour);
        encoder.set_depth(depth);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(bytes).unwrap();
        writer.finish().unwrap();
        file
    }

    fn big_endian(samples: &[u16]) -> Vec<u8> {
        samples.iter().flat_map(|s| s.to_be_bytes()).collect()
    }

    /// 7 x 5 pixels of noise, RGBA.
    fn file() -> Vec<u8> {
        let samples: Vec<u16> = (0..7 * 5 * 4u32)
            .map(|at| ((at * 40_503) >> 3) as u16)
            .collect();
        encoded(
            ColorType::Rgba,
            BitDepth::Sixteen,
            (7, 5),
            &big_endian(&samples),
        )
    }

    #[test]
    fn both_kinds_become_rgb48() {
        let rgb = [1, 2, 300, 65_535, 0, 4];
        let file = encoded(ColorType::Rgb, BitDepth::Sixteen, (2, 1), &big_endian(&rgb));
        assert_eq!(decode_rgb48(&file, MOST).unwrap().samples(), rgb);
        let rgba = [1, 2, 300, 9, 65_535, 0, 4, 0];
        let file = encoded(
            ColorType::Rgba,
            BitDepth::Sixteen,
            (1, 2),
            &big_endian(&rgba),
        );
        let picture = decode_rgb48(&file, MOST).unwrap();
        assert_eq!((picture.samples(), picture.size()), (&rgb[..], (1, 2)));
    }

    #[test]
    fn other_kinds_are_named() {
        let file = encoded(ColorType::Rgba, BitDepth::Eight, (1, 1), &[1, 2, 3, 4]);
        let text = decode_rgb48(&file, MOST).unwrap_err().to_string();
        assert!(text.contains("8-bit Rgba"), "{text}");
        let file = encoded(ColorType::Grayscale, BitDepth::Sixteen, (1, 1), &[1, 2]);
        assert!(matches!(
            decode_rgb48(&file, MOST),
            Err(Rgb48Error::PngKind { .. })
        ));
    }

    #[test]
    fn size_is_checked_before_memory_is_taken() {
        let mut file = file();
        assert!(matches!(
            decode_rgb48(&file, 279),
            Err(Rgb48Error::PngTooLarge { .. })
        ));
        assert!(decode_rgb48(&file, 280).is_ok());
        // A header that promises 1.6 TB.
        file[16..24].copy_from_slice(&[0, 5, 0, 0, 0, 6, 0, 0]);
        let crc = crc32fast::hash(&file[12..29]);
        file[29..33].copy_from_slice(&crc.to_be_bytes());
        let refused = decode_rgb48(&file, MOST).unwrap_err();
        let refused_at_all = matches!(refused, Rgb48Error::PngTooLarge { .. } | Rgb48Error::Png(_));
        assert!(refused_at_all, "{refused}");
    }

    #[test]
    fn a_file_cut_short_anywhere_is_an_error() {
        let file = file();
        // The last chunk, twelve bytes, says only that there are no more.
        for length in 0..file.len() - 12 {
            assert!(
                decode_rgb48(&file[..length], MOST).is_err(),
                "{length} bytes"
            );
        }
    }

    proptest! {
        /// Damage gives an error or some picture of the size the header names.
        #[test]
        fn damaged_files_are_safe(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        ) {
            let mut file = file();
            for (at, byte) in damage {
                let at = at.index(file.len());
                file[at] = byte;
            }
            if let Ok(picture) = decode_rgb48(&file, MOST) {
                prop_assert!(picture.samples().len() * 2 <= MOST);
            }
        }

        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut file = file()[..33].to_vec();
            file.extend(bytes);
            prop_assert!(decode_rgb48(&file, MOST).is_err());
        }
    }
}
