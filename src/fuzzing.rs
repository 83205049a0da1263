//! What reads bytes that somebody else wrote: files, answers of ffprobe and ffmpeg, words of the page and
//! of Chrome. `__test__/fuzz` looks for bytes at which one of them panics, hangs or takes memory without
//! bound; what was found is read again by every test run.

use std::io::{Cursor, Seek, SeekFrom, Write};

use crate::composition::Automation;
use crate::pixels::{
    Affine, Anchor, Cover, Laid, ObjectFit, Picture, Radii, Rect, TransferFunction, blit_affine,
    blit_moved, blit_region, convert, decode_bgra, decode_rgb48, decode_rgba, resample,
};
use crate::probe::MediaFacts;
use crate::spec::RenderSpec;
use crate::{audio, browser, encode, inject, probe, video};

/// Takes any bytes and returns.
type Reader = fn(&[u8]);

/// All readers by name.
pub const TARGETS: [(&str, Reader); 10] = [
    ("blits", blits),
    ("chrome_events", browser::fuzz_events),
    ("effects", effects),
    ("frame_lines", frame_lines),
    ("gif", gif),
    ("injection_query", injection_query),
    ("mp4_index", mp4_index),
    ("png", png),
    ("probe_answer", probe_answer),
    ("specification", specification),
];

/// Most bytes of a picture that a test decodes.
const MOST_BYTES: usize = 1 << 24;

/// Numbers taken from bytes, zero once there are no more.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let taken = self.0.len().min(N);
        out[..taken].copy_from_slice(&self.0[..taken]);
        self.0 = &self.0[taken..];
        out
    }

    fn side(&mut self) -> usize {
        usize::from(self.bytes::<1>()[0] % 48)
    }

    fn real(&mut self) -> f64 {
        f64::from_le_bytes(self.bytes())
    }

    fn whole(&mut self) -> i64 {
        i64::from_le_bytes(self.bytes())
    }

    fn reals<const N: usize>(&mut self) -> [f64; N] {
        std::array::from_fn(|_| self.real())
    }

    fn curve(&mut self) -> TransferFunction {
        let names = ["smpte2084", "arib-std-b67", "bt709", ""];
        TransferFunction::from_ffmpeg_name(names[usize::from(self.bytes::<1>()[0] % 4)])
    }

    fn anchor(&mut self) -> Anchor {
        let [fraction, pixels] = self.reals();
        Anchor { fraction, pixels }
    }
}

/// Layers at any place, of any size, by any matrix.
fn blits(data: &[u8]) {
    let numbers = &mut Numbers(data);
    let black = |width, height| Picture::black(width, height);
    let (Ok(mut canvas), Ok(layer)) = (
        black(numbers.side(), numbers.side()),
        black(numbers.side(), numbers.side()),
    ) else {
        return;
    };
    let cover = Cover {
        opacity: numbers.real(),
        radii: Radii::new(numbers.reals()),
        clip: (data.len() % 2 == 1).then(|| Rect {
            x0: numbers.whole(),
            y0: numbers.whole(),
            x1: numbers.whole(),
            y1: numbers.whole(),
        }),
    };
    blit_region(
        &mut canvas.canvas(),
        &layer.view(),
        numbers.whole(),
        numbers.whole(),
        &cover,
    );
    let [x, y] = numbers.reals();
    blit_moved(&mut canvas.canvas(), &layer.view(), x, y, &cover);
    let matrix = Affine {
        numbers: numbers.reals(),
    };
    blit_affine(&mut canvas.canvas(), &layer.view(), matrix, &cover);
    convert(canvas.samples_mut(), numbers.curve(), numbers.curve());
    let fits = [
        ObjectFit::Fill,
        ObjectFit::Cover,
        ObjectFit::Contain,
        ObjectFit::None,
        ObjectFit::ScaleDown,
    ];
    let fit = fits[numbers.side() % fits.len()];
    let to = (numbers.side(), numbers.side());
    let anchors = (numbers.anchor(), numbers.anchor());
    if let Some(laid) = Laid::new(layer.size(), to, fit, anchors) {
        let _ = resample(layer, &laid);
    }
}

/// Effects and automation of a track, as a composition states them.
fn effects(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let (chain, automation) = text.split_once('\n').unwrap_or((&text, ""));
    let automation = Automation::parse(automation).ok();
    audio::fuzz_effects(chain, automation.as_ref());
}

/// What ffmpeg writes of the frames it decodes.
fn frame_lines(data: &[u8]) {
    futures::executor::block_on(video::fuzz_frame_lines(data));
}

fn gif(data: &[u8]) {
    let Ok(told) = encode::GifDisposals::read(data) else {
        return;
    };
    let _ = told.clear_all(data, Cursor::new(data.to_vec()));
}

fn injection_query(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    inject::fuzz_query(&text);
}

fn mp4_index(data: &[u8]) {
    let Ok(mut file) = tempfile::NamedTempFile::new() else {
        return;
    };
    if file.write_all(data).is_ok() {
        let _ = encode::read_index(file.path());
    }
}

/// Pictures: Chrome's own, of any size, and the user's.
fn png(data: &[u8]) {
    let (size, file) = data.split_at(data.len().min(2));
    let numbers = &mut Numbers(size);
    let (width, height) = (numbers.side() as u32, numbers.side() as u32);
    let _ = decode_rgba(file, width, height);
    let _ = decode_bgra(file, width, height);
    let _ = decode_rgb48(file, MOST_BYTES);
    let mut source = Cursor::new(file);
    if source.seek(SeekFrom::Start(0)).is_ok() {
        let _ = probe::png_tags(source);
    }
}

fn probe_answer(data: &[u8]) {
    let _ = MediaFacts::from_json(data);
}

fn specification(data: &[u8]) {
    let _ = RenderSpec::parse(&String::from_utf8_lossy(data));
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// Inputs at which a reader once failed, and those that a search starts from.
    #[test]
    fn readers_return_from_every_kept_input() {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("__test__/fuzz/corpus");
        for (name, read) in TARGETS {
            let inputs: Vec<_> = std::fs::read_dir(kept.join(name)).unwrap().collect();
            assert!(!inputs.is_empty(), "{name} has no input");
            for input in inputs {
                read(&std::fs::read(input.unwrap().path()).unwrap());
            }
        }
    }
}
