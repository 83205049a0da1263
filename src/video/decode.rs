//! The frames of one part of a source, each with the numbers at which it is due. They come out of
//! an ffmpeg that decodes as far ahead as its pipe is long and then waits: nothing piles up, nothing
//! touches the disk.

use tokio::task::spawn_blocking;

use super::budget::FrameBudget;
use super::colour::Colour;
use super::conversion::PageForm;
use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::decode_start::DecodeStart;
use super::error::MediaError;
use super::frame_lines::{FrameLine, Told};
use super::frame_pipe::FramePipe;
use super::frame_placer::{FramePlacer, Timed};
use super::opening::{Decoded, Opened, open};
use super::raw_frame::{Layout, RawFrame};
use super::rgb48_samples::change_in_place;
use super::source_time::SourceTime;
use crate::pixels::{FramePool, Lent, MAX_SIDE, TransferFunction, convert};

/// A decoder. Dropping it kills its ffmpeg.
#[derive(Debug)]
pub struct Decoder {
    spec: DecodeSpec,
    /// Transfer functions of what comes and of what is wanted, where they differ.
    conversion: Option<(TransferFunction, TransferFunction)>,
    budget: FrameBudget,
    /// Where an earlier decode of the same was found to have to begin.
    known: Option<DecodeStart>,
    running: Option<Running>,
    /// Frames that should not be due may be left out.
    may_thin: bool,
    /// The first number for which no frame was given.
    given: i64,
    is_over: bool,
    /// Where its source ended, when it did.
    ended: Option<SourceTime>,
}

/// An ffmpeg, and the frame that is the next in its pipe.
#[derive(Debug)]
struct Running {
    pipe: FramePipe,
    placer: FramePlacer,
    decoded: Decoded,
    start: DecodeStart,
    next: Result<Option<Timed>, MediaError>,
    /// When the last frame told of ends.
    told_until: SourceTime,
    /// A frame that was due has been left out before the next one.
    is_wrong: bool,
    /// Size of all frames, where ffmpeg gives no others.
    only_size: Option<(u32, u32)>,
    pool: Option<(usize, FramePool)>,
}

/// What comes next of an ffmpeg.
enum Next {
    /// A frame that is due, and the number at which it is due no more.
    Due(Timed, i64, Pixels),
    /// Nothing; and when the source ended, if it did.
    Over(Option<SourceTime>),
    /// A frame that was due has been left out.
    LeftOut,
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
    pub(super) fn new(spec: DecodeSpec, budget: FrameBudget, known: Option<DecodeStart>) -> Self {
        Self {
            conversion: match spec.output {
                DecodeOutput::Layer { from, to, .. } if from != to => Some((from, to)),
                _ => None,
            },
            spec,
            budget,
            known,
            running: None,
            may_thin: true,
            given: 0,
            is_over: false,
            ended: None,
        }
    }

    /// Where decoding began, once it has.
    pub(super) fn start(&self) -> Option<DecodeStart> {
        self.running.as_ref().map(|running| running.start)
    }

    /// When its last frame ends, once the source was over; `None` where frames behind the last due
    /// time were left.
    pub(super) fn ended(&self) -> Option<SourceTime> {
        self.ended
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
        let (timed, until, bytes) = loop {
            let running = match &mut self.running {
                Some(running) => running,
                None => {
                    let opened = open(&self.spec, self.known, self.may_thin).await?;
                    self.running.insert(Running::of(opened))
                }
            };
            match running
                .next_due(&self.spec, &self.budget, self.given)
                .await?
            {
                Next::Due(timed, until, bytes) => break (timed, until, bytes),
                Next::LeftOut => {
                    self.may_thin = false;
                    self.kill().await;
                }
                Next::Over(ended) => {
                    self.is_over = true;
                    self.ended = ended;
                    // What is left in the pipe is not needed.
                    self.kill().await;
                    return Ok(None);
                }
            }
        };
        let from = timed.from.max(self.given);
        self.given = until;
        let data = match self.conversion {
            None => bytes,
            Some((from, to)) => bytes.converted(from, to).await.map_err(|detail| {
                let path = self.spec.path.clone();
                MediaError::Stream { path, detail }
            })?,
        };
        Ok(Some(DueFrame {
            from: from as u64,
            until: until as u64,
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
            placer,
            decoded,
            start,
            first,
            one_size,
        } = opened;
        let size = first
            .as_ref()
            .map(|timed| (timed.line.width, timed.line.height));
        Self {
            pipe,
            placer,
            decoded,
            start,
            told_until: first
                .as_ref()
                .map(|timed| timed.ends_at)
                .unwrap_or_default(),
            is_wrong: false,
            next: Ok(first),
            only_size: size.filter(|_| one_size),
            pool: None,
        }
    }

    /// The next frame that is due anywhere from number `given` on.
    async fn next_due(
        &mut self,
        spec: &DecodeSpec,
        budget: &FrameBudget,
        given: i64,
    ) -> Result<Next, MediaError> {
        let limit = spec.times.count() as i64;
        loop {
            let Some(timed) = std::mem::replace(&mut self.next, Ok(None))? else {
                return Ok(Next::Over(Some(self.told_until)));
            };
            if timed.from >= limit {
                return Ok(Next::Over(None));
            }
            let pixels = self.pixels(&timed.line, spec, budget).await?;
            // What it lasts is known when the next one has been told of.
            self.next = self.tell_next(spec).await;
            if self.is_wrong {
                return Ok(Next::LeftOut);
            }
            let until = match &self.next {
                Ok(Some(next)) => next.from,
                Ok(None) | Err(_) => timed.ends.max(timed.from + 1),
            };
            let until = until.min(limit);
            if until > timed.from.max(given) {
                return Ok(Next::Due(timed, until, pixels));
            }
        }
    }

    async fn tell_next(&mut self, spec: &DecodeSpec) -> Result<Option<Timed>, MediaError> {
        loop {
            match self.pipe.told().await? {
                Some(Told::Decoded(line)) => drop(self.decoded.place(line)),
                Some(Told::Given(line)) => {
                    self.is_wrong = !self.decoded.allows(&line);
                    let timed = self.placer.place(line);
                    self.told_until = timed.ends_at;
                    return Ok(Some(timed));
                }
                None => {
                    self.is_wrong = !self.decoded.allows_end(spec);
                    return Ok(None);
                }
            }
        }
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
mod tests;
