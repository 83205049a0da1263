//! A point between four pixels.

/// How much of each of four pixels a point has: upper left and right, lower left and right. `fx`
/// and `fy`, 0 to 1, are how far it is from the first one to the right and down.
#[inline(always)]
pub(super) fn weights(fx: f64, fy: f64) -> [f64; 4] {
    [
        (1.0 - fx) * (1.0 - fy),
        fx * (1.0 - fy),
        (1.0 - fx) * fy,
        fx * fy,
    ]
}

/// The sample there, not rounded; summed in upstream's order.
#[inline(always)]
pub(super) fn weigh(square: &[[u16; 4]; 4], weights: &[f64; 4]) -> [f64; 4] {
    let mut sample = [0.0; 4];
    for channel in 0..4 {
        sample[channel] = f64::from(square[0][channel]) * weights[0]
            + f64::from(square[1][channel]) * weights[1]
            + f64::from(square[2][channel]) * weights[2]
            + f64::from(square[3][channel]) * weights[3];
    }
    sample
}
