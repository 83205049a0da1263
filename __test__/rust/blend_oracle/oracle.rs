//! The engine's pictures, as `scripts/blend-oracle.mjs` leaves them.

use std::path::{Path, PathBuf};

use producer_native::transitions::{
    Blender, BlenderOptions, Form, FrameSize, Frames, Look, Transition,
};
use serde::Deserialize;

use super::accuracy::Accuracy;

/// One size's folder.
pub struct Oracle {
    dir: PathBuf,
    pub index: Index,
    pub size: FrameSize,
    blender: Blender,
}

#[derive(Deserialize)]
pub struct Index {
    pub engine: String,
    width: usize,
    height: usize,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
pub struct Case {
    pair: String,
    transition: String,
    progress: f64,
    file: String,
}

impl Oracle {
    /// The pictures of a size, e.g. `64x36`. The test run says where; otherwise they are looked
    /// for where the script puts them.
    pub fn open(size: &str) -> Self {
        let folder = std::env::var_os("HF_BLEND_ORACLE").map_or_else(newest, PathBuf::from);
        let dir = folder.join(size);
        let text = std::fs::read_to_string(dir.join("index.json"));
        let text = text.unwrap_or_else(|error| {
            panic!(
                "{}: {error}; run `node scripts/blend-oracle.mjs`",
                dir.display()
            )
        });
        let index: Index = serde_json::from_str(&text).unwrap();
        let size = FrameSize::new(index.width, index.height).unwrap();
        let blender = Blender::new(BlenderOptions {
            threads: 0,
            cache_bytes: 1 << 28,
        })
        .unwrap();
        Self {
            dir,
            index,
            size,
            blender,
        }
    }

    pub fn cases_of(&self, transition: Transition) -> impl Iterator<Item = &Case> {
        let cases = self.index.cases.iter();
        cases.filter(move |case| case.transition == transition.name())
    }

    /// Draws a case and compares it with the engine's.
    pub fn compare(&self, case: &Case, form: Form) -> Accuracy {
        let pair = |which| samples(&self.dir.join(format!("{}-{which}.rgb48", case.pair)));
        let (from, to) = (pair("from"), pair("to"));
        let mut out = vec![0; from.len()];
        let transition = Transition::named(&case.transition).transition();
        let frames = Frames {
            from: &from,
            to: &to,
            out: &mut out,
        };
        self.blender
            .blend(
                Look::engine(transition, case.progress),
                form,
                frames,
                self.size,
            )
            .unwrap();
        Accuracy::of(&out, &samples(&self.dir.join(&case.file)))
    }
}

/// The folder of the only, or last, engine version.
fn newest() -> PathBuf {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join(".cache/blend-oracle");
    let versions = std::fs::read_dir(&all).into_iter().flatten().flatten();
    versions.map(|entry| entry.path()).max().unwrap_or(all)
}

fn samples(file: &Path) -> Vec<u16> {
    let bytes = std::fs::read(file).unwrap();
    bytes
        .as_chunks()
        .0
        .iter()
        .map(|pair| u16::from_le_bytes(*pair))
        .collect()
}
