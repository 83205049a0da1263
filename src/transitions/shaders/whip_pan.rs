//! A moves out to the left and B in from the right, with motion blur.

use multiversion::multiversion;

use super::{Band, Pixel, rows};
use crate::transitions::arithmetic::{clamp16, each, mix, round};
use crate::transitions::block;
use crate::transitions::frame::{Picture, Shot};
use crate::transitions::sample::stretch::EdgedPixels;
use crate::transitions::sample::unmoved::Line;

/// Samples per picture.
const TAPS: usize = 10;
/// How far a picture moves, in widths of the frame.
const FLIGHT: f64 = 1.5;
/// How far its samples are spread, in widths of the frame.
const BLUR: f64 = 0.08;

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (p, q) = (shot.p, shot.q());
    let mean = |picture: &Picture<'_>, place: &dyn Fn(f64) -> f64| {
        let mut sums = [0.0; 3];
        for tap in 0..TAPS {
            let sample = picture.sample(place(tap as f64 / TAPS as f64), at.v);
            sums = each(|k| sums[k] + sample[k]);
        }
        sums.map(|sum| round(sum / TAPS as f64))
    };
    let from = mean(&shot.from, &|r| at.u + p * FLIGHT + p * BLUR * r);
    let to = mean(&shot.to, &|r| at.u - q * FLIGHT - q * BLUR * r);
    each(|k| clamp16(mix(from[k], to[k], p)))
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let [across, _] = grid.reach();
    let halves = [(shot.from, shot.p, shot.q()), (shot.to, -shot.q(), shot.p)];
    let mut lines =
        halves.map(|(_, way, _)| EdgedPixels::new(grid, (way * (FLIGHT + BLUR) * across).abs()));
    for (y, row, _) in rows(size, band) {
        for (line, (picture, _, weight)) in lines.iter_mut().zip(&halves) {
            line.fill(&Line::of_row(picture, y), (weight / TAPS as f64) as f32);
        }
        block::for_each_block(row, |x, out| {
            let mut sums = [0.0; block::PACKED];
            for (line, (_, way, _)) in lines.iter().zip(&halves) {
                for tap in 0..TAPS {
                    let spread = BLUR * tap as f64 / TAPS as f64;
                    line.add_shifted(x, way * (FLIGHT + spread) * across, &mut sums);
                }
            }
            block::store(out, |i| sums[i]);
        });
    }
}
