//! Zoom blur: A zooms in, B zooms out, each channel by a different factor.

use multiversion::multiversion;

use super::{Band, Pixel};
use crate::transitions::arithmetic::{clamp16, each, mix, round};
use crate::transitions::block::sample;
use crate::transitions::frame::{Picture, Shot};
use crate::transitions::sample::stretch::{Edged, Stretch};

/// Samples per picture and channel.
const TAPS: usize = 12;
/// Zoom factor of each channel.
const PACE: [f64; 3] = [1.06, 1.0, 0.94];
/// The largest zoom of A and of B.
const FARTHEST: (f64, f64) = (0.08, 0.06);

pub(super) fn exact(shot: &Shot<'_>, at: &Pixel) -> [f64; 3] {
    let (cx, cy) = at.centred();
    let (out, back) = (shot.p * FARTHEST.0, shot.q() * FARTHEST.1);
    each(|k| {
        let (mut from, mut to) = (0.0, 0.0);
        for tap in 0..TAPS {
            let r = tap as f64 / TAPS as f64;
            let drawn = |c: f64, zoom: f64| c * zoom * PACE[k] * r;
            let (u, v) = (at.u - drawn(cx, out), at.v - drawn(cy, out));
            from += shot.from.sample_channel(u, v, k);
            let (u, v) = (at.u + drawn(cx, back), at.v + drawn(cy, back));
            to += shot.to.sample_channel(u, v, k);
        }
        let mean = |sum: f64| round(sum / TAPS as f64);
        clamp16(mix(mean(from), mean(to), shot.p))
    })
}

/// One channel of the rows of a picture that a band needs.
#[derive(Default)]
struct Rows {
    first: usize,
    width: usize,
    samples: Vec<u16>,
}

impl Rows {
    /// Fills it with channel `k` of rows `first` to `last`.
    #[inline(always)]
    fn fill(&mut self, picture: &Picture<'_>, k: usize, first: usize, last: usize) {
        self.first = first;
        self.width = picture.size().width();
        self.samples.resize((last - first + 1) * self.width, 0);
        let packed = &picture.samples()[first * 3 * self.width..];
        for (out, pixel) in self.samples.iter_mut().zip(packed.as_chunks::<3>().0) {
            *out = pixel[k];
        }
    }

    fn row(&self, y: usize) -> &[u16] {
        &self.samples[(y - self.first) * self.width..][..self.width]
    }
}

#[multiversion(targets("x86_64+avx512f+avx512bw+avx512dq+avx512vl", "x86_64+avx2"))]
pub(super) fn fast(shot: &Shot<'_>, band: Band<'_>) {
    let (size, grid) = (shot.size(), shot.grid());
    let width = size.width();
    let last = (size.height() - 1) as f64;
    let place = |y: usize, amount: f64| {
        let v = grid.v(y);
        let [_, position] = grid.position(0.0, v + (v - 0.5) * amount);
        position.clamp(0.0, last)
    };
    let ys = band.y..band.y + band.rows.len() / size.stride();
    let halves = [
        (shot.from, -shot.p * FARTHEST.0, shot.q()),
        (shot.to, shot.q() * FARTHEST.1, shot.p),
    ];
    let mut line = Edged::new(width, Stretch::margin(width));
    let mut sums = vec![0.0; Stretch::length(width)];
    let mut pictures = [Rows::default(), Rows::default()];
    for (k, pace) in PACE.into_iter().enumerate() {
        for (rows, (picture, zoom, _)) in pictures.iter_mut().zip(&halves) {
            let ends = [ys.start, ys.end - 1].map(|y| [place(y, 0.0), place(y, zoom * pace)]);
            let least = ends.iter().flatten().fold(last, |a, b| a.min(*b));
            let most = ends.iter().flatten().fold(0.0_f64, |a, b| a.max(*b));
            rows.fill(
                picture,
                k,
                least as usize,
                (most as usize + 1).min(size.height() - 1),
            );
        }
        for (y, out) in ys.clone().zip(band.rows.chunks_exact_mut(size.stride())) {
            sums.fill(0.0);
            for (rows, (_, zoom, weight)) in pictures.iter().zip(&halves) {
                for tap in 0..TAPS {
                    let amount = zoom * pace * (tap as f64 / TAPS as f64);
                    let place = place(y, amount);
                    let upper = place as usize;
                    let lower = (upper + 1).min(size.height() - 1);
                    let down = (place - upper as f64) as f32;
                    let weight = (weight / TAPS as f64) as f32;
                    line.fill(rows.row(upper), rows.row(lower), down, weight);
                    Stretch::from_centre(amount, grid).add(&line, &mut sums);
                }
            }
            for (pixel, sum) in out.as_chunks_mut::<3>().0.iter_mut().zip(&sums) {
                pixel[k] = sample(*sum);
            }
        }
    }
}
