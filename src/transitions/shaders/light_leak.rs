//! Warm light from outside the upper right corner, through a film curve; then B.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{
    WHITE, clamp01, clamp16, each, film_curve, mix, round, smooth,
};
use crate::transitions::block::{self, between, exp, per_pixel, unit, weave};
use crate::transitions::frame::Shot;
use crate::transitions::sample::unmoved::Line;

/// Coordinates of the light.
const LIGHT: (f64, f64) = (1.3, -0.2);

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (across, down) = (at.u - LIGHT.0, at.v - LIGHT.1);
    let d = (across * across + down * down).sqrt();
    let leak = clamp01(libm::exp(-d * 1.8) * shot.p * 4.0);
    let flare = libm::exp(-(at.v - (-0.2 + at.u * 0.3)).abs() * 15.0) * leak * 0.3;
    let (from, to) = (shot.from.sample(at.u, at.v), shot.to.sample(at.u, at.v));
    let way = smooth(0.15, 0.85, shot.p);
    each(|k| {
        let colours = &shot.colours;
        let (accent, bright) = (colours.accent[k] / WHITE, colours.bright[k] / WHITE);
        let warm = accent + (bright - accent) * d * 0.7;
        let lit = from[k] / WHITE + warm * leak * 3.0 + bright * flare;
        clamp16(mix(round(film_curve(lit) * WHITE), to[k], way))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let p = shot.p as f32;
    let way = smooth(0.15, 0.85, shot.p) as f32;
    let white = WHITE as f32;
    let (accent, bright) = (
        shot.colours.accent.map(|v| (v / WHITE) as f32),
        shot.colours.bright.map(|v| (v / WHITE) as f32),
    );
    for (y, row, _) in rows(size, band) {
        let (from, to) = (Line::of_row(&shot.from, y), Line::of_row(&shot.to, y));
        let v = grid.v(y) as f32;
        let down = v - LIGHT.1 as f32;
        block::for_each_block(row, |x, out| {
            let u = grid.us(x);
            let d = per_pixel(|j| {
                let across = u[j] - LIGHT.0 as f32;
                (across * across + down * down).sqrt()
            });
            let leak = per_pixel(|j| unit(exp(d[j] * -1.8) * p * 4.0));
            let flare = per_pixel(|j| exp((v + 0.2 - u[j] * 0.3).abs() * -15.0) * leak[j] * 0.3);
            let [r, g, b] = std::array::from_fn(|k| {
                let (accent, bright) = (accent[k], bright[k]);
                per_pixel(|j| {
                    let warm = accent + (bright - accent) * (d[j] * 0.7);
                    warm * (leak[j] * 3.0) + bright * flare[j]
                })
            });
            let light = weave(&r, &g, &b);
            let (from, to) = (from.at_rest(x), to.at_rest(x));
            block::store(out, |i| {
                let lit = from[i] * (1.0 / white) + light[i];
                let (above, below) = (lit * (2.51 * lit + 0.03), lit * (2.43 * lit + 0.59) + 0.14);
                between(unit(above / below) * white, to[i], way)
            });
        });
    }
}
