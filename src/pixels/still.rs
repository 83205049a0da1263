//! One frame as a picture file: scaled, laid on white where it is to be opaque, and encoded.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{PixelType, Resizer};
use serde::Deserialize;

use super::{MAX_SIDE, encode_rgba};

/// The longest side of a WebP picture (`WEBP_MAX_DIMENSION`).
const MOST_WEBP_SIDE: u32 = 16_383;
/// Where nobody names a quality.
const QUALITY: u8 = 90;
/// libwebp's effort, 0 to 6. Two takes a third of the time of its default, 4, for files that are 5 %
/// larger.
const WEBP_EFFORT: i32 = 2;
/// JPEGs of at least this quality keep colour at full resolution, as most encoders have it.
const FULL_COLOUR_FROM: u8 = 95;

/// The kind of a picture file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum StillFormat {
    /// Without loss.
    Png,
    /// Opaque.
    Jpeg,
    /// Without loss at quality 100.
    Webp,
}

/// How a frame is made a picture file.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct Still {
    /// The kind of file.
    pub format: StillFormat,
    /// 1 to 100, of JPEG and WebP.
    #[serde(default)]
    pub quality: Option<u8>,
    /// Keeps the page's transparency, which otherwise is white.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub transparent: bool,
    /// Width of the picture, pixels; with the height alone it follows from that.
    #[serde(default)]
    pub width: Option<u32>,
    /// Height of the picture, pixels; with the width alone it follows from that.
    #[serde(default)]
    pub height: Option<u32>,
}

/// Why a frame was not made a picture file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StillError {
    /// The size is out of range.
    #[error("`width` and `height` of {width}x{height}; give 1 to {most}")]
    Size {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The most of either.
        most: u32,
    },
    /// The quality is out of range.
    #[error("`quality` is {0}; give 1 to 100")]
    Quality(u8),
    /// JPEG has no transparency.
    #[error("`transparent` needs the format png or webp")]
    Opaque,
    /// The frame has another length than its size needs.
    #[error("a frame of {0} bytes")]
    Length(usize),
    /// The encoder refused.
    #[error("{0}")]
    Encoder(String),
}

impl Still {
    /// # Errors
    /// [`StillError`] naming the field that is wrong.
    pub fn check(&self) -> Result<(), StillError> {
        if let Some(quality) = self.quality.filter(|quality| !(1..=100).contains(quality)) {
            return Err(StillError::Quality(quality));
        }
        if self.transparent && self.format == StillFormat::Jpeg {
            return Err(StillError::Opaque);
        }
        let (width, height) = (self.width.unwrap_or(1), self.height.unwrap_or(1));
        let most = self.most_side();
        let fits = |side: u32| (1..=most).contains(&side);
        match fits(width) && fits(height) {
            true => Ok(()),
            false => Err(StillError::Size {
                width,
                height,
                most,
            }),
        }
    }

    /// The file of a frame of straight RGBA with that width and height.
    ///
    /// # Errors
    /// [`StillError`].
    pub fn encode(&self, rgba: &[u8], (width, height): (u32, u32)) -> Result<Vec<u8>, StillError> {
        self.check()?;
        if rgba.len() != width as usize * height as usize * 4 || rgba.is_empty() {
            return Err(StillError::Length(rgba.len()));
        }
        let size = self.size(width, height);
        let most = self.most_side();
        if size.0 > most || size.1 > most {
            let (width, height) = size;
            return Err(StillError::Size {
                width,
                height,
                most,
            });
        }
        let scaled = match size == (width, height) {
            true => None,
            false => Some(scale(rgba, (width, height), size)?),
        };
        let picture = scaled.as_deref().unwrap_or(rgba);
        let opaque = (!self.transparent && !is_opaque(picture)).then(|| on_white(picture));
        let picture = opaque.as_deref().unwrap_or(picture);
        let quality = self.quality.unwrap_or(QUALITY);
        match self.format {
            StillFormat::Png => {
                encode_rgba(picture, size.0, size.1).map_err(|e| StillError::Encoder(e.to_string()))
            }
            StillFormat::Jpeg => jpeg(picture, size, quality),
            StillFormat::Webp => webp(picture, size, quality),
        }
    }

    /// The longest side that the format has, pixels.
    fn most_side(&self) -> u32 {
        match self.format {
            StillFormat::Webp => MOST_WEBP_SIDE,
            StillFormat::Png | StillFormat::Jpeg => MAX_SIDE as u32,
        }
    }

    /// Size of the picture of a frame of that size.
    fn size(&self, width: u32, height: u32) -> (u32, u32) {
        let share = |side: u32, of: u32, whole: u32| {
            let side = f64::from(side) * f64::from(of) / f64::from(whole);
            (side.round() as u32).clamp(1, MAX_SIDE as u32)
        };
        match (self.width, self.height) {
            (None, None) => (width, height),
            (Some(w), None) => (w, share(height, w, width)),
            (None, Some(h)) => (share(width, h, height), h),
            (Some(w), Some(h)) => (w, h),
        }
    }
}

fn is_opaque(rgba: &[u8]) -> bool {
    rgba.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX)
}

fn on_white(rgba: &[u8]) -> Vec<u8> {
    let mut out = rgba.to_vec();
    for pixel in out.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]);
        for sample in &mut pixel[..3] {
            let sum = u32::from(*sample) * alpha + 255 * (255 - alpha);
            *sample = ((sum + 127) / 255) as u8;
        }
        pixel[3] = u8::MAX;
    }
    out
}

/// Colours of clear pixels do not run into others: they are weighed by their alpha.
fn scale(rgba: &[u8], from: (u32, u32), to: (u32, u32)) -> Result<Vec<u8>, StillError> {
    let failed = |e: &dyn std::fmt::Display| StillError::Encoder(e.to_string());
    let source = ImageRef::new(from.0, from.1, rgba, PixelType::U8x4).map_err(|e| failed(&e))?;
    let mut scaled = Image::new(to.0, to.1, PixelType::U8x4);
    let done = Resizer::new().resize(&source, &mut scaled, None);
    done.map_err(|e| failed(&e))?;
    Ok(scaled.into_vec())
}

fn jpeg(rgba: &[u8], (width, height): (u32, u32), quality: u8) -> Result<Vec<u8>, StillError> {
    let mut out = Vec::with_capacity(rgba.len() / 16);
    let mut encoder = jpeg_encoder::Encoder::new(&mut out, quality);
    encoder.set_sampling_factor(match quality >= FULL_COLOUR_FROM {
        true => jpeg_encoder::SamplingFactor::F_1_1,
        false => jpeg_encoder::SamplingFactor::F_2_2,
    });
    // Sides of up to `MAX_SIDE` fit.
    let (width, height) = (width as u16, height as u16);
    let encoded = encoder.encode(rgba, width, height, jpeg_encoder::ColorType::Rgba);
    encoded.map_err(|e| StillError::Encoder(e.to_string()))?;
    Ok(out)
}

fn webp(rgba: &[u8], (width, height): (u32, u32), quality: u8) -> Result<Vec<u8>, StillError> {
    let failed = |e: &dyn std::fmt::Debug| StillError::Encoder(format!("{e:?}"));
    let mut config = webp::WebPConfig::new().map_err(|()| failed(&"no configuration"))?;
    config.quality = f32::from(quality);
    config.method = WEBP_EFFORT;
    if quality == 100 {
        config.lossless = 1;
        // Effort rather than quality; colours of clear pixels are kept.
        config.quality = 20.0;
        config.exact = 1;
    }
    let encoder = webp::Encoder::from_rgba(rgba, width, height);
    let encoded = encoder.encode_advanced(&config).map_err(|e| failed(&e))?;
    Ok(encoded.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::decode_rgba;
    use super::*;
    use proptest::prelude::*;

    const STILL: Still = Still {
        format: StillFormat::Png,
        quality: None,
        transparent: false,
        width: None,
        height: None,
    };

    fn picture(width: u32, height: u32, alpha: u8) -> Vec<u8> {
        let pixel = |at: u32| [at as u8, (at * 7) as u8, (at * 3) as u8, alpha];
        (0..width * height).flat_map(pixel).collect()
    }

    #[test]
    fn an_opaque_frame_is_kept_to_the_bit() {
        let frame = picture(6, 5, 255);
        let png = STILL.encode(&frame, (6, 5)).unwrap();
        assert_eq!(decode_rgba(&png, 6, 5).unwrap(), frame);
    }

    #[test]
    fn clear_pixels_are_white_unless_they_are_to_be_kept() {
        let frame = [10, 20, 30, 0, 0, 0, 0, 51, 9, 8, 7, 255];
        let png = STILL.encode(&frame, (3, 1)).unwrap();
        let shown = [255, 255, 255, 255, 204, 204, 204, 255, 9, 8, 7, 255];
        assert_eq!(decode_rgba(&png, 3, 1).unwrap(), shown);
        let clear = Still {
            transparent: true,
            ..STILL
        };
        let png = clear.encode(&frame, (3, 1)).unwrap();
        assert_eq!(decode_rgba(&png, 3, 1).unwrap(), frame);
    }

    #[test]
    fn each_format_is_what_it_says() {
        let frame = picture(16, 8, 255);
        let file = |format| Still { format, ..STILL }.encode(&frame, (16, 8)).unwrap();
        assert_eq!(&file(StillFormat::Png)[..4], b"\x89PNG");
        assert_eq!(&file(StillFormat::Jpeg)[..3], b"\xff\xd8\xff");
        let webp = file(StillFormat::Webp);
        assert_eq!((&webp[..4], &webp[8..12]), (&b"RIFF"[..], &b"WEBP"[..]));
    }

    #[test]
    fn webp_of_quality_100_loses_nothing() {
        for alpha in [255, 130] {
            let frame = picture(16, 8, alpha);
            let still = Still {
                format: StillFormat::Webp,
                quality: Some(100),
                transparent: true,
                ..STILL
            };
            let file = still.encode(&frame, (16, 8)).unwrap();
            let decoded = webp::Decoder::new(&file).decode().unwrap();
            let lossless: Vec<u8> = match decoded.is_alpha() {
                true => decoded.to_vec(),
                false => decoded
                    .chunks_exact(3)
                    .flat_map(|p| [p[0], p[1], p[2], 255])
                    .collect(),
            };
            assert_eq!(lossless, frame);
        }
    }

    #[test]
    fn what_is_out_of_range_is_named() {
        let bad = [
            (
                Still {
                    quality: Some(0),
                    ..STILL
                },
                "quality",
            ),
            (
                Still {
                    quality: Some(101),
                    ..STILL
                },
                "quality",
            ),
            (
                Still {
                    width: Some(0),
                    ..STILL
                },
                "width",
            ),
            (
                Still {
                    height: Some(20_000),
                    ..STILL
                },
                "height",
            ),
            (
                Still {
                    format: StillFormat::Jpeg,
                    transparent: true,
                    ..STILL
                },
                "transparent",
            ),
        ];
        for (still, word) in bad {
            let text = still.encode(&[0; 4], (1, 1)).unwrap_err().to_string();
            assert!(text.contains(word), "{text}");
        }
        assert_eq!(STILL.encode(&[0; 4], (2, 1)), Err(StillError::Length(4)));
    }

    proptest! {
        #[test]
        fn a_frame_of_one_colour_keeps_it_at_any_size(
            colour in any::<[u8; 3]>(), width in 1u32..40, height in 1u32..40, to in 1u32..60,
        ) {
            let pixel = [colour[0], colour[1], colour[2], 255];
            let frame = pixel.repeat((width * height) as usize);
            let still = Still { width: Some(to), ..STILL };
            let (w, h) = still.size(width, height);
            prop_assert_eq!(w, to);
            let file = still.encode(&frame, (width, height)).unwrap();
            let scaled = decode_rgba(&file, w, h).unwrap();
            prop_assert_eq!(scaled, pixel.repeat((w * h) as usize));
        }
    }
}
