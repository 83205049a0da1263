//! A part of a source as the mixer wants it: stereo floats at 48 kHz, at any speed, read forwards.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{ChildStdin, ChildStdout};
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::decoder::{FRAME_BYTES, floats};
use super::gapless_reader::GaplessReader;
use super::looped::{Cycle, Looped};
use super::source::Source;
use super::tempo::{ramp_graph, tempo_filter};
use super::tool::{AudioTools, RunFailure};
use crate::composition::Rate;
use crate::process::{ManagedChild, widen, words};

/// Samples per second of every mix.
pub(super) const RATE: u32 = 48_000;
/// Samples that are passed on at a time.
const PIECE: usize = 8192;
/// Sound given to a resampler before and behind what is wanted, seconds: more than its filter is
/// long.
const MARGIN: f64 = 0.05;

/// Which part of a source is wanted. Numbers of samples are at [`RATE`].
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Part {
    /// At its own speed, from one sample to before another.
    Plain { from: i64, until: i64 },
    /// `seconds` long when played at `rate`, from `from` seconds of the source.
    Played { from: f64, seconds: f64, rate: Rate },
    /// From its in-point to its end, again and again.
    Looped(Cycle),
}

/// Samples of one part of a source.
#[derive(Debug)]
pub(super) enum Pcm {
    /// Its own rate is the mix's.
    Direct(Box<GaplessReader>),
    Filtered(Box<Filtered>),
    Looped(Box<Looped>),
}

impl Pcm {
    /// Starts to decode.
    ///
    /// # Errors
    /// [`RunFailure`] when ffmpeg cannot be started.
    pub async fn open(
        tools: &AudioTools,
        source: &Source,
        part: &Part,
    ) -> Result<Self, RunFailure> {
        let own = f64::from(source.rate);
        let native = |seconds: f64| (seconds * own).round() as i64;
        match part {
            Part::Looped(cycle) => {
                let looped = Looped::new(tools, source, cycle);
                Ok(Self::Looped(Box::new(looped)))
            }
            Part::Plain { from, .. } if source.rate == RATE => {
                let reader = GaplessReader::open(tools, source, *from).await?;
                Ok(Self::Direct(Box::new(reader)))
            }
            Part::Plain { from, until } => {
                let seconds = |samples: i64| samples as f64 / f64::from(RATE);
                // At whole seconds, samples of all rates fall together.
                let start = (seconds(*from) - MARGIN).floor();
                let feed = Feed {
                    from: native(start),
                    count: native(seconds(*until) - start + MARGIN),
                };
                let skip = from - (start as i64) * i64::from(RATE);
                Self::filtered(tools, source, feed, Vec::new(), skip).await
            }
            Part::Played {
                from,
                seconds,
                rate,
            } => {
                let feed = Feed {
                    from: native(*from),
                    count: native(rate.source_time(*seconds)),
                };
                // Upstream gives the filter what the decoder gives, and what it chooses depends on it.
                let short = source.is_short && source.channels <= 2;
                let head = short.then_some("aformat=sample_fmts=s16");
                let mut args = match rate {
                    Rate::Table { .. } => {
                        let graph = ramp_graph(rate, *seconds, head);
                        words(&["-filter_complex", &graph, "-map", "[out]"])
                    }
                    Rate::Constant(rate) => tempo_filter(*rate).map_or_else(Vec::new, |tempo| {
                        let filters: Vec<&str> = head.into_iter().chain([&*tempo]).collect();
                        words(&["-af", &filters.join(",")])
                    }),
                };
                args.extend(words(&["-t", &seconds.to_string()]));
                Self::filtered(tools, source, feed, args, 0).await
            }
        }
    }

    async fn filtered(
        tools: &AudioTools,
        source: &Source,
        feed: Feed,
        filters: Vec<String>,
        skip: i64,
    ) -> Result<Self, RunFailure> {
        let own = source.rate.to_string();
        let mut args = words(&["-v", "error", "-f", "f32le", "-ar", &own, "-ac", "2"]);
        args.extend(words(&["-i", "pipe:0"]));
        args.extend(filters);
        args.extend(words(&["-c:a", "pcm_f32le", "-ar", &RATE.to_string()]));
        args.extend(words(&["-f", "f32le", "pipe:1"]));
        let reader = GaplessReader::open(tools, source, feed.from).await?;
        let mut child = tools
            .start(args, |spec| {
                (spec.piped_stdin, spec.piped_stdout) = (true, true);
            })
            .await?;
        let (Some(stdin), Some(samples)) = (child.take_stdin(), child.take_stdout()) else {
            let error = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
            return Err(RunFailure::broken(&error));
        };
        widen(&samples);
        let feeder = tokio::spawn(feed.run(reader, stdin));
        Ok(Self::Filtered(Box::new(Filtered {
            tools: tools.clone(),
            child,
            samples,
            feeder: Some(AbortOnDropHandle::new(feeder)),
            skip: skip.max(0) as usize,
        })))
    }

    /// Adds up to `count` samples of both channels to `out`; fewer only at the end.
    ///
    /// # Errors
    /// [`RunFailure`] when ffmpeg failed.
    pub async fn read(&mut self, out: &mut Vec<f32>, count: usize) -> Result<usize, RunFailure> {
        match self {
            Self::Direct(reader) => reader.read(out, count).await,
            Self::Filtered(filtered) => filtered.read(out, count).await,
            Self::Looped(looped) => looped.read(out, count).await,
        }
    }
}

/// What an ffmpeg that filters is given: samples of the source's own rate.
struct Feed {
    from: i64,
    count: i64,
}

impl Feed {
    async fn run(self, mut reader: GaplessReader, mut stdin: ChildStdin) -> Result<(), RunFailure> {
        let mut left = usize::try_from(self.count).unwrap_or(0);
        let (mut samples, mut bytes) = (Vec::new(), Vec::new());
        while left > 0 {
            samples.clear();
            let read = reader.read(&mut samples, left.min(PIECE)).await?;
            if read == 0 {
                break;
            }
            bytes.clear();
            bytes.extend(samples.iter().flat_map(|value| value.to_le_bytes()));
            // A filter that has ended has all it wants, or says itself what is wrong.
            if stdin.write_all(&bytes).await.is_err() {
                break;
            }
            left -= read;
        }
        Ok(())
    }
}

/// The output of an ffmpeg that filters a source's sound.
#[derive(Debug)]
pub(super) struct Filtered {
    tools: AudioTools,
    child: ManagedChild,
    samples: ChildStdout,
    feeder: Option<AbortOnDropHandle<Result<(), RunFailure>>>,
    /// Samples that come before what is wanted.
    skip: usize,
}

impl Filtered {
    async fn read(&mut self, out: &mut Vec<f32>, count: usize) -> Result<usize, RunFailure> {
        while self.skip > 0 {
            let want = self.skip.min(PIECE);
            let passed = self.bytes(want).await?.len() / FRAME_BYTES;
            self.skip -= passed;
            if passed < want {
                return Ok(0);
            }
        }
        let bytes = self.bytes(count).await?;
        out.extend(floats(&bytes));
        Ok(bytes.len() / FRAME_BYTES)
    }

    async fn bytes(&mut self, count: usize) -> Result<Vec<u8>, RunFailure> {
        let wanted = count * FRAME_BYTES;
        let mut bytes = Vec::with_capacity(wanted);
        let mut limited = (&mut self.samples).take(wanted as u64);
        let reading = limited.read_to_end(&mut bytes);
        match timeout(self.tools.deadline, reading).await {
            Ok(Ok(_)) if bytes.len() == wanted => Ok(bytes),
            Ok(Ok(_)) => {
                if let Some(feeder) = self.feeder.take() {
                    feeder.await.unwrap_or_else(|panic| {
                        Err(RunFailure::broken(&std::io::Error::other(panic)))
                    })?;
                }
                self.tools.outcome(&self.child).await?;
                Ok(bytes)
            }
            Ok(Err(error)) => Err(RunFailure::broken(&error)),
            Err(_) => Err(self.tools.late(self.child.stderr_tail(usize::MAX))),
        }
    }
}
