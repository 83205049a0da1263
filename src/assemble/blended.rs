//! A transition's frame out of its captured parts: both pictures blended, what lies above put
//! back on top, in the format the encoder takes.

use std::ops::Range;

use crate::pixels::{FrameFormat, Yuv420Size, bgra_rows_to_yuv420, swap_red_and_blue};
use crate::transitions::{BlendError, Blender, Form, FrameSize, Frames, Look};

/// Rows that are turned into the output format at a time: few enough to stay in a cache.
const STRIP_ROWS: usize = 16;
/// From eight bits to sixteen.
const WIDEN: u16 = 257;

/// What a frame is made from; straight RGBA, eight bits a channel.
#[derive(Debug, Clone, Copy)]
pub struct Parts<'a> {
    /// The page with the scene that goes.
    pub from: &'a [u8],
    /// The page with the scene that comes.
    pub to: &'a [u8],
    /// What lies above both.
    pub above: Option<AboveScenes<'a>>,
}

/// What lies above the scenes.
#[derive(Debug, Clone, Copy)]
pub enum AboveScenes<'a> {
    /// With its transparency.
    Clear(&'a [u8]),
    /// Over black and over white.
    Mattes {
        /// Over black.
        black: &'a [u8],
        /// Over white.
        white: &'a [u8],
    },
}

/// Room for one blend, allocated when first used and used over and over.
#[derive(Debug, Default)]
pub struct BlendBuffers {
    from: Vec<u16>,
    to: Vec<u16>,
    out: Vec<u16>,
    /// The same for transparency, which few frames have.
    alpha: Option<Box<[Vec<u16>; 3]>>,
}

impl BlendBuffers {
    /// Bytes that one of them comes to; twice as many for frames with transparency.
    pub fn bytes(size: FrameSize) -> u64 {
        3 * size.samples() as u64 * size_of::<u16>() as u64
    }
}

/// Blends `parts` into `out`, a frame of `format`: YUV 4:2:0, which drops transparency, or RGBA.
///
/// # Errors
/// [`BlendError::Format`] for other formats, [`BlendError`] for parts of another length than
/// `size` has, or a progress that is no number.
pub fn compose(
    blender: &Blender,
    buffers: &mut BlendBuffers,
    parts: Parts<'_>,
    look: Look,
    size: FrameSize,
    format: FrameFormat,
    out: &mut [u8],
) -> Result<(), BlendError> {
    if !matches!(format, FrameFormat::Yuv420 | FrameFormat::Rgba) {
        return Err(BlendError::Format(format));
    }
    for (name, part) in [("from", parts.from), ("to", parts.to)] {
        check_rgba(name, part, size)?;
    }
    let clear = format == FrameFormat::Rgba && !(is_opaque(parts.from) && is_opaque(parts.to));
    let spread: fn(&[u8], &mut [u16]) = if clear { premultiplied } else { opaque };
    fill(parts.from, &mut buffers.from, spread);
    fill(parts.to, &mut buffers.to, spread);
    buffers.out.resize(size.samples(), 0);
    let blend = |from: &[u16], to: &[u16], out: &mut [u16]| {
        let frames = Frames { from, to, out };
        blender.blend(look, Form::Fast, frames, size)
    };
    blend(&buffers.from, &buffers.to, &mut buffers.out)?;
    let alpha = if clear {
        // Blended as if it were a grey picture, so that it is bent in the same way; a glow adds
        // to it what it adds to the colours.
        let planes = buffers.alpha.get_or_insert_default();
        let [from, to, blended] = &mut **planes;
        fill(parts.from, from, alpha_as_grey);
        fill(parts.to, to, alpha_as_grey);
        blended.resize(size.samples(), 0);
        blend(from, to, blended)?;
        Some(&blended[..])
    } else {
        None
    };
    finish(&buffers.out, alpha, parts.above, size, format, out)
}

fn check_rgba(name: &'static str, rgba: &[u8], size: FrameSize) -> Result<(), BlendError> {
    check_length(name, rgba.len(), size.width() * size.height() * 4, size)
}

fn check_length(
    name: &'static str,
    actual: usize,
    expected: usize,
    size: FrameSize,
) -> Result<(), BlendError> {
    if actual == expected {
        return Ok(());
    }
    let (width, height) = (size.width(), size.height());
    Err(BlendError::Length {
        name,
        actual,
        expected,
        width,
        height,
    })
}

fn is_opaque(rgba: &[u8]) -> bool {
    rgba.chunks_exact(4).all(|pixel| pixel[3] == u8::MAX)
}

fn fill(rgba: &[u8], samples: &mut Vec<u16>, spread: fn(&[u8], &mut [u16])) {
    samples.resize(rgba.len() / 4 * 3, 0);
    spread(rgba, samples);
}

fn opaque(rgba: &[u8], samples: &mut [u16]) {
    for (pixel, sample) in rgba.chunks_exact(4).zip(samples.chunks_exact_mut(3)) {
        for k in 0..3 {
            sample[k] = u16::from(pixel[k]) * WIDEN;
        }
    }
}

fn premultiplied(rgba: &[u8], samples: &mut [u16]) {
    for (pixel, sample) in rgba.chunks_exact(4).zip(samples.chunks_exact_mut(3)) {
        let alpha = u32::from(pixel[3]);
        for k in 0..3 {
            // 257 / 255 of a product of two bytes, rounded: at most 65535.
            sample[k] = ((u32::from(pixel[k]) * alpha * u32::from(WIDEN) + 127) / 255) as u16;
        }
    }
}

fn alpha_as_grey(rgba: &[u8], samples: &mut [u16]) {
    for (pixel, sample) in rgba.chunks_exact(4).zip(samples.chunks_exact_mut(3)) {
        sample.fill(u16::from(pixel[3]) * WIDEN);
    }
}

/// Narrows the blended samples, strip by strip, and puts `above` over them.
fn finish(
    blended: &[u16],
    alpha: Option<&[u16]>,
    above: Option<AboveScenes<'_>>,
    size: FrameSize,
    format: FrameFormat,
    out: &mut [u8],
) -> Result<(), BlendError> {
    let (width, height) = (size.width(), size.height());
    let yuv = Yuv420Size { width, height };
    let expected = format.bytes(width, height).unwrap_or_default();
    check_length("the finished frame", out.len(), expected, size)?;
    if let Some(above) = above {
        above.check(size)?;
    }
    if format == FrameFormat::Yuv420 {
        yuv.blacken_padding(out);
    }
    let stride = width * 4;
    let mut rows = Strip::new(STRIP_ROWS.min(height) * stride);
    for first in (0..height).step_by(STRIP_ROWS) {
        let count = STRIP_ROWS.min(height - first);
        let samples = first * size.stride()..(first + count) * size.stride();
        let pixels = first * stride..(first + count) * stride;
        let Strip { rgba, swapped } = rows.first(count * stride);
        match alpha {
            None => narrow(&blended[samples], rgba),
            Some(alpha) => narrow_clear(&blended[samples.clone()], &alpha[samples], rgba),
        }
        if let Some(above) = above {
            above.put_over(pixels.clone(), rgba);
        }
        match format {
            FrameFormat::Yuv420 => {
                swap_red_and_blue(rgba, swapped);
                bgra_rows_to_yuv420(swapped, first, yuv, out);
            }
            _ => out[pixels].copy_from_slice(rgba),
        }
    }
    Ok(())
}

/// Rows on their way to the output format.
struct Strip<T> {
    rgba: T,
    /// Red and blue change places.
    swapped: T,
}

impl Strip<Vec<u8>> {
    fn new(bytes: usize) -> Self {
        let room = || vec![0; bytes];
        Self {
            rgba: room(),
            swapped: room(),
        }
    }

    fn first(&mut self, bytes: usize) -> Strip<&mut [u8]> {
        Strip {
            rgba: &mut self.rgba[..bytes],
            swapped: &mut self.swapped[..bytes],
        }
    }
}

impl AboveScenes<'_> {
    fn check(self, size: FrameSize) -> Result<(), BlendError> {
        match self {
            Self::Clear(rgba) => check_rgba("above", rgba, size),
            Self::Mattes { black, white } => {
                check_rgba("above, on black", black, size)?;
                check_rgba("above, on white", white, size)
            }
        }
    }

    /// Puts its bytes `pixels` over `below`, straight RGBA, which on plates is opaque.
    fn put_over(self, pixels: Range<usize>, below: &mut [u8]) {
        match self {
            Self::Clear(rgba) => put_over(&rgba[pixels], below),
            Self::Mattes { black, white } => {
                put_between(&black[pixels.clone()], &white[pixels], below);
            }
        }
    }
}

/// Sixteen bits to eight, rounded: for what eight bits were widened to, the same again.
fn narrow_one(sample: u16) -> u8 {
    ((u32::from(sample) + u32::from(WIDEN) / 2) / u32::from(WIDEN)) as u8
}

fn narrow(samples: &[u16], rgba: &mut [u8]) {
    for (sample, pixel) in samples.chunks_exact(3).zip(rgba.chunks_exact_mut(4)) {
        for k in 0..3 {
            pixel[k] = narrow_one(sample[k]);
        }
        pixel[3] = u8::MAX;
    }
}

fn narrow_clear(samples: &[u16], alpha: &[u16], rgba: &mut [u8]) {
    let pixels = samples.chunks_exact(3).zip(alpha.chunks_exact(3));
    for ((sample, alpha), pixel) in pixels.zip(rgba.chunks_exact_mut(4)) {
        let covered = alpha.iter().chain(sample).fold(0, |most, a| most.max(*a));
        pixel[3] = narrow_one(covered);
        for k in 0..3 {
            let straight = u32::from(sample[k]) * u32::from(u16::MAX);
            pixel[k] = narrow_one((straight.checked_div(u32::from(covered)).unwrap_or(0)) as u16);
        }
    }
}

/// What was drawn over `black` and over `white`, over `below`: what lies between the plates, by how
/// light the pixel below is. Exact for what covers, also partly, and for what multiplies or screens.
fn put_between(black: &[u8], white: &[u8], below: &mut [u8]) {
    for ((black, white), bottom) in black.iter().zip(white).zip(below) {
        let (dark, light, under) = (i32::from(*black), i32::from(*white), i32::from(*bottom));
        let between = dark + ((light - dark) * under + 127).div_euclid(255);
        *bottom = between.clamp(0, 255) as u8;
    }
}

/// `layer` over `below`, both straight RGBA (Porter and Duff).
fn put_over(layer: &[u8], below: &mut [u8]) {
    for (top, bottom) in layer.chunks_exact(4).zip(below.chunks_exact_mut(4)) {
        match top[3] {
            0 => {}
            u8::MAX => bottom.copy_from_slice(top),
            alpha => {
                let (alpha, under) = (u32::from(alpha), u32::from(bottom[3]));
                let shown = under * (255 - alpha);
                let whole = alpha * 255 + shown;
                for k in 0..3 {
                    let sum = u32::from(top[k]) * alpha * 255 + u32::from(bottom[k]) * shown;
                    bottom[k] = ((sum + whole / 2) / whole) as u8;
                }
                bottom[3] = ((whole + 127) / 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transitions::BlenderOptions;
    use crate::transitions::Transition;
    use proptest::prelude::*;

    fn blender() -> Blender {
        Blender::new(BlenderOptions {
            threads: 1,
            cache_bytes: 1 << 20,
        })
        .unwrap()
    }

    fn crossfade(parts: Parts<'_>, progress: f64, width: usize) -> Vec<u8> {
        let size = FrameSize::new(width, parts.from.len() / 4 / width).unwrap();
        let mut out = vec![0xEE; parts.from.len()];
        let look = Look::engine(Transition::Crossfade, progress);
        let mut buffers = BlendBuffers::default();
        let format = FrameFormat::Rgba;
        compose(
            &blender(),
            &mut buffers,
            parts,
            look,
            size,
            format,
            &mut out,
        )
        .unwrap();
        out
    }

    proptest! {
        #[test]
        fn the_ends_of_a_crossfade_are_its_scenes(
            from in prop::collection::vec(any::<[u8; 3]>(), 8 * 4),
            to in prop::collection::vec(any::<[u8; 3]>(), 8 * 4),
        ) {
            let picture = |pixels: &[[u8; 3]]| -> Vec<u8> {
                pixels.iter().flat_map(|[r, g, b]| [*r, *g, *b, 255]).collect()
            };
            let (from, to) = (picture(&from), picture(&to));
            let parts = Parts { from: &from, to: &to, above: None };
            prop_assert_eq!(&crossfade(parts, 0.0, 8), &from);
            prop_assert_eq!(&crossfade(parts, 1.0, 8), &to);
        }
    }

    #[test]
    fn transparency_is_blended_with_the_colours() {
        let from = [200, 100, 0, 255].repeat(32);
        let to = [0, 0, 0, 0].repeat(32);
        let parts = Parts {
            from: &from,
            to: &to,
            above: None,
        };
        let half = crossfade(parts, 0.5, 8);
        assert_eq!(
            half[..4],
            [200, 100, 0, 128],
            "half there, in its own colours"
        );
    }

    #[test]
    fn what_lies_above_is_not_blended() {
        let from = [10, 20, 30, 255].repeat(32);
        let to = [90, 80, 70, 255].repeat(32);
        let black = [[100, 0, 0, 255].repeat(16), [0, 0, 0, 255].repeat(16)].concat();
        let white = [[227, 127, 127, 255].repeat(16), [255; 64].to_vec()].concat();
        let above = AboveScenes::Mattes {
            black: &black,
            white: &white,
        };
        let parts = Parts {
            from: &from,
            to: &to,
            above: Some(above),
        };
        let out = crossfade(parts, 0.0, 8);
        // Half transparent red over the first half: 199 * 128/255 + 10 * 127/255, and so on.
        assert_eq!(out[..4], [105, 10, 15, 255]);
        assert_eq!(out[64..68], [10, 20, 30, 255], "nothing above the rest");
    }

    #[test]
    fn what_blends_with_what_is_behind_it_does_so() {
        let below = [40, 100, 200, 255];
        type Mode = fn(u8, u8) -> u8;
        let modes: [(&str, Mode); 3] = [
            ("multiply", |a, b| (u16::from(a) * u16::from(b) / 255) as u8),
            ("screen", |a, b| {
                255 - (u16::from(255 - a) * u16::from(255 - b) / 255) as u8
            }),
            ("difference with white", |_, b| 255 - b),
        ];
        for (name, mode) in modes {
            let drawn = |backdrop| [mode(80, backdrop), mode(160, backdrop), mode(240, backdrop)];
            let with_alpha = |[r, g, b]: [u8; 3]| [r, g, b, 255];
            let (black, white) = (with_alpha(drawn(0)), with_alpha(drawn(255)));
            let mut seen = below;
            put_between(&black, &white, &mut seen);
            let wanted = [mode(80, 40), mode(160, 100), mode(240, 200), 255];
            for k in 0..4 {
                assert!(
                    seen[k].abs_diff(wanted[k]) <= 1,
                    "{name}: {seen:?} {wanted:?}"
                );
            }
        }
    }

    #[test]
    fn parts_of_another_size_are_refused() {
        let (from, to) = ([0; 16], [0; 12]);
        let parts = Parts {
            from: &from,
            to: &to,
            above: None,
        };
        let size = FrameSize::new(2, 2).unwrap();
        let look = Look::engine(Transition::Glitch, 0.5);
        let mut buffers = BlendBuffers::default();
        let format = FrameFormat::Yuv420;
        let refused = compose(
            &blender(),
            &mut buffers,
            parts,
            look,
            size,
            format,
            &mut [0; 6],
        );
        assert!(refused.unwrap_err().to_string().contains("to"));
    }
}
