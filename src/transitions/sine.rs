//! Sine and cosine with the same bits as in JavaScript engines: Sun's fdlibm, with its constants
//! and its order of additions. Crate `libm` comes from the same source but adds in another order.
//! One result in a hundred then differs in its last bit, which is visible when a sample is halfway
//! between two integers.

#![allow(clippy::excessive_precision)] // constants with the digits of their source

use std::f64::consts::{FRAC_2_PI, FRAC_PI_2, FRAC_PI_4};

/// pi / 2 in parts of 33 bits, each with the remainder after it.
const QUARTER: [(f64, f64); 3] = [
    (
        1.570_796_326_734_125_614_17,
        6.077_100_506_506_192_249_32e-11,
    ),
    (
        6.077_100_506_303_965_976_60e-11,
        2.022_266_248_795_950_631_54e-21,
    ),
    (
        2.022_266_248_711_166_455_80e-21,
        8.478_427_660_368_899_569_97e-32,
    ),
];
/// When more bits than this are lost by cancellation, the next part of [`QUARTER`] is needed.
const LOST: [i32; 2] = [16, 49];
/// From this angle on the parts are not precise enough: 2^19 quarter turns.
const FAR: f64 = 524_288.0 * FRAC_PI_2;

/// The minimax polynomial of the sine.
const S: [f64; 6] = [
    -1.666_666_666_666_663_243_48e-1,
    8.333_333_333_322_489_461_24e-3,
    -1.984_126_982_985_794_931_34e-4,
    2.755_731_370_707_006_767_89e-6,
    -2.505_076_025_340_686_341_95e-8,
    1.589_690_995_211_550_102_21e-10,
];
/// The minimax polynomial of the cosine.
const C: [f64; 6] = [
    4.166_666_666_666_660_190_37e-2,
    -1.388_888_888_887_410_957_49e-3,
    2.480_158_728_947_672_941_78e-5,
    -2.755_731_435_139_066_330_35e-7,
    2.087_572_321_298_174_827_90e-9,
    -1.135_964_755_778_819_482_65e-11,
];

/// `sin(x)`.
pub fn sine(x: f64) -> f64 {
    turned(x, 0)
}

/// `cos(x)`.
pub fn cosine(x: f64) -> f64 {
    turned(x, 1)
}

/// The sine of `x` plus `more` quarter turns.
fn turned(x: f64, more: i32) -> f64 {
    if x.is_nan() || x.abs() >= FAR {
        return if more == 0 {
            libm::sin(x)
        } else {
            libm::cos(x)
        };
    }
    let (quarters, (angle, tail)) = reduced(x);
    match (quarters + more) & 3 {
        0 => sine_within(angle, tail),
        1 => cosine_within(angle, tail),
        2 => -sine_within(angle, tail),
        _ => -cosine_within(angle, tail),
    }
}

/// The quarter turns in `x`, and the remainder, -pi / 4 to pi / 4, as a sum of two numbers.
fn reduced(x: f64) -> (i32, (f64, f64)) {
    let size = x.abs();
    if upper(size) <= upper(FRAC_PI_4) {
        return (0, (x, 0.0));
    }
    let quarters = (size * FRAC_2_PI + 0.5) as i32;
    let count = f64::from(quarters);
    let mut rest = size - count * QUARTER[0].0;
    let mut correction = count * QUARTER[0].1;
    let mut angle = rest - correction;
    // Far from a multiple of a quarter turn, little is lost by cancellation.
    if quarters >= 32 || upper(size) == upper(count * FRAC_PI_2) {
        for (part, lost) in QUARTER[1..].iter().zip(LOST) {
            if exponent(size) - exponent(angle) <= lost {
                break;
            }
            let before = rest;
            let taken = count * part.0;
            rest = before - taken;
            correction = count * part.1 - ((before - rest) - taken);
            angle = rest - correction;
        }
    }
    let tail = (rest - angle) - correction;
    if x < 0.0 {
        (-quarters, (-angle, -tail))
    } else {
        (quarters, (angle, tail))
    }
}

/// The sine of `x + tail`, |x| up to pi / 4.
fn sine_within(x: f64, tail: f64) -> f64 {
    if x.abs() < 7.450_580_596_923_828e-9 {
        return x;
    }
    let z = x * x;
    let v = z * x;
    let r = S[1] + z * (S[2] + z * (S[3] + z * (S[4] + z * S[5])));
    if tail == 0.0 {
        return x + v * (S[0] + z * r);
    }
    x - ((z * (0.5 * tail - v * r) - tail) - v * S[0])
}

/// The cosine of `x + tail`, |x| up to pi / 4.
fn cosine_within(x: f64, tail: f64) -> f64 {
    let size = upper(x.abs());
    if size < 0x3e40_0000 {
        return 1.0;
    }
    let z = x * x;
    let r = z * (C[0] + z * (C[1] + z * (C[2] + z * (C[3] + z * (C[4] + z * C[5])))));
    if size < 0x3fd3_3333 {
        return 1.0 - (0.5 * z - (z * r - x * tail));
    }
    let quarter = if size > 0x3fe9_0000 {
        0.281_25
    } else {
        f64::from_bits(u64::from(size - 0x0020_0000) << 32)
    };
    let (half, rest) = (0.5 * z - quarter, 1.0 - quarter);
    rest - (half - (z * r - x * tail))
}

/// Sign, exponent and the upper twenty bits of the mantissa.
fn upper(x: f64) -> u32 {
    (x.to_bits() >> 32) as u32
}

fn exponent(x: f64) -> i32 {
    ((x.to_bits() >> 52) & 0x7ff) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn single_results_are_those_of_node() {
        // Printed by Node 20 and 22. Crate `libm` gives another last bit for these sines.
        for (x, sin, cos) in NODE {
            assert_eq!(
                sine(f64::from_bits(x)).to_bits(),
                sin,
                "sin {}",
                f64::from_bits(x)
            );
            assert_eq!(
                cosine(f64::from_bits(x)).to_bits(),
                cos,
                "cos {}",
                f64::from_bits(x)
            );
        }
    }

    proptest! {
        #[test]
        fn everything_is_within_a_bit_of_libm(x in prop_oneof![-4.0..4.0, -9e5..9e5, any::<f64>()]) {
            let near = |a: f64, b: f64| a.is_nan() && b.is_nan() || (a - b).abs() <= f64::EPSILON;
            prop_assert!(near(sine(x), libm::sin(x)));
            prop_assert!(near(cosine(x), libm::cos(x)));
        }
    }

    /// Angle, sine, cosine, as bits.
    const NODE: [(u64, u64, u64); 6] = [
        (
            0xc01e_0b78_00e0_0000,
            0xbfee_236a_c2bb_d13c,
            0x3fd5_82cc_18b1_0b71,
        ),
        (
            0xc015_e544_5d40_0000,
            0x3fe7_295b_bbe0_9d40,
            0x3fe6_1492_82f5_f7f6,
        ),
        (
            0xc057_1e1e_2a1e_0000,
            0x3fef_5223_5f75_48ac,
            0xbfca_3b25_6730_7b43,
        ),
        (
            0xc0f8_3d1d_71fc_e200,
            0xbfee_26ec_535b_ddf2,
            0x3fd5_6f1b_bb65_e8d2,
        ),
        (
            0x40fb_7c6f_1550_8400,
            0x3fe7_941c_cbf4_4de6,
            0x3fe5_a26e_2748_adc4,
        ),
        (
            0x404b_aeac_66dc_0000,
            0xbfed_a2e4_2897_775a,
            0x3fd8_23f3_2dcc_7478,
        ),
    ];
}
