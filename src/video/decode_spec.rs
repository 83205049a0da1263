//! What one ffmpeg decodes, and the command line for it. The pixels depend on every word of it: they
//! are those that upstream's own extraction gives.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::clip_plan::Extraction;
use super::conversion::{decoder_args, page_filters, square_pixels};
use super::decode_start::DecodeStart;
use super::dialect::Dialect;
use super::frame_lines::{TELL_DECODED, TELL_GIVEN};
use super::source_time::DueTimes;
use super::thinning::Thinning;
use crate::pixels::{Cut, TransferFunction};
use crate::probe::VideoFacts;
use crate::process::{Groups, media_input};

/// ffmpeg's name of [`Layout::Rgb48`](super::Layout::Rgb48).
const RGB48: &str = if cfg!(target_endian = "big") {
    "rgb48be"
} else {
    "rgb48le"
};

/// What to decode, and how.
#[derive(Debug, Clone)]
pub struct DecodeSpec {
    /// ffmpeg.
    pub ffmpeg: PathBuf,
    /// The source.
    pub path: PathBuf,
    /// Its facts, or those of what comes out of a filter of its output.
    pub facts: VideoFacts,
    /// Which part of it.
    pub extraction: Extraction,
    /// When frames of it are due.
    pub times: DueTimes,
    /// What becomes of them.
    pub output: DecodeOutput,
    /// Decoder threads.
    pub threads: usize,
    /// Longest wait for one frame.
    pub deadline: Duration,
    /// Lists its ffmpeg while it runs.
    pub groups: Groups,
}

/// What decoded frames are for.
#[derive(Debug, Clone, PartialEq)]
pub enum DecodeOutput {
    /// Pages: planes of 8 bits or RGBA, of the source's size.
    Page {
        /// ffmpeg filter that frames go through first.
        filter: Option<String>,
    },
    /// HDR layers: [`Layout::Rgb48`](super::Layout::Rgb48).
    Layer {
        /// What of the source they are, and its size, pixels.
        cut: Cut,
        /// The source's transfer function.
        from: TransferFunction,
        /// That of the frames.
        to: TransferFunction,
    },
}

impl DecodeSpec {
    /// ffmpeg's arguments for a decode that begins at `start`: raw frames on stdout, each told of
    /// on stderr ([`super::frame_lines`]), none left out behind the first but by `thinning`, none twice.
    pub(super) fn args(
        &self,
        start: &DecodeStart,
        thinning: Option<Thinning>,
        dialect: Dialect,
    ) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| args.extend(words.iter().map(Into::into));
        add(&["-hide_banner", "-nostdin", "-nostats"]);
        add(&["-loglevel", "repeat+level+info"]);
        add(&["-threads", &self.threads.max(1).to_string()]);
        if let DecodeOutput::Page { .. } = self.output {
            add(decoder_args(&self.facts));
        }
        add(&["-copyts"]);
        if let Some(seconds) = start.seek {
            // To a time of the file's own clock, and nothing behind the key frame is left out.
            add(&["-noaccurate_seek", "-seek_timestamp", "1"]);
            add(&["-ss", &format!("{seconds:.6}")]);
        }
        let input = media_input(&self.path);
        add(&input.iter().map(String::as_str).collect::<Vec<_>>());
        add(&["-map", "0:v:0"]);
        let filters = [first_filters(start, thinning), self.form_filters()].concat();
        add(&["-vf", &filters.join(",")]);
        add(dialect.args());
        add(&["-c:v", "rawvideo", "-f", "rawvideo", "pipe:1"]);
        args
    }

    /// What frames go through that go on.
    fn form_filters(&self) -> Vec<String> {
        let mut filters = Vec::new();
        match &self.output {
            DecodeOutput::Layer { cut, .. } => {
                filters.extend(square_pixels(&self.facts));
                filters.extend(cut_filters(*cut));
                filters.push(format!("format={RGB48}"));
            }
            DecodeOutput::Page { filter } => {
                filters.extend(page_filters(&self.facts, filter.as_deref()));
            }
        }
        // It would be written down as well.
        filters.push("sidedata=delete".into());
        filters.push(TELL_GIVEN.into());
        filters
    }
}

/// Scales and cuts.
fn cut_filters(Cut { scaled, from, size }: Cut) -> impl Iterator<Item = String> {
    let scale = format!("scale={}:{}", scaled.0, scaled.1);
    let cut = (size != scaled).then(|| {
        let ((width, height), (x, y)) = (size, from);
        format!("crop={width}:{height}:{x}:{y}")
    });
    std::iter::once(scale).chain(cut)
}

/// Which of the decoded frames go on.
fn first_filters(start: &DecodeStart, thinning: Option<Thinning>) -> Vec<String> {
    // A frame without a time is kept.
    let kept = |seconds: f64| format!("select=not(lt(t\\,{seconds:.6}))");
    let filters = [start.keep.map(kept), thinning.map(|it| it.filter())];
    let mut filters: Vec<String> = filters.into_iter().flatten().collect();
    if !filters.is_empty() {
        filters.insert(0, TELL_DECODED.into());
    }
    filters
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::facts;

    fn words(output: DecodeOutput, start: &DecodeStart) -> String {
        let spec = DecodeSpec {
            ffmpeg: "ffmpeg".into(),
            path: "/a.mp4".into(),
            facts: facts(9.0),
            extraction: Extraction::Single { at: 0.0 },
            times: DueTimes::default(),
            output,
            threads: 2,
            deadline: Duration::from_secs(1),
            groups: Groups::default(),
        };
        let words = spec
            .args(start, Thinning::of(&spec), Dialect::default())
            .into_iter();
        let words: Vec<_> = words.map(|word| word.into_string().unwrap()).collect();
        words.join(" ")
    }

    fn input() -> String {
        media_input("/a.mp4".as_ref()).join(" ")
    }

    const BEGIN: &str =
        "-hide_banner -nostdin -nostats -loglevel repeat+level+info -threads 2 -copyts";
    const END: &str = "sidedata=delete,showinfo@given=checksum=0 -fps_mode passthrough -autoscale 0 -c:v rawvideo \
                       -f rawvideo pipe:1";

    #[test]
    fn layers_are_scaled_by_ffmpeg() {
        let layer = DecodeOutput::Layer {
            cut: Cut {
                scaled: (64, 36),
                from: (2, 0),
                size: (60, 36),
            },
            from: TransferFunction::Pq,
            to: TransferFunction::Pq,
        };
        let input = input();
        assert_eq!(
            words(layer, &DecodeStart::WHOLE),
            format!(
                "{BEGIN} {input} -map 0:v:0 -vf \
                 scale=64:36,crop=60:36:2:0,format={RGB48},{END}"
            )
        );
    }

    #[test]
    fn pages_get_planes_as_they_are() {
        let filter = Some("hflip".to_owned());
        let start = DecodeStart {
            seek: Some(5.5),
            keep: Some(6.25),
            ..DecodeStart::WHOLE
        };
        let input = input();
        assert_eq!(
            words(DecodeOutput::Page { filter }, &start),
            format!(
                "{BEGIN} -noaccurate_seek -seek_timestamp 1 -ss 5.500000 {input} -map 0:v:0 \
                 -vf showinfo@decoded=checksum=0,select=not(lt(t\\,6.250000)),hflip,\
                 format=yuv420p|yuvj420p|yuv422p|yuvj422p|yuv444p|yuvj444p,{END}"
            )
        );
    }
}
