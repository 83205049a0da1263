//! Interpolation between four pixels.

/// Weights of four pixels at a point: upper left, upper right, lower left, lower right. `fx` and
/// `fy`, 0 to 1, are the distances of the point from the upper left pixel.
#[inline(always)]
pub(super) fn weights(fx: f64, fy: f64) -> [f64; 4] {
    [
        (1.0 - fx) * (1.0 - fy),
        fx * (1.0 - fy),
        (1.0 - fx) * fy,
        fx * fy,
    ]
}

/// The interpolated sample, not rounded; added in upstream's order.
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
