//! Decoding the source of one track to a WAV file of the track's length: 16 bits, 48 kHz, stereo.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::error::{AudioFailure, AudioOwner, AudioReason, AudioStage};
use super::number::filter_number;
use super::probe::SourceFacts;
use super::tempo::{ramp_graph, tempo_filter};
use super::tool::{AudioTools, says_invalid};
use crate::composition::{AudioClip, AudioKind, Rate};
use crate::process::{path_arg, words};
use crate::sync::IgnorePoison;
use crate::video::is_text_document;
use crate::video::{is_remote, resolve_source};

/// A mono source is played on both channels at its own level.
const MONO_TO_STEREO: &str = "pan=stereo|FL=FL+FC|FR=FR+FC";

type Probed = Arc<OnceCell<Result<SourceFacts, String>>>;

/// Finds sources and keeps facts about them; each file is probed once.
pub(super) struct Sources<'a> {
    pub tools: &'a AudioTools,
    pub project_dir: &'a Path,
    pub compiled_dir: &'a Path,
    facts: Mutex<HashMap<PathBuf, Probed>>,
}

/// A decoded track.
pub(super) struct Decoded {
    pub path: PathBuf,
    /// Seconds on the timeline.
    pub end: f64,
}

impl<'a> Sources<'a> {
    pub fn new(tools: &'a AudioTools, project_dir: &'a Path, compiled_dir: &'a Path) -> Self {
        Self {
            tools,
            project_dir,
            compiled_dir,
            facts: Mutex::default(),
        }
    }

    async fn facts(&self, path: &Path) -> Result<SourceFacts, String> {
        let probed = Arc::clone(
            self.facts
                .lock()
                .ignore_poison()
                .entry(path.to_owned())
                .or_default(),
        );
        probed
            .get_or_init(|| SourceFacts::read(self.tools, path))
            .await
            .clone()
    }

    /// Decodes the track into `output`.
    ///
    /// # Errors
    /// An [`AudioFailure`] in which the element is not named yet.
    pub async fn decode(&self, track: &AudioClip, output: &Path) -> Result<Decoded, AudioFailure> {
        let source = self.find(track)?;
        let rate = track.playback_rate.clone().unwrap_or_default().resolve();
        let facts = self.facts(&source).await;
        let mut end = track.end;
        if end - track.start <= 0.0 {
            let facts = facts
                .as_ref()
                .map_err(|message| probe_failure(&track.id, message))?;
            let natural = facts.natural_seconds(self.tools, &source).await;
            let played = rate.timeline_time(natural - track.media_start);
            end = track.start + if played > 0.0 { played } else { natural };
        }
        let job = Extraction {
            source: &source,
            output,
            facts: facts.ok(),
            rate,
            media_start: track.media_start,
            duration: end - track.start,
        };
        let stage = match track.kind {
            AudioKind::Video => AudioStage::Extract,
            AudioKind::Audio => AudioStage::Prepare,
        };
        match self.tools.run(job.args()).await {
            Ok(_) => Ok(Decoded {
                path: output.to_owned(),
                end,
            }),
            Err(failure) => Err(failure.into_failure(stage)),
        }
    }

    fn find(&self, track: &AudioClip) -> Result<PathBuf, AudioFailure> {
        let (id, src) = (&track.id, &track.src);
        let of_author =
            |stage, reason, detail| Err(AudioFailure::new(stage, reason, AudioOwner::User, detail));
        if is_remote(src) {
            let detail = format!(
                "Audio element {id} has a remote source that was not downloaded; put the file into the project"
            );
            return of_author(AudioStage::Download, AudioReason::DownloadFailed, detail);
        }
        let path = resolve_source(src, self.project_dir, self.compiled_dir);
        if !path.exists() {
            let place = path.strip_prefix(self.project_dir).map_or_else(
                |_| "a path outside the project".to_owned(),
                |inside| inside.display().to_string(),
            );
            let detail = format!(
                "Source not found for audio element {id}: src=\"{src}\" resolved to {place}"
            );
            return of_author(AudioStage::Source, AudioReason::SourceNotFound, detail);
        }
        if is_text_document(&path) {
            let detail =
                format!("Audio element {id} source is a text document (HTML/XML/JSON), not media");
            return of_author(AudioStage::Source, AudioReason::InvalidMedia, detail);
        }
        Ok(path)
    }
}

/// Whether the source is a local file with an audio stream.
pub(super) async fn has_sound(
    tools: &AudioTools,
    src: &str,
    project_dir: &Path,
    compiled_dir: &Path,
) -> bool {
    let path = resolve_source(src, project_dir, compiled_dir);
    !is_remote(src) && path.exists() && SourceFacts::read(tools, &path).await.is_ok()
}

fn probe_failure(id: &str, message: &str) -> AudioFailure {
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

struct Extraction<'a> {
    source: &'a Path,
    output: &'a Path,
    /// `None` when ffprobe cannot read it; ffmpeg's error then says why.
    facts: Option<SourceFacts>,
    rate: Rate,
    media_start: f64,
    duration: f64,
}

impl Extraction<'_> {
    /// ffmpeg's arguments; those of upstream 0.8.170.
    fn args(&self) -> Vec<String> {
        let source_seconds = self.rate.source_time(self.duration);
        let lead = self.facts.as_ref().map_or(0.0, |facts| facts.stream_lead);
        // A seek to before the start of a late stream would lose the silence before it.
        let seeks = self.media_start >= lead;
        let head = (!seeks).then(|| {
            let from = filter_number(self.media_start);
            let to = filter_number(self.media_start + source_seconds);
            format!(
                "atrim=start={from}:end={to},asetpts=PTS-{from}/TB,aresample=async=1:first_pts=0"
            )
        });
        let mut args = Vec::new();
        if seeks {
            let (from, length) = (self.media_start.to_string(), source_seconds.to_string());
            args.extend(words(&["-ss", &from, "-t", &length]));
        }
        args.extend(["-i".to_owned(), path_arg(self.source)]);
        args.extend(words(&["-vn", "-acodec", "pcm_s16le", "-ar", "48000"]));
        args.extend(self.filters(head.as_deref()));
        if !self.rate.is_one() {
            args.extend(["-t".to_owned(), self.duration.to_string()]);
        }
        args.extend(["-y".to_owned(), path_arg(self.output)]);
        args
    }

    fn filters(&self, head: Option<&str>) -> Vec<String> {
        let mono = self.facts.as_ref().is_some_and(|facts| facts.channels == 1);
        let widen = mono.then_some(MONO_TO_STEREO);
        let to_stereo = words(if mono { &[] } else { &["-ac", "2"] });
        match self.rate {
            Rate::Table { .. } => {
                let graph = ramp_graph(&self.rate, self.duration, head, widen);
                let mut args = words(&["-filter_complex", &graph, "-map", "[out]"]);
                args.extend(to_stereo);
                args
            }
            Rate::Constant(rate) => {
                let tempo = tempo_filter(rate);
                let filters: Vec<&str> = [head, widen, tempo.as_deref()]
                    .into_iter()
                    .flatten()
                    .collect();
                let mut args = to_stereo;
                if !filters.is_empty() {
                    args.extend(["-af".to_owned(), filters.join(",")]);
                }
                args
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::{AutomationLane, RateSpec};

    fn args(rate: RateSpec, media_start: f64, channels: u32, stream_lead: f64) -> String {
        let answer = format!(
            r#"{{"streams":[{{"codec_type":"audio","channels":{channels},"start_time":"0"}},
                {{"codec_type":"video","start_time":"{stream_lead}"}}],"format":{{}}}}"#
        );
        let extraction = Extraction {
            source: Path::new("in.wav"),
            output: Path::new("out.wav"),
            facts: Some(SourceFacts::for_test(&answer)),
            rate: rate.resolve(),
            media_start,
            duration: 2.0,
        };
        extraction.args().join(" ")
    }

    // Expected arguments: from `ps` while upstream 0.8.170 rendered.
    #[test]
    fn command_lines_are_upstreams() {
        assert_eq!(
            args(RateSpec::Constant(1.0), 0.25, 2, 0.0),
            "-ss 0.25 -t 2 -i in.wav -vn -acodec pcm_s16le -ar 48000 -ac 2 -y out.wav"
        );
        assert_eq!(
            args(RateSpec::Constant(1.5), 0.0, 1, 0.0),
            "-ss 0 -t 3 -i in.wav -vn -acodec pcm_s16le -ar 48000 \
             -af pan=stereo|FL=FL+FC|FR=FR+FC,atempo=1.5 -t 2 -y out.wav"
        );
        assert_eq!(
            args(RateSpec::Constant(1.0), 0.25, 2, 0.5),
            "-i in.wav -vn -acodec pcm_s16le -ar 48000 -ac 2 \
             -af atrim=start=0.25:end=2.25,asetpts=PTS-0.25/TB,aresample=async=1:first_pts=0 -y out.wav"
        );
    }

    #[test]
    fn a_changing_rate_is_played_in_quarter_seconds() {
        let lane: AutomationLane =
            serde_json::from_str(r#"{"points":[{"t":0,"v":1},{"t":2,"v":2}]}"#).unwrap();
        let line = args(RateSpec::Automation(lane), 0.0, 2, 0.0);
        assert!(
            line.contains("asplit=8[s0]") && line.contains("concat=n=8:v=0:a=1[out]"),
            "{line}"
        );
        assert!(line.ends_with("-map [out] -ac 2 -t 2 -y out.wav"), "{line}");
    }
}
