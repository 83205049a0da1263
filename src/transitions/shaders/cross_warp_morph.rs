//! Both pictures are displaced by the same noise, and B appears in patches.

use multiversion::multiversion;

use super::{Band, Field, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, smooth};
use crate::transitions::block::{self, between, per_pixel, ramp, spread};
use crate::transitions::frame::Shot;
use crate::transitions::noise::Noise;
use crate::transitions::sample::gather::Places;

/// Displacement to the right and down, and the noise of the patches.
pub(super) const FIELD: Field = Field {
    planes: 3,
    at: field,
};

fn field(noise: Noise, u: f64, v: f64) -> [f64; 3] {
    [
        noise.fbm(u * 3.0, v * 3.0) - 0.5,
        noise.fbm(u * 3.0 + 7.3, v * 3.0 + 3.7) - 0.5,
        noise.fbm(u * 4.0 + 3.1, v * 4.0 + 1.7),
    ]
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let [wx, wy, noise] = field(Noise::of(shot.grid().style()), at.u, at.v);
    let from = shot.from.sample(at.u + wx * p * 0.5, at.v + wy * p * 0.5);
    let to = shot.to.sample(at.u - wx * q * 0.5, at.v - wy * q * 0.5);
    let way = smooth(0.4, 0.6, noise + p * 1.2 - 0.6);
    each(|k| clamp16(mix(from[k], to[k], way)))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let [across, down] = grid.reach();
    let scales = |amount: f64| ((amount * across) as f32, (amount * down) as f32);
    let (from_x, from_y) = scales(shot.p * 0.5);
    let (to_x, to_y) = scales(-shot.q() * 0.5);
    let ahead = (shot.p * 1.2 - 0.6 - 0.4) as f32;
    for (y, row, field) in rows(size, band) {
        let (wx, rest) = field.split_at(size.width());
        let (wy, noise) = rest.split_at(size.width());
        block::for_each_block(row, |x, out| {
            let (wx, wy, noise) = (
                block::part(wx, x),
                block::part(wy, x),
                block::part(noise, x),
            );
            let read = |picture, by_x: f32, by_y: f32| {
                let (dx, dy) = (per_pixel(|j| wx[j] * by_x), per_pixel(|j| wy[j] * by_y));
                Places::displaced(grid, x, y, &dx, &dy).read(picture)
            };
            let from = read(&shot.from, from_x, from_y);
            let to = read(&shot.to, to_x, to_y);
            let way = spread(&per_pixel(|j| ramp((noise[j] + ahead) * 5.0)));
            block::store(out, |i| between(from[i], to[i], way[i]));
        });
    }
}
