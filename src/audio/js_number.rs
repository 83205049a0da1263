//! Numbers in command lines, printed as JavaScript prints them, because upstream's are.

/// `value` with exactly `digits` decimals. Ties are rounded away from zero, as `toFixed` does; Rust
/// rounds them to even.
pub(super) fn fixed(value: f64, digits: u32) -> String {
    let halves = value.abs() * f64::from(2u32.pow(digits + 1));
    // A double lies exactly between two decimals only if it is an odd number of such parts.
    let tie = halves.fract() == 0.0 && halves % 2.0 == 1.0 && halves < 9e9;
    if !tie {
        return format!("{value:.*}", digits as usize);
    }
    let unit = 10u64.pow(digits);
    let whole = (value.abs() * unit as f64).floor() as u64 + 1;
    let sign = if value < 0.0 { "-" } else { "" };
    let (units, rest) = (whole / unit, whole % unit);
    format!("{sign}{units}.{rest:0width$}", width = digits as usize)
}

/// `value` with at most six decimals and without trailing zeros, the form of numbers in filter
/// graphs.
pub(super) fn filter_number(value: f64) -> String {
    let text = fixed(value, 6);
    let short = text.trim_end_matches('0').trim_end_matches('.');
    if short == "-0" { "0" } else { short }.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    // Expected values are what Node 20 prints for `value.toFixed(digits)`.
    #[test]
    fn ties_go_away_from_zero_as_in_javascript() {
        for (value, digits, text) in [
            (0.007_812_5, 6, "0.007813"),
            (-0.007_812_5, 6, "-0.007813"),
            (0.0625, 3, "0.063"),
            (1.005, 2, "1.00"),
            (8.345, 2, "8.35"),
            (2.5, 6, "2.500000"),
            (0.125, 2, "0.13"),
        ] {
            assert_eq!(fixed(value, digits), text, "{value}");
        }
    }

    #[test]
    fn filter_numbers_are_short() {
        for (value, text) in [
            (1.0, "1"),
            (0.1 + 0.2, "0.3"),
            (-0.000_000_1, "0"),
            (3.981_071_705_534_972_7, "3.981072"),
            (120.0, "120"),
            (0.0, "0"),
        ] {
            assert_eq!(filter_number(value), text);
        }
    }
}
