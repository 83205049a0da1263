//! Sines and hashes of WebGL programs. The hashes use the digits of a sine after the fourth, so
//! noise depends on the GPU's sine: it differs from GPU to GPU and from the engine style. This is
//! the sine of SwiftShader, which machines without a GPU use: `f32`, no fused operations, and a
//! polynomial. All hashes of coordinates from -320 to 319 are equal to SwiftShader's to the bit.

use super::block::nearest;

const PER_TURN: f32 = 0.159_154_94;

/// The sine of a number of turns from -1/4 to 1/4, where the sine rises: a polynomial of fifth
/// degree. It is exact at every twelfth of a turn and at most 0.0002 off.
#[inline(always)]
fn rising(turn: f32) -> f32 {
    let square = turn * turn;
    ((74.438_89 * square - 41.169_37) * square + 6.282_308_6) * turn
}

/// The distance of a number from the nearest integer.
#[inline(always)]
fn off_integer(v: f32) -> f32 {
    (v - nearest(v)).abs()
}

#[inline(always)]
fn sine(angle: f32) -> f32 {
    rising(0.25 - off_integer(0.25 - angle * PER_TURN))
}

#[inline(always)]
fn cosine(angle: f32) -> f32 {
    rising(0.25 - off_integer(angle * PER_TURN))
}

/// Sine and cosine of an angle, radians; |angle| < 10^7.
#[inline(always)]
pub fn sine_cosine(angle: f32) -> (f32, f32) {
    (sine(angle), cosine(angle))
}

fn fraction(v: f32) -> f32 {
    v - v.floor()
}

/// The noise value of the lattice point (x, y), 0 to 1.
pub fn lattice_hash(x: f32, y: f32) -> f32 {
    fraction(sine(x * 127.1 + y * 311.7) * 43_758.547)
}

/// The hash that `glitch` uses instead of [`lattice_hash`].
pub fn glitch_hash(x: f32, y: f32) -> f32 {
    fraction(sine(x * 12.9898 + y * 78.233) * 43_758.547)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_are_nearly_those_of_the_angle() {
        for n in -4000..4000 {
            let angle = n as f32 * 0.01;
            let (sine, cosine) = sine_cosine(angle);
            assert!((sine - angle.sin()).abs() < 2.1e-4, "{angle}");
            assert!((cosine - angle.cos()).abs() < 2.1e-4, "{angle}");
        }
    }

    /// Expected values: the first 24 bits of what Chromium 156 computed with
    /// `--use-angle=swiftshader`.
    #[test]
    fn hashes_are_those_of_swiftshader() {
        for (x, y, lattice, glitch) in [
            (0, 0, 0, 0),
            (1, 0, 4_194_304, 4_030_464),
            (0, 1, 4_128_768, 4_390_912),
            (7, 3, 7_045_120, 10_158_080),
            (-5, 12, 13_172_736, 9_863_168),
            (-320, -320, 9_142_272, 16_678_912),
            (319, 200, 4_063_232, 2_818_048),
            (100, -41, 7_110_656, 14_155_776),
        ] {
            let bits = |hash: f32| (hash * 16_777_216.0) as u32;
            assert_eq!(bits(lattice_hash(x as f32, y as f32)), lattice, "{x}, {y}");
            assert_eq!(bits(glitch_hash(x as f32, y as f32)), glitch, "{x}, {y}");
        }
    }
}
