//! Transparency out of two opaque pictures of one frame: the page over black, which is its
//! premultiplied colour, and the page made white over black, which is its coverage.

use std::sync::LazyLock;

use multiversion::multiversion;

/// `UNPREMULTIPLY[alpha][premultiplied]`: the straight value as Skia stores it when it encodes a
/// PNG, `round(premultiplied / alpha)` in single precision on a scale of 0 to 1.
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

/// A coverage pixel was not grey, so it shows something else than coverage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotCoverage {
    /// Index of the first such pixel in its rows.
    pub pixel: usize,
}

/// Makes straight RGBA of `color` (premultiplied) and `coverage`, both BGRA of the same pixels.
///
/// # Errors
/// [`NotCoverage`]; `out` is then not to be used.
///
/// # Panics
/// When the three differ in length.
pub fn merge_coverage(color: &[u8], coverage: &[u8], out: &mut [u8]) -> Result<(), NotCoverage> {
    assert!(color.len() == coverage.len() && color.len() == out.len());
    if !is_grey(coverage) {
        let odd = |p: &[u8]| p[0] != p[1] || p[1] != p[2];
        let pixel = coverage.chunks_exact(4).position(odd).unwrap_or_default();
        return Err(NotCoverage { pixel });
    }
    merge(color, coverage, out, &UNPREMULTIPLY);
    Ok(())
}

#[multiversion(targets("x86_64+avx2", "aarch64+neon"))]
fn is_grey(pixels: &[u8]) -> bool {
    let odd = pixels
        .chunks_exact(4)
        .map(|p| (p[0] ^ p[1]) | (p[1] ^ p[2]));
    odd.fold(0, |all, one| all | one) == 0
}

fn merge(color: &[u8], coverage: &[u8], out: &mut [u8], table: &[[u8; 256]; 256]) {
    let pixels = color.chunks_exact(4).zip(coverage.chunks_exact(4));
    for ((color, coverage), out) in pixels.zip(out.chunks_exact_mut(4)) {
        let alpha = coverage[1];
        // Most pixels of most overlays are one or the other.
        let straight = match alpha {
            0 => [0; 4],
            255 => [color[2], color[1], color[0], 255],
            _ => {
                let row = &table[usize::from(alpha)];
                let [b, g, r] = [color[0], color[1], color[2]].map(|c| row[usize::from(c)]);
                [r, g, b, alpha]
            }
        };
        out.copy_from_slice(&straight);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn clear_and_opaque_pixels_are_exact() {
        let mut out = [9; 8];
        merge_coverage(
            &[1, 2, 3, 255, 0, 0, 0, 255],
            &[255, 255, 255, 255, 0, 0, 0, 255],
            &mut out,
        )
        .unwrap();
        assert_eq!(out, [3, 2, 1, 255, 0, 0, 0, 0]);
    }

    #[test]
    fn a_tinted_coverage_is_refused() {
        let mut out = [0; 8];
        let tinted = [7, 7, 7, 255, 7, 8, 7, 255];
        assert_eq!(
            merge_coverage(&[0; 8], &tinted, &mut out),
            Err(NotCoverage { pixel: 1 })
        );
    }

    proptest! {
        /// Going back by Skia's premultiply (`round(c * a / 255)`) gives what came in.
        #[test]
        fn straight_colours_survive_a_round_trip(alpha in 1u8..=255, share in 0.0f64..=1.0) {
            let premultiplied = (f64::from(alpha) * share) as u8;
            let mut out = [0; 4];
            merge_coverage(&[premultiplied, 0, 0, 255], &[alpha, alpha, alpha, 255], &mut out).unwrap();
            let back = (f64::from(out[2]) * f64::from(alpha) / 255.0).round() as u8;
            prop_assert_eq!((back, out[3]), (premultiplied, alpha));
        }
    }
}
