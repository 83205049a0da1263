//! Reading a line at evenly spaced positions that are about one pixel apart. Positions are not
//! computed per pixel and pixels are not gathered: neighbours are read as slices.

use super::unmoved::Line;
use crate::transitions::block::{PACKED, Packed, between, greater};
use crate::transitions::grid::Grid;

/// Pixels that are read from one slice. With the zooms in use, the positions of eight pixels drift
/// by less than one pixel.
const RUN: usize = 8;
/// Fraction bits of a position.
const FRACTION: u32 = 32;

/// One channel of a line. Its ends are repeated, so that positions beyond them need no clamping.
#[derive(Debug, Default)]
pub struct Edged {
    samples: Vec<f32>,
    margin: usize,
}

impl Edged {
    /// A line of `width` values with `margin` repeated values on both sides.
    pub fn new(width: usize, margin: usize) -> Self {
        Self {
            samples: vec![0.0; width + 2 * margin],
            margin,
        }
    }

    /// Fills it with the line between two rows of single-channel samples, times `scale`.
    #[inline(always)]
    pub fn fill(&mut self, upper: &[u16], lower: &[u16], down: f32, scale: f32) {
        let inner = self.margin..self.samples.len() - self.margin;
        for ((out, upper), lower) in self.samples[inner].iter_mut().zip(upper).zip(lower) {
            *out = between(f32::from(*upper), f32::from(*lower), down) * scale;
        }
        self.repeat_ends();
    }

    /// Fills it with channel `k` of `line`, times `scale`.
    #[inline(always)]
    pub fn fill_channel(&mut self, line: &Line<'_>, k: usize, scale: f32) {
        let inner = self.margin..self.samples.len() - self.margin;
        let pixels = line
            .upper
            .as_chunks::<3>()
            .0
            .iter()
            .zip(line.lower.as_chunks::<3>().0);
        for (out, (upper, lower)) in self.samples[inner].iter_mut().zip(pixels) {
            *out = between(f32::from(upper[k]), f32::from(lower[k]), line.down) * scale;
        }
        self.repeat_ends();
    }

    fn repeat_ends(&mut self) {
        let end = self.samples.len() - self.margin;
        let (first, last) = (self.samples[self.margin], self.samples[end - 1]);
        self.samples[..self.margin].fill(first);
        self.samples[end..].fill(last);
    }
}

/// The positions `start + x * step`, in pixels.
#[derive(Debug, Clone, Copy)]
pub struct Stretch {
    start: f64,
    step: f64,
}

/// The largest absolute `amount` of [`Stretch::from_centre`].
pub const MOST: f64 = 0.09;

impl Stretch {
    /// The positions of the coordinates `u + (u - 1/2) * amount` for the pixels of a line.
    pub fn from_centre(amount: f64, grid: Grid) -> Self {
        let place = |u: f64| u + (u - 0.5) * amount;
        let [start, _] = grid.position(place(grid.u(0)), 0.0);
        let [across, _] = grid.reach();
        Self {
            start,
            step: (1.0 + amount) * across / grid.size().width() as f64,
        }
    }

    /// The margin that [`Edged`] needs for a line of `width` pixels.
    pub fn margin(width: usize) -> usize {
        (width as f64 * MOST / 2.0) as usize + 2 * RUN
    }

    /// The number of values for a line of `width` pixels, rounded up to whole slices.
    pub fn length(width: usize) -> usize {
        width.next_multiple_of(RUN)
    }

    /// Adds the values at the positions of pixels 0, 1, ... to `sums`.
    #[inline(always)]
    pub fn add(self, line: &Edged, sums: &mut [f32]) {
        let fixed = |v: f64| (v * (1_u64 << FRACTION) as f64) as i64;
        // The slice is around that neighbour of the first position towards which the other
        // positions drift.
        let ahead = i64::from(self.step > 1.0);
        let drift = (self.step - 1.0) as f32;
        let mut place = fixed(self.start) + (((line.margin as i64) - 1) << FRACTION);
        for sums in sums.as_chunks_mut::<RUN>().0 {
            let base = (place >> FRACTION) + ahead;
            let off = (place - ((base) << FRACTION)) as f32 / (1_u64 << FRACTION) as f32;
            place += fixed(self.step * RUN as f64);
            let near = line
                .samples
                .get(base as usize..)
                .and_then(|near| near.first_chunk::<10>());
            let Some(near) = near else { continue };
            let values: [f32; RUN] = std::array::from_fn(|j| {
                let (off, here) = (off + j as f32 * drift, near[j + 1]);
                here + (near[j + 2] - here) * greater(off, 0.0)
                    + (near[j] - here) * greater(-off, 0.0)
            });
            *sums = std::array::from_fn(|j| sums[j] + values[j]);
        }
    }
}

/// All channels of a line with its ends repeated, for reading the whole line displaced.
#[derive(Debug)]
pub struct EdgedPixels {
    samples: Vec<f32>,
    margin: usize,
    width: usize,
    lag: f64,
}

impl EdgedPixels {
    /// A line that can be displaced by up to `farthest` pixels in both directions.
    pub fn new(grid: Grid, farthest: f64) -> Self {
        let (margin, width) = (farthest as usize + 4, grid.size().width());
        Self {
            samples: vec![0.0; 3 * (width + 2 * margin)],
            margin,
            width,
            lag: f64::from(grid.lag()),
        }
    }

    /// Fills it with `line`, times `scale`.
    #[inline(always)]
    pub fn fill(&mut self, line: &Line<'_>, scale: f32) {
        let (first, end) = (3 * self.margin, 3 * (self.margin + self.width));
        let inner = self.samples[first..end].iter_mut();
        for ((out, upper), lower) in inner.zip(line.upper).zip(line.lower) {
            *out = between(f32::from(*upper), f32::from(*lower), line.down) * scale;
        }
        let (before, rest) = self.samples.split_at_mut(first);
        let (inner, after) = rest.split_at_mut(end - first);
        for (side, pixel) in [(before, &inner[..3]), (after, &inner[inner.len() - 3..])] {
            side.as_chunks_mut::<3>()
                .0
                .iter_mut()
                .for_each(|out| out.copy_from_slice(pixel));
        }
    }

    /// Adds the block from pixel `x` on, read `shift` pixels to the right of where it is read in an
    /// unmoved picture.
    #[inline(always)]
    pub fn add_shifted(&self, x: usize, shift: f64, sums: &mut Packed) {
        let width = self.width as f64;
        let shift_at = |x: usize| shift - x as f64 * self.lag / width;
        let base = shift_at(x).floor();
        let level = shift_at(x + PACKED / 3 - 1) >= base;
        let Some(first) = (base as i64 + (x + self.margin) as i64 - 1).try_into().ok() else {
            return;
        };
        let near = self.samples.get(3 * Ord::min(first, usize::MAX / 3)..);
        let Some(near) = near.and_then(|near| near.first_chunk::<{ PACKED + 9 }>()) else {
            return;
        };
        let off = (shift_at(x) - base) as f32;
        let step = (self.lag / width) as f32;
        if level {
            for j in 0..PACKED / 3 {
                let off = off - j as f32 * step;
                for i in 3 * j..3 * j + 3 {
                    sums[i] += between(near[i + 3], near[i + 6], off);
                }
            }
        } else {
            for j in 0..PACKED / 3 {
                let off = off - j as f32 * step;
                let (right, left) = (greater(off, 0.0), greater(-off, 0.0));
                for i in 3 * j..3 * j + 3 {
                    let here = near[i + 3];
                    sums[i] += here + (near[i + 6] - here) * right + (near[i] - here) * left;
                }
            }
        }
    }
}
