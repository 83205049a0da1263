//! A picture brought to the size of the box it is shown in, by the rules of CSS `object-fit` and
//! `object-position`, sampled between four pixels (docs/upstream.md#object-fit).

use multiversion::multiversion;
use serde::Deserialize;

use super::bilinear::{weigh, weights};
use super::error::Rgb48Error;
use super::picture::{CHANNELS, Picture, Rgb48};
use super::rounding::nearest;
use super::rows::for_each_row;

/// How a picture fills its box. Read from the words of CSS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectFit {
    /// Stretched to the box, which is the initial value.
    #[default]
    Fill,
    /// Scaled until the box is covered; the rest is cut off.
    Cover,
    /// Scaled until all of it fits.
    Contain,
    /// Not scaled.
    None,
    /// As `Contain`, but never enlarged.
    ScaleDown,
}

/// Where a picture lies along one axis of its box: a share of the room left, and pixels more.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Anchor {
    /// 0 for left or top, 1 for right or bottom; any number is allowed.
    pub fraction: f64,
    /// Pixels to the right or down.
    pub pixels: f64,
}

impl Default for Anchor {
    /// The middle.
    fn default() -> Self {
        Self {
            fraction: 0.5,
            pixels: 0.0,
        }
    }
}

/// Makes `picture` a picture of `width` x `height` pixels. What it does not cover is black, as
/// upstream has it. A picture of the right size that fills its box is given back as it is.
///
/// # Errors
/// [`Rgb48Error::TooLarge`] and [`Rgb48Error::NoMemory`].
pub fn resample(
    picture: Picture,
    width: usize,
    height: usize,
    fit: ObjectFit,
    anchors: (Anchor, Anchor),
) -> Result<Picture, Rgb48Error> {
    let (from_width, from_height) = picture.size();
    if fit == ObjectFit::Fill && (from_width, from_height) == (width, height) {
        return Ok(picture);
    }
    let mut made = Picture::black(width, height)?;
    let (source, target) = (
        (from_width as f64, from_height as f64),
        (width as f64, height as f64),
    );
    let drawn = drawn_size(source, target, fit);
    let across = Axis::new(source.0, target.0, drawn.0, anchors.0);
    let down = Axis::new(source.1, target.1, drawn.1, anchors.1);
    let (Some(across), Some(down)) = (across, down) else {
        return Ok(made);
    };
    let columns: Vec<Tap> = (across.first..across.end).map(|x| across.tap(x)).collect();
    let stride = width * CHANNELS;
    let rows = &mut made.samples_mut()[down.first * stride..down.end * stride];
    for_each_row(rows, stride, down.first, |y, row| {
        let row = &mut row[across.first * CHANNELS..across.end * CHANNELS];
        resample_row(row, &picture.view(), &columns, down.tap(y));
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

/// Width and height of the whole picture in the box, pixels; what is beyond the box included.
fn drawn_size(source: (f64, f64), target: (f64, f64), fit: ObjectFit) -> (f64, f64) {
    let (across, down) = (target.0 / source.0, target.1 / source.1);
    let scale = match fit {
        ObjectFit::Fill => return target,
        ObjectFit::None => return source,
        ObjectFit::Cover => across.max(down),
        ObjectFit::Contain => across.min(down),
        ObjectFit::ScaleDown => across.min(down).min(1.0),
    };
    (source.0 * scale, source.1 * scale)
}

/// One axis of a picture in its box.
struct Axis {
    /// First and end of the box's pixels that show the picture.
    first: usize,
    end: usize,
    /// The picture's size, and how many of its pixels one of the box's is.
    size: usize,
    scale: f64,
    /// Where the picture begins in the box.
    start: f64,
}

/// A pixel, and how far a point is from it to the next: 0 to 1.
#[derive(Clone, Copy)]
struct Tap {
    first: usize,
    fraction: f64,
}

impl Axis {
    /// `None` when nothing of the picture is to be seen.
    fn new(source: f64, target: f64, drawn: f64, anchor: Anchor) -> Option<Self> {
        let start = (target - drawn) * anchor.fraction + anchor.pixels;
        let end = (start + drawn).ceil().min(target);
        let first = start.floor().max(0.0);
        // Written so that no number is no picture.
        let seen = drawn > 0.0 && source > 0.0 && first < end && start.is_finite();
        seen.then(|| Self {
            first: first as usize,
            end: end as usize,
            size: source as usize,
            scale: source / drawn,
            start,
        })
    }

    /// Middles of pixels lie on middles of pixels.
    fn tap(&self, at: usize) -> Tap {
        let last = self.size - 1;
        let point = (at as f64 + 0.5 - self.start) * self.scale - 0.5;
        let point = point.max(0.0).min(last as f64);
        let first = point as usize;
        Tap {
            first,
            fraction: point - first as f64,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
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
        let centre = (Anchor::default(), Anchor::default());
        for fit in [
            ObjectFit::Fill,
            ObjectFit::Cover,
            ObjectFit::Contain,
            ObjectFit::None,
        ] {
            let same = resample(picture.clone(), 5, 4, fit, centre).unwrap();
            assert_eq!(same, picture, "{fit:?}");
        }
    }

    #[test]
    fn anchors_move_by_share_and_by_pixels() {
        let picture = gradient(2, 2);
        let anchor = |fraction, pixels| Anchor { fraction, pixels };
        let placed = |x, y| resample(picture.clone(), 6, 6, ObjectFit::None, (x, y)).unwrap();
        let top = placed(anchor(0.5, 0.0), anchor(0.0, 0.0));
        assert_eq!(at(&top, 2, 0), at(&picture, 0, 0));
        let near_bottom_right = placed(anchor(1.0, -1.0), anchor(1.0, -3.0));
        assert_eq!(at(&near_bottom_right, 3, 1), at(&picture, 0, 0));
        let gone = placed(anchor(9.0, 0.0), anchor(f64::NAN, 0.0));
        assert!(gone.samples().iter().all(|sample| *sample == 0));
    }

    proptest! {
        #[test]
        fn any_sizes_and_anchors_are_safe(
            from in (0usize..12, 0usize..12),
            to in (0usize..12, 0usize..12),
            fit in prop::sample::select(vec![
                ObjectFit::Fill, ObjectFit::Cover, ObjectFit::Contain, ObjectFit::None,
                ObjectFit::ScaleDown,
            ]),
            numbers in prop::array::uniform4(prop_oneof![-2.0f64..2.0, prop::num::f64::ANY]),
        ) {
            let [x, px, y, py] = numbers;
            let anchors = (
                Anchor { fraction: x, pixels: px },
                Anchor { fraction: y, pixels: py },
            );
            let made = resample(gradient(from.0, from.1), to.0, to.1, fit, anchors).unwrap();
            prop_assert_eq!(made.size(), to);
        }
    }
}
