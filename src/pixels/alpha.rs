//! Computing transparency from two opaque pictures of one frame, one over black and one over white.
//! The picture over black is the frame's premultiplied colour, to the bit. The picture over white
//! is lighter by the share of the backdrop that the frame lets through. Chrome rounds that
//! difference once per layer, so the alpha of half-transparent pixels may be off by 1, and by 2
//! where several layers overlap (docs/performance.md has the measurement). Clear and opaque pixels
//! are exact.

use std::sync::LazyLock;

use multiversion::multiversion;

/// `UNPREMULTIPLY[alpha][premultiplied]`: the straight value that Skia writes to a PNG, which is
/// `round(premultiplied / alpha)` in single precision on a scale of 0 to 1.
static UNPREMULTIPLY: LazyLock<Box<[[u8; 256]; 256]>> = LazyLock::new(|| {
    let mut table = Box::new([[0; 256]; 256]);
    for (alpha, row) in table.iter_mut().enumerate().skip(1) {
        let scale = 1.0 / (alpha as f32 * (1.0 / 255.0));
        for (value, straight) in row.iter_mut().enumerate() {
            let scaled = (value as f32 * (1.0 / 255.0)) * scale;
            *straight = (scaled.min(1.0) * 255.0).round_ties_even() as u8;
        }
    }
    table
});

/// The most by which rounding alone makes the differences of the three channels differ.
const MAX_SPREAD: i16 = 4;

/// A pixel blends with the backdrop in another way than by covering it: it lets different shares of
/// the backdrop's channels through, or is darker over a lighter backdrop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlendsWithBackdrop {
    /// Index of the first such pixel in its rows.
    pub pixel: usize,
}

/// Computes straight RGBA from `black` and `white`, which are BGRA of the same pixels over black
/// and over white.
///
/// # Errors
/// [`BlendsWithBackdrop`]; the contents of `out` are then undefined.
///
/// # Panics
/// When the three differ in length.
pub fn solve_alpha(black: &[u8], white: &[u8], out: &mut [u8]) -> Result<(), BlendsWithBackdrop> {
    assert!(black.len() == white.len() && black.len() == out.len());
    let table = &UNPREMULTIPLY;
    let runs = black.chunks(RUN).zip(white.chunks(RUN));
    for (index, ((black, white), out)) in runs.zip(out.chunks_mut(RUN)).enumerate() {
        // Most pixels of most overlays are opaque or clear, in long runs.
        if black == white {
            swap_red_and_blue(black, out);
        } else if black == &CLEAR_ON_BLACK[..black.len()] && white == &[255; RUN][..white.len()] {
            out.fill(0);
        } else {
            solve_run(black, white, out, table).map_err(|pixel| BlendsWithBackdrop {
                pixel: index * RUN / 4 + pixel,
            })?;
        }
    }
    Ok(())
}

/// Bytes compared at a time.
const RUN: usize = 64;

const CLEAR_ON_BLACK: [u8; RUN] = {
    let mut run = [0; RUN];
    let mut at = 3;
    while at < RUN {
        run[at] = 255;
        at += 4;
    }
    run
};

/// Converts BGRA to RGBA.
#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
pub fn swap_red_and_blue(bgra: &[u8], rgba: &mut [u8]) {
    for (from, to) in bgra.chunks_exact(4).zip(rgba.chunks_exact_mut(4)) {
        to.copy_from_slice(&[from[2], from[1], from[0], from[3]]);
    }
}

fn solve_run(
    black: &[u8],
    white: &[u8],
    out: &mut [u8],
    table: &[[u8; 256]; 256],
) -> Result<(), usize> {
    let pixels = black.chunks_exact(4).zip(white.chunks_exact(4));
    for (index, ((b, w), out)) in pixels.zip(out.chunks_exact_mut(4)).enumerate() {
        let through = [0, 1, 2].map(|c| i16::from(w[c]) - i16::from(b[c]));
        let most = through[0].max(through[1]).max(through[2]);
        let least = through[0].min(through[1]).min(through[2]);
        if least < 0 || most - least > MAX_SPREAD {
            return Err(index);
        }
        // The mean of the three channels is the best estimate: their rounding errors cancel in
        // part.
        let mean = (2 * (through[0] + through[1] + through[2]) + 3) / 6;
        let alpha = 255 - mean as u8;
        let row = &table[usize::from(alpha)];
        let [blue, green, red] = [b[0], b[1], b[2]].map(|c| row[usize::from(c)]);
        out.copy_from_slice(&[red, green, blue, alpha]);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn clear_and_opaque_pixels_are_exact() {
        let mut out = [9; 8];
        let black = [1, 2, 3, 255, 0, 0, 0, 255];
        let white = [1, 2, 3, 255, 255, 255, 255, 255];
        solve_alpha(&black, &white, &mut out).unwrap();
        assert_eq!(out, [3, 2, 1, 255, 0, 0, 0, 0]);
    }

    #[test]
    fn a_pixel_that_blends_is_refused() {
        let mut out = [0; 8];
        let black = [0; 8];
        for odd in [[255, 255, 90, 255], [200, 200, 194, 255]] {
            let mut white = [255; 8];
            white[4..].copy_from_slice(&odd);
            let refused = Err(BlendsWithBackdrop { pixel: 1 });
            assert_eq!(solve_alpha(&black, &white, &mut out), refused);
        }
        let darker = [0; 8];
        assert!(solve_alpha(&[9; 8], &darker, &mut out).is_err());
    }

    /// `round(a * b / 255)`, as Skia blends.
    fn mul(a: u8, b: u8) -> u8 {
        (f64::from(a) * f64::from(b) / 255.0).round() as u8
    }

    proptest! {
        /// Layers blended over black, over white and over nothing. Alpha is right within 2, or
        /// within 1 for a single layer; the premultiplied colour is exact.
        #[test]
        fn blended_layers_are_solved(
            layers in prop::collection::vec((any::<u8>(), any::<[u8; 3]>()), 1..4),
        ) {
            let (mut black, mut white, mut alpha) = ([0u8; 3], [255u8; 3], 0u8);
            for (opacity, color) in &layers {
                let keep = 255 - opacity;
                for c in 0..3 {
                    let added = mul(color[c], *opacity);
                    black[c] = added + mul(black[c], keep).min(255 - added);
                    white[c] = added + mul(white[c], keep).min(255 - added);
                }
                alpha = opacity + mul(alpha, keep).min(255 - opacity);
            }
            let bgra = |c: [u8; 3]| [c[2], c[1], c[0], 255];
            let mut out = [0; 4];
            solve_alpha(&bgra(black), &bgra(white), &mut out).unwrap();
            let bound = if layers.len() == 1 { 1 } else { 2 };
            prop_assert!(out[3].abs_diff(alpha) <= bound, "{} {}", out[3], alpha);
            for c in 0..3 {
                // When alpha is too small, the colour does not fit and is clamped.
                prop_assert!(mul(out[c], out[3]).abs_diff(black[c]) <= bound);
            }
        }
    }
}
