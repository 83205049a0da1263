//! Red and blue are scaled about the centre in opposite directions.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix};
use crate::transitions::block::sample;
use crate::transitions::frame::{Picture, Shot};
use crate::transitions::sample::stretch::{Edged, Stretch};
use crate::transitions::sample::unmoved::Line;

/// Scale of each channel, as a share of the amount.
const SPLIT: [f64; 3] = [1.0, 0.0, -1.0];
/// The largest amount.
const AMOUNT: f64 = 0.06;

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (cx, cy) = at.centred();
    let read = |picture: &Picture<'_>, amount: f64, k: usize| match k {
        0 => picture.sample_channel(at.u + cx * amount, at.v + cy * amount, k),
        1 => picture.sample_channel(at.u, at.v, k),
        _ => picture.sample_channel(at.u - cx * amount, at.v - cy * amount, k),
    };
    each(|k| {
        let from = read(&shot.from, shot.p * AMOUNT, k);
        let to = read(&shot.to, -(shot.q() * AMOUNT), k);
        clamp16(mix(from, to, shot.p))
    })
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let width = size.width();
    let mut line = Edged::new(width, Stretch::margin(width));
    let mut sums: [Vec<f32>; 3] = std::array::from_fn(|_| vec![0.0; Stretch::length(width)]);
    let halves = [
        (shot.from, shot.p * AMOUNT, shot.q()),
        (shot.to, -shot.q() * AMOUNT, shot.p),
    ];
    for (y, row, _) in rows(size, band) {
        let v = grid.v(y);
        for (k, sums) in sums.iter_mut().enumerate() {
            sums.fill(0.0);
            for (picture, amount, weight) in &halves {
                let amount = amount * SPLIT[k];
                let [_, place] = grid.position(0.0, v + (v - 0.5) * amount);
                line.fill_channel(&Line::at(picture, place), k, *weight as f32);
                Stretch::from_centre(amount, grid).add(&line, sums);
            }
        }
        let pixels = row.as_chunks_mut::<3>().0.iter_mut();
        for (((out, r), g), b) in pixels.zip(&sums[0]).zip(&sums[1]).zip(&sums[2]) {
            *out = [*r, *g, *b].map(sample);
        }
    }
}
