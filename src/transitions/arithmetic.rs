//! Scalar arithmetic of the exact forms: `f64`, in upstream's order of evaluation, so that results
//! are rounded alike. Sines ([`super::sine`]) and exponentials (crate `libm`) have the same bits as
//! in JavaScript engines, on every platform.

use super::sine::sine;

/// The largest sample.
pub const WHITE: f64 = 65535.0;

/// Rounds to the nearest integer, halves up, as JavaScript does.
pub fn round(v: f64) -> f64 {
    (v + 0.5).floor()
}

/// Clamps to 0 to 1.
#[inline(always)]
pub fn clamp01(v: f64) -> f64 {
    v.clamp(0.0, 1.0)
}

/// Clamps to the range of a sample.
pub fn clamp16(v: f64) -> f64 {
    v.clamp(0.0, WHITE)
}

/// Linear interpolation from `a` to `b` at `t`, rounded to an integer.
pub fn mix(a: f64, b: f64, t: f64) -> f64 {
    round(a * (1.0 - t) + b * t)
}

/// Cubic ramp from 0 at `e0` to 1 at `e1` (`smoothstep`). `e0` may be greater than `e1`.
#[inline(always)]
pub fn smooth(e0: f64, e1: f64, x: f64) -> f64 {
    let t = clamp01((x - e0) / (e1 - e0));
    t * t * (3.0 - 2.0 * t)
}

/// The fraction above the next lower integer, 0 to below 1.
pub fn fraction(v: f64) -> f64 {
    (v % 1.0 + 1.0) % 1.0
}

/// The noise value of the lattice point (x, y), 0 to below 1.
pub fn lattice_hash(x: f64, y: f64) -> f64 {
    fraction(sine(x * 127.1 + y * 311.7) * 43_758.545_3)
}

/// The hash that `glitch` uses instead of [`lattice_hash`].
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
