//! What one ffmpeg decodes, and the command line for it. The pixels depend on every word of it: they
//! are those that upstream's own extraction gives.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use super::clip_plan::Extraction;
use super::clip_plan::FrameRule;
use super::conversion::{PageForm, decoder_args, page_filters, square_pixels};
use super::frame_count::frame_count;
use super::pipe::file_argument;
use crate::composition::Fps;
use crate::pixels::TransferFunction;
use crate::probe::VideoFacts;
use crate::process::Groups;

/// Longer ranges are cut off after their count of frames, as upstream cuts its segments.
const COUNTED_FROM_SECONDS: f64 = 120.0;
/// ffmpeg's name of [`Layout::Rgb48`].
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
    /// Which frames.
    pub extraction: Extraction,
    /// Rate they are sampled at.
    pub fps: Fps,
    /// How they are sampled.
    pub rule: FrameRule,
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
    /// HDR layers: [`Layout::Rgb48`] of this size, which the source covers and is cut off at.
    Layer {
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// The source's transfer function.
        from: TransferFunction,
        /// That of the frames.
        to: TransferFunction,
    },
}

impl DecodeSpec {
    pub(super) fn args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| args.extend(words.iter().map(Into::into));
        add(&["-hide_banner", "-nostdin", "-loglevel", "error"]);
        add(&["-threads", &self.threads.max(1).to_string()]);
        if let DecodeOutput::Page { .. } = self.output {
            add(decoder_args(&self.facts));
        }
        let mut filters: Vec<String> = Vec::new();
        self.add_sampling(&mut add, &mut filters);
        add(&["-map", "0:v:0"]);
        let form: &[&str] = match &self.output {
            DecodeOutput::Layer { width, height, .. } => {
                filters.extend(square_pixels(&self.facts));
                let size = format!("{width}:{height}");
                filters.push(format!(
                    "scale={size}:force_original_aspect_ratio=increase,crop={size}"
                ));
                &["-pix_fmt", RGB48, "-f", "rawvideo"]
            }
            DecodeOutput::Page { filter } => {
                filters.extend(page_filters(&self.facts, filter.as_deref()));
                PageForm::of(&self.facts).output_args()
            }
        };
        if !filters.is_empty() {
            add(&["-vf", &filters.join(",")]);
        }
        add(form);
        add(&["pipe:1"]);
        args
    }

    /// The input, and which of its frames are taken.
    fn add_sampling(&self, add: &mut impl FnMut(&[&str]), filters: &mut Vec<String>) {
        let path = file_argument(&self.path);
        let (start, duration) = match self.extraction {
            Extraction::Single { at } => {
                // Behind the input: a seek before it may land on the end of a file without index.
                add(&["-i", &path, "-ss", &at.to_string(), "-frames:v", "1"]);
                return;
            }
            Extraction::Range { start, duration } => (start.to_string(), duration),
        };
        if self.rule == FrameRule::Nearest {
            add(&["-ss", &start, "-i", &path, "-t", &duration.to_string()]);
            add(&["-r", &self.fps.ffmpeg_arg()]);
            return;
        }
        let frames = frame_count(duration, self.fps, self.facts.variable_rate);
        let counted = self.facts.variable_rate || duration > COUNTED_FROM_SECONDS;
        // One frame past the end is read, so that the last one is whole.
        let length = if counted {
            (frames + 1) as f64 / self.fps.as_f64()
        } else {
            duration
        };
        add(&["-noaccurate_seek", "-ss", &start, "-i", &path]);
        add(&["-t", &length.to_string()]);
        if counted {
            add(&["-frames:v", &frames.to_string()]);
        }
        // Halved time base and a nudge: ties go to the frame that a player shows.
        filters.push("settb=intb/2".into());
        filters.push("setpts=PTS-lte(TB\\,0.001)".into());
        filters.push(format!(
            "fps={}:start_time=0:round=up",
            self.fps.ffmpeg_arg()
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::facts;

    fn words(output: DecodeOutput, rule: FrameRule, extraction: Extraction) -> String {
        let spec = DecodeSpec {
            ffmpeg: "ffmpeg".into(),
            path: "/a.mp4".into(),
            facts: facts(9.0),
            extraction,
            fps: Fps::new(30_000, 1001).unwrap(),
            rule,
            output,
            threads: 2,
            deadline: Duration::from_secs(1),
            groups: Groups::default(),
        };
        let words: Vec<_> = spec.args().into_iter().map(|w| w.into_string()).collect();
        words
            .into_iter()
            .map(Result::unwrap)
            .collect::<Vec<_>>()
            .join(" ")
    }

    const START: &str = "-hide_banner -nostdin -loglevel error -threads 2 ";
    const RANGE: Extraction = Extraction::Range {
        start: 0.5,
        duration: 2.0,
    };

    #[test]
    fn layers_get_upstreams_command_line_into_a_pipe() {
        let layer = || DecodeOutput::Layer {
            width: 64,
            height: 36,
            from: TransferFunction::Pq,
            to: TransferFunction::Pq,
        };
        let end = "-map 0:v:0 -vf scale=64:36:force_original_aspect_ratio=increase,crop=64:36 \
                   -pix_fmt rgb48le -f rawvideo pipe:1";
        assert_eq!(
            words(layer(), FrameRule::Nearest, RANGE),
            format!("{START}-ss 0.5 -i file:/a.mp4 -t 2 -r 30000/1001 {end}")
        );
        assert_eq!(
            words(layer(), FrameRule::Nearest, Extraction::Single { at: 1.5 }),
            format!("{START}-i file:/a.mp4 -ss 1.5 -frames:v 1 {end}")
        );
    }

    #[test]
    fn pages_get_planes_sampled_as_a_player_shows_them() {
        let filter = Some("hflip".to_owned());
        assert_eq!(
            words(DecodeOutput::Page { filter }, FrameRule::Begun, RANGE),
            format!(
                "{START}-noaccurate_seek -ss 0.5 -i file:/a.mp4 -t 2 -map 0:v:0 -vf \
                 settb=intb/2,setpts=PTS-lte(TB\\,0.001),\
                 fps=30000/1001:start_time=0:round=up,hflip -f yuv4mpegpipe -strict -1 pipe:1"
            )
        );
    }
}
