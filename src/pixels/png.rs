//! PNG pictures of frames, as BGRA.

/// Why a picture was refused.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PngError {
    /// Not a PNG that can be read.
    #[error("the frame's PNG cannot be read: {0}")]
    Decode(String),
    /// The number of pixels does not fit the size.
    #[error("the frame cannot be written as PNG: {0}")]
    Encode(String),
    /// Another size than the frame's.
    #[error("the frame's PNG has {got:?} pixels instead of {expected:?}")]
    Size {
        /// Width and height found.
        got: (u32, u32),
        /// Width and height expected.
        expected: (u32, u32),
    },
}

/// Decodes an 8-bit RGB or RGBA PNG of exactly `width` x `height` pixels to tightly packed BGRA.
///
/// # Errors
/// [`PngError`]; sizes are checked before anything is allocated for pixels.
pub fn decode_bgra(data: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PngError> {
    let mut pixels = decode_rgba(data, width, height)?;
    for pixel in pixels.chunks_exact_mut(4) {
        pixel.swap(0, 2);
    }
    Ok(pixels)
}

/// As [`decode_bgra`], but to RGBA.
///
/// # Errors
/// As [`decode_bgra`].
pub fn decode_rgba(data: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PngError> {
    let failed = |e: png::DecodingError| PngError::Decode(e.to_string());
    let mut decoder = png::Decoder::new(std::io::Cursor::new(data));
    let to_color8 = png::Transformations::normalize_to_color8();
    decoder.set_transformations(to_color8 | png::Transformations::ALPHA);
    let mut reader = decoder.read_info().map_err(failed)?;
    let info = reader.info();
    let (got, expected) = ((info.width, info.height), (width, height));
    if got != expected {
        return Err(PngError::Size { got, expected });
    }
    let size = reader.output_buffer_size();
    let mut pixels = vec![0; size.ok_or_else(|| PngError::Decode("too large".into()))?];
    let frame = reader.next_frame(&mut pixels).map_err(failed)?;
    match frame.color_type {
        png::ColorType::Rgba => Ok(pixels),
        other => Err(PngError::Decode(format!("colour type {other:?}"))),
    }
}

/// Encodes tightly packed straight RGBA, fast rather than small. A picture without transparency is
/// written as RGB, as Chrome does.
///
/// # Errors
/// [`PngError::Encode`] when `pixels` is not `width * height * 4` bytes long.
pub fn encode_rgba(pixels: &[u8], width: u32, height: u32) -> Result<Vec<u8>, PngError> {
    let failed = |e: png::EncodingError| PngError::Encode(e.to_string());
    let mut out = Vec::with_capacity(pixels.len() / 8);
    let mut encoder = png::Encoder::new(&mut out, width, height);
    let is_opaque = pixels.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX);
    let rgb: Vec<u8>;
    let (color, pixels) = match is_opaque {
        true => {
            let colours = pixels.chunks_exact(4).flat_map(|pixel| &pixel[..3]);
            rgb = colours.copied().collect();
            (png::ColorType::Rgb, &rgb[..])
        }
        false => (png::ColorType::Rgba, pixels),
    };
    encoder.set_color(color);
    encoder.set_compression(png::Compression::Fastest);
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(pixels).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_is_transparent_has_alpha() {
        /// Where a PNG names its kind of colour.
        const COLOR: usize = 25;
        let kind = |alpha| {
            let png = encode_rgba(&[1, 2, 3, 255, 4, 5, 6, alpha], 2, 1).unwrap();
            let back = decode_rgba(&png, 2, 1).unwrap();
            assert_eq!(back, [1, 2, 3, 255, 4, 5, 6, alpha]);
            png[COLOR]
        };
        let [rgb, rgba] = [png::ColorType::Rgb, png::ColorType::Rgba].map(|kind| kind as u8);
        assert_eq!((kind(255), kind(254)), (rgb, rgba));
        assert!(encode_rgba(&[1, 2, 3, 255], 2, 1).is_err(), "too short");
    }

    fn encoded(color: png::ColorType, pixels: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let mut encoder = png::Encoder::new(&mut out, 2, 1);
        encoder.set_color(color);
        encoder
            .write_header()
            .unwrap()
            .write_image_data(pixels)
            .unwrap();
        out
    }

    #[test]
    fn both_layouts_become_bgra() {
        let rgb = encoded(png::ColorType::Rgb, &[1, 2, 3, 4, 5, 6]);
        assert_eq!(
            decode_bgra(&rgb, 2, 1).unwrap(),
            [3, 2, 1, 255, 6, 5, 4, 255]
        );
        let rgba = encoded(png::ColorType::Rgba, &[1, 2, 3, 9, 4, 5, 6, 8]);
        assert_eq!(decode_bgra(&rgba, 2, 1).unwrap(), [3, 2, 1, 9, 6, 5, 4, 8]);
    }

    #[test]
    fn what_is_encoded_decodes_to_the_same() {
        let pixels: Vec<u8> = (0..4 * 6 * 5).map(|i| (i * 37 % 256) as u8).collect();
        let file = encode_rgba(&pixels, 6, 5).unwrap();
        assert_eq!(decode_rgba(&file, 6, 5).unwrap(), pixels);
        assert!(matches!(
            encode_rgba(&pixels, 6, 4),
            Err(PngError::Encode(_))
        ));
    }

    #[test]
    fn wrong_sizes_and_garbage_are_refused() {
        let rgb = encoded(png::ColorType::Rgb, &[1, 2, 3, 4, 5, 6]);
        assert!(matches!(
            decode_bgra(&rgb, 3, 1),
            Err(PngError::Size { got: (2, 1), .. })
        ));
        assert!(matches!(
            decode_bgra(b"GIF89a", 2, 1),
            Err(PngError::Decode(_))
        ));
        assert!(matches!(
            decode_bgra(&rgb[..rgb.len() - 20], 2, 1),
            Err(PngError::Decode(_))
        ));
    }

    proptest! {
        /// A damaged or truncated file is an error, or gives a picture of the size that was asked
        /// for.
        #[test]
        fn damaged_files_are_safe(
            damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
            length in any::<prop::sample::Index>(),
        ) {
            let pixels: Vec<u8> = (0..4 * 6 * 5).map(|i| (i * 37 % 256) as u8).collect();
            let mut file = encode_rgba(&pixels, 6, 5).unwrap();
            file.truncate(1 + length.index(file.len()));
            for (at, byte) in damage {
                let at = at.index(file.len());
                file[at] = byte;
            }
            if let Ok(decoded) = decode_rgba(&file, 6, 5) {
                prop_assert_eq!(decoded.len(), pixels.len());
            }
        }
    }
}
