//! Blits and transfer tables against results recorded from HyperFrames' own engine by
//! `scripts/make-blit-vectors.mjs`, which also says how the inputs are made.

#![allow(clippy::unwrap_used, missing_docs)] // a test: a panic is its way of failing

#[path = "support/noise.rs"]
mod noise;

use std::path::PathBuf;

use noise::noise;
use producer_native::pixels::{
    Affine, Anchor, Cover, Laid, LutCurve, ObjectFit, Picture, Radii, Rgba8, TransferFunction,
    blit_affine, blit_region, conversion, overlay, resample,
};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    canvas: (usize, usize),
    layer: (usize, usize),
    seeds: Seeds,
    table_step: usize,
    cases: Vec<Case>,
    tables: Vec<Table>,
}

#[derive(Deserialize)]
struct Seeds {
    canvas: u32,
    layer: u32,
    photograph: u32,
}

#[derive(Deserialize)]
struct Case {
    offset: usize,
    bytes: usize,
    #[serde(flatten)]
    input: Input,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Input {
    Overlay {
        transfer: String,
    },
    Region {
        x: i64,
        y: i64,
        opacity: f64,
        radii: Option<[f64; 4]>,
    },
    Affine {
        matrix: [f64; 6],
        opacity: f64,
        radii: Option<[f64; 4]>,
    },
    Resample {
        fit: ObjectFit,
        fractions: (f64, f64),
        size: (usize, usize),
    },
}

#[derive(Deserialize)]
struct Table {
    name: String,
    entries: usize,
    checksum: u32,
    samples: Vec<u16>,
}

struct Vectors {
    index: Index,
    results: Vec<u8>,
}

impl Vectors {
    fn load() -> Self {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("__test__/rust/vectors");
        let json = std::fs::read_to_string(folder.join("blits.json")).unwrap();
        Self {
            index: serde_json::from_str(&json).unwrap(),
            results: std::fs::read(folder.join("blits.bin")).unwrap(),
        }
    }

    fn canvas(&self) -> Picture {
        picture(self.index.seeds.canvas, self.index.canvas)
    }

    fn layer(&self) -> Picture {
        picture(self.index.seeds.layer, self.index.layer)
    }

    fn photograph(&self) -> Vec<u8> {
        let (width, height) = self.index.canvas;
        let values = samples(self.index.seeds.photograph, width * height * 4);
        let mut bytes: Vec<u8> = values.into_iter().map(|value| value as u8).collect();
        for (at, pixel) in bytes.chunks_exact_mut(4).enumerate() {
            match ((at % width + 5 * (at / width)) >> 4) % 3 {
                0 => pixel[3] = 0,
                1 => pixel[3] = 255,
                _ => {}
            }
        }
        bytes
    }

    fn ours(&self, input: &Input) -> Picture {
        let mut canvas = self.canvas();
        match input {
            Input::Overlay { transfer } => {
                let transfer = match transfer.as_str() {
                    "pq" => TransferFunction::Pq,
                    "hlg" => TransferFunction::Hlg,
                    _ => TransferFunction::Srgb,
                };
                let (photograph, (width, height)) = (self.photograph(), canvas.size());
                let photograph = Rgba8::new(&photograph, width, height).unwrap();
                overlay(&mut canvas.canvas(), &photograph, transfer).unwrap();
            }
            Input::Region {
                x,
                y,
                opacity,
                radii,
            } => {
                let cover = cover(*opacity, *radii);
                blit_region(&mut canvas.canvas(), &self.layer().view(), *x, *y, &cover);
            }
            Input::Affine {
                matrix,
                opacity,
                radii,
            } => {
                let (matrix, cover) = (Affine { numbers: *matrix }, cover(*opacity, *radii));
                blit_affine(&mut canvas.canvas(), &self.layer().view(), matrix, &cover);
            }
            Input::Resample {
                fit,
                fractions,
                size,
            } => {
                let anchor = |fraction| Anchor {
                    fraction,
                    pixels: 0.0,
                };
                let anchors = (anchor(fractions.0), anchor(fractions.1));
                let layer = self.layer();
                let laid = Laid::new(layer.size(), *size, *fit, anchors).unwrap();
                let (x, y) = laid.at();
                let shown = resample(layer, &laid).unwrap();
                // Upstream's letterbox is black.
                canvas = Picture::black(size.0, size.1).unwrap();
                let cover = Cover::default();
                blit_region(
                    &mut canvas.canvas(),
                    &shown.view(),
                    x as i64,
                    y as i64,
                    &cover,
                );
            }
        }
        canvas
    }
}

fn cover(opacity: f64, radii: Option<[f64; 4]>) -> Cover {
    Cover {
        opacity,
        radii: radii.and_then(Radii::new),
        clip: None,
    }
}

fn samples(seed: u32, count: usize) -> Vec<u16> {
    noise(seed).map(|n| (n >> 16) as u16).take(count).collect()
}

fn picture(seed: u32, (width, height): (usize, usize)) -> Picture {
    Picture::of(samples(seed, width * height * 3), width, height).unwrap()
}

#[test]
fn blits_are_the_engines_to_the_bit() {
    let vectors = Vectors::load();
    assert!(vectors.index.cases.len() > 90);
    for case in &vectors.index.cases {
        let recorded = &vectors.results[case.offset..][..case.bytes];
        let ours = vectors.ours(&case.input);
        assert_eq!(ours.samples().len() * 2, recorded.len());
        let pairs = recorded.chunks_exact(2).zip(ours.samples());
        let differing = pairs.filter(|(theirs, ours)| theirs[..] != ours.to_le_bytes());
        assert_eq!(differing.count(), 0, "{:?}", case.input);
    }
}

#[test]
fn tables_are_the_engines_up_to_where_it_wraps() {
    let vectors = Vectors::load();
    assert_eq!(vectors.index.tables.len(), 6);
    for table in &vectors.index.tables {
        let curve = |name: &str| match name {
            "pq" => LutCurve::Pq,
            "hlg" => LutCurve::Hlg,
            _ => LutCurve::Linear,
        };
        let (from, to) = table.name.split_once('-').unwrap();
        let ours = conversion(curve(from), curve(to)).unwrap();
        let (same, beyond) = ours.split_at(table.entries);
        for (at, theirs) in table.samples.iter().enumerate() {
            let at = at * vectors.index.table_step;
            assert_eq!(same[at], *theirs, "{} of {at}", table.name);
        }
        let step = |hash: u32, entry: &u16| (hash ^ u32::from(*entry)).wrapping_mul(16_777_619);
        let checksum = same.iter().fold(2_166_136_261, step);
        assert_eq!(checksum, table.checksum, "{}", table.name);
        assert!(beyond.iter().all(|entry| *entry == 65_535));
    }
}
