//! Milliseconds a frame of every transition, with one thread and with all:
//! `cargo bench --bench blend [-- <filter>]`.

#![allow(missing_docs, clippy::unwrap_used)] // a bench: a panic is its way of failing

#[path = "../__test__/rust/support/noise.rs"]
mod noise;

use criterion::{
    BenchmarkId, Criterion, SamplingMode, Throughput, criterion_group, criterion_main,
};
use noise::noise;
use producer_native::transitions::{
    Blender, BlenderOptions, Form, FrameSize, Frames, Look, Transition,
};

const SIZES: [(usize, usize); 3] = [(854, 480), (1920, 1080), (3840, 2160)];

/// White noise: no cache and no branch predictor gets used to it.
fn samples(count: usize, seed: u32) -> Vec<u16> {
    noise(seed).map(|n| (n >> 16) as u16).take(count).collect()
}

fn transitions(criterion: &mut Criterion) {
    for (threads, label) in [(1, "one thread"), (0, "all threads")] {
        let blender = Blender::new(BlenderOptions {
            threads,
            cache_bytes: 1 << 30,
        })
        .unwrap();
        for (width, height) in SIZES {
            let size = FrameSize::new(width, height).unwrap();
            let (from, to) = (samples(size.samples(), 1), samples(size.samples(), 2));
            let mut out = vec![0; size.samples()];
            let mut group = criterion.benchmark_group(format!("{width}x{height} {label}"));
            group.sampling_mode(SamplingMode::Flat).sample_size(10);
            group.throughput(Throughput::Elements((width * height) as u64));
            for transition in Transition::all() {
                group.bench_function(BenchmarkId::from_parameter(transition.name()), |bench| {
                    bench.iter(|| {
                        let frames = Frames {
                            from: &from,
                            to: &to,
                            out: &mut out,
                        };
                        blender
                            .blend(Look::engine(transition, 0.5), Form::Fast, frames, size)
                            .unwrap();
                    });
                });
            }
            group.finish();
        }
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(std::time::Duration::from_millis(300))
        .measurement_time(std::time::Duration::from_secs(1));
    targets = transitions
}
criterion_main!(benches);
