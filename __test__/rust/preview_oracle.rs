//! The preview's style of every transition beside what a browser's WebGL draws without a GPU
//! (SwiftShader), which `scripts/preview-oracle.mjs` has recorded.

#![allow(clippy::unwrap_used, missing_docs)] // a test: a panic is its way of failing

use std::fmt::Write;
use std::path::{Path, PathBuf};

use producer_native::transitions::{
    Accents, Blender, BlenderOptions, Form, FrameSize, Frames, Look, Transition, TransitionStyle,
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
        let frames = Frames {
            from: &from,
            to: &to,
            out: &mut out,
        };
        let size = FrameSize::new(self.index.width, self.index.height).unwrap();
        let transition = Transition::named(&case.transition).transition();
        let look = Look {
            transition,
            style: TransitionStyle::Preview,
            accents: Accents {
                accent,
                dark,
                bright,
            },
            progress: case.progress,
        };
        let drawn = self.blender.blend(look, Form::Fast, frames, size);
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

/// The programs' points of progress whose figures are told.
const PROGRESS: [f64; 5] = [0.1, 0.25, 0.5, 0.75, 0.9];
/// Decibels. Next to a step of `glitch`'s posterisation, and where a block of its grid begins in the
/// middle of a pixel, it is a matter of the last digit what is drawn.
const LEAST_PSNR: f64 = 44.0;

#[test]
fn pictures_are_the_browsers() {
    let oracle = Oracle::open();
    assert_eq!(oracle.index.cases.len(), 14 * 8);
    for case in &oracle.index.cases {
        let Difference { psnr, most, .. } = oracle.compare(case);
        let name = &case.file;
        assert!(psnr >= LEAST_PSNR, "{name}: {psnr} dB");
        assert!(most <= 1 || case.transition == "glitch", "{name}: {most}");
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
    let mut text = format!(
        "# Transitions: how close to previews\n\n\
         Written by `cargo test --release --test preview_oracle -- --ignored`, which compares \
         `TransitionStyle::Preview` with\nwhat the WebGL programs of `@hyperframes/shader-transitions` \
         {library} draw in {browser}\nwithout a GPU (SwiftShader; `scripts/preview-oracle.mjs`), \
         from the same two eight-bit pictures of\nhard tiles and fine rings, {SIZE}. Least PSNR of \
         eight-bit samples per point of progress, the\nlargest difference, and the share of samples \
         more than one step off.\n\n\
         On a GPU noise is another one: its hash amplifies the last digits of the GPU's own sine. \
         `glitch`\nhas steps: beside one, and in a column of pixels in whose middle a block of its \
         grid begins, the last\ndigit decides. There is no program for `crossfade`.\n\n\
         | transition |{} largest | above 1 |\n|---|{}--:|--:|\n",
        PROGRESS.map(|p| format!(" {p} |")).concat(),
        "--:|".repeat(PROGRESS.len()),
    );
    for transition in Transition::all() {
        let cases = |p| {
            let all = oracle.index.cases.iter();
            all.filter(move |case| case.transition == transition.name() && case.progress == p)
        };
        let all: Vec<Vec<Difference>> = PROGRESS
            .iter()
            .map(|p| cases(*p).map(|case| oracle.compare(case)).collect())
            .collect();
        if all.iter().any(Vec::is_empty) {
            continue;
        }
        let _ = write!(text, "| {} |", transition.name());
        for drawn in &all {
            let psnr = drawn.iter().map(|d| d.psnr).fold(f64::INFINITY, f64::min);
            let _ = match psnr.is_finite() {
                true => write!(text, " {psnr:.1} dB |"),
                false => write!(text, " equal |"),
            };
        }
        let all = || all.iter().flatten();
        let most = all().map(|d| d.most).max().unwrap_or_default();
        let over_1 = all().map(|d| d.over_1).fold(0.0, f64::max);
        let _ = writeln!(text, " {most} | {:.3} % |", over_1 * 100.0);
    }
    let file = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/transitions-preview-accuracy.md"
    );
    std::fs::write(file, text).unwrap();
}
