//! Blocks of pixels, and arithmetic on them. It uses only operations that every instruction set
//! has, in a fixed order, so that the result does not depend on the processor. Everything is
//! inlined into the kernels, which are compiled for each instruction set.

use super::arithmetic::WHITE;

/// Pixels that the fast forms work on at a time. Narrower pictures use the exact form.
pub const BLOCK: usize = 64;

/// Samples of a block.
pub const PACKED: usize = 3 * BLOCK;

/// One value per pixel of a block.
pub type F32Block = [f32; BLOCK];

/// One value per sample of a block: R, G, B of its first pixel, then of its second.
pub type Packed = [f32; PACKED];

/// Adding this to an `f32` below 2^22 rounds it to the nearest integer, which is then in the low
/// bits.
const TO_INTEGER: f32 = 12_582_912.0; // 1.5 x 2^23
/// The same for `f64`, below 2^51.
const TO_INTEGER_64: f64 = 6_755_399_441_055_744.0; // 1.5 x 2^52

/// The maximum as one instruction; `b` if either is NaN.
#[inline(always)]
pub fn greater(a: f32, b: f32) -> f32 {
    if a > b { a } else { b }
}

/// The minimum; `b` if either is NaN.
#[inline(always)]
pub fn lesser(a: f32, b: f32) -> f32 {
    if a < b { a } else { b }
}

/// Clamps to 0 to 1.
#[inline(always)]
pub fn unit(v: f32) -> f32 {
    lesser(greater(v, 0.0), 1.0)
}

/// Cubic ramp (`smoothstep`) at `t`, which is clamped to 0 to 1.
#[inline(always)]
pub fn ramp(t: f32) -> f32 {
    let t = unit(t);
    t * t * (3.0 - 2.0 * t)
}

/// The largest integer not above `v`; |v| < 2^22.
#[inline(always)]
pub fn floor(v: f32) -> f32 {
    let rounded = nearest(v);
    if rounded > v { rounded - 1.0 } else { rounded }
}

/// Converts a whole number to an integer; |v| < 2^22.
#[inline(always)]
pub fn number(v: f32) -> i32 {
    (v + TO_INTEGER)
        .to_bits()
        .wrapping_sub(TO_INTEGER.to_bits()) as i32
}

/// The nearest integer.
#[inline(always)]
pub fn nearest(v: f32) -> f32 {
    (v + TO_INTEGER) - TO_INTEGER
}

/// `exp(v)` for `v` from -80 to 1, relative error below 3e-7 near 0.
#[inline(always)]
pub fn exp(v: f32) -> f32 {
    let octaves = greater(v, -80.0) * std::f32::consts::LOG2_E;
    let shifted = octaves + TO_INTEGER;
    let whole = shifted - TO_INTEGER;
    let r = (octaves - whole) * std::f32::consts::LN_2;
    // Taylor's series: |r| <= 0.35.
    let series = 1.0
        + r * (1.0
            + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    let exponent = shifted.to_bits().wrapping_sub(TO_INTEGER.to_bits());
    series * f32::from_bits(exponent.wrapping_add(127) << 23)
}

/// Sine and cosine of an angle, radians. The angle is reduced in `f64`, so that no digits are lost.
#[inline(always)]
pub fn sine_cosine(angle: f64) -> (f32, f32) {
    let quarters = angle * std::f64::consts::FRAC_2_PI;
    let shifted = quarters + TO_INTEGER_64;
    let r = ((quarters - (shifted - TO_INTEGER_64)) * std::f64::consts::FRAC_PI_2) as f32;
    let quadrant = shifted.to_bits() as u32;
    let r2 = r * r;
    // Taylor's series: |r| <= pi/4.
    let sine = r + r
        * r2
        * (-1.0 / 6.0 + r2 * (1.0 / 120.0 + r2 * (-1.0 / 5040.0 + r2 * (1.0 / 362_880.0))));
    let cosine = 1.0
        + r2 * (-0.5
            + r2 * (1.0 / 24.0
                + r2 * (-1.0 / 720.0 + r2 * (1.0 / 40_320.0 - r2 * (1.0 / 3_628_800.0)))));
    let (s, c) = if quadrant & 1 == 1 {
        (cosine, sine)
    } else {
        (sine, cosine)
    };
    let sign = |flag: u32, v: f32| f32::from_bits(v.to_bits() ^ ((flag & 2) << 30));
    (sign(quadrant, s), sign(quadrant.wrapping_add(1), c))
}

/// A block with one value per pixel: `f` of the pixel's number in the block.
#[inline(always)]
pub fn per_pixel(f: impl Fn(usize) -> f32) -> F32Block {
    let mut out = [0.0; BLOCK];
    for (j, out) in out.iter_mut().enumerate() {
        *out = f(j);
    }
    out
}

/// Repeats the value of each pixel for its three samples.
#[inline(always)]
pub fn spread(values: &F32Block) -> Packed {
    weave(values, values, values)
}

/// Interleaves three channels to pixels.
#[inline(always)]
pub fn weave(r: &F32Block, g: &F32Block, b: &F32Block) -> Packed {
    let mut out = [0.0; PACKED];
    for j in 0..BLOCK {
        out[3 * j] = r[j];
        out[3 * j + 1] = g[j];
        out[3 * j + 2] = b[j];
    }
    out
}

/// The block from pixel `x` on of a row of values.
#[inline(always)]
pub fn part(row: &[f32], x: usize) -> F32Block {
    let mut out = [0.0; BLOCK];
    out.copy_from_slice(&row[x..x + BLOCK]);
    out
}

/// Rounds a value from 0 to 65535 to a sample.
#[inline(always)]
pub fn sample(value: f32) -> u16 {
    (value + TO_INTEGER).to_bits() as u16
}

/// Rounds values from 0 to 65535 to samples.
#[inline(always)]
pub fn store(out: &mut [u16; PACKED], value: impl Fn(usize) -> f32) {
    for (i, out) in out.iter_mut().enumerate() {
        *out = sample(value(i));
    }
}

/// Clamps values to 0 to 65535 and rounds them to samples.
#[inline(always)]
pub fn store_clamped(out: &mut [u16; PACKED], value: impl Fn(usize) -> f32) {
    store(out, |i| lesser(greater(value(i), 0.0), WHITE as f32));
}

/// Linear interpolation from `from` to `to` at `t`.
#[inline(always)]
pub fn between(from: f32, to: f32, t: f32) -> f32 {
    from + (to - from) * t
}

/// Calls `draw` with each block of an output row and its first pixel. When the width is not a
/// multiple of [`BLOCK`], the last block overlaps the one before; both compute the same samples
/// there.
#[inline(always)]
pub fn for_each_block(row: &mut [u16], mut draw: impl FnMut(usize, &mut [u16; PACKED])) {
    let width = row.len() / 3;
    let mut x = 0;
    while x < width {
        let first = x.min(width.saturating_sub(BLOCK));
        if let Some(block) = row[3 * first..].first_chunk_mut() {
            draw(first, block);
        }
        x += BLOCK;
    }
}
