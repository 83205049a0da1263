//! Between captures of eight bits and the sixteen that transitions are blended in.

use super::above::AboveScenes;
use crate::pixels::{FrameFormat, Yuv420Size, bgra_rows_to_yuv420, swap_red_and_blue};
use crate::transitions::{BlendError, FrameSize, OwnedFrames};

/// Rows that are turned into the output format at a time: few enough to stay in a cache.
const STRIP_ROWS: usize = 16;
/// From eight bits to sixteen.
const WIDEN: u16 = 257;

/// Buffers of one frame, allocated when first used and used over and over.
#[derive(Debug, Default)]
pub(super) struct BlendBuffers {
    /// The colours: of frames with transparency, multiplied by it.
    pub colours: OwnedFrames,
    /// The transparency as a grey picture, so that it is bent in the same way as the colours; a
    /// glow adds to it what it adds to the colours.
    alpha: OwnedFrames,
    /// The frame has transparency, and so [`Self::alpha_mut`].
    clear: bool,
}

impl BlendBuffers {
    /// Bytes that one of them comes to for frames of `format`.
    pub fn bytes(size: FrameSize, format: FrameFormat) -> u64 {
        let pictures = match format {
            FrameFormat::Rgba => 2,
            _ => 1,
        };
        pictures * 3 * size.samples() as u64 * size_of::<u16>() as u64
    }

    /// Fills them from two scenes, straight RGBA, whose frame will be of `format`.
    ///
    /// # Errors
    /// [`BlendError::Length`] for pictures of another size.
    pub fn fill(
        &mut self,
        (from, to): (&[u8], &[u8]),
        size: FrameSize,
        format: FrameFormat,
    ) -> Result<(), BlendError> {
        for (name, part) in [("from", from), ("to", to)] {
            size.check_picture(name, part.len(), FrameFormat::Rgba)?;
        }
        self.clear = format == FrameFormat::Rgba && !(is_opaque(from) && is_opaque(to));
        let spread: fn(&[u8], &mut [u16]) = if self.clear { premultiplied } else { opaque };
        fill(from, &mut self.colours.from, spread);
        fill(to, &mut self.colours.to, spread);
        self.colours.out.resize(size.samples(), 0);
        if self.clear {
            fill(from, &mut self.alpha.from, alpha_as_grey);
            fill(to, &mut self.alpha.to, alpha_as_grey);
            self.alpha.out.resize(size.samples(), 0);
        }
        Ok(())
    }

    /// The transparency, of frames that have any.
    pub fn alpha_mut(&mut self) -> Option<&mut OwnedFrames> {
        self.clear.then_some(&mut self.alpha)
    }

    /// Writes the blended frame with `above` over it to `out`, a frame of `format`.
    ///
    /// # Errors
    /// [`BlendError::Length`] for pictures of another size.
    pub fn finish(
        &self,
        above: Option<&AboveScenes>,
        size: FrameSize,
        format: FrameFormat,
        out: &mut [u8],
    ) -> Result<(), BlendError> {
        let alpha = self.clear.then_some(&self.alpha.out[..]);
        finish(&self.colours.out, alpha, above, size, format, out)
    }
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
    above: Option<&AboveScenes>,
    size: FrameSize,
    format: FrameFormat,
    out: &mut [u8],
) -> Result<(), BlendError> {
    let (width, height) = (size.width(), size.height());
    let yuv = Yuv420Size { width, height };
    let to_yuv = format == FrameFormat::Yuv420;
    size.check_picture("the finished frame", out.len(), format)?;
    if let Some(above) = above {
        above.check(size)?;
    }
    if to_yuv {
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
        if to_yuv {
            swap_red_and_blue(rgba, swapped);
            bgra_rows_to_yuv420(swapped, first, yuv, out);
        } else {
            out[pixels].copy_from_slice(rgba);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transitions::{
        Accents, Blender, BlenderOptions, Form, Frames, Look, Transition, TransitionStyle,
    };
    use bytes::Bytes;
    use proptest::prelude::*;

    fn crossfade(
        (from, to): (&[u8], &[u8]),
        above: Option<&AboveScenes>,
        progress: f64,
        width: usize,
    ) -> Vec<u8> {
        let size = FrameSize::new(width, from.len() / 4 / width).unwrap();
        let blender = Blender::new(BlenderOptions {
            threads: 1,
            cache_bytes: 1 << 20,
        })
        .unwrap();
        let look = Look {
            transition: Transition::Crossfade,
            style: TransitionStyle::Engine,
            accents: Accents::default(),
            progress,
        };
        let mut buffers = BlendBuffers::default();
        buffers.fill((from, to), size, FrameFormat::Rgba).unwrap();
        let blend = |frames: &mut OwnedFrames| {
            let OwnedFrames { from, to, out } = frames;
            let frames = Frames { from, to, out };
            blender.blend(look, Form::Fast, frames, size).unwrap();
        };
        blend(&mut buffers.colours);
        if let Some(alpha) = buffers.alpha_mut() {
            blend(alpha);
        }
        let mut out = vec![0xEE; from.len()];
        buffers
            .finish(above, size, FrameFormat::Rgba, &mut out)
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
            prop_assert_eq!(&crossfade((&from, &to), None, 0.0, 8), &from);
            prop_assert_eq!(&crossfade((&from, &to), None, 1.0, 8), &to);
        }
    }

    #[test]
    fn transparency_is_blended_with_the_colours() {
        let from = [200, 100, 0, 255].repeat(32);
        let to = [0, 0, 0, 0].repeat(32);
        let half = crossfade((&from, &to), None, 0.5, 8);
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
            black: Bytes::from(black),
            white: Bytes::from(white),
        };
        let out = crossfade((&from, &to), Some(&above), 0.0, 8);
        // Half transparent red over the first half: 199 * 128/255 + 10 * 127/255, and so on.
        assert_eq!(out[..4], [105, 10, 15, 255]);
        assert_eq!(out[64..68], [10, 20, 30, 255], "nothing above the rest");
    }

    #[test]
    fn scenes_of_another_size_are_refused() {
        let size = FrameSize::new(2, 2).unwrap();
        let mut buffers = BlendBuffers::default();
        let refused = buffers.fill((&[0; 16], &[0; 12]), size, FrameFormat::Yuv420);
        assert!(refused.unwrap_err().to_string().contains("to"));
    }
}
