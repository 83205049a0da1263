//! The preview's style of every transition beside what a browser's WebGL draws without a GPU
//! (SwiftShader), which `scripts/preview-oracle.mjs` has recorded.

#![allow(clippy::unwrap_used, missing_docs)] // a test: a panic is its way of failing

use std::fmt::Write;
use std::path::{Path, PathBuf};

use producer_native::blend::{
    Accents, Blender, BlenderOptions, Form, FrameSize, Frames, Style, Transition,
};
use serde::Deserialize;

const SIZE: &str = "854x480";

#[derive(Deserialize)]
struct Index {
    library: String,
    browser: String,
    width: usize,
    height: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    transition: String,
    progress: f64,
    accents: Colours,
    file: String,
}

#[derive(Deserialize)]
struct Colours {
    accent: [f64; 3],
    dark: [f64; 3],
    bright: [f64; 3],
}

/// Differences between two eight-bit pictures.
struct Difference {
    /// Decibels.
    psnr: f64,
    most: u8,
    /// Share of samples more than one step off.
    over_1: f64,
}

struct Oracle {
    dir: PathBuf,
    index: Index,
    blender: Blender,
}

impl Oracle {
    fn open() -> Self {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/preview-oracle");
        let dir = dir.join(SIZE);
        let text = std::fs::read_to_string(dir.join("index.json"));
        let text = text.unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run `node scripts/preview-oracle.mjs`",
                dir.display()
            )
        });
        let blender = Blender::new(BlenderOptions {
            threads: 0,
            cache_bytes: 1 << 28,
        });
        Self {
            dir,
            index: serde_json::from_str(&text).unwrap(),
            blender: blender.unwrap(),
        }
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.dir.join(name)).unwrap()
    }

    /// Draws a case and compares it with the browser's.
    fn compare(&self, case: &Case) -> Difference {
        let samples = |name| self.read(name).into_iter().map(|v| u16::from(v) * 257);
        let (from, to): (Vec<_>, Vec<_>) =
            (samples("from.rgb").collect(), samples("to.rgb").collect());
        let mut out = vec![0; from.len()];
        let Colours {
            accent,
            dark,
            bright,
        } = case.accents;
        let style = Style::Preview(Accents {
            accent,
            dark,
            bright,
        });
        let frames = Frames {
            from: &from,
            to: &to,
            out: &mut out,
        };
        let size = FrameSize::new(self.index.width, self.index.height).unwrap();
        let transition = Transition::named(&case.transition).transition();
        let drawn = self
            .blender
            .blend(transition, style, Form::Fast, frames, size, case.progress);
        drawn.unwrap();
        difference(&out, &self.read(&case.file))
    }
}

fn difference(ours: &[u16], theirs: &[u8]) -> Difference {
    assert_eq!(ours.len(), theirs.len());
    let eight_bit = |v: u16| ((u32::from(v) + 128) / 257) as u8;
    let steps = || {
        let pairs = ours.iter().zip(theirs);
        pairs.map(|(ours, theirs)| eight_bit(*ours).abs_diff(*theirs))
    };
    let count = ours.len() as f64;
    let squares: f64 = steps().map(|d| f64::from(d).powi(2)).sum();
    Difference {
        psnr: 10.0 * (255.0_f64.powi(2) * count / squares).log10(),
        most: steps().max().unwrap(),
        over_1: steps().filter(|d| *d > 1).count() as f64 / count,
    }
}

/// Writes `docs/transitions-preview-accuracy.md`:
/// `cargo test --release --test preview_oracle -- --ignored` after `node scripts/preview-oracle.mjs`.
#[test]
#[ignore = "writes a document"]
fn table_of_the_accuracy() {
    let oracle = Oracle::open();
    let Index {
        library, browser, ..
    } = &oracle.index;
    let mut text = String::new();
    println!("{library} {browser}");
    for case in &oracle.index.cases {
        let Difference { psnr, most, over_1 } = oracle.compare(case);
        let _ = writeln!(
            text,
            "| {} | {psnr:.1} dB | {most} | {:.3} % |",
            case.file,
            over_1 * 100.0
        );
    }
    println!("{text}");
}
