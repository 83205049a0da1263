//! Time a frame of every transition, with one thread and with all:
//! `cargo bench --bench blend [-- <filter>]`.

#![allow(missing_docs, clippy::unwrap_used)] // a bench: a panic is its way of failing

#[path = "../__test__/rust/support/noise.rs"]
mod noise;

use divan::Bencher;
use divan::counter::ItemsCount;
use noise::noise;
use producer_native::transitions::{
    Blender, BlenderOptions, Form, FrameSize, Frames, Look, Transition,
};

const SIZES: [(usize, usize); 3] = [(854, 480), (1920, 1080), (3840, 2160)];

struct Case {
    width: usize,
    height: usize,
    transition: Transition,
}

impl std::fmt::Display for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}x{} {}",
            self.width,
            self.height,
            self.transition.name()
        )
    }
}

fn cases() -> impl Iterator<Item = Case> {
    SIZES.into_iter().flat_map(|(width, height)| {
        Transition::all().map(move |transition| Case {
            width,
            height,
            transition,
        })
    })
}

/// White noise: no cache and no branch predictor gets used to it.
fn samples(count: usize, seed: u32) -> Vec<u16> {
    noise(seed).map(|n| (n >> 16) as u16).take(count).collect()
}

/// `threads` 0 is all.
fn bench(bencher: Bencher<'_, '_>, case: &Case, threads: usize) {
    let cache_bytes = 1 << 30;
    let blender = Blender::new(BlenderOptions {
        threads,
        cache_bytes,
    })
    .unwrap();
    let size = FrameSize::new(case.width, case.height).unwrap();
    let (from, to) = (samples(size.samples(), 1), samples(size.samples(), 2));
    let mut out = vec![0; size.samples()];
    let mut blend = || {
        let frames = Frames {
            from: &from,
            to: &to,
            out: &mut out,
        };
        blender
            .blend(Look::engine(case.transition, 0.5), Form::Fast, frames, size)
            .unwrap();
    };
    // The first frame computes the noise fields that later ones find in the cache.
    blend();
    bencher
        .counter(ItemsCount::new(case.width * case.height))
        .bench_local(blend);
}

#[divan::bench(args = cases(), sample_count = 10)]
fn one_thread(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, 1);
}

#[divan::bench(args = cases(), sample_count = 10)]
fn all_threads(bencher: Bencher<'_, '_>, case: &Case) {
    bench(bencher, case, 0);
}

fn main() {
    divan::main();
}
