//! A is pulled into a dark centre while its colours separate and B appears. In the preview style
//! the darkness rises over the first 0.3 of progress; in the engine style it is there from the
//! start.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, round, smooth};
use crate::transitions::block::{self, between, per_pixel, ramp, spread, weave};
use crate::transitions::frame::Shot;
use crate::transitions::sample::gather::Places;
use crate::transitions::sample::unmoved::Line;
use crate::transitions::style::TransitionStyle;

/// Strength of the darkness, 0 to 1.
fn darkness(shot: &Shot<'_>) -> f64 {
    match shot.grid().style() {
        TransitionStyle::Engine => 1.0,
        TransitionStyle::Preview => smooth(0.0, 0.3, shot.p),
    }
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (cx, cy) = at.centred();
    let d = (cx * cx + cy * cy).sqrt();
    let pull = shot.p * 2.0;
    let warp = pull * 0.3 / (d + 0.1);
    let part = pull * 0.02 / (d + 0.2);
    let horizon = smooth(0.0, 0.3, d / (1.0 - shot.p * 0.85 + 0.001));
    let light = 1.0 + (horizon - 1.0) * darkness(shot);
    let to = shot.to.sample(at.u, at.v);
    let way = smooth(0.3, 0.9, shot.p);
    let warps = [warp + part, warp, warp - part];
    each(|k| {
        let (u, v) = (at.u - cx * warps[k], at.v - cy * warps[k]);
        let from = round(shot.from.sample_channel(u, v, k) * light);
        clamp16(mix(from, to[k], way))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let [across, down] = grid.reach().map(|v| v as f32);
    let darkness = darkness(shot) as f32;
    let pull = shot.p * 2.0;
    let (warp, part) = ((pull * 0.3) as f32, (pull * 0.02) as f32);
    let brightening = (1.0 / (1.0 - shot.p * 0.85 + 0.001) / 0.3) as f32;
    let way = smooth(0.3, 0.9, shot.p) as f32;
    for (y, row, _) in rows(size, band) {
        let to = Line::of_row(&shot.to, y);
        let cy = grid.v(y) as f32 - 0.5;
        block::for_each_block(row, |x, out| {
            let u = grid.us(x);
            let cx = per_pixel(|j| u[j] - 0.5);
            let d = per_pixel(|j| (cx[j] * cx[j] + cy * cy).sqrt());
            let warp = per_pixel(|j| warp / (d[j] + 0.1));
            let part = per_pixel(|j| part / (d[j] + 0.2));
            let light = spread(&per_pixel(|j| {
                1.0 + (ramp(d[j] * brightening) - 1.0) * darkness
            }));
            let [r, g, b] = std::array::from_fn(|k| {
                let parted = 1.0 - k as f32;
                let by = per_pixel(|j| -(warp[j] + part[j] * parted));
                let dx = per_pixel(|j| cx[j] * across * by[j]);
                let dy = per_pixel(|j| cy * down * by[j]);
                Places::displaced(grid, x, y, &dx, &dy).read_channel(&shot.from, k)
            });
            let (from, to) = (weave(&r, &g, &b), to.at_rest(x));
            block::store(out, |i| between(from[i] * light[i], to[i], way));
        });
    }
}
