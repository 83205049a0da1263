//! Reading a picture at another position for each pixel.

#![allow(clippy::needless_range_loop)] // one index into several arrays is what vectorises

use super::unmoved::Line;
use crate::transitions::block::{
    BLOCK, F32Block, PACKED, Packed, between, floor, greater, lesser, number,
};
use crate::transitions::frame::Picture;
use crate::transitions::grid::Grid;
use crate::transitions::size::CHANNELS;

/// Positions at which the pixels of a block are read: the upper left of four neighbours (as the
/// index of its first sample) and the distance from it.
#[derive(Debug)]
pub struct Places {
    at: [u32; BLOCK],
    right: F32Block,
    down: F32Block,
}

/// One axis of [`Places`]: the position `offset` pixels from where pixel `index` of `count` of an
/// unmoved picture is read. Returns the neighbour and the distance from it. See [`Grid::lag`].
#[inline(always)]
fn place(index: f32, count: f32, lag: f32, offset: f32) -> (i32, f32) {
    // `index` itself may be outside the picture: a block begins inside it and is computed
    // completely.
    let position = offset - index * lag / count;
    let position = lesser(greater(position, -index), count - 1.0 - index);
    let whole = lesser(floor(position), count - 2.0 - index);
    (number(index + whole), position - whole)
}

impl Places {
    /// The block from pixel `x` of row `y` on, displaced by `dx` and `dy` pixels.
    #[inline(always)]
    pub fn displaced(grid: Grid, x: usize, y: usize, dx: &F32Block, dy: &F32Block) -> Self {
        let (size, lag) = (grid.size(), grid.lag());
        let (width, height) = (size.width() as f32, size.height() as f32);
        let mut places = Self {
            at: [0; BLOCK],
            right: [0.0; BLOCK],
            down: [0.0; BLOCK],
        };
        for j in 0..BLOCK {
            let (column, right) = place((x + j) as f32, width, lag, dx[j]);
            let (row, down) = place(y as f32, height, lag, dy[j]);
            places.at[j] = (row as u32 * size.width() as u32 + column as u32) * CHANNELS as u32;
            places.right[j] = right;
            places.down[j] = down;
        }
        places
    }

    /// The block from pixel `x` on, displaced by `dx` pixels along its line.
    #[inline(always)]
    pub fn along(grid: Grid, x: usize, dx: &F32Block) -> Self {
        let (width, lag) = (grid.size().width() as f32, grid.lag());
        let mut places = Self {
            at: [0; BLOCK],
            right: [0.0; BLOCK],
            down: [0.0; BLOCK],
        };
        for j in 0..BLOCK {
            let (column, right) = place((x + j) as f32, width, lag, dx[j]);
            places.at[j] = column as u32 * CHANNELS as u32;
            places.right[j] = right;
        }
        places
    }

    /// All channels of `picture`.
    #[inline(always)]
    pub fn read(&self, picture: &Picture<'_>) -> Packed {
        let (samples, stride) = (picture.samples(), picture.size().stride());
        let mut out = [0.0; PACKED + 1];
        for j in 0..BLOCK {
            let at = self.at[j] as usize;
            let (right, down) = (self.right[j], self.down[j]);
            let (near, below);
            let (upper, lower) = match (eight(samples, at), eight(samples, at + stride)) {
                (Some(upper), Some(lower)) => (upper, lower),
                _ => {
                    near = near_the_end(samples, at);
                    below = near_the_end(samples, at + stride);
                    (&near, &below)
                }
            };
            let pixel: [f32; 4] = std::array::from_fn(|k| {
                let across =
                    |row: &[u16; 8]| between(f32::from(row[k]), f32::from(row[k + 3]), right);
                between(across(upper), across(lower), down)
            });
            // The fourth value belongs to the next pixel and is overwritten by it.
            out[3 * j..3 * j + 4].copy_from_slice(&pixel);
        }
        let mut packed = [0.0; PACKED];
        packed.copy_from_slice(&out[..PACKED]);
        packed
    }

    /// All channels of one line of samples, which has one extra sample at its end.
    #[inline(always)]
    pub fn read_line(&self, line: &[f32]) -> Packed {
        let mut out = [0.0; PACKED + 1];
        for j in 0..BLOCK {
            let Some(near) = line[self.at[j] as usize..].first_chunk::<7>() else {
                continue;
            };
            let right = self.right[j];
            let pixel: [f32; 4] = std::array::from_fn(|k| between(near[k], near[k + 3], right));
            out[3 * j..3 * j + 4].copy_from_slice(&pixel);
        }
        let mut packed = [0.0; PACKED];
        packed.copy_from_slice(&out[..PACKED]);
        packed
    }

    /// Channel `k` of `picture`.
    #[inline(always)]
    pub fn read_channel(&self, picture: &Picture<'_>, k: usize) -> F32Block {
        let (samples, stride) = (picture.samples(), picture.size().stride());
        let mut corners = [[0u16; BLOCK]; 4];
        for j in 0..BLOCK {
            let at = self.at[j] as usize + k;
            let (upper, lower) = (&samples[at..at + 4], &samples[at + stride..at + stride + 4]);
            corners[0][j] = upper[0];
            corners[1][j] = upper[3];
            corners[2][j] = lower[0];
            corners[3][j] = lower[3];
        }
        let mut out = [0.0; BLOCK];
        for j in 0..BLOCK {
            let across = |n: usize| {
                between(
                    f32::from(corners[n][j]),
                    f32::from(corners[n + 1][j]),
                    self.right[j],
                )
            };
            out[j] = between(across(0), across(2), self.down[j]);
        }
        out
    }
}

#[inline(always)]
fn eight(samples: &[u16], at: usize) -> Option<&[u16; 8]> {
    samples.get(at..at + 8)?.first_chunk()
}

/// Samples from `at` on. Past the end of the picture they are 0; no result depends on them.
#[cold]
fn near_the_end(samples: &[u16], at: usize) -> [u16; 8] {
    std::array::from_fn(|n| samples.get(at + n).copied().unwrap_or_default())
}

/// Writes the line to `buffer`, with the extra sample that [`Places::read_line`] needs.
#[inline(always)]
pub fn spare_line(line: &Line<'_>, buffer: &mut Vec<f32>) {
    let samples = line.upper.len();
    buffer.resize(samples + 1, 0.0);
    line.write(&mut buffer[..samples]);
}
