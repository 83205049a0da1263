//! The hashes of WebGL programs. They take the digits of a sine behind the fourth, so that noise is
//! what a GPU's sine makes it: another on each kind of GPU, and no neighbour of the engine's. This
//! is SwiftShader's, the GPU of machines that have none: `f32`, no fused operation, and the sine a
//! polynomial. Its hash is met to the bit at every lattice point that a transition asks for.

/// Sine as a polynomial of fifth order in the turn, which is right at every twelfth of one; the
/// error is below 0.0002 besides what the angle's own digits leave.
fn sine(angle: f32) -> f32 {
    const PER_TURN: f32 = 0.159_154_94;
    // Odd powers of a turn z: right at 1/12, 1/6 and 1/4, and of slope C at 0.
    const C: f32 = 6.282_308_6;
    const B: f32 = -41.169_37;
    const A: f32 = 74.438_89;
    let turn = 0.25 - angle * PER_TURN;
    // Mirrored into the rising quarter turns.
    let z = 0.25 - (turn - turn.round_ties_even()).abs();
    let z2 = z * z;
    ((A * z2 + B) * z2 + C) * z
}

fn fraction(v: f32) -> f32 {
    v - v.floor()
}

/// The noise of the lattice point (x, y), 0 to 1.
pub fn lattice_hash(x: f32, y: f32) -> f32 {
    fraction(sine(x * 127.1 + y * 311.7) * 43_758.547)
}

/// The noise that `glitch` is made of; not [`lattice_hash`].
pub fn glitch_hash(x: f32, y: f32) -> f32 {
    fraction(sine(x * 12.9898 + y * 78.233) * 43_758.547)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Chromium 156 computed with `--use-angle=swiftshader`: the first 24 bits.
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
