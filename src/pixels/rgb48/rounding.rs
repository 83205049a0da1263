//! Rounding of doubles in a form that the compiler can vectorize. A cast checks each number for
//! overflow and takes three times as long.

/// From this value on, doubles are whole numbers, and their lowest mantissa bit is worth 1.
const WHOLE: f64 = (1_u64 << 52) as f64;

/// The lowest 32 bits of a whole number that is not negative.
#[inline(always)]
pub(super) fn low_bits(whole: f64) -> u32 {
    (whole + WHOLE).to_bits() as u32
}

/// The nearest sample to a value from 0 to 65535; halves are rounded up, as in JavaScript.
#[inline(always)]
pub(super) fn nearest(value: f64) -> u16 {
    low_bits((value + 0.5).floor()) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rounding_is_that_of_casts(value in 0.0f64..65_535.0) {
            prop_assert_eq!(nearest(value), (value + 0.5) as u16);
            prop_assert_eq!(nearest(value.floor() + 0.5), value as u16 + 1);
            prop_assert_eq!(low_bits(value.floor() * 9.0), value as u32 * 9);
        }
    }
}
