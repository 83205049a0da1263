//! Circular waves run outwards over A and inwards over B.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, round};
use crate::transitions::block::F32Block;
use crate::transitions::block::{self, between, exp, per_pixel, sine_cosine, weave};
use crate::transitions::frame::Shot;
use crate::transitions::sample::gather::Places;
use crate::transitions::sine::sine;

/// The wide wave: radians per width, and phase over the whole transition, radians.
const WIDE: (f64, f64) = (25.0, 12.0);
/// The narrow wave, as [`WIDE`].
const NARROW: (f64, f64) = (50.0, 18.0);
/// Amplitude of the waves.
const REACH: f64 = 0.04;

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let (cx, cy) = at.centred();
    let d = (cx * cx + cy * cy).sqrt();
    let (nx, ny) = (cx + 0.001, cy + 0.001);
    let length = (nx * nx + ny * ny).sqrt();
    let (dx, dy) = (nx / length, ny / length);
    let wave =
        |(rings, phase): (f64, f64), way: f64| libm::exp(sine(d * rings + way * p * phase) - 1.0);
    let (wide, narrow) = (wave(WIDE, -1.0), wave(NARROW, -1.0) * 0.5);
    let back = wave(WIDE, 1.0) + wave(NARROW, 1.0) * 0.5;
    let (out, reach, back_reach) = (wide + narrow, p * REACH, q * REACH);
    let from = shot
        .from
        .sample(at.u + dx * out * reach, at.v + dy * out * reach);
    let to = shot
        .to
        .sample(at.u - dx * back * back_reach, at.v - dy * back * back_reach);
    each(|k| {
        let lit = round(from[k] + shot.colours.bright[k] * (wide * p) * 0.1);
        clamp16(mix(lit, to[k], p))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let (p, q) = (shot.p as f32, shot.q() as f32);
    let bright = shot.colours.bright.map(|v| v as f32 * p * 0.1);
    // sin(a ± b) is computed from the sines and cosines of both, so one sine per pixel serves four
    // waves.
    let (wide_sine, wide_cosine) = sine_cosine(WIDE.1 * shot.p);
    let (narrow_sine, narrow_cosine) = sine_cosine(NARROW.1 * shot.p);
    let reach = grid.reach().map(|side| (side * REACH) as f32);
    for (y, row, _) in rows(size, band) {
        let cy = grid.v(y) - 0.5;
        block::for_each_block(row, |x, out| {
            let mut sine = [0.0; block::BLOCK];
            let mut cosine = [0.0; block::BLOCK];
            for j in 0..block::BLOCK {
                let cx = grid.u(x + j) - 0.5;
                (sine[j], cosine[j]) = sine_cosine((cx * cx + cy * cy).sqrt() * WIDE.0);
            }
            let wave = |way: f32| {
                per_pixel(|j| exp(sine[j] * wide_cosine + cosine[j] * wide_sine * way - 1.0))
            };
            let half_wave = |way: f32| {
                per_pixel(|j| {
                    let (sine, cosine) = (2.0 * sine[j] * cosine[j], 1.0 - 2.0 * sine[j] * sine[j]);
                    exp(sine * narrow_cosine + cosine * narrow_sine * way - 1.0) * 0.5
                })
            };
            let (wide, narrow) = (wave(-1.0), half_wave(-1.0));
            let (back, back_narrow) = (wave(1.0), half_wave(1.0));
            let ny = (cy + 0.001) as f32;
            let nx = per_pixel(|j| (grid.u(x + j) - 0.499) as f32);
            let outwards = per_pixel(|j| 1.0 / (nx[j] * nx[j] + ny * ny).sqrt());
            let read = |picture, by: F32Block| {
                let dx = per_pixel(|j| nx[j] * by[j] * reach[0]);
                let dy = per_pixel(|j| ny * by[j] * reach[1]);
                Places::displaced(grid, x, y, &dx, &dy).read(picture)
            };
            let from = read(
                &shot.from,
                per_pixel(|j| (wide[j] + narrow[j]) * outwards[j] * p),
            );
            let to = read(
                &shot.to,
                per_pixel(|j| -(back[j] + back_narrow[j]) * outwards[j] * q),
            );
            let [r, g, b] = bright.map(|bright| per_pixel(|j| wide[j] * bright));
            let light = weave(&r, &g, &b);
            block::store_clamped(out, |i| between(from[i] + light[i], to[i], p));
        });
    }
}
