//! B spreads over A along warped noise, with a glowing edge. The edge is bright in its middle in
//! the engine style, and at its rims in the preview style.

use multiversion::multiversion;

use super::{Band, Field, Pixel, edge_shows, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, round, smooth};
use crate::transitions::block::{self, between, per_pixel, ramp, spread, weave};
use crate::transitions::frame::Shot;
use crate::transitions::noise::Noise;
use crate::transitions::sample::gather::Places;
use crate::transitions::style::TransitionStyle;

/// Half the width of the blend between the two pictures, in units of the noise.
const SOFT: f64 = 0.08;
/// The width of the edge, in units of the noise.
const EDGE: f64 = 0.1;

/// Displacement to the right and down, and the noise that B follows.
pub(super) const FIELD: Field = Field {
    planes: 3,
    at: field,
};

fn field(noise: Noise, u: f64, v: f64) -> [f64; 3] {
    let (x, y) = (u * 3.0, v * 3.0);
    let (qx, qy) = (noise.fbm(x, y), noise.fbm(x + 5.2, y + 1.3));
    let rx = noise.fbm(x + qx * 4.0 + 1.7, y + qy * 4.0 + 9.2);
    let ry = noise.fbm(x + qx * 4.0 + 8.3, y + qy * 4.0 + 2.8);
    let noise = noise.fbm(x + rx * 2.0, y + ry * 2.0);
    [(qx - 0.5) * 0.4, (qy - 0.5) * 0.4, noise]
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let [wx, wy, noise] = field(Noise::of(shot.grid().style()), at.u, at.v);
    let from = shot.from.sample(at.u + wx * p, at.v + wy * p);
    let to = shot.to.sample(at.u - wx * q, at.v - wy * q);
    let outgoing = smooth(p - SOFT, p + SOFT, noise);
    let off = (noise - p).abs();
    let strength = smooth(EDGE, 0.0, off) * edge_shows(p);
    let outwards = smooth(0.0, EDGE, off);
    let light = match shot.grid().style() {
        TransitionStyle::Engine => 1.0 - outwards,
        TransitionStyle::Preview => outwards,
    };
    let (dark, bright) = (shot.colours.dark, shot.colours.bright);
    each(|k| {
        let colour = dark[k] + (bright[k] - dark[k]) * light;
        clamp16(mix(to[k], from[k], outgoing) + round(colour * strength * 2.0))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let [across, down] = grid.reach().map(|v| v as f32);
    let (p, q) = (shot.p as f32, shot.q() as f32);
    let shows = edge_shows(shot.p) as f32 * 2.0;
    // Colour of the edge in its middle and at its rims.
    let (middle, rims) = match grid.style() {
        TransitionStyle::Engine => (shot.colours.bright, shot.colours.dark),
        TransitionStyle::Preview => (shot.colours.dark, shot.colours.bright),
    };
    let (middle, rims) = (middle.map(|v| v as f32), rims.map(|v| v as f32));
    for (y, row, field) in rows(size, band) {
        let (wx, rest) = field.split_at(size.width());
        let (wy, noise) = rest.split_at(size.width());
        block::for_each_block(row, |x, out| {
            let (wx, wy, noise) = (
                block::part(wx, x),
                block::part(wy, x),
                block::part(noise, x),
            );
            let read = |picture, by: f32| {
                let dx = per_pixel(|j| wx[j] * (by * across));
                let dy = per_pixel(|j| wy[j] * (by * down));
                Places::displaced(grid, x, y, &dx, &dy).read(picture)
            };
            let (from, to) = (read(&shot.from, p), read(&shot.to, -q));
            let past = per_pixel(|j| noise[j] - p);
            let outgoing = spread(&per_pixel(|j| {
                ramp((past[j] + SOFT as f32) * (0.5 / SOFT as f32))
            }));
            // The ramp falls with the distance, so the closeness to the middle is also the strength
            // of the edge.
            let near = per_pixel(|j| 1.0 - ramp(past[j].abs() * (1.0 / EDGE as f32)));
            let [r, g, b] = std::array::from_fn(|k| {
                per_pixel(|j| between(rims[k], middle[k], near[j]) * (near[j] * shows))
            });
            let edge = weave(&r, &g, &b);
            block::store_clamped(out, |i| between(to[i], from[i], outgoing[i]) + edge[i]);
        });
    }
}
