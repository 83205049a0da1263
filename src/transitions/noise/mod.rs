//! Value noise on an integer lattice, and sums of its octaves.

mod lattice;
mod line;

pub(super) use line::{LineNoise, Start};

use super::style::TransitionStyle;
use lattice::Lattice;

/// Octaves of a sum.
const OCTAVES: usize = 5;
/// Each octave turns the plane by this rotation (3-4-5 triangle) ...
const COSINE: f64 = 0.8;
/// See [`COSINE`].
const SINE: f64 = 0.6;
/// ... and scales it by this.
const LACUNARITY: f64 = 2.02;

/// Fifth-order ramp between lattice points.
#[inline(always)]
fn quintic(t: f64) -> f64 {
    t * t * t * (t * (t * 6.0 - 15.0) + 10.0)
}

/// The noise of a style.
#[derive(Clone, Copy)]
pub(super) struct Noise(&'static Lattice);

impl Noise {
    pub fn of(style: TransitionStyle) -> Self {
        Self(Lattice::of(style))
    }

    /// Noise at any point, 0 to 1.
    pub fn value(self, x: f64, y: f64) -> f64 {
        let (i, j) = (x.floor(), y.floor());
        let (f, g) = (quintic(x - i), quintic(y - j));
        let [a, b, c, d] = self.0.at(i, j);
        a * (1.0 - f) * (1.0 - g) + b * f * (1.0 - g) + c * (1.0 - f) * g + d * f * g
    }

    /// Five octaves, 0 to 0.96875.
    pub fn fbm(self, x: f64, y: f64) -> f64 {
        self.octaves(x, y, |noise| noise)
    }

    /// Five octaves of ridges: noise folded at its middle.
    pub fn ridged(self, x: f64, y: f64) -> f64 {
        self.octaves(x, y, |noise| (noise * 2.0 - 1.0).abs())
    }

    fn octaves(self, mut x: f64, mut y: f64, shape: impl Fn(f64) -> f64) -> f64 {
        let (mut sum, mut amplitude) = (0.0, 0.5);
        for _ in 0..OCTAVES {
            sum += amplitude * shape(self.value(x, y));
            (x, y) = turned(x, y);
            amplitude *= 0.5;
        }
        sum
    }
}

/// The point in the next octave.
fn turned(x: f64, y: f64) -> (f64, f64) {
    let (across, down) = (COSINE * x - SINE * y, SINE * x + COSINE * y);
    (across * LACUNARITY, down * LACUNARITY)
}
