//! Scalar arithmetic of the exact forms: `f64`, in upstream's order of evaluation, so that results
//! round alike. Sines are those of JavaScript engines ([`super::sine`]), and so are exponentials,
//! which come from crate `libm`: the same bits on every platform.

use super::sine::sine;

/// The greatest sample.
pub const WHITE: f64 = 65535.0;

/// To the nearest integer, halves upwards (JavaScript's rounding).
pub fn round(v: f64) -> f64 {
    (v + 0.5).floor()
}

/// Into 0 to 1.
#[inline(always)]
pub fn clamp01(v: f64) -> f64 {
    v.clamp(0.0, 1.0)
}

/// Into the range of a sample.
pub fn clamp16(v: f64) -> f64 {
    v.clamp(0.0, WHITE)
}

/// `a` to `b` by `t`, rounded to an integer.
pub fn mix(a: f64, b: f64, t: f64) -> f64 {
    round(a * (1.0 - t) + b * t)
}

/// Cubic ramp from 0 at `e0` to 1 at `e1`; falling where `e0 > e1`.
#[inline(always)]
pub fn smooth(e0: f64, e1: f64, x: f64) -> f64 {
    let t = clamp01((x - e0) / (e1 - e0));
    t * t * (3.0 - 2.0 * t)
}

/// What is left above the next lower integer, 0 to below 1.
pub fn fraction(v: f64) -> f64 {
    (v % 1.0 + 1.0) % 1.0
}

/// The noise of the lattice point (x, y), 0 to below 1.
pub fn lattice_hash(x: f64, y: f64) -> f64 {
    fraction(sine(x * 127.1 + y * 311.7) * 43_758.545_3)
}

/// The noise that `glitch` is made of; not [`lattice_hash`].
pub fn glitch_hash(x: f64, y: f64) -> f64 {
    fraction(sine(x * 12.9898 + y * 78.233) * 43_758.545_3)
}

/// The ACES film curve (Narkowicz's fit), 0 to 1.
pub fn film_curve(x: f64) -> f64 {
    clamp01((x * (2.51 * x + 0.03)) / (x * (2.43 * x + 0.59) + 0.14))
}

/// `f` of each channel.
pub fn each(f: impl Fn(usize) -> f64) -> [f64; 3] {
    [f(0), f(1), f(2)]
}
