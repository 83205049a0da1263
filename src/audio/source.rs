//! The file behind a track, and which of its sound is heard.

use std::path::{Path, PathBuf};

use super::error::{AudioFailure, AudioOwner, AudioReason, AudioStage};
use super::source_facts::SourceFacts;
use super::tool::{AudioTools, says_invalid};
use crate::composition::AudioClip;
use crate::probe::AudioFacts;
use crate::process::{media_input, words};
use crate::video::{SourceFault, is_remote, resolve_source, source_fault};

/// Samples per second of a stream that does not give them.
const USUAL_RATE: u32 = 48_000;
/// What libopus delays sound by, seconds. Matroska rounds it to 7 ms.
const OPUS_DELAY: f64 = 0.0065;
/// Containers in which ffmpeg finds a place exactly, and gives the same timestamps after that as
/// without. Others are decoded from their start.
const SEEKABLE: [&str; 15] = [
    "mov", "matroska", "wav", "w64", "aiff", "caf", "au", "flac", "ogg", "mpegts", "mp3", "aac",
    "ac3", "eac3", "nut",
];

/// One audio stream of a file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Source {
    pub path: PathBuf,
    /// Number of the stream in the file.
    pub stream: u32,
    /// Codec as ffmpeg names it, or empty.
    pub codec: String,
    /// Samples per second.
    pub rate: u32,
    pub channels: u32,
    /// Its samples have at most 16 bits.
    pub is_short: bool,
    /// Timestamp of the file's start, seconds; in-points count from it.
    pub zero: f64,
    /// Timestamp before which nothing is heard, seconds: it only warms the decoder up.
    pub floor: f64,
    /// Timestamp of the stream's first packet, seconds.
    pub stream_start: f64,
    /// Its timestamps are whole milliseconds.
    pub milliseconds: bool,
    /// Decoding may begin anywhere.
    pub seekable: bool,
}

/// What a track's source has to offer.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Found {
    Sound(Source),
    /// Nothing is heard of it. The sentence says why, where the author should know.
    Silence(Option<String>),
}

impl Source {
    fn new(path: &Path, facts: &SourceFacts, stream: &AudioFacts) -> Self {
        let codec = stream.codec.clone().unwrap_or_default();
        let start = facts.start;
        // Timestamps below 0 are the delay of an encoder, except where a clock has wrapped around.
        let delayed = start < 0.0 && !facts.formats.contains("mpeg");
        let milliseconds = facts.formats.contains("matroska");
        // The offset of Vorbis packets in Matroska is known from the first one only.
        let offset_is_lost = codec == "vorbis" && milliseconds;
        let names = |name: &str| facts.formats.split(',').any(|format| format == name);
        Self {
            path: path.to_owned(),
            stream: stream.index,
            rate: rate_of(stream),
            channels: stream.channels.unwrap_or(2),
            is_short: stream.sample_format.starts_with("s16"),
            // A picture beside it counts from the earliest stream, and so does its sound.
            zero: if delayed && !facts.has_picture {
                0.0
            } else {
                start
            },
            floor: if delayed { 0.0 } else { start },
            stream_start: match stream.start {
                Some(at) if codec == "opus" && (at + OPUS_DELAY).abs() < 0.0006 => -OPUS_DELAY,
                at => at.unwrap_or(start),
            },
            milliseconds,
            seekable: SEEKABLE.iter().any(|name| names(name)) && !offset_is_lost,
            codec,
        }
    }

    /// A source that ffprobe cannot read, so that ffmpeg says why.
    pub fn unread(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            stream: 0,
            codec: String::new(),
            rate: USUAL_RATE,
            channels: 2,
            is_short: false,
            zero: 0.0,
            floor: 0.0,
            stream_start: 0.0,
            milliseconds: false,
            seekable: false,
        }
    }
}

fn rate_of(stream: &AudioFacts) -> u32 {
    match stream.sample_rate {
        Some(rate) if rate >= 1.0 => rate as u32,
        _ => USUAL_RATE,
    }
}

/// Chooses the sound of a file: its first audio stream, as Chrome and other players do, whichever
/// has more channels; if that cannot be decoded, the first that can.
pub(super) async fn choose(tools: &AudioTools, path: &Path, facts: &SourceFacts) -> Found {
    let Some(first) = facts.streams.first() else {
        return Found::Silence(None);
    };
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let known = || facts.streams.iter().filter(|stream| stream.codec.is_some());
    if facts.streams.len() == 1 && first.codec.is_some() {
        return Found::Sound(Source::new(path, facts, first));
    }
    for stream in known() {
        if can_decode(tools, path, stream.index).await {
            return Found::Sound(Source::new(path, facts, stream));
        }
    }
    match known().next() {
        // ffmpeg says what is wrong with it.
        Some(stream) => Found::Sound(Source::new(path, facts, stream)),
        None => Found::Silence(Some(format!(
            "no audio track of {name} can be decoded, so it is silent"
        ))),
    }
}

/// What to tell the author when it is not the first stream that is heard.
pub(super) fn note(source: &Source, facts: &SourceFacts) -> Option<String> {
    let first = facts.streams.first()?;
    (first.index != source.stream).then(|| {
        let name = source.path.file_name().unwrap_or_default();
        let codec = first.codec.as_deref().unwrap_or("an unknown codec");
        format!(
            "the first audio track of {} ({codec}) cannot be decoded; the next one is heard",
            name.to_string_lossy()
        )
    })
}

async fn can_decode(tools: &AudioTools, path: &Path, stream: u32) -> bool {
    let mut args = words(&["-v", "error"]);
    args.extend(media_input(path));
    args.extend(words(&["-map", &format!("0:{stream}"), "-frames:a", "1"]));
    args.extend(words(&["-f", "null", "-"]));
    tools.run(args).await.is_ok()
}

/// Finds the file of a track.
///
/// # Errors
/// An [`AudioFailure`] in which the element is not named yet.
pub(super) fn find(
    track: &AudioClip,
    project_dir: &Path,
    compiled_dir: &Path,
) -> Result<PathBuf, AudioFailure> {
    let (id, src) = (&track.id, &track.src);
    let of_author =
        |stage, reason, detail| Err(AudioFailure::new(stage, reason, AudioOwner::User, detail));
    if is_remote(src) {
        let detail = format!(
            "Audio element {id} has a remote source that was not downloaded; put the file into the project"
        );
        return of_author(AudioStage::Download, AudioReason::DownloadFailed, detail);
    }
    let path = resolve_source(src, project_dir, compiled_dir);
    let invalid = |detail| of_author(AudioStage::Source, AudioReason::InvalidMedia, detail);
    match source_fault(&path) {
        Some(SourceFault::Missing) => {
            let place = path.strip_prefix(project_dir).map_or_else(
                |_| "a path outside the project".to_owned(),
                |inside| inside.display().to_string(),
            );
            let detail = format!(
                "Source not found for audio element {id}: src=\"{src}\" resolved to {place}"
            );
            return of_author(AudioStage::Source, AudioReason::SourceNotFound, detail);
        }
        Some(SourceFault::NotAFile(what)) => {
            return invalid(format!(
                "Audio element {id} source \"{src}\" is {what}, not a file; give it a media file"
            ));
        }
        Some(SourceFault::Text) => {
            return invalid(format!(
                "Audio element {id} source is a text document (HTML/XML/JSON), not media"
            ));
        }
        None => {}
    }
    if path.metadata().is_ok_and(|meta| meta.len() == 0) {
        return invalid(format!(
            "Audio element {id} source \"{src}\" is empty (0 bytes); export it again"
        ));
    }
    Ok(path)
}

/// The failure of a probe whose answer is needed.
pub(super) fn probe_failure(id: &str, message: &str) -> AudioFailure {
    let detail = format!("Audio probe failed for element {id}: {message}");
    let (reason, owner) = if says_invalid(message) {
        (AudioReason::InvalidMedia, AudioOwner::User)
    } else if message.contains("cannot start") {
        (AudioReason::FfmpegUnavailable, AudioOwner::System)
    } else if message.contains("timed out") {
        (AudioReason::FfmpegTimeout, AudioOwner::System)
    } else {
        (AudioReason::ProbeFailed, AudioOwner::System)
    };
    let retryable = matches!(
        reason,
        AudioReason::FfmpegUnavailable | AudioReason::FfmpegTimeout
    );
    AudioFailure {
        retryable,
        ..AudioFailure::new(AudioStage::Probe, reason, owner, detail)
    }
}
