//! A picture laid over another through a 2-D matrix: scaled, turned, sheared. Each pixel of the
//! canvas is sampled between four of the layer, in double precision as upstream does it
//! (docs/upstream.md#blits), so that the result is the same to the bit.

use multiversion::multiversion;
use serde::Deserialize;

use super::bilinear::{weigh, weights};
use super::cover::{Cover, Inside, Rect, hides};
use super::picture::{CHANNELS, Rgb48, Rgb48Mut};
use super::region::blit_region;
use super::rounded::Radii;
use super::rounding::{low_bits, nearest};
use super::rows::for_each_row;

/// A matrix with a smaller determinant shows nothing (upstream's figure).
const LEAST_DETERMINANT: f64 = 1e-10;

/// The matrix of CSS `matrix(a, b, c, d, tx, ty)`, from pixels of a layer to those of a canvas:
/// `x' = a x + c y + tx`, `y' = b x + d y + ty`. Read from an array of its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(transparent)]
pub struct Affine {
    /// Its six numbers in the order of CSS.
    pub numbers: [f64; 6],
}

impl Affine {
    /// The matrix that undoes this one; `None` when there is none with finite numbers.
    fn inverse(self) -> Option<Self> {
        let [a, b, c, d, tx, ty] = self.numbers;
        let det = a * d - b * c;
        if !det.is_finite() || det.abs() < LEAST_DETERMINANT {
            return None;
        }
        let (ia, ib, ic, id) = (d / det, -b / det, -c / det, a / det);
        let numbers = [ia, ib, ic, id, -(ia * tx + ic * ty), -(ib * tx + id * ty)];
        let usable = numbers.iter().all(|number| number.is_finite());
        usable.then_some(Self { numbers })
    }

    /// The move by whole pixels that the matrix is, if it is one. Those a canvas can show at all.
    fn whole_move(self) -> Option<(i64, i64)> {
        let [a, b, c, d, tx, ty] = self.numbers;
        let whole = |t: f64| t.fract() == 0.0 && t.abs() < f64::from(i32::MAX);
        let moves = [a, b, c, d] == [1.0, 0.0, 0.0, 1.0] && whole(tx) && whole(ty);
        moves.then_some((tx as i64, ty as i64))
    }

    /// The smallest rectangle of whole pixels around a moved `width` x `height` one.
    fn bounds(self, width: usize, height: usize) -> Rect {
        let [a, b, c, d, tx, ty] = self.numbers;
        let (w, h) = (width as f64, height as f64);
        let around = |across: f64, down: f64, at: f64| {
            let corners = [at, across + at, down + at, across + down + at];
            let least = corners.into_iter().fold(f64::INFINITY, f64::min);
            let most = corners.into_iter().fold(f64::NEG_INFINITY, f64::max);
            (least.floor() as i64, most.ceil() as i64)
        };
        let (x0, x1) = around(a * w, c * h, tx);
        let (y0, y1) = around(b * w, d * h, ty);
        Rect { x0, y0, x1, y1 }
    }
}

/// Lays `layer`, moved by `matrix`, over `canvas`. A matrix that flattens the layer, or has
/// numbers that are none, draws nothing; nor does an opacity of 0 or less.
///
/// Unlike upstream's, the layer can be clipped.
pub fn blit_affine(canvas: &mut Rgb48Mut<'_>, layer: &Rgb48<'_>, matrix: Affine, cover: &Cover) {
    // Samples then lie exactly on pixels, and four of them are one.
    if let Some((x, y)) = matrix.whole_move() {
        return blit_region(canvas, layer, x, y, cover);
    }
    let (width, height) = layer.size();
    let Some(inverse) = matrix.inverse() else {
        return;
    };
    let bounds = matrix.bounds(width, height);
    let bounds = cover.clip.map_or(bounds, |clip| bounds.and(clip));
    let (canvas_width, canvas_height) = canvas.size();
    let at = bounds.within(canvas_width, canvas_height);
    if at.is_empty() || width == 0 || height == 0 || !cover.shows() {
        return;
    }
    let stride = canvas_width * CHANNELS;
    let rows = &mut canvas.samples_mut()[at.top * stride..at.bottom * stride];
    for_each_row(rows, stride, at.top, |y, row| {
        let line = Line::new(inverse, y);
        let (first, end) = line.inside(at, width as f64, height as f64);
        let below = &mut row[first * CHANNELS..end * CHANNELS];
        cover_row(below, layer, line, first, cover.opacity, cover.radii);
    });
}

/// A row of the canvas, as a line through the layer.
#[derive(Clone, Copy)]
struct Line {
    step: (f64, f64),
    row: (f64, f64),
    origin: (f64, f64),
}

impl Line {
    fn new(inverse: Affine, y: usize) -> Self {
        let [a, b, c, d, tx, ty] = inverse.numbers;
        Self {
            step: (a, b),
            row: (c * y as f64, d * y as f64),
            origin: (tx, ty),
        }
    }

    #[inline(always)]
    fn x(&self, column: f64) -> f64 {
        (self.step.0 * column + self.row.0) + self.origin.0
    }

    #[inline(always)]
    fn y(&self, column: f64) -> f64 {
        (self.step.1 * column + self.row.1) + self.origin.1
    }

    /// First and end of the columns whose points lie in the layer. Rounding keeps the order of
    /// points along a line, so that they are one run, found by halving.
    fn inside(&self, at: Inside, width: f64, height: f64) -> (usize, usize) {
        let mut run = (at.left, at.right);
        narrow(&mut run, self.step.0, width, |column| self.x(column));
        narrow(&mut run, self.step.1, height, |column| self.y(column));
        run
    }
}

/// Narrows `run` to the columns for which `0 <= of(column) < size`, `of` rising with `step` or
/// falling.
fn narrow(run: &mut (usize, usize), step: f64, size: f64, of: impl Fn(f64) -> f64) {
    let first_not = |run: (usize, usize), before: &dyn Fn(f64) -> bool| {
        let (mut low, mut high) = run;
        while low < high {
            let middle = low + (high - low) / 2;
            if before(of(middle as f64)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    };
    if step >= 0.0 {
        run.0 = first_not(*run, &|at| at < 0.0);
        run.1 = first_not(*run, &|at| at < size);
    } else {
        run.0 = first_not(*run, &|at| at >= size);
        run.1 = first_not(*run, &|at| at >= 0.0);
    }
}

/// Pixels sampled together. Each step below is then one loop over numbers of one kind, which the
/// compiler makes vectors of; as one loop over pixels it takes twice the time.
const BLOCK: usize = 32;

/// Covers pixels of a row, of which the first is column `first` of the canvas.
#[multiversion(targets = "simd")]
fn cover_row(
    below: &mut [u16],
    layer: &Rgb48<'_>,
    line: Line,
    first: usize,
    opacity: f64,
    radii: Option<Radii>,
) {
    for (index, below) in below.chunks_mut(BLOCK * CHANNELS).enumerate() {
        let block = Block::along(line, (first + index * BLOCK) as f64);
        let mut samples = [[0.0; 4]; BLOCK];
        block.sample(&mut samples[..below.len() / CHANNELS], layer);
        if let Some(radii) = radii {
            let (width, height) = layer.size();
            let share = |at: usize| {
                let (x, y) = (block.x[at], block.y[at]);
                opacity * radii.coverage(x, y, width as f64, height as f64)
            };
            mix(&mut samples, below, share);
        } else if !hides(opacity) {
            mix(&mut samples, below, |_| opacity);
        }
        let mut rounded = [[0; 4]; BLOCK];
        for (rounded, sample) in rounded.iter_mut().zip(&samples) {
            for channel in 0..4 {
                rounded[channel] = nearest(sample[channel]);
            }
        }
        for (below, rounded) in below.chunks_exact_mut(CHANNELS).zip(&rounded) {
            below.copy_from_slice(&rounded[..CHANNELS]);
        }
    }
}

/// Points of the layer under pixels of the canvas.
struct Block {
    x: [f64; BLOCK],
    y: [f64; BLOCK],
    left: [u32; BLOCK],
    top: [u32; BLOCK],
    /// Of the four pixels around each point.
    weights: [[f64; 4]; BLOCK],
}

impl Block {
    #[inline(always)]
    fn along(line: Line, first: f64) -> Self {
        const STEPS: [f64; BLOCK] = {
            let mut steps = [0.0; BLOCK];
            let mut at = 1;
            while at < BLOCK {
                steps[at] = steps[at - 1] + 1.0;
                at += 1;
            }
            steps
        };
        let mut block = Self {
            x: [0.0; BLOCK],
            y: [0.0; BLOCK],
            left: [0; BLOCK],
            top: [0; BLOCK],
            weights: [[0.0; 4]; BLOCK],
        };
        for (at, step) in STEPS.iter().enumerate() {
            let column = first + step;
            let (x, y) = (line.x(column), line.y(column));
            let (left, top) = (x.floor(), y.floor());
            let (fx, fy) = (x - left, y - top);
            (block.x[at], block.y[at]) = (x, y);
            (block.left[at], block.top[at]) = (low_bits(left), low_bits(top));
            block.weights[at] = weights(fx, fy);
        }
        block
    }

    /// Samples the layer at as many points as there is room for.
    #[inline(always)]
    fn sample(&self, samples: &mut [[f64; 4]], layer: &Rgb48<'_>) {
        for (at, sample) in samples.iter_mut().enumerate() {
            let square = layer.square(self.left[at] as usize, self.top[at] as usize);
            *sample = weigh(&square, &self.weights[at]);
        }
    }
}

/// Mixes each sample with what is below it, of which it hides a share.
#[inline(always)]
fn mix(samples: &mut [[f64; 4]], below: &[u16], share: impl Fn(usize) -> f64) {
    let pixels = below.chunks_exact(CHANNELS);
    for (at, (sample, below)) in samples.iter_mut().zip(pixels).enumerate() {
        let share = share(at);
        if hides(share) {
            continue;
        }
        let rest = 1.0 - share;
        for (sample, below) in sample.iter_mut().zip(below) {
            *sample = *sample * share + f64::from(*below) * rest;
        }
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

    fn number() -> impl Strategy<Value = f64> {
        prop_oneof![
            8 => -3.0f64..3.0,
            2 => -30.0f64..30.0,
            1 => prop::num::f64::ANY,
        ]
    }

    proptest! {
        /// A layer of one colour is of that colour wherever it lands, whatever the matrix.
        #[test]
        fn any_matrix_is_safe(
            numbers in prop::array::uniform6(number()),
            size in (0usize..9, 0usize..9),
            radius in number(),
            clip in prop::option::of((-3i64..9, -3i64..9, -3i64..9, -3i64..9)),
        ) {
            let layer = filled(40_000, size.0, size.1);
            let mut canvas = filled(7, 11, 6);
            let cover = Cover {
                opacity: 1.0,
                radii: Radii::new([radius; 4]),
                clip: clip.map(|(x0, y0, x1, y1)| Rect { x0, y0, x1, y1 }),
            };
            blit_affine(&mut canvas.canvas(), &layer.view(), Affine { numbers }, &cover);
            for (at, sample) in canvas.samples().iter().enumerate() {
                let (x, y) = ((at / 3 % 11) as i64, (at / 33) as i64);
                if let Some(clip) = cover.clip {
                    let clipped = x < clip.x0 || x >= clip.x1 || y < clip.y0 || y >= clip.y1;
                    prop_assert!(!clipped || *sample == 7);
                }
                prop_assert!((7..=40_000).contains(sample));
                prop_assert!(cover.radii.is_some() || [7, 40_000].contains(sample));
            }
        }

        /// The run of columns found by halving is the one a test of each column finds.
        #[test]
        fn runs_are_what_testing_each_column_finds(
            numbers in prop::array::uniform6(-4.0f64..4.0),
            y in 0usize..40,
            size in (1usize..30, 1usize..30),
        ) {
            let Some(inverse) = (Affine { numbers }).inverse() else { return Ok(()) };
            let line = Line::new(inverse, y);
            let (width, height) = (size.0 as f64, size.1 as f64);
            let at = Rect { x0: 2, y0: 0, x1: 50, y1: 1 }.within(50, 1);
            let (first, end) = line.inside(at, width, height);
            for column in 2..50u8 {
                let (x, y) = (line.x(f64::from(column)), line.y(f64::from(column)));
                let inside = x >= 0.0 && y >= 0.0 && x < width && y < height;
                prop_assert_eq!(inside, (first..end).contains(&usize::from(column)));
            }
        }
    }

    #[test]
    fn a_move_by_whole_pixels_is_a_copy() {
        let samples: Vec<u16> = (0..5 * 4 * 3).map(|v| v * 997).collect();
        let layer = Picture::of(samples, 5, 4).unwrap();
        let (mut moved, mut copied) = (filled(3, 9, 9), filled(3, 9, 9));
        let matrix = Affine {
            numbers: [1.0, 0.0, 0.0, 1.0, -2.0, 6.0],
        };
        blit_affine(
            &mut moved.canvas(),
            &layer.view(),
            matrix,
            &Cover::default(),
        );
        blit_region(
            &mut copied.canvas(),
            &layer.view(),
            -2,
            6,
            &Cover::default(),
        );
        assert_eq!(moved, copied);
    }
}
