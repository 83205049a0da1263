//! B spreads over A along warped noise, with a glowing edge.

use multiversion::multiversion;

use super::{Band, Field, Pixel, edge_shows, rows};
use crate::blend::arithmetic::{BRIGHT, DARK, clamp16, each, mix, round, smooth};
use crate::blend::frame::Shot;
use crate::blend::noise::fbm;
use crate::blend::sample::block::{self, between, lane, ramp, spread, weave};
use crate::blend::sample::gather::Places;

/// Half the width of the way from one picture to the other, and the width of the edge.
const SOFT: f64 = 0.08;
/// See [`SOFT`].
const EDGE: f64 = 0.1;

/// Flow to the right, flow down, and the noise that B follows.
pub(super) const FIELD: Field = Field {
    planes: 3,
    at: field,
};

fn field(u: f64, v: f64) -> [f64; 3] {
    let (x, y) = (u * 3.0, v * 3.0);
    let (qx, qy) = (fbm(x, y), fbm(x + 5.2, y + 1.3));
    let rx = fbm(x + qx * 4.0 + 1.7, y + qy * 4.0 + 9.2);
    let ry = fbm(x + qx * 4.0 + 8.3, y + qy * 4.0 + 2.8);
    let noise = fbm(x + rx * 2.0, y + ry * 2.0);
    [(qx - 0.5) * 0.4, (qy - 0.5) * 0.4, noise]
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let [wx, wy, noise] = field(at.u, at.v);
    let from = shot.from.sample(at.u + wx * p, at.v + wy * p);
    let to = shot.to.sample(at.u - wx * q, at.v - wy * q);
    let outgoing = smooth(p - SOFT, p + SOFT, noise);
    let off = (noise - p).abs();
    let strength = smooth(EDGE, 0.0, off) * edge_shows(p);
    let cold = smooth(0.0, EDGE, off);
    each(|k| {
        let colour = DARK[k] + (BRIGHT[k] - DARK[k]) * (1.0 - cold);
        clamp16(mix(to[k], from[k], outgoing) + round(colour * strength * 2.0))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let size = shot.size();
    let (last_x, last_y) = ((size.width() - 1) as f32, (size.height() - 1) as f32);
    let (p, q) = (shot.p as f32, shot.q() as f32);
    let shows = edge_shows(shot.p) as f32 * 2.0;
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
                let dx = lane(|j| wx[j] * (by * last_x));
                let dy = lane(|j| wy[j] * (by * last_y));
                Places::displaced(size, x, y, &dx, &dy).read(picture)
            };
            let (from, to) = (read(&shot.from, p), read(&shot.to, -q));
            let past = lane(|j| noise[j] - p);
            let outgoing = spread(&lane(|j| {
                ramp((past[j] + SOFT as f32) * (0.5 / SOFT as f32))
            }));
            // The ramp falls with the distance: warmth and strength are the same.
            let warm = lane(|j| 1.0 - ramp(past[j].abs() * (1.0 / EDGE as f32)));
            let [r, g, b] = std::array::from_fn(|k| {
                let (dark, bright) = (DARK[k] as f32, BRIGHT[k] as f32);
                lane(|j| (dark + (bright - dark) * warm[j]) * (warm[j] * shows))
            });
            let edge = weave(&r, &g, &b);
            block::store_clamped(out, |i| between(to[i], from[i], outgoing[i]) + edge[i]);
        });
    }
}
