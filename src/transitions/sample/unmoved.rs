//! Unmoved pictures, and lines between two rows.

use crate::transitions::block::{BLOCK, PACKED, Packed, between};
use crate::transitions::frame::Picture;

/// Two rows of a picture, and the distance of a line from the first of them, 0 to 1.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    pub upper: &'a [u16],
    pub lower: &'a [u16],
    pub down: f32,
    lag: f32,
}

impl<'a> Line<'a> {
    /// The line at the vertical position `position`, in rows; clamped to the picture.
    pub fn at(picture: &Picture<'a>, position: f64) -> Self {
        let last = picture.size().height() - 1;
        let position = position.clamp(0.0, last as f64);
        let row = position as usize;
        Self {
            upper: picture.row(row),
            lower: picture.row(row + 1),
            down: (position - row as f64) as f32,
            lag: picture.grid().lag(),
        }
    }

    /// The line that row `y` of an unmoved picture shows.
    pub fn of_row(picture: &Picture<'a>, y: usize) -> Self {
        let grid = picture.grid();
        let [_, position] = grid.position(0.0, grid.v(y));
        Self::at(picture, position)
    }

    /// Writes the line's samples to `out`, which is as long as a row.
    #[inline(always)]
    pub fn write(&self, out: &mut [f32]) {
        for ((out, upper), lower) in out.iter_mut().zip(self.upper).zip(self.lower) {
            *out = between(f32::from(*upper), f32::from(*lower), self.down);
        }
    }

    /// The block of an unmoved picture from pixel `x` on. See
    /// [`crate::transitions::grid::Grid::lag`].
    #[inline(always)]
    pub fn at_rest(&self, x: usize) -> Packed {
        if self.lag == 0.0 {
            let mut out = [0.0; PACKED];
            let (upper, lower) = (&self.upper[3 * x..], &self.lower[3 * x..]);
            for ((out, upper), lower) in out.iter_mut().zip(upper).zip(lower) {
                *out = between(f32::from(*upper), f32::from(*lower), self.down);
            }
            return out;
        }
        let mut line = [0.0; PACKED + 3];
        let skipped = usize::from(x == 0) * 3;
        let first = (3 * x).saturating_sub(3);
        let (upper, lower) = (&self.upper[first..], &self.lower[first..]);
        // Pixel 0 has no left neighbour. Its weight is 0, so any samples will do.
        for ((out, upper), lower) in line[skipped..].iter_mut().zip(upper).zip(lower) {
            *out = between(f32::from(*upper), f32::from(*lower), self.down);
        }
        let step = self.lag / (self.upper.len() / 3) as f32;
        let mut out = [0.0; PACKED];
        for j in 0..BLOCK {
            let left = (x + j) as f32 * step;
            for k in 3 * j..3 * j + 3 {
                out[k] = between(line[k + 3], line[k], left);
            }
        }
        out
    }
}
