//! One ffmpeg that decodes one part of a source, frame after frame, into a pipe. It decodes as far
//! ahead as the pipe is long and then waits: nothing piles up, nothing touches the disk.

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt};
use tokio::time::timeout;

use super::budget::FrameBudget;
use super::clip_plan::{Extraction, frame_count};
use super::colour::{Colour, Matrix};
use super::error::MediaError;
use super::pipe::{FramePipe, file_argument};
use super::rgba::{Layout, RawFrame};
use crate::composition::Fps;
use crate::pixels::{FramePool, MAX_SIDE};
use crate::probe::VideoFacts;
use crate::process::Groups;

/// No header line of a frame is longer.
const LONGEST_LINE: u64 = 512;
/// Longer ranges are cut off after their count of frames, as upstream cuts its segments.
const COUNTED_FROM_SECONDS: f64 = 120.0;

/// What to decode, and how.
#[derive(Debug, Clone)]
pub struct DecodeSpec {
    /// ffmpeg.
    pub ffmpeg: PathBuf,
    /// The source.
    pub path: PathBuf,
    /// Its facts.
    pub facts: VideoFacts,
    /// Which frames.
    pub extraction: Extraction,
    /// Rate they are sampled at.
    pub fps: Fps,
    /// ffmpeg filter that frames go through first; `facts` are of what comes out of it.
    pub filter: Option<String>,
    /// Decoder threads.
    pub threads: usize,
    /// Longest wait for one frame.
    pub deadline: Duration,
    /// Lists its ffmpeg while it runs.
    pub groups: Groups,
}

impl DecodeSpec {
    fn args(&self) -> Vec<OsString> {
        let planar = chroma_shifts(&self.facts).is_some();
        let mut args: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| args.extend(words.iter().map(Into::into));
        add(&["-hide_banner", "-nostdin", "-loglevel", "error"]);
        add(&["-threads", &self.threads.max(1).to_string()]);
        // These decoders keep the transparency that ffmpeg's own drop.
        match self.facts.codec.as_str() {
            "vp9" => add(&["-c:v", "libvpx-vp9"]),
            "vp8" => add(&["-c:v", "libvpx"]),
            _ => {}
        }
        let path = file_argument(&self.path);
        let mut filters: Vec<String> = Vec::new();
        match self.extraction {
            Extraction::Single { at } => {
                // Behind the input: a seek before it may land on the end of a file without index.
                add(&["-i", &path, "-ss", &at.to_string(), "-frames:v", "1"]);
            }
            Extraction::Range { start, duration } => {
                let rate = (self.fps.num, self.fps.den);
                let frames = frame_count(duration, rate, self.facts.variable_rate);
                let counted = self.facts.variable_rate || duration > COUNTED_FROM_SECONDS;
                // One frame past the end is read, so that the last one is whole.
                let length = if counted {
                    (frames + 1) as f64 / self.fps.as_f64()
                } else {
                    duration
                };
                let (start, length) = (start.to_string(), length.to_string());
                add(&[
                    "-noaccurate_seek",
                    "-ss",
                    &start,
                    "-i",
                    &path,
                    "-t",
                    &length,
                ]);
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
        add(&["-map", "0:v:0"]);
        filters.extend(self.filter.clone());
        if !planar {
            filters.push(to_rgba_filter(&self.facts));
        }
        if !filters.is_empty() {
            add(&["-vf", &filters.join(",")]);
        }
        if planar {
            add(&["-f", "yuv4mpegpipe", "-strict", "-1", "pipe:1"]);
        } else {
            add(&[
                "-c:v",
                "pam",
                "-pix_fmt",
                "rgba",
                "-f",
                "image2pipe",
                "pipe:1",
            ]);
        }
        args
    }
}

/// log2 of luma columns and rows per chroma sample, when frames come as planes: what can be
/// transparent, or has more than 8 bits, is made RGBA by ffmpeg.
fn chroma_shifts(facts: &VideoFacts) -> Option<(u8, u8)> {
    if facts.may_have_alpha() {
        return None;
    }
    match facts.pixel_format.as_str() {
        "yuv420p" | "yuvj420p" => Some((1, 1)),
        "yuv422p" | "yuvj422p" => Some((1, 0)),
        "yuv444p" | "yuvj444p" => Some((0, 0)),
        _ => None,
    }
}

/// Bytes of one decoded frame.
pub fn decoded_bytes(facts: &VideoFacts) -> u64 {
    let colour = Colour::of(facts);
    let layout = chroma_shifts(facts).map_or(Layout::Rgba, |(wide, high)| Layout::Planar {
        wide,
        high,
        colour,
    });
    layout.frame_bytes(facts.width, facts.height) as u64
}

/// The conversion that upstream's PNG frames go through, so that these are the same.
fn to_rgba_filter(facts: &VideoFacts) -> String {
    let guessed = match Colour::of(facts).matrix {
        Matrix::Bt709 => "bt709",
        _ => "smpte170m",
    };
    let guess = if matches!(facts.matrix.as_str(), "" | "unknown") {
        format!("setparams=colorspace={guessed},")
    } else {
        String::new()
    };
    // Said to be in the canvas's own transfer, so that nobody converts it.
    format!("{guess}setparams=color_primaries=bt709:color_trc=iec61966-2-1,format=rgba")
}

/// A running decoder. Dropping it kills its ffmpeg.
#[derive(Debug)]
pub struct Decoder {
    pipe: FramePipe,
    colour: Colour,
    header: Option<Y4mHeader>,
    planar: bool,
    pool: Option<FramePool>,
    budget: FrameBudget,
    frames: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Y4mHeader {
    width: u32,
    height: u32,
    wide: u8,
    high: u8,
}

impl Decoder {
    /// Starts decoding; frames count against `budget` from when they are begun to be read.
    ///
    /// # Errors
    /// [`MediaError::ToolMissing`], [`MediaError::Process`].
    pub async fn start(spec: &DecodeSpec, budget: FrameBudget) -> Result<Self, MediaError> {
        let (args, groups) = (spec.args(), spec.groups.clone());
        let pipe = FramePipe::start(&spec.ffmpeg, args, &spec.path, spec.deadline, groups).await?;
        Ok(Self {
            pipe,
            colour: Colour::of(&spec.facts),
            header: None,
            planar: chroma_shifts(&spec.facts).is_some(),
            pool: None,
            budget,
            frames: 0,
        })
    }

    /// Kills its ffmpeg; returns when that is gone.
    pub async fn kill(&mut self) {
        self.pipe.kill().await;
    }

    /// The next frame; `None` behind the last.
    ///
    /// # Errors
    /// [`MediaError::Decode`] when ffmpeg failed, [`MediaError::Stream`], [`MediaError::Stalled`].
    pub async fn next(&mut self) -> Result<Option<RawFrame>, MediaError> {
        match timeout(self.pipe.deadline(), self.read()).await {
            Ok(Ok(Some(frame))) => {
                self.frames += 1;
                Ok(Some(frame))
            }
            Ok(Ok(None)) => self.pipe.end().await.map(|()| None),
            // A pipe that breaks inside a frame says less than the exit status.
            Ok(Err(error)) => self.pipe.end().await.and(Err(error)),
            Err(_) => Err(self.pipe.stalled()),
        }
    }

    async fn read(&mut self) -> Result<Option<RawFrame>, MediaError> {
        let shape = if self.planar {
            self.y4m_frame_header().await?
        } else {
            self.pam_header().await?
        };
        let Some((width, height, layout)) = shape else {
            return Ok(None);
        };
        let bytes = layout.frame_bytes(width, height);
        let pool = self.pool.get_or_insert_with(|| FramePool::new(bytes));
        let held = self.budget.hold(bytes as u64);
        let mut buffer = pool.lend();
        if buffer.bytes_mut().len() != bytes {
            return Err(self
                .pipe
                .bad(format!("the picture's size changed to {width}x{height}")));
        }
        let read = self.pipe.stdout.read_exact(buffer.bytes_mut()).await;
        read.map_err(|e| {
            self.pipe
                .bad(format!("frame {} is cut off: {e}", self.frames))
        })?;
        Ok(Some(RawFrame {
            width,
            height,
            layout,
            data: held.around(buffer, ()),
        }))
    }

    async fn y4m_frame_header(&mut self) -> Result<Option<(u32, u32, Layout)>, MediaError> {
        let header = match self.header {
            Some(header) => header,
            None => {
                let Some(line) = self.line().await? else {
                    return Ok(None);
                };
                let header = parse_y4m(&line).ok_or_else(|| self.pipe.bad(line))?;
                *self.header.insert(header)
            }
        };
        let Some(line) = self.line().await? else {
            return Ok(None);
        };
        if !line.starts_with("FRAME") {
            return Err(self.pipe.bad(line));
        }
        let Y4mHeader {
            width,
            height,
            wide,
            high,
        } = header;
        let layout = Layout::Planar {
            wide,
            high,
            colour: self.colour,
        };
        Ok(Some((width, height, layout)))
    }

    async fn pam_header(&mut self) -> Result<Option<(u32, u32, Layout)>, MediaError> {
        let (mut width, mut height) = (0, 0);
        let Some(magic) = self.line().await? else {
            return Ok(None);
        };
        if magic != "P7" {
            return Err(self.pipe.bad(magic));
        }
        loop {
            let Some(line) = self.line().await? else {
                return Err(self.pipe.bad("a header without end".into()));
            };
            match line.split_once(' ') {
                Some(("WIDTH", text)) => width = text.parse().unwrap_or(0),
                Some(("HEIGHT", text)) => height = text.parse().unwrap_or(0),
                None if line == "ENDHDR" => break,
                _ => {}
            }
        }
        if !is_size(width, height) {
            return Err(self.pipe.bad(format!("{width}x{height} pixels")));
        }
        Ok(Some((width, height, Layout::Rgba)))
    }

    async fn line(&mut self) -> Result<Option<String>, MediaError> {
        let mut line = Vec::new();
        let mut limited = (&mut self.pipe.stdout).take(LONGEST_LINE);
        let read = limited.read_until(b'\n', &mut line).await;
        match read {
            Ok(0) => Ok(None),
            Ok(_) => Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned())),
            Err(error) => Err(self.pipe.bad(error.to_string())),
        }
    }
}

fn is_size(width: u32, height: u32) -> bool {
    let allowed = |side: u32| (1..=MAX_SIDE).contains(&(side as usize));
    allowed(width) && allowed(height)
}

/// The stream header of YUV4MPEG2, <https://wiki.multimedia.cx/index.php/YUV4MPEG2>.
fn parse_y4m(line: &str) -> Option<Y4mHeader> {
    let mut words = line.split(' ');
    if words.next()? != "YUV4MPEG2" {
        return None;
    }
    let (mut width, mut height, mut chroma) = (0, 0, "420");
    for word in words {
        match word.split_at_checked(1)? {
            ("W", text) => width = text.parse().ok()?,
            ("H", text) => height = text.parse().ok()?,
            ("C", text) => chroma = text,
            _ => {}
        }
    }
    let (wide, high) = match chroma {
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => (1, 1),
        "422" => (1, 0),
        "444" => (0, 0),
        _ => return None,
    };
    is_size(width, height).then_some(Y4mHeader {
        width,
        height,
        wide,
        high,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_ffmpeg_are_read() {
        let header = parse_y4m("YUV4MPEG2 W320 H181 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG");
        let expected = Y4mHeader {
            width: 320,
            height: 181,
            wide: 1,
            high: 1,
        };
        assert_eq!(header, Some(expected));
        assert_eq!(parse_y4m("YUV4MPEG2 W4 H4 C444p10"), None);
        assert_eq!(parse_y4m("YUV4MPEG2 W99999 H4"), None);
        assert_eq!(parse_y4m("RIFF"), None);
    }
}
