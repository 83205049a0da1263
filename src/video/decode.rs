//! The frames of one part of a source, each with the numbers at which it is due. They come out of
//! an ffmpeg that decodes as far ahead as its pipe is long and then waits: nothing piles up, nothing
//! touches the disk.

use tokio::task::spawn_blocking;

use super::budget::FrameBudget;
use super::colour::Colour;
use super::conversion::PageForm;
use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::error::MediaError;
use super::frame_lines::FrameLine;
use super::opening::{Opened, open};
use super::pipe::FramePipe;
use super::raw_frame::{Layout, RawFrame};
use super::samples::change_in_place;
use super::start::Start;
use super::timeline::{Timed, Timeline};
use crate::pixels::{FramePool, Lent, MAX_SIDE, TransferFunction, convert};

/// A decoder. Dropping it kills its ffmpeg.
#[derive(Debug)]
pub struct Decoder {
    spec: DecodeSpec,
    /// Transfer functions of what comes and of what is wanted, where they differ.
    conversion: Option<(TransferFunction, TransferFunction)>,
    budget: FrameBudget,
    /// Where an earlier decode of the same was found to have to begin.
    known: Option<Start>,
    running: Option<Running>,
    is_over: bool,
}

/// An ffmpeg, and the frame that is the next in its pipe.
#[derive(Debug)]
struct Running {
    pipe: FramePipe,
    timeline: Timeline,
    start: Start,
    next: Result<Option<Timed>, MediaError>,
    /// Size of all frames, where ffmpeg gives no others.
    only_size: Option<(u32, u32)>,
    pool: Option<(usize, FramePool)>,
}

/// A frame that is due somewhere.
#[derive(Debug, Clone)]
pub struct DueFrame {
    /// The first number at which it is due.
    pub from: u64,
    /// The first one at which it is due no more; the last frame's is that of its own end.
    pub until: u64,
    /// When it begins, seconds from the file's start.
    pub time: f64,
    /// Its pixels.
    pub frame: RawFrame,
}

impl Decoder {
    /// A decoder that begins with its first frame; frames count against `budget` from when they are
    /// begun to be read.
    pub(super) fn new(spec: DecodeSpec, budget: FrameBudget, known: Option<Start>) -> Self {
        Self {
            conversion: match spec.output {
                DecodeOutput::Layer { from, to, .. } if from != to => Some((from, to)),
                _ => None,
            },
            spec,
            budget,
            known,
            running: None,
            is_over: false,
        }
    }

    /// Where decoding began, once it has.
    pub(super) fn start(&self) -> Option<Start> {
        self.running.as_ref().map(|running| running.start)
    }

    /// Kills its ffmpeg; returns when that is gone.
    pub async fn kill(&mut self) {
        if let Some(mut running) = self.running.take() {
            running.pipe.kill().await;
        }
    }

    /// The next frame that is due anywhere; `None` behind the last.
    ///
    /// # Errors
    /// [`MediaError`]: ffmpeg did not start, failed, gave something else or nothing.
    pub async fn next(&mut self) -> Result<Option<DueFrame>, MediaError> {
        if self.is_over {
            return Ok(None);
        }
        let running = match &mut self.running {
            Some(running) => running,
            None => {
                let opened = open(&self.spec, self.known).await?;
                self.running.insert(Running::of(opened))
            }
        };
        let limit = self.spec.frames();
        let found = running.next_due(&self.spec, &self.budget, limit).await?;
        let Some((timed, until, bytes)) = found else {
            self.is_over = true;
            // What is left in the pipe is not needed.
            self.kill().await;
            return Ok(None);
        };
        let data = match self.conversion {
            None => bytes,
            Some((from, to)) => bytes.converted(from, to).await.map_err(|detail| {
                let path = self.spec.path.clone();
                MediaError::Stream { path, detail }
            })?,
        };
        Ok(Some(DueFrame {
            from: timed.from.max(0) as u64,
            until,
            time: timed.begins.seconds() - self.spec.facts.zero(),
            frame: data.freeze(),
        }))
    }
}

/// A frame's pixels while they may still change.
struct Pixels {
    buffer: Lent,
    held: super::budget::HeldBytes,
    width: u32,
    height: u32,
    layout: Layout,
}

impl Pixels {
    /// As the transfer function that is wanted: once for each frame, before it is asked for.
    async fn converted(
        mut self,
        from: TransferFunction,
        to: TransferFunction,
    ) -> Result<Self, String> {
        let converting = spawn_blocking(move || {
            let bytes = self.buffer.bytes_mut();
            change_in_place(bytes, |samples| convert(samples, from, to));
            self
        });
        converting.await.map_err(|error| error.to_string())
    }

    fn freeze(self) -> RawFrame {
        RawFrame {
            width: self.width,
            height: self.height,
            layout: self.layout,
            data: self.held.around(self.buffer, ()),
        }
    }
}

impl Running {
    fn of(opened: Opened) -> Self {
        let Opened {
            pipe,
            timeline,
            start,
            first,
            one_size,
        } = opened;
        let size = first
            .as_ref()
            .map(|timed| (timed.line.width, timed.line.height));
        Self {
            pipe,
            timeline,
            start,
            next: Ok(first),
            only_size: size.filter(|_| one_size),
            pool: None,
        }
    }

    /// The next frame that is due anywhere, and the number at which it is due no more.
    async fn next_due(
        &mut self,
        spec: &DecodeSpec,
        budget: &FrameBudget,
        limit: u64,
    ) -> Result<Option<(Timed, u64, Pixels)>, MediaError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        loop {
            let Some(timed) = std::mem::replace(&mut self.next, Ok(None))? else {
                return Ok(None);
            };
            if timed.from >= limit {
                return Ok(None);
            }
            let pixels = self.pixels(&timed.line, spec, budget).await?;
            // What it lasts is known when the next one has been told of.
            self.next = self.tell_next().await;
            let until = match &self.next {
                Ok(Some(next)) => next.from,
                Ok(None) | Err(_) => timed.ends.max(timed.from.max(0) + 1),
            };
            let until = until.min(limit);
            if until > timed.from.max(0) {
                return Ok(Some((timed, until as u64, pixels)));
            }
        }
    }

    async fn tell_next(&mut self) -> Result<Option<Timed>, MediaError> {
        let line = self.pipe.given().await?;
        Ok(line.map(|line| self.timeline.place(line)))
    }

    async fn pixels(
        &mut self,
        line: &FrameLine,
        spec: &DecodeSpec,
        budget: &FrameBudget,
    ) -> Result<Pixels, MediaError> {
        let (width, height) = self.only_size.unwrap_or((line.width, line.height));
        let allowed = |side: u32| (1..=MAX_SIDE).contains(&(side as usize));
        let layout = PageForm::layout_of(&line.format, Colour::of(&spec.facts));
        let Some(layout) = layout.filter(|_| allowed(width) && allowed(height)) else {
            let format = &line.format;
            return Err(self
                .pipe
                .bad(format!("{width}x{height} pixels of {format}")));
        };
        let bytes = layout.frame_bytes(width, height);
        // Sources may change their size.
        if self.pool.as_ref().is_none_or(|(size, _)| *size != bytes) {
            self.pool = Some((bytes, FramePool::new(bytes)));
        }
        let Some((_, pool)) = &self.pool else {
            return Err(self.pipe.bad("no buffer".into()));
        };
        let held = budget.hold(bytes as u64);
        let mut buffer = pool.lend();
        self.pipe.read(buffer.bytes_mut()).await?;
        Ok(Pixels {
            buffer,
            held,
            width,
            height,
            layout,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::clip_plan::{Extraction, FrameRule};
    use crate::video::samples::Samples;
    use crate::video::testing::{decode_spec, given, make_clip, script};
    use TransferFunction::{Hlg, Pq};
    use std::time::Duration;

    fn decoder(spec: DecodeSpec) -> Decoder {
        Decoder::new(spec, FrameBudget::new(1 << 20), None)
    }

    #[tokio::test]
    async fn layers_come_in_the_transfer_function_that_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let path = make_clip(dir.path(), "color=0x808080:s=8x4:r=10:d=1,format=gbrp10le");
        let first = async |to| {
            let spec = DecodeSpec {
                rule: FrameRule::Nearest,
                output: DecodeOutput::Layer {
                    width: 8,
                    height: 4,
                    from: Pq,
                    to,
                },
                ..decode_spec(path.clone())
            };
            let due = decoder(spec).next().await.unwrap().unwrap();
            assert_eq!((due.frame.width, due.frame.height), (8, 4));
            Samples::of(due.frame.data)
        };
        let mut expected = first(Pq).await.to_vec();
        assert_eq!(expected.len(), 8 * 4 * 3);
        convert(&mut expected, Pq, Hlg);
        assert_eq!(*first(Hlg).await, *expected);
    }

    #[tokio::test]
    async fn a_frame_that_is_cut_off_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let less = given(2, 8).replacen("head -c 96", "head -c 40", 2);
        let less = less.replacen("head -c 40", "head -c 96", 1);
        let spec = DecodeSpec {
            ffmpeg: script(dir.path(), &less),
            ..decode_spec(dir.path().join("a.mp4"))
        };
        let mut decoder = decoder(spec);
        assert!(decoder.next().await.unwrap().is_some(), "96 bytes");
        let error = decoder.next().await.unwrap_err();
        assert!(matches!(error, MediaError::Stream { .. }), "{error}");
    }

    #[tokio::test]
    async fn frames_between_the_numbers_are_left_out_and_none_is_given_twice() {
        let dir = tempfile::tempdir().unwrap();
        let path = make_clip(dir.path(), "color=black:s=8x4:r=25:d=1,format=yuv420p");
        let spec = DecodeSpec {
            extraction: Extraction::Range {
                start: 0.2,
                duration: 0.8,
            },
            ..decode_spec(path)
        };
        let mut found = decoder(spec);
        let mut due = Vec::new();
        while let Some(frame) = found.next().await.unwrap() {
            due.push((frame.from, frame.until, (frame.time * 25.0).round() as u64));
        }
        let wanted = [5, 7, 10, 12, 15, 17, 20, 22].into_iter();
        let wanted: Vec<_> = (0..)
            .zip(wanted)
            .map(|(n, frame)| (n, n + 1, frame))
            .collect();
        assert_eq!(due, wanted);
    }

    #[tokio::test]
    async fn a_far_key_frame_is_waited_for_longer_than_a_frame_but_not_for_ever() {
        let dir = tempfile::tempdir().unwrap();
        let filter = "[showinfo@decoded @ 0x1] [info]";
        let decoded = |pause: &str, count: u32| {
            let line = format!("echo '{filter} n: 1 pts: 1 fmt:yuv420p s:8x8 i:P' >&2");
            let config = format!("echo '{filter} config in time_base: 1/10,' >&2");
            format!("{config}; for n in $(seq {count}); do {line}; sleep {pause}; done")
        };
        let spec = |text: &str, deadline| DecodeSpec {
            ffmpeg: script(dir.path(), text),
            deadline: Duration::from_millis(deadline),
            extraction: Extraction::Single { at: 0.9 },
            ..decode_spec(dir.path().join("a.mp4"))
        };
        let slow = format!("{}\n{}", decoded("0.1", 8), given(1, 8));
        let due = decoder(spec(&slow, 500)).next().await.unwrap();
        assert!(due.is_some(), "after 0.8 s, of 0.5 s a frame");
        let error = decoder(spec(&decoded("0.01", 10_000), 100)).next().await;
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("up to 0.9 s") && error.contains("-g 30"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_decode_that_begins_without_a_key_frame_begins_further_back() {
        let dir = tempfile::tempdir().unwrap();
        let filter = "[showinfo@decoded @ 0x1] [info]";
        let told = |key: u8| {
            let frame = format!("n: 0 pts: 5 fmt:yuv420p s:8x8 i:P iskey:{key} type:P");
            format!("echo '{filter} config in time_base: 1/10,\n{filter} {frame}' >&2")
        };
        let log = dir.path().join("starts");
        let text = format!(
            "case \"$*\" in *'-ss 8.9'*) echo >> {}; {};; *) {};; esac\n{}",
            log.display(),
            told(0),
            told(1),
            given(1, 8)
        );
        for (codec, refused) in [("hevc", true), ("h264", false)] {
            let mut spec = DecodeSpec {
                ffmpeg: script(dir.path(), &text),
                extraction: Extraction::Single { at: 8.9 },
                ..decode_spec(dir.path().join("a.mp4"))
            };
            (spec.facts.codec, spec.facts.stream_duration) = (codec.into(), 100.0);
            let mut decoder = decoder(spec);
            assert!(decoder.next().await.unwrap().is_some());
            let seek = decoder.start().and_then(|start| start.seek);
            assert_eq!(seek != Some(8.9), refused, "{codec} from {seek:?}");
            assert_eq!(std::fs::read_to_string(&log).unwrap().lines().count(), 1);
            std::fs::remove_file(&log).unwrap();
        }
    }

    #[tokio::test]
    async fn an_older_ffmpeg_is_spoken_to_in_its_own_words() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = "echo \"[fatal] Unrecognized option 'fps_mode'.\" >&2; exit 1";
        let text = format!(
            "case \"$*\" in *-fps_mode*) {refusal};; esac\n{}",
            given(3, 8)
        );
        let spec = DecodeSpec {
            ffmpeg: script(dir.path(), &text),
            ..decode_spec(dir.path().join("a.mp4"))
        };
        assert!(decoder(spec).next().await.unwrap().is_some());
    }
}
