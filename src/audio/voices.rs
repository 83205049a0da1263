//! The sum of tracks, sample by sample, second by second: memory holds one second of the mix and
//! what the pipes of the decoders hold that are needed now.

use std::path::{Path, PathBuf};

use super::effects::blocking;
use super::error::{AudioError, AudioFailure, AudioStage};
use super::gain::Gain;
use super::pcm::{Part, Pcm, RATE};
use super::source::Source;
use super::tool::{AudioTools, RunFailure};
use super::wav::{Sample, WavReader, WavWriter};

/// Samples that are mixed at a time.
const BLOCK: i64 = RATE as i64;
/// How long before its first clip a decoder may be started, so that its first samples are there in
/// time, samples.
const AHEAD: i64 = 20 * BLOCK;

/// What a feed reads.
#[derive(Debug, Clone)]
pub(super) enum Origin {
    Decoded(Source, Part),
    /// Stereo or mono at [`RATE`].
    Wav(PathBuf),
}

/// Samples that one or more voices read, one after the other.
pub(super) struct Feed {
    origin: Origin,
    /// The sample that is read next.
    position: i64,
    reader: Option<Reader>,
    failed: bool,
}

enum Reader {
    Decoded(Pcm),
    Wav(WavReader),
    /// It has come to its end.
    Ended,
}

/// One track in a mix.
pub(super) struct Voice {
    /// Element or group.
    pub id: String,
    /// The step that is named when it fails.
    pub stage: AudioStage,
    /// Samples on the timeline.
    pub start: i64,
    pub end: i64,
    pub gain: Gain,
    /// Number of its feed, and the feed's sample at `start`.
    pub feed: usize,
    pub from: i64,
}

impl Feed {
    /// Nothing is started. Its first sample is number `position`.
    pub fn new(origin: Origin, position: i64) -> Self {
        Self {
            origin,
            position,
            reader: None,
            failed: false,
        }
    }

    async fn open(&mut self, tools: &AudioTools) -> Result<(), RunFailure> {
        if self.reader.is_none() {
            self.reader = Some(match &self.origin {
                Origin::Decoded(source, part) => {
                    Reader::Decoded(Pcm::open(tools, source, part).await?)
                }
                Origin::Wav(path) => {
                    let path = path.clone();
                    let opened = blocking(move || WavReader::open(&path)).await;
                    let opened = opened.map_err(std::io::Error::other);
                    Reader::Wav(opened.map_err(|error| RunFailure::broken(&error))?)
                }
            });
        }
        Ok(())
    }

    /// Up to `count` samples from number `from` on, which is not before what was read.
    async fn read(
        &mut self,
        tools: &AudioTools,
        from: i64,
        count: i64,
        out: &mut Vec<f32>,
    ) -> Result<(), RunFailure> {
        self.open(tools).await?;
        while self.position < from {
            out.clear();
            let read = self.pass((from - self.position).min(BLOCK), out).await?;
            if read == 0 {
                break;
            }
        }
        out.clear();
        let mut left = count;
        while left > 0 {
            let read = self.pass(left, out).await?;
            if read == 0 {
                break;
            }
            left -= read;
        }
        Ok(())
    }

    async fn pass(&mut self, count: i64, out: &mut Vec<f32>) -> Result<i64, RunFailure> {
        let wanted = usize::try_from(count).unwrap_or(0);
        let read = match self.reader.take() {
            Some(Reader::Decoded(mut pcm)) => {
                let read = pcm.read(out, wanted).await?;
                self.reader = Some(Reader::Decoded(pcm));
                read
            }
            Some(Reader::Wav(mut wav)) => {
                let reading = blocking(move || {
                    let samples = wav.read(wanted)?;
                    Ok((wav, samples))
                });
                let (wav, samples) = reading
                    .await
                    .map_err(|detail| RunFailure::broken(&std::io::Error::other(detail)))?;
                self.reader = Some(Reader::Wav(wav));
                out.extend_from_slice(&samples);
                samples.len() / 2
            }
            Some(Reader::Ended) | None => 0,
        };
        if read == 0 {
            self.reader = Some(Reader::Ended);
        }
        self.position += read as i64;
        Ok(read as i64)
    }
}

/// Mixes `voices` into `total` samples at `gain` and writes them to the WAV file `output`.
///
/// # Errors
/// [`AudioError`] with every voice that failed.
pub(super) async fn mix_voices(
    tools: &AudioTools,
    mut voices: Vec<Voice>,
    feeds: &mut [Feed],
    (total, gain): (i64, f64),
    parallel: usize,
    output: &Path,
) -> Result<(), AudioError> {
    voices.sort_by_key(|voice| voice.start);
    let mut failures = Vec::new();
    let internal = |detail: String| AudioError::from(AudioFailure::internal(detail));
    let path = output.to_owned();
    let mut writer = blocking(move || WavWriter::create(&path, Sample::F32, 2, RATE))
        .await
        .map_err(internal)?;
    let mut samples = Vec::new();
    let mut at = 0;
    while at < total {
        let until = (at + BLOCK).min(total);
        start_ahead(tools, &voices, feeds, until, parallel).await;
        let mut sum = vec![0f32; 2 * (until - at) as usize];
        for voice in voices.iter_mut().filter(|v| v.start < until && v.end > at) {
            let feed = &mut feeds[voice.feed];
            let (from, to) = (voice.start.max(at), voice.end.min(until));
            if feed.failed {
                continue;
            }
            let source = voice.from + from - voice.start;
            if let Err(failure) = feed.read(tools, source, to - from, &mut samples).await {
                feed.failed = true;
                failures.push(failure.into_failure(voice.stage).of(&voice.id));
                continue;
            }
            let into = &mut sum[2 * (from - at) as usize..];
            add(into, &samples, &mut voice.gain, from - voice.start);
        }
        close_finished(&mut voices, feeds, until);
        if gain != 1.0 {
            for value in &mut sum {
                *value = (f64::from(*value) * gain) as f32;
            }
        }
        writer = blocking(move || writer.write_interleaved(&sum).map(|()| writer))
            .await
            .map_err(internal)?;
        at = until;
    }
    blocking(move || writer.finish()).await.map_err(internal)?;
    if failures.is_empty() {
        Ok(())
    } else {
        Err(AudioError::Failed(failures))
    }
}

fn add(into: &mut [f32], samples: &[f32], gain: &mut Gain, first: i64) {
    for (k, (sum, value)) in into
        .chunks_exact_mut(2)
        .zip(samples.chunks_exact(2))
        .enumerate()
    {
        let gain = gain.at(first + k as i64);
        sum[0] += (f64::from(value[0]) * gain) as f32;
        sum[1] += (f64::from(value[1]) * gain) as f32;
    }
}

/// Starts the decoders of the next voices, up to `parallel` that are not needed yet. What goes wrong
/// is found again when they are read.
async fn start_ahead(
    tools: &AudioTools,
    voices: &[Voice],
    feeds: &mut [Feed],
    until: i64,
    parallel: usize,
) {
    let mut waiting = 0;
    for voice in voices.iter().filter(|voice| voice.end > until - BLOCK) {
        let early = voice.start >= until;
        if voice.start >= until + AHEAD || (early && waiting >= parallel) {
            break;
        }
        let feed = &mut feeds[voice.feed];
        if feed.reader.is_none() && !feed.failed {
            let _ = feed.open(tools).await;
        }
        waiting += usize::from(early);
    }
}

/// Drops the voices that are over, and the readers that no voice needs any more.
fn close_finished(voices: &mut Vec<Voice>, feeds: &mut [Feed], until: i64) {
    let over = |voice: &Voice| voice.end <= until;
    let ended: Vec<usize> = voices.iter().filter(|v| over(v)).map(|v| v.feed).collect();
    voices.retain(|voice| !over(voice));
    for number in ended {
        if voices.iter().all(|voice| voice.feed != number) {
            feeds[number].reader = Some(Reader::Ended);
        }
    }
}

/// Writes what `origin` gives, up to `count` samples, to the WAV file `output`.
///
/// # Errors
/// [`RunFailure`].
pub(super) async fn write_part(
    tools: &AudioTools,
    source: &Source,
    part: &Part,
    count: i64,
    output: &Path,
) -> Result<(), RunFailure> {
    let broken = |detail: String| RunFailure::broken(&std::io::Error::other(detail));
    let mut pcm = Pcm::open(tools, source, part).await?;
    let path = output.to_owned();
    let mut writer = blocking(move || WavWriter::create(&path, Sample::F32, 2, RATE))
        .await
        .map_err(broken)?;
    let mut left = usize::try_from(count).unwrap_or(0);
    while left > 0 {
        let mut samples = Vec::new();
        let read = pcm.read(&mut samples, left.min(BLOCK as usize)).await?;
        if read == 0 {
            break;
        }
        left -= read;
        writer = blocking(move || writer.write_interleaved(&samples).map(|()| writer))
            .await
            .map_err(broken)?;
    }
    blocking(move || writer.finish()).await.map_err(broken)
}
