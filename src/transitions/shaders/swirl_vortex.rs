//! Both pictures rotate about the centre, more the nearer to it, and noise disturbs the rotation.
//! The preview style uses WebGL's sine, whose error is up to a tenth of a pixel at the rim.

use multiversion::multiversion;

use super::{Band, Field, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix};
use crate::transitions::block::{self, between, per_pixel, sine_cosine};
use crate::transitions::frame::{Picture, Shot};
use crate::transitions::noise::Noise;
use crate::transitions::sample::gather::Places;
use crate::transitions::sine::{cosine, sine};
use crate::transitions::style::TransitionStyle;
use crate::transitions::webgl_sine;

/// Rotation at the centre, radians.
const TURN: f64 = 10.0;
/// Rotation by the noise, radians.
const STIR: f64 = 3.0;

/// The noise that disturbs the rotation.
pub(super) const FIELD: Field = Field {
    planes: 1,
    at: field,
};

fn field(noise: Noise, u: f64, v: f64) -> [f64; 3] {
    [noise.fbm(u * 4.0, v * 4.0) * 0.5, 0.0, 0.0]
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let (cx, cy) = at.centred();
    let d = (cx * cx + cy * cy).sqrt();
    let [stir, ..] = field(Noise::of(shot.grid().style()), at.u, at.v);
    let turned = |picture: &Picture<'_>, angle: f64| {
        let (s, c) = match shot.grid().style() {
            TransitionStyle::Engine => (sine(angle), cosine(angle)),
            TransitionStyle::Preview => {
                let (s, c) = webgl_sine::sine_cosine(angle as f32);
                (s.into(), c.into())
            }
        };
        picture.sample(cx * c - cy * s + 0.5, cx * s + cy * c + 0.5)
    };
    let from = turned(&shot.from, p * (1.0 - d) * TURN + stir * p * STIR);
    let to = turned(&shot.to, -q * (1.0 - d) * TURN - stir * q * STIR);
    each(|k| clamp16(mix(from[k], to[k], p)))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let [across, down] = grid.reach().map(|v| v as f32);
    let p = shot.p as f32;
    for (y, row, field) in rows(size, band) {
        let cy = grid.v(y) - 0.5;
        block::for_each_block(row, |x, out| {
            let stir = block::part(field, x);
            let mut turn = [0.0; block::BLOCK];
            for j in 0..block::BLOCK {
                let cx = grid.u(x + j) - 0.5;
                turn[j] = (1.0 - (cx * cx + cy * cy).sqrt()) * TURN + f64::from(stir[j]) * STIR;
            }
            let cx = per_pixel(|j| (grid.u(x + j) - 0.5) as f32);
            let cy = cy as f32;
            let read = |picture, amount: f64| {
                let (mut dx, mut dy) = ([0.0; block::BLOCK], [0.0; block::BLOCK]);
                for j in 0..block::BLOCK {
                    let (s, c) = match grid.style() {
                        TransitionStyle::Engine => sine_cosine(turn[j] * amount),
                        TransitionStyle::Preview => {
                            webgl_sine::sine_cosine((turn[j] * amount) as f32)
                        }
                    };
                    dx[j] = (cx[j] * c - cy * s - cx[j]) * across;
                    dy[j] = (cx[j] * s + cy * c - cy) * down;
                }
                Places::displaced(grid, x, y, &dx, &dy).read(picture)
            };
            let (from, to) = (read(&shot.from, shot.p), read(&shot.to, -shot.q()));
            block::store(out, |i| between(from[i], to[i], p));
        });
    }
}
