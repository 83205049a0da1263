//! A source's sound without holes: every sample where its timestamp puts it, silence between. Read
//! forwards from any point, in pieces, so that little is held.

use std::collections::VecDeque;

use super::decoder::Decoder;
use super::placing::{Placer, Start};
use super::source::Source;
use super::tool::{AudioTools, RunFailure};

/// How long before the wanted point decoding begins, seconds: first, and when that was too late.
/// Then it begins at the file's start.
const PRE_ROLLS: [f64; 2] = [2.0, 12.0];
/// What must be decoded before the wanted point, seconds: MP3 at its lowest rate refers to frames
/// up to 0.5 s back, Opus needs 80 ms, AAC two frames.
const NEEDED: f64 = 0.6;
/// A point nearer to the start than this is reached from there, seconds.
const NEAR_START: f64 = 1.0;

/// A source from one point on, at its own rate in stereo.
#[derive(Debug)]
pub(super) struct GaplessReader {
    tools: AudioTools,
    source: Source,
    /// The next sample to give.
    position: i64,
    decoder: Decoder,
    /// The first sample that is heard.
    floor: i64,
    /// How often decoding was begun.
    attempt: usize,
    sought: bool,
    placer: Placer,
    /// Samples that are not placed yet.
    held: VecDeque<Vec<f32>>,
    /// The frame that is given now, from `used` on, after `silence`.
    frame: Vec<f32>,
    used: usize,
    silence: i64,
}

impl GaplessReader {
    /// Starts to decode, so that reading begins at sample `from` of the source.
    ///
    /// # Errors
    /// [`RunFailure`] when ffmpeg cannot be started.
    pub async fn open(tools: &AudioTools, source: &Source, from: i64) -> Result<Self, RunFailure> {
        let seek = seek(source, from, 0);
        let heard_from = (source.floor - source.zero) * f64::from(source.rate);
        Ok(Self {
            tools: tools.clone(),
            floor: heard_from.round() as i64,
            source: source.clone(),
            position: from,
            decoder: Decoder::start(tools, source, seek).await?,
            attempt: 0,
            sought: seek.is_some(),
            placer: placer(source, seek),
            held: VecDeque::new(),
            frame: Vec::new(),
            used: 0,
            silence: 0,
        })
    }

    /// Adds up to `count` samples of both channels to `out`; fewer only at the end of the source.
    ///
    /// # Errors
    /// [`RunFailure`] when ffmpeg failed.
    pub async fn read(&mut self, out: &mut Vec<f32>, count: usize) -> Result<usize, RunFailure> {
        let mut left = count;
        while left > 0 {
            if self.silence > 0 {
                let give = left.min(usize::try_from(self.silence).unwrap_or(left));
                out.resize(out.len() + 2 * give, 0.0);
                self.silence -= give as i64;
                self.position += give as i64;
                left -= give;
            } else if self.used < self.frame.len() {
                let give = left.min((self.frame.len() - self.used) / 2);
                out.extend_from_slice(&self.frame[self.used..self.used + 2 * give]);
                self.used += 2 * give;
                self.position += give as i64;
                left -= give;
            } else if !self.advance().await? {
                break;
            }
        }
        Ok(count - left)
    }

    /// Takes the next frame; false when there is none.
    async fn advance(&mut self) -> Result<bool, RunFailure> {
        let placed = loop {
            if let Some(placed) = self.placer.place() {
                break placed;
            }
            match self.decoder.next().await? {
                Some((stamp, samples)) => {
                    if self.sought && self.held.is_empty() && self.is_late(stamp.at) {
                        self.restart().await?;
                        continue;
                    }
                    self.sought = false;
                    self.placer.push(stamp);
                    self.held.push_back(samples);
                }
                None if self.sought => self.restart().await?,
                None => {
                    self.placer.finish();
                    if self.held.is_empty() {
                        return Ok(false);
                    }
                }
            }
        };
        self.frame = self.held.pop_front().unwrap_or_default();
        let count = self.frame.len() as i64 / 2;
        let from = (placed.at + placed.skip).max(self.position).max(self.floor);
        let skip = (from - placed.at).clamp(0, count);
        self.used = 2 * skip as usize;
        if skip < count {
            self.silence = from - self.position;
        }
        Ok(true)
    }

    /// Whether a first frame at `at` leaves too little before the wanted point.
    fn is_late(&self, at: i64) -> bool {
        (self.position - at) as f64 <= NEEDED * f64::from(self.source.rate)
    }

    async fn restart(&mut self) -> Result<(), RunFailure> {
        self.attempt += 1;
        let seek = seek(&self.source, self.position, self.attempt);
        self.sought = seek.is_some();
        self.placer = placer(&self.source, seek);
        self.decoder = Decoder::start(&self.tools, &self.source, seek).await?;
        Ok(())
    }
}

/// Where decoding begins to reach sample `from`, seconds; `None` for the file's start.
fn seek(source: &Source, from: i64, attempt: usize) -> Option<f64> {
    let pre_roll = PRE_ROLLS.get(attempt)?;
    let at = from as f64 / f64::from(source.rate) - pre_roll;
    (source.seekable && at > NEAR_START).then_some(at)
}

fn placer(source: &Source, seek: Option<f64>) -> Placer {
    let start = ((source.stream_start - source.zero) * f64::from(source.rate)).round() as i64;
    let start = if source.codec == "vorbis" && seek.is_none() {
        // Packets give the sound up to their middle: the first one gives none.
        Start::At(start)
    } else if source.milliseconds {
        Start::Grid(start)
    } else {
        Start::Unknown
    };
    Placer::new(source.rate, start)
}
