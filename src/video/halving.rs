//! Halving pictures as Chrome does before it draws them smaller: Skia's mip level, an average of two
//! by two pixels with the fraction cut off.

/// How often a picture can be halved without a rest in either direction.
pub fn halvings(width: u32, height: u32) -> u32 {
    width.trailing_zeros().min(height.trailing_zeros())
}

/// Halves `rows` of RGBA, `width` pixels wide, `level` times (at least once) into `out`. What `rows`
/// holds afterwards is undefined.
///
/// # Panics
/// When `out` is not as long as the halved rows.
pub(super) fn halve_rows(rows: &mut [u8], width: usize, level: u32, out: &mut [u8]) {
    if level <= 1 {
        halve(rows, width, out);
        return;
    }
    let mut half = vec![0; rows.len() / 4];
    halve(rows, width, &mut half);
    halve_rows(&mut half, width / 2, level - 1, out);
}

/// Averages of two by two pixels, fractions cut off; both sides even.
#[multiversion::multiversion(targets("x86_64+avx2"))]
fn halve(rgba: &[u8], width: usize, half: &mut [u8]) {
    let (stride, half_stride) = (width * 4, width * 2);
    assert_eq!(half.len() * 4, rgba.len());
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn halves_are_floors_of_averages(data in proptest::collection::vec(any::<u8>(), 6 * 4 * 4)) {
            let mut half = vec![0; 3 * 2 * 4];
            halve(&data, 6, &mut half);
            for (i, value) in half.iter().enumerate() {
                let (row, column, channel) = (i / 12, i % 12 / 4, i % 4);
                let at = |dy: usize, dx: usize| {
                    u32::from(data[(2 * row + dy) * 24 + (2 * column + dx) * 4 + channel])
                };
                let sum = at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1);
                prop_assert_eq!(u32::from(*value), sum / 4);
            }
        }

        #[test]
        fn a_quarter_is_the_half_of_a_half(data in proptest::collection::vec(any::<u8>(), 8 * 4 * 4)) {
            let mut half = vec![0; 4 * 2 * 4];
            halve(&data, 8, &mut half);
            let (mut twice, mut at_once) = (vec![0; 2 * 4], vec![0; 2 * 4]);
            halve(&half, 4, &mut twice);
            halve_rows(&mut data.clone(), 8, 2, &mut at_once);
            prop_assert_eq!(twice, at_once);
        }
    }
}
