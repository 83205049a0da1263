//! Hot air: both pictures shimmer horizontally, more towards the top, behind a bright haze.

use multiversion::multiversion;

use super::{Band, Field, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, round, smooth};
use crate::transitions::block::{self, between, per_pixel};
use crate::transitions::frame::Shot;
use crate::transitions::noise::{LineNoise, Noise, Start};
use crate::transitions::sample::gather::{Places, spare_line};
use crate::transitions::sample::unmoved::Line;
use crate::transitions::sine::sine;

/// Offset of B's noise from A's.
const APART: f64 = 3.0;

/// The waves of A and of B. They do not move; the noise that scales them moves with progress.
pub(super) const FIELD: Field = Field {
    planes: 2,
    at: field,
};

fn field(noise: Noise, u: f64, v: f64) -> [f64; 3] {
    let wave = |o: f64| sine(v * 40.0 + noise.fbm(u * 6.0 + o, v * 6.0 + o) * 8.0);
    [wave(0.0), wave(APART), 0.0]
}

/// Heat, and the share of it at `v`.
fn heat(p: f64, v: f64) -> (f64, f64) {
    (p * 1.5, smooth(1.0, 0.0, v))
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let (heat, share) = heat(p, at.v);
    let noise = Noise::of(shot.grid().style());
    let [wave_a, wave_b, _] = field(noise, at.u, at.v);
    // The noise that scales the waves is offset by 2p vertically for both; upstream offsets only
    // its x for B.
    let swell = |o: f64| noise.fbm(at.u * 3.0 + o, at.v * 3.0 + p * 2.0);
    let a = wave_a * swell(0.0) * heat * 0.03 * share;
    let b = wave_b * swell(APART) * q * 0.03 * share;
    let (from, to) = (
        shot.from.sample(at.u + a, at.v),
        shot.to.sample(at.u + b, at.v),
    );
    let haze = heat * share * 0.15 * q;
    each(|k| clamp16(mix(from[k], to[k], p) + round(shot.colours.bright[k] * haze)))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let (width, [across, _]) = (size.width(), grid.reach());
    let noise = Noise::of(grid.style());
    let (mut line_a, mut line_b) = (Vec::new(), Vec::new());
    for (y, row, field) in rows(size, band) {
        let v = grid.v(y);
        let (heat, share) = heat(shot.p, v);
        let swell = |o: f64| {
            let start = Start {
                x: grid.u(0) * 3.0 + o,
                y: v * 3.0 + shot.p * 2.0,
                step: 3.0 / width as f64,
            };
            LineNoise::new(noise, start)
        };
        let (swell_a, swell_b) = (swell(0.0), swell(APART));
        let reach_a = (heat * 0.03 * share * across) as f32;
        let reach_b = (shot.q() * 0.03 * share * across) as f32;
        let haze = shot
            .colours
            .bright
            .map(|v| round(v * heat * share * 0.15 * shot.q()) as f32);
        let haze: [f32; block::PACKED] = std::array::from_fn(|i| haze[i % 3]);
        spare_line(&Line::of_row(&shot.from, y), &mut line_a);
        spare_line(&Line::of_row(&shot.to, y), &mut line_b);
        let (waves_a, waves_b) = field.split_at(width);
        let p = shot.p as f32;
        block::for_each_block(row, |x, out| {
            let read = |line: &[f32], waves: &[f32], swell: &LineNoise, reach: f32| {
                let (wave, swell) = (block::part(waves, x), swell.fbm(x));
                let dx = per_pixel(|j| wave[j] * swell[j] * reach);
                Places::along(grid, x, &dx).read_line(line)
            };
            let from = read(&line_a, waves_a, &swell_a, reach_a);
            let to = read(&line_b, waves_b, &swell_b, reach_b);
            block::store_clamped(out, |i| between(from[i], to[i], p) + haze[i]);
        });
    }
}
