//! How far a picture is from the engine's, and the document that says so.

use std::fmt::Write;

use producer_native::transitions::{Form, Transition};

use super::oracle::Oracle;

/// Differences between two pictures, in steps of a sixteen-bit sample.
#[derive(Debug, Clone, Copy)]
pub struct Accuracy {
    pub most: u16,
    pub differing_ppm: f64,
    pub over_1_ppm: f64,
    pub over_128_ppm: f64,
    /// Decibels.
    pub psnr: f64,
}

impl Accuracy {
    pub fn of(ours: &[u16], theirs: &[u16]) -> Self {
        assert_eq!(ours.len(), theirs.len());
        let differences = || ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b));
        let count = ours.len() as f64;
        let ppm = |over| differences().filter(|d| *d > over).count() as f64 / count * 1e6;
        let squares: f64 = differences().map(|d| f64::from(d).powi(2)).sum();
        Self {
            most: differences().max().unwrap(),
            differing_ppm: ppm(0),
            over_1_ppm: ppm(1),
            over_128_ppm: ppm(128),
            psnr: 10.0 * (65535.0_f64.powi(2) * count / squares).log10(),
        }
    }

    /// The worse of both in every respect.
    pub fn worse(self, other: Self) -> Self {
        Self {
            most: self.most.max(other.most),
            differing_ppm: self.differing_ppm.max(other.differing_ppm),
            over_1_ppm: self.over_1_ppm.max(other.over_1_ppm),
            over_128_ppm: self.over_128_ppm.max(other.over_128_ppm),
            psnr: self.psnr.min(other.psnr),
        }
    }
}

const SIZES: [&str; 3] = ["64x36", "854x480", "1920x1080"];

/// Compares everything at all sizes and writes the document.
pub fn write_table() {
    let oracles = SIZES.map(Oracle::open);
    let mut text = format!(
        "# Transitions: how close to HyperFrames' own\n\n\
         Written by `{command}`, which compares both forms of every transition with what\n\
         `@hyperframes/engine` {engine} draws from the same pictures (`scripts/blend-oracle.mjs`): \
         white\n16-bit noise, which shows every error of a reading position at its largest, and \
         synthetic scenes. At\n64x36 at nine points of progress, at the other sizes at one of each. \
         The **exact** form is\nupstream's arithmetic; the **fast** one is what renders use. \
         Differences are in steps of a sixteen-bit\nsample (257 make one eight-bit step): the \
         largest, the share of samples more than one step off, and the\nleast PSNR.\n\n\
         `glitch` posterises: a sample next to one of its steps falls on the other side now and \
         then, a whole\nstep off.\n",
        command = "cargo test --release --test blend_oracle -- --ignored",
        engine = oracles[0].index.engine,
    );
    for (size, oracle) in SIZES.iter().zip(&oracles) {
        let _ = write!(
            text,
            "\n## {size}\n\n| transition | exact: largest | exact: above 1 | fast: largest | fast: above 1 | fast: PSNR |\n|---|--:|--:|--:|--:|--:|\n"
        );
        for transition in Transition::all() {
            let worst = |form| super::worst(oracle, transition, form);
            let (exact, fast) = (worst(Form::Exact), worst(Form::Fast));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} |",
                transition.name(),
                exact.most,
                share(exact.over_1_ppm),
                fast.most,
                share(fast.over_1_ppm),
                if fast.psnr.is_finite() {
                    format!("{:.1} dB", fast.psnr)
                } else {
                    "equal".into()
                },
            );
        }
    }
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/transitions-accuracy.md");
    std::fs::write(file, text).unwrap();
}

fn share(ppm: f64) -> String {
    match ppm {
        0.0 => "0".to_owned(),
        ppm if ppm < 1000.0 => format!("{ppm:.0} ppm"),
        ppm => format!("{:.2} %", ppm / 1e4),
    }
}
