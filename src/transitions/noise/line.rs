//! Octaves of noise at evenly spaced points of a line, for the fast forms: `f32` between lattice
//! points, eight points at a time, with the cell's four corners looked up once per cell.

use super::{Noise, OCTAVES, turned};
use crate::transitions::block::{BLOCK, F32Block};

/// Points that are computed at a time. At usual sizes a cell is several times as long, even in the
/// finest octave.
const RUN: usize = 8;

/// Where a line begins, and how far apart its points are. It runs along x.
#[derive(Debug, Clone, Copy)]
pub struct Start {
    pub x: f64,
    pub y: f64,
    pub step: f64,
}

/// The noise along one line.
pub struct LineNoise {
    noise: Noise,
    octaves: [Octave; OCTAVES],
}

#[derive(Debug, Clone, Copy)]
struct Octave {
    x: f64,
    y: f64,
    dx: f64,
    dy: f64,
    amplitude: f32,
}

impl LineNoise {
    /// Noise along the line from `start`.
    pub fn new(noise: Noise, start: Start) -> Self {
        let (mut x, mut y, mut dx, mut dy) = (start.x, start.y, start.step, 0.0);
        let mut amplitude = 0.5;
        let octaves = std::array::from_fn(|_| {
            let octave = Octave {
                x,
                y,
                dx,
                dy,
                amplitude,
            };
            // The rotation is linear, so it applies to the step as it does to the point.
            (x, y) = turned(x, y);
            (dx, dy) = turned(dx, dy);
            amplitude *= 0.5;
            octave
        });
        Self { noise, octaves }
    }

    /// [`Noise::fbm`] of the points from number `first` on.
    #[inline(always)]
    pub fn fbm(&self, first: usize) -> F32Block {
        let mut out = [0.0; BLOCK];
        for (chunk, points) in out.as_chunks_mut::<RUN>().0.iter_mut().enumerate() {
            let first = (first + chunk * RUN) as f64;
            for octave in &self.octaves {
                octave.add(self.noise, first, points);
            }
        }
        out
    }
}

impl Octave {
    #[inline(always)]
    fn add(&self, noise: Noise, first: f64, sums: &mut [f32; RUN]) {
        let (x, y) = (self.x + first * self.dx, self.y + first * self.dy);
        let cell = |point: usize| {
            let along = point as f64;
            ((x + along * self.dx).floor(), (y + along * self.dy).floor())
        };
        let last = cell(RUN - 1);
        let mut current = cell(0);
        let mut values = self.inside(noise, x, y, current);
        if current != last {
            // Coordinates are monotonic, so the points in a cell are one run.
            for point in 1..RUN {
                let next = cell(point);
                if next != current {
                    current = next;
                    let fresh = self.inside(noise, x, y, current);
                    values[point..].copy_from_slice(&fresh[point..]);
                }
            }
        }
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += self.amplitude * value;
        }
    }

    /// Noise at all points, computed as if all were in the cell (i, j).
    #[inline(always)]
    fn inside(&self, noise: Noise, x: f64, y: f64, (i, j): (f64, f64)) -> [f32; RUN] {
        let [a, b, c, d] = noise.0.at(i, j);
        let (right, below) = ((b - a) as f32, (c - a) as f32);
        let (here, across) = (a as f32, (a - b - c + d) as f32);
        let (x, y) = ((x - i) as f32, (y - j) as f32);
        let (dx, dy) = (self.dx as f32, self.dy as f32);
        std::array::from_fn(|point| {
            let along = point as f32;
            let (f, g) = (quintic(x + along * dx), quintic(y + along * dy));
            here + right * f + (below + across * f) * g
        })
    }
}

#[inline(always)]
fn quintic(t: f32) -> f32 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transitions::style::TransitionStyle;

    #[test]
    fn a_line_agrees_with_single_points() {
        let noise = Noise::of(TransitionStyle::Preview);
        for (x, y, step) in [
            (0.0, 1.3, 3.0 / 1920.0),
            (-2.5, 0.7, 3.0 / 64.0),
            (3.0, -4.0, 0.4),
        ] {
            let line = LineNoise::new(noise, Start { x, y, step });
            for first in [0, 64, 640] {
                for (n, value) in line.fbm(first).into_iter().enumerate() {
                    let exact = noise.fbm(x + (first + n) as f64 * step, y);
                    let off = (f64::from(value) - exact).abs();
                    assert!(off < 2e-6, "{first}+{n}: {value} against {exact}");
                }
            }
        }
    }
}
