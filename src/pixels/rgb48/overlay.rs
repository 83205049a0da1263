//! A photograph of the page (8 bits, straight alpha) laid over a 16-bit picture, in the signal of
//! the picture's transfer curve: what upstream does (docs/upstream.md#overlay), in whole numbers.

use multiversion::multiversion;

use super::error::Rgb48Error;
use super::picture::{CHANNELS, Rgb48Mut, check_length};
use super::rows::for_each_row;
use super::transfer::TransferFunction;

/// Samples a pixel of the photograph.
const RGBA: usize = 4;
/// Pixels looked at together: runs of clear ones are skipped, runs of opaque ones are copied.
const RUN: usize = 16;

/// A picture of 8 bits a channel with straight alpha, tightly packed.
#[derive(Debug, Clone, Copy)]
pub struct Rgba8<'a> {
    bytes: &'a [u8],
    width: usize,
    height: usize,
}

impl<'a> Rgba8<'a> {
    /// A picture of `bytes`.
    ///
    /// # Errors
    /// [`Rgb48Error::Length`] when there are not `width * height * 4` of them.
    pub fn new(bytes: &'a [u8], width: usize, height: usize) -> Result<Self, Rgb48Error> {
        check_length(bytes.len(), width, height, RGBA)?;
        Ok(Self {
            bytes,
            width,
            height,
        })
    }
}

/// Lays `layer` over `canvas`, whose samples are signal of the curve `transfer`.
///
/// # Errors
/// [`Rgb48Error::Sizes`] when the two differ in size.
pub fn overlay(
    canvas: &mut Rgb48Mut<'_>,
    layer: &Rgba8<'_>,
    transfer: TransferFunction,
) -> Result<(), Rgb48Error> {
    let (width, height) = (layer.width, layer.height);
    if canvas.size() != (width, height) {
        return Err(Rgb48Error::Sizes {
            layer: (width, height),
            canvas: canvas.size(),
        });
    }
    let table = transfer.of_srgb8();
    for_each_row(canvas.samples_mut(), width * CHANNELS, 0, |y, row| {
        overlay_row(row, &layer.bytes[y * width * RGBA..][..width * RGBA], table);
    });
    Ok(())
}

#[multiversion(targets = "simd")]
fn overlay_row(below: &mut [u16], above: &[u8], table: &[u16; 256]) {
    let runs = below.chunks_mut(RUN * CHANNELS);
    for (below, above) in runs.zip(above.chunks(RUN * RGBA)) {
        let alphas = || above.chunks_exact(RGBA).map(|pixel| pixel[3]);
        let all = alphas().fold(255, |all, alpha| all & alpha);
        if all == 255 {
            for (below, above) in below
                .chunks_exact_mut(CHANNELS)
                .zip(above.chunks_exact(RGBA))
            {
                below.copy_from_slice(&signal(above, table));
            }
        } else if alphas().any(|alpha| alpha != 0) {
            mix_run(below, above, table);
        }
    }
}

/// Mixes up to [`RUN`] pixels. Colour and alpha are first spread to one number a sample, so that
/// the arithmetic is one loop without steps.
#[inline(always)]
fn mix_run(below: &mut [u16], above: &[u8], table: &[u16; 256]) {
    let mut colours = [0u16; RUN * CHANNELS];
    let mut alphas = [0u8; RUN * CHANNELS];
    let spread = colours
        .chunks_exact_mut(CHANNELS)
        .zip(alphas.chunks_exact_mut(CHANNELS));
    for ((colour, alpha), above) in spread.zip(above.chunks_exact(RGBA)) {
        colour.copy_from_slice(&signal(above, table));
        alpha.fill(above[3]);
    }
    let samples = below.iter_mut().zip(&colours).zip(&alphas);
    for ((below, colour), alpha) in samples {
        *below = mix(*colour, *below, *alpha);
    }
}

#[inline(always)]
fn signal(pixel: &[u8], table: &[u16; 256]) -> [u16; CHANNELS] {
    [0, 1, 2].map(|channel| table[usize::from(pixel[channel])])
}

/// `round((above * alpha + below * (255 - alpha)) / 255)`: ties cannot occur, 255 being odd. The
/// division by shifts is exact up to 2^24, which the sum stays below (tested over all of it).
#[inline(always)]
fn mix(above: u16, below: u16, alpha: u8) -> u16 {
    let alpha = u32::from(alpha);
    let sum = u32::from(above) * alpha + u32::from(below) * (255 - alpha) + 127;
    over_255(sum) as u16
}

/// `sum / 255`, rounded down.
#[inline(always)]
fn over_255(sum: u32) -> u32 {
    let next = sum + 1;
    (next + ((next + (next >> 8)) >> 8)) >> 8
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Picture;
    use proptest::prelude::*;

    #[test]
    fn the_division_is_exact_over_its_whole_range() {
        for sum in 0..=65_535 * 255 + 127 {
            assert_eq!(over_255(sum), sum / 255, "{sum}");
        }
    }

    #[test]
    fn another_size_is_refused() {
        let mut canvas = Picture::black(2, 2).unwrap();
        let layer = Rgba8::new(&[0; 4], 1, 1).unwrap();
        let refused = overlay(&mut canvas.canvas(), &layer, TransferFunction::Srgb).unwrap_err();
        assert!(refused.to_string().contains("(1, 1)"), "{refused}");
        assert!(Rgba8::new(&[0; 5], 1, 1).is_err());
    }

    fn alpha() -> impl Strategy<Value = u8> {
        prop_oneof![Just(0u8), Just(255u8), any::<u8>()]
    }

    proptest! {
        /// Runs of every kind and rows that end in the middle of one.
        #[test]
        fn every_pixel_is_source_over(
            pixels in prop::collection::vec((any::<[u8; 3]>(), alpha(), any::<[u16; 3]>()), 1..70),
            kind in 0usize..4,
        ) {
            let only = [None, Some(0), Some(255), None][kind];
            let above: Vec<u8> = pixels
                .iter()
                .flat_map(|(c, a, _)| [c[0], c[1], c[2], only.unwrap_or(*a)])
                .collect();
            let below: Vec<u16> = pixels.iter().flat_map(|(_, _, below)| *below).collect();
            let mut canvas = Picture::of(below.clone(), pixels.len(), 1).unwrap();
            let layer = Rgba8::new(&above, pixels.len(), 1).unwrap();
            overlay(&mut canvas.canvas(), &layer, TransferFunction::Hlg).unwrap();
            for (at, sample) in canvas.samples().iter().enumerate() {
                let share = f64::from(above[at / 3 * 4 + 3]) / 255.0;
                let colour = TransferFunction::Hlg.of_srgb8()[usize::from(above[at / 3 * 4 + at % 3])];
                let mixed = f64::from(colour) * share + f64::from(below[at]) * (1.0 - share);
                prop_assert_eq!(f64::from(*sample), mixed.round());
            }
        }
    }
}
