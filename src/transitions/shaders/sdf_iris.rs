//! A circle opens on B, with three glowing rings at its rim. The engine style truncates samples;
//! the preview style rounds them.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, round, smooth};
use crate::transitions::block::{self, between, exp, nearest, per_pixel, ramp, spread, weave};
use crate::transitions::frame::Shot;
use crate::transitions::sample::unmoved::Line;
use crate::transitions::style::TransitionStyle;

/// Distance inwards from the rim, steepness and strength of each ring.
const RINGS: [(f64, f64, f64); 3] = [(0.0, 25.0, 1.0), (0.04, 20.0, 0.5), (0.08, 15.0, 0.25)];
/// Half the width of the rim.
const RIM: f64 = 0.003;

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let size = shot.size();
    let (cx, cy) = at.centred();
    let across = cx * (size.width() as f64 / size.height() as f64);
    let d = (across * across + cy * cy).sqrt();
    let radius = shot.p * 1.2;
    let inside = smooth(radius + RIM, radius - RIM, d);
    let [a, b, c] = RINGS.map(|(inwards, steep, strength)| {
        libm::exp(-(d - radius + inwards).abs() * steep) * strength
    });
    let glow = (a + b + c) * shot.p * shot.q() * 4.0;
    let (from, to) = (shot.from.sample(at.u, at.v), shot.to.sample(at.u, at.v));
    each(|k| {
        let lit = clamp16(mix(from[k], to[k], inside) + shot.colours.bright[k] * glow * 0.6);
        match shot.grid().style() {
            TransitionStyle::Engine => lit.floor(),
            TransitionStyle::Preview => round(lit),
        }
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let aspect = size.width() as f32 / size.height() as f32;
    let (p, radius) = (shot.p as f32, (shot.p * 1.2) as f32);
    let rings = RINGS.map(|(inwards, steep, strength)| {
        (inwards as f32 - radius, -steep as f32, strength as f32)
    });
    let strength = p * shot.q() as f32 * 4.0 * 0.6;
    let bright = shot.colours.bright.map(|v| v as f32);
    // Subtracted before rounding, so that rounding truncates.
    let less = match grid.style() {
        TransitionStyle::Engine => 0.499_99,
        TransitionStyle::Preview => 0.0,
    };
    for (y, row, _) in rows(size, band) {
        let (from, to) = (Line::of_row(&shot.from, y), Line::of_row(&shot.to, y));
        let cy = grid.v(y) as f32 - 0.5;
        block::for_each_block(row, |x, out| {
            let u = grid.us(x);
            let d = per_pixel(|j| {
                let across = (u[j] - 0.5) * aspect;
                (across * across + cy * cy).sqrt()
            });
            let inside = spread(&per_pixel(|j| {
                ramp((radius + RIM as f32 - d[j]) * (0.5 / RIM as f32))
            }));
            let glow = per_pixel(|j| {
                let ring = |(offset, steep, strength): (f32, f32, f32)| {
                    exp((d[j] + offset).abs() * steep) * strength
                };
                (ring(rings[0]) + ring(rings[1]) + ring(rings[2])) * strength
            });
            let [r, g, b] = bright.map(|bright| per_pixel(|j| glow[j] * bright));
            let glow = weave(&r, &g, &b);
            let (from, to) = (from.at_rest(x), to.at_rest(x));
            block::store_clamped(out, |i| {
                nearest(between(from[i], to[i], inside[i])) + glow[i] - less
            });
        });
    }
}
