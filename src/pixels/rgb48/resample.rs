//! Scaling a picture to what its box shows of it, with bilinear interpolation
//! (docs/upstream.md#object-fit).

use multiversion::multiversion;

use super::bilinear::{weigh, weights};
use super::error::Rgb48Error;
use super::fit::{Laid, Span};
use super::picture::{CHANNELS, Picture, Rgb48};
use super::rounding::nearest;
use super::rows::for_each_row;

/// Scales `picture` to what its box shows of it, as `laid` says. A picture of that size that is not
/// scaled is returned unchanged.
///
/// # Errors
/// [`Rgb48Error::TooLarge`] and [`Rgb48Error::NoMemory`].
pub fn resample(picture: Picture, laid: &Laid) -> Result<Picture, Rgb48Error> {
    let size = laid.size();
    let is_scaled = |span: &Span| span.drawn != span.source as f64 || span.start != 0.0;
    if picture.size() == size && !is_scaled(&laid.across) && !is_scaled(&laid.down) {
        return Ok(picture);
    }
    let mut made = Picture::black(size.0, size.1)?;
    let (across, down) = (laid.across, laid.down);
    let columns: Vec<Tap> = (across.first..across.end)
        .map(|x| tap(&across, x))
        .collect();
    let stride = size.0 * CHANNELS;
    for_each_row(made.samples_mut(), stride, down.first, |y, row| {
        resample_row(row, &picture.view(), &columns, tap(&down, y));
    });
    Ok(made)
}

#[multiversion(targets = "simd")]
fn resample_row(row: &mut [u16], source: &Rgb48<'_>, columns: &[Tap], line: Tap) {
    for (pixel, column) in row.chunks_exact_mut(CHANNELS).zip(columns) {
        let square = source.square(column.first, line.first);
        let sample = weigh(&square, &weights(column.fraction, line.fraction));
        for (value, sample) in pixel.iter_mut().zip(sample) {
            *value = nearest(sample);
        }
    }
}

/// A pixel, and the distance of a point from it towards the next pixel, 0 to 1.
#[derive(Clone, Copy)]
struct Tap {
    first: usize,
    fraction: f64,
}

/// The point of the picture under the centre of pixel `at` of the box.
fn tap(span: &Span, at: usize) -> Tap {
    let last = span.source - 1;
    let scale = span.source as f64 / span.drawn;
    let point = (at as f64 + 0.5 - span.start) * scale - 0.5;
    let point = point.max(0.0).min(last as f64);
    let first = point as usize;
    Tap {
        first,
        fraction: point - first as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::rgb48::fit::testing::{MIDDLE, any_placement};
    use crate::pixels::{Anchor, ObjectFit};
    use proptest::prelude::*;

    fn gradient(width: usize, height: usize) -> Picture {
        let samples = (0..width * height * CHANNELS).map(|at| (at * 523 % 65_536) as u16);
        Picture::of(samples.collect(), width, height).unwrap()
    }

    fn at(picture: &Picture, x: usize, y: usize) -> &[u16] {
        &picture.samples()[(y * picture.size().0 + x) * CHANNELS..][..CHANNELS]
    }

    #[test]
    fn a_picture_of_the_right_size_stays_as_it_is() {
        let picture = gradient(5, 4);
        for fit in [
            ObjectFit::Fill,
            ObjectFit::Cover,
            ObjectFit::Contain,
            ObjectFit::None,
        ] {
            let laid = Laid::new((5, 4), (5, 4), fit, MIDDLE).unwrap();
            assert_eq!(
                resample(picture.clone(), &laid).unwrap(),
                picture,
                "{fit:?}"
            );
        }
    }

    #[test]
    fn anchors_move_by_share_and_by_pixels() {
        let picture = gradient(2, 2);
        let anchor = |fraction, pixels| Anchor { fraction, pixels };
        let laid = |x, y| Laid::new((2, 2), (6, 6), ObjectFit::None, (x, y));
        let top = laid(anchor(0.5, 0.0), anchor(0.0, 0.0)).unwrap();
        assert_eq!((top.at(), top.size()), ((2, 0), (2, 2)));
        assert_eq!(resample(picture.clone(), &top).unwrap(), picture);
        let near_bottom_right = laid(anchor(1.0, -1.0), anchor(1.0, -3.0)).unwrap();
        assert_eq!(near_bottom_right.at(), (3, 1));
        let cut = laid(anchor(0.0, -1.0), anchor(0.0, 0.0)).unwrap();
        let shown = resample(picture.clone(), &cut).unwrap();
        assert_eq!((cut.at(), shown.size()), ((0, 0), (1, 2)));
        assert_eq!(at(&shown, 0, 0), at(&picture, 1, 0));
        assert_eq!(laid(anchor(9.0, 0.0), anchor(f64::NAN, 0.0)), None);
    }

    proptest! {
        #[test]
        fn any_sizes_and_anchors_are_safe(
            from in (0usize..12, 0usize..12),
            to in (0usize..12, 0usize..12),
            (fit, anchors) in any_placement(),
        ) {
            for laid in [Laid::new(from, to, fit, anchors), Laid::whole(from, to, fit, anchors)] {
                let Some(laid) = laid else { continue };
                let made = resample(gradient(from.0, from.1), &laid).unwrap();
                prop_assert_eq!(made.size(), laid.size());
            }
        }
    }
}
