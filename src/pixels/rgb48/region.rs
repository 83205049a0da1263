//! Drawing a picture over another at whole pixels, without scaling.

use multiversion::multiversion;

use super::cover::{Cover, Rect, hides};
use super::picture::{CHANNELS, Rgb48, Rgb48Mut};
use super::rounded::Radii;
use super::rounding::nearest;
use super::rows::for_each_row;

/// Draws `layer` over `canvas` with its top left pixel at (`x`, `y`). Pixels outside the canvas are
/// cut off. Nothing is drawn when the opacity is 0 or less, or NaN.
pub fn blit_region(canvas: &mut Rgb48Mut<'_>, layer: &Rgb48<'_>, x: i64, y: i64, cover: &Cover) {
    let (width, height) = layer.size();
    let place = Rect {
        x0: x,
        y0: y,
        x1: x.saturating_add_unsigned(width as u64),
        y1: y.saturating_add_unsigned(height as u64),
    };
    let clipped = cover.clip.map_or(place, |clip| place.and(clip));
    let (canvas_width, canvas_height) = canvas.size();
    let at = clipped.within(canvas_width, canvas_height);
    if at.is_empty() || !cover.shows() {
        return;
    }
    // The intersection is not empty, so the layer's origin is less than its size away from the
    // canvas.
    let columns = (at.left as i64 - x) as usize..(at.right as i64 - x) as usize;
    let first_row = (at.top as i64 - y) as usize;
    let stride = canvas_width * CHANNELS;
    let rows = &mut canvas.samples_mut()[at.top * stride..at.bottom * stride];
    for_each_row(rows, stride, first_row, |y, row| {
        let below = &mut row[at.left * CHANNELS..at.right * CHANNELS];
        let above = &layer.row(y)[columns.start * CHANNELS..columns.end * CHANNELS];
        match cover.radii {
            None => cover_row(below, above, cover.opacity),
            Some(radii) => {
                let corners = Corners {
                    radii,
                    layer: (width, height),
                    first_column: columns.start,
                };
                corners.cover_row(below, above, y, cover.opacity);
            }
        }
    });
}

/// The rounded corners of a layer that is drawn from column `first_column` on.
struct Corners {
    radii: Radii,
    layer: (usize, usize),
    first_column: usize,
}

impl Corners {
    fn cover_row(&self, below: &mut [u16], above: &[u16], y: usize, opacity: f64) {
        let (width, height) = self.layer;
        let plain = self.radii.plain_columns(y, width, height);
        let columns = above.len() / CHANNELS;
        let from = plain.start.saturating_sub(self.first_column).min(columns);
        let to = plain.end.saturating_sub(self.first_column).min(columns);
        let middle = from * CHANNELS..to * CHANNELS;
        cover_row(&mut below[middle.clone()], &above[middle], opacity);
        for x in (0..from).chain(to..columns) {
            let (column, row) = ((self.first_column + x) as f64, y as f64);
            let covered = self
                .radii
                .coverage(column, row, width as f64, height as f64);
            let pixel = x * CHANNELS..(x + 1) * CHANNELS;
            cover_row(&mut below[pixel.clone()], &above[pixel], opacity * covered);
        }
    }
}

fn cover_row(below: &mut [u16], above: &[u16], opacity: f64) {
    if hides(opacity) {
        below.copy_from_slice(above);
    } else if opacity > 0.0 {
        mix_row(below, above, opacity);
    }
}

#[multiversion(targets = "simd")]
fn mix_row(below: &mut [u16], above: &[u16], opacity: f64) {
    let rest = 1.0 - opacity;
    for (below, above) in below.iter_mut().zip(above) {
        *below = nearest(f64::from(*above) * opacity + f64::from(*below) * rest);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Picture;
    use proptest::prelude::*;

    fn filled(value: u16, width: usize, height: usize) -> Picture {
        Picture::of(vec![value; width * height * CHANNELS], width, height).unwrap()
    }

    #[test]
    fn a_clip_cuts_without_moving_the_corners() {
        let layer = filled(9, 6, 6);
        let mut canvas = filled(1, 8, 8);
        let cover = Cover {
            radii: Radii::new([2.0; 4]),
            clip: Some(Rect {
                x0: 1,
                y0: 1,
                x1: 4,
                y1: 9,
            }),
            ..Cover::default()
        };
        blit_region(&mut canvas.canvas(), &layer.view(), 1, 1, &cover);
        let at = |x: usize, y: usize| canvas.samples()[(y * 8 + x) * CHANNELS];
        assert_eq!((at(1, 1), at(3, 1), at(3, 3), at(4, 3)), (1, 9, 9, 1));
    }

    #[test]
    fn nothing_is_drawn_without_opacity() {
        let layer = filled(9, 2, 2);
        for opacity in [0.0, -1.0, f64::NAN] {
            let mut canvas = filled(1, 2, 2);
            let cover = Cover {
                opacity,
                ..Cover::default()
            };
            blit_region(&mut canvas.canvas(), &layer.view(), 0, 0, &cover);
            assert_eq!(canvas, filled(1, 2, 2), "{opacity}");
        }
    }

    proptest! {
        /// For every place, however far, the canvas is the same as when each pixel is drawn by
        /// itself.
        #[test]
        fn any_place_is_safe(
            x in prop_oneof![-12i64..12, Just(i64::MIN), Just(i64::MAX)],
            y in prop_oneof![-12i64..12, Just(i64::MIN), Just(i64::MAX)],
            size in (0usize..9, 0usize..9),
            opacity in -0.5f64..1.5,
        ) {
            let (layer, mut canvas) = (filled(60_000, size.0, size.1), filled(100, 7, 5));
            let cover = Cover { opacity, ..Cover::default() };
            blit_region(&mut canvas.canvas(), &layer.view(), x, y, &cover);
            let mixed = if opacity <= 0.0 {
                100
            } else if opacity >= 0.999 {
                60_000
            } else {
                (60_000.0 * opacity + 100.0 * (1.0 - opacity) + 0.5) as u16
            };
            for (at, sample) in canvas.samples().iter().enumerate() {
                let (column, row) = ((at / 3 % 7) as i128, (at / 21) as i128);
                let inside = |at: i128, from: i64, size: usize| {
                    at >= i128::from(from) && at < i128::from(from) + size as i128
                };
                let covered = inside(column, x, size.0) && inside(row, y, size.1);
                prop_assert_eq!(*sample, if covered { mixed } else { 100 });
            }
        }
    }
}
