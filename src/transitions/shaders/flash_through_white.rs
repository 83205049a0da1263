//! A fades to white and B fades in from white, while A is crossfaded to B.

use super::{Band, Pixel, crossfade};
use crate::transitions::arithmetic::{WHITE, each, mix, smooth};
use crate::transitions::frame::Shot;

/// Share of white in A and in B, and progress of the crossfade.
fn phases(p: f64) -> (f64, f64, f64) {
    (
        smooth(0.0, 0.45, p),
        1.0 - smooth(0.5, 1.0, p),
        smooth(0.35, 0.65, p),
    )
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (a, b) = (shot.from.pixel(at.x, at.y), shot.to.pixel(at.x, at.y));
    let (white_a, white_b, way) = phases(shot.p);
    each(|k| mix(mix(a[k], WHITE, white_a), mix(b[k], WHITE, white_b), way))
}

pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (white_a, white_b, way) = phases(shot.p);
    let (a, b) = ((1.0 - white_a) * (1.0 - way), (1.0 - white_b) * way);
    crossfade::blend(shot, band, [a, b, (1.0 - a - b) * WHITE].map(|v| v as f32));
}
