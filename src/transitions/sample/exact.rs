//! Upstream's bilinear sampling: `f64`, each sample rounded to an integer, clamped to the edge.

use crate::transitions::arithmetic::{clamp01, each, round};
use crate::transitions::frame::Picture;
use crate::transitions::size::CHANNELS;

/// Four neighbours and their weights.
struct Cell {
    corners: [usize; 4],
    weights: [f64; 4],
}

impl Picture<'_> {
    /// All three channels at (u, v).
    pub fn sample(&self, u: f64, v: f64) -> [f64; 3] {
        let cell = self.cell(u, v);
        each(|k| self.weigh(&cell, k))
    }

    /// Channel `k` at (u, v).
    pub fn sample_channel(&self, u: f64, v: f64, k: usize) -> f64 {
        self.weigh(&self.cell(u, v), k)
    }

    /// The pixel in column `x` of row `y`, as it is stored.
    pub fn pixel(&self, x: usize, y: usize) -> [f64; 3] {
        let at = (y * self.size().width() + x) * CHANNELS;
        each(|k| f64::from(self.samples()[at + k]))
    }

    fn cell(&self, u: f64, v: f64) -> Cell {
        let (width, height) = (self.size().width(), self.size().height());
        let [x, y] = self.grid().position(clamp01(u), clamp01(v));
        let (x0, x1, fx) = between(x, width);
        let (y0, y1, fy) = between(y, height);
        let at = |x: usize, y: usize| (y * width + x) * CHANNELS;
        Cell {
            corners: [at(x0, y0), at(x1, y0), at(x0, y1), at(x1, y1)],
            weights: [
                (1.0 - fx) * (1.0 - fy),
                fx * (1.0 - fy),
                (1.0 - fx) * fy,
                fx * fy,
            ],
        }
    }

    fn weigh(&self, cell: &Cell, k: usize) -> f64 {
        let part = |n: usize| f64::from(self.samples()[cell.corners[n] + k]) * cell.weights[n];
        round(part(0) + part(1) + part(2) + part(3))
    }
}

/// The two pixels next to a position among `count`, and how far it is from the first.
fn between(position: f64, count: usize) -> (usize, usize, f64) {
    let last = count - 1;
    let position = position.clamp(0.0, last as f64);
    let first = position.floor();
    let index = (first as usize).min(last);
    (index, (index + 1).min(last), position - first)
}
