//! Lines and blocks are shifted, red and blue are separated, and the outgoing picture is
//! posterized. The preview style hashes in `f32`, flickers by another point of the hash, and
//! darkens exactly every other line.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{
    WHITE, clamp01, clamp16, each, fraction, glitch_hash, mix, round,
};
use crate::transitions::block::BLOCK;
use crate::transitions::block::{self, between, per_pixel, weave};
use crate::transitions::frame::Shot;
use crate::transitions::sample::gather::Places;
use crate::transitions::sample::unmoved::Line;
use crate::transitions::style::TransitionStyle;
use crate::transitions::webgl_sine;

/// Columns and rows of the blocks.
const GRID: (f64, f64) = (12.0, 8.0);

/// The number of bands of lines; each band is shifted as a whole.
const LINES: f64 = 60.0;

/// Values that are the same for a whole frame.
#[derive(Clone, Copy)]
struct Frame {
    style: TransitionStyle,
    intensity: f64,
    /// Seed of the shifts of lines.
    line_seed: f64,
    /// Seed of the choice of blocks.
    block_seed: f64,
    flicker: f64,
    levels: f64,
}

impl Frame {
    fn new(shot: &Shot<'_>) -> Self {
        let (p, style) = (shot.p, shot.grid().style());
        let intensity = p * shot.q() * 4.0;
        let step = |count: f64| match style {
            TransitionStyle::Engine => (p * count).floor(),
            TransitionStyle::Preview => f64::from((p as f32 * count as f32).floor()),
        };
        let flicker = match style {
            TransitionStyle::Engine => hash(style, (step(23.0), 0.0), 1.0),
            TransitionStyle::Preview => hash(style, (step(23.0), step(23.0)), 1.0),
        };
        Self {
            style,
            intensity,
            line_seed: step(17.0),
            block_seed: step(11.0),
            flicker: 1.0 + (flicker - 0.5) * 0.3 * intensity,
            levels: 256.0 - (256.0 - 8.0) * (intensity * 0.5),
        }
    }

    /// Shift of the line at `v` to the right.
    fn line_jump(&self, v: f64) -> f64 {
        let line = (v * LINES).floor();
        let line = match self.style {
            TransitionStyle::Engine => line / LINES,
            // Compilers for GPUs replace a division by a constant with a multiplication by its
            // inverse.
            TransitionStyle::Preview => f64::from(line as f32 * (1.0 / LINES as f32)),
        };
        (hash(self.style, (line, self.line_seed), 1.0) - 0.5) * 0.18 * self.intensity
    }

    /// Shift of a block to the right and down.
    fn block_jump(&self, column: f64, row: f64) -> (f64, f64) {
        let seed = self.block_seed;
        let chosen = hash(self.style, (column + seed, row + seed), 1.0) >= 0.83;
        let amount = f64::from(u8::from(chosen)) * self.intensity;
        let jump = |by: f64| (hash(self.style, (column, row), by) - 0.5) * 0.35 * amount;
        (jump(2.1), jump(3.7))
    }

    /// Factor that darkens every other line. In the engine style the product is not exactly `y /
    /// 2`: for some rows it is rounded to less, as in upstream.
    fn scan_line(&self, v: f64, height: f64) -> f64 {
        if fraction(v * height * 0.5) >= 0.5 {
            0.05 * self.intensity
        } else {
            0.0
        }
    }

    /// Shift of red and of blue from green.
    fn part(&self) -> f64 {
        self.intensity * 0.035
    }
}

/// The style's hash of a point, scaled by `by`.
fn hash(style: TransitionStyle, (x, y): (f64, f64), by: f64) -> f64 {
    match style {
        TransitionStyle::Engine => glitch_hash(x * by, y * by),
        TransitionStyle::Preview => {
            let by = by as f32;
            webgl_sine::glitch_hash(x as f32 * by, y as f32 * by).into()
        }
    }
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let frame = Frame::new(shot);
    let (column, row) = ((at.u * GRID.0).floor(), (at.v * GRID.1).floor());
    let (right, down) = frame.block_jump(column, row);
    let u = clamp01(at.u + frame.line_jump(at.v) + right);
    let v = clamp01(at.v + down);
    let part = frame.part();
    let parted = [u + part, u, u - part];
    let dark = frame.scan_line(at.v, shot.size().height() as f64);
    let to = shot.to.sample(at.u, at.v);
    each(|k| {
        let c = (shot.from.sample_channel(parted[k], v, k) / WHITE - dark) * frame.flicker;
        let c = (c * frame.levels).floor() / frame.levels;
        clamp16(mix(round(c * WHITE), to[k], shot.p))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let [reach, reach_down] = grid.reach();
    let frame = Frame::new(shot);
    let p = shot.p as f32;
    let part = [frame.part(), 0.0, -frame.part()];
    let places: Vec<f64> = (0..size.width()).map(|x| grid.u(x)).collect();
    let columns: Vec<u8> = places.iter().map(|u| (u * GRID.0) as u8).collect();
    for (y, row, _) in rows(size, band) {
        let v = grid.v(y);
        let line_jump = frame.line_jump(v);
        let grid_row = (v * GRID.1).floor();
        let jumps: [(f64, f32); 16] = std::array::from_fn(|column| {
            let (across, below) = frame.block_jump(column as f64, grid_row);
            (across, ((clamp01(v + below) - v) * reach_down) as f32)
        });
        let dark = frame.scan_line(v, size.height() as f64);
        let to = Line::of_row(&shot.to, y);
        block::for_each_block(row, |x, out| {
            let mut right = [0.0; BLOCK];
            let mut down = [0.0; BLOCK];
            let (places, columns) = (&places[x..x + BLOCK], &columns[x..x + BLOCK]);
            for j in 0..BLOCK {
                // There are fewer than sixteen columns, so the index is in bounds.
                let (across, below) = jumps[usize::from(columns[j] & 15)];
                right[j] = clamp01(places[j] + line_jump + across) - places[j];
                down[j] = below;
            }
            let [r, g, b] = std::array::from_fn(|k| {
                let right = per_pixel(|j| ((right[j] + part[k]) * reach) as f32);
                Places::displaced(grid, x, y, &right, &down).read_channel(&shot.from, k)
            });
            let (from, to) = (weave(&r, &g, &b), to.at_rest(x));
            // Rounded and in `f64`, as in upstream: the steps of posterization are large, and a
            // sample on the wrong side of a step is off by a whole step.
            block::store_clamped(out, |i| {
                let c = f64::from(block::nearest(from[i])) / WHITE - dark;
                let c = (c * frame.flicker * frame.levels).floor() / frame.levels;
                between((c * WHITE) as f32, to[i], p)
            });
        });
    }
}
