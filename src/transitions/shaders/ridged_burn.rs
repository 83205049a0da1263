//! B burns through A along ridges, with a hot rim and sparks.

use multiversion::multiversion;

use super::{Band, Field, Pixel, edge_shows, rows};
use crate::transitions::arithmetic::{WHITE, clamp16, each, mix, round, smooth};
use crate::transitions::block::{self, between, per_pixel, ramp, spread, weave};
use crate::transitions::frame::Shot;
use crate::transitions::noise::Noise;
use crate::transitions::sample::unmoved::Line;
use crate::transitions::style::Colours;

/// Half the width of the blend between the two pictures, in units of the noise.
const SOFT: f64 = 0.04;
/// The width of the hot rim, in units of the noise.
const RIM: f64 = 0.12;

/// The ridges, and 1 where a spark may be.
pub(super) const FIELD: Field = Field {
    planes: 2,
    at: field,
};

fn field(noise: Noise, u: f64, v: f64) -> [f64; 3] {
    let spark = noise.value(u * 80.0, v * 80.0) >= 0.92;
    [
        noise.ridged(u * 4.0, v * 4.0),
        f64::from(u8::from(spark)),
        0.0,
    ]
}

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let p = shot.p;
    let [noise, spark, _] = field(Noise::of(shot.grid().style()), at.u, at.v);
    let (from, to) = (shot.from.sample(at.u, at.v), shot.to.sample(at.u, at.v));
    let outgoing = smooth(p - SOFT, p + SOFT, noise);
    let heat = smooth(RIM, 0.0, (noise - p).abs()) * edge_shows(p);
    let spark = spark * heat * 3.0;
    let glows = [
        smooth(0.0, 0.25, heat),
        smooth(0.25, 0.5, heat),
        smooth(0.5, 1.0, heat),
    ];
    let Colours {
        accent,
        dark,
        bright,
    } = shot.colours;
    each(|k| {
        let colour = dark[k] + (accent[k] - dark[k]) * glows[0];
        let colour = colour + (bright[k] - colour) * glows[1];
        let colour = colour + (WHITE - colour) * glows[2];
        let rim = round(colour * heat * 3.5) + round(bright[k] * spark);
        clamp16(mix(to[k], from[k], outgoing) + rim)
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let size = shot.size();
    let p = shot.p as f32;
    let shows = edge_shows(shot.p) as f32;
    for (y, row, field) in rows(size, band) {
        let (from, to) = (Line::of_row(&shot.from, y), Line::of_row(&shot.to, y));
        let (noise, sparks) = field.split_at(size.width());
        block::for_each_block(row, |x, out| {
            let (noise, sparks) = (block::part(noise, x), block::part(sparks, x));
            let past = per_pixel(|j| noise[j] - p);
            let outgoing = spread(&per_pixel(|j| {
                ramp((past[j] + SOFT as f32) * (0.5 / SOFT as f32))
            }));
            let heat = per_pixel(|j| ramp(1.0 - past[j].abs() * (1.0 / RIM as f32)) * shows);
            let glow =
                |from: f32, length: f32| per_pixel(|j| ramp((heat[j] - from) * (1.0 / length)));
            let glows = [glow(0.0, 0.25), glow(0.25, 0.25), glow(0.5, 0.5)];
            let [r, g, b] = std::array::from_fn(|k| {
                let (dark, accent) = (shot.colours.dark[k] as f32, shot.colours.accent[k] as f32);
                let bright = shot.colours.bright[k] as f32;
                per_pixel(|j| {
                    let colour = between(dark, accent, glows[0][j]);
                    let colour = between(colour, bright, glows[1][j]);
                    let colour = between(colour, WHITE as f32, glows[2][j]);
                    (colour * 3.5 + bright * (sparks[j] * 3.0)) * heat[j]
                })
            });
            let rim = weave(&r, &g, &b);
            let (from, to) = (from.at_rest(x), to.at_rest(x));
            block::store_clamped(out, |i| between(to[i], from[i], outgoing[i]) + rim[i]);
        });
    }
}
