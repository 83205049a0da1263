//! `A q + B p`, pixel by pixel.

use multiversion::multiversion;

use super::{Band, Pixel};
use crate::transitions::arithmetic::{each, round};
use crate::transitions::block;
use crate::transitions::frame::Shot;

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (a, b) = (shot.from.pixel(at.x, at.y), shot.to.pixel(at.x, at.y));
    each(|k| round(a[k] * shot.q() + b[k] * shot.p))
}

pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    blend(shot, band, [shot.q() as f32, shot.p as f32, 0.0]);
}

/// `A * a + B * b + add`.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn blend(shot: &Shot<'_>, band: Band<'_>, [a, b, add]: [f32; 3]) {
    let first = band.y * shot.size().stride();
    let inputs = shot.from.samples()[first..]
        .iter()
        .zip(&shot.to.samples()[first..]);
    for (out, (from, to)) in band.rows.iter_mut().zip(inputs) {
        *out = block::sample(f32::from(*from) * a + f32::from(*to) * b + add);
    }
}
