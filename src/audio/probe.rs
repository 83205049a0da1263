//! What is known of a track's source, and how long its sound is.

use std::path::Path;

use super::tool::AudioTools;
use crate::probe::{
    Interval, LastFrame, MediaFacts, ProbeError, StreamKind, last_frame, probe_media,
};

/// Difference between the container's and the decoded length that is believed, seconds.
const MARGIN: f64 = 0.05;
/// How much of the end is decoded to learn the length, seconds.
const TAIL: f64 = 1.0;
/// Where a stream does not tell: samples a second, and channels (upstream's figures).
const USUAL_SAMPLE_RATE: f64 = 44_100.0;
const USUAL_CHANNELS: u32 = 2;

/// Facts about a source that has sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourceFacts {
    pub channels: u32,
    /// By how much the last of its streams starts after the first, seconds.
    pub stream_lead: f64,
    /// As the container says, seconds; 0 when it does not.
    container_seconds: f64,
    /// When its sound starts, seconds.
    audio_start: f64,
    sample_rate: f64,
    /// Raw AAC: its container estimates the length, and may be long.
    trust_shorter: bool,
}

impl SourceFacts {
    /// Asks ffprobe.
    ///
    /// # Errors
    /// A sentence, ffprobe's own words in it.
    pub async fn read(tools: &AudioTools, path: &Path) -> Result<Self, String> {
        let facts = probe_media(&tools.ffprobe, path).await;
        Self::of(&*facts.map_err(sentence)?)
    }

    fn of(facts: &MediaFacts) -> Result<Self, String> {
        let MediaFacts {
            container, audio, ..
        } = facts;
        let audio = audio.as_ref().ok_or("No audio stream found")?;
        let channels = audio.channels.filter(|&count| count > 0);
        Ok(Self {
            channels: channels.unwrap_or(USUAL_CHANNELS),
            stream_lead: facts.stream_spread,
            container_seconds: container.duration.unwrap_or(0.0),
            audio_start: audio.start.or(container.start).unwrap_or(0.0),
            sample_rate: audio.sample_rate.unwrap_or(USUAL_SAMPLE_RATE),
            trust_shorter: container.formats == "aac",
        })
    }

    /// Facts of what ffprobe would have printed.
    #[cfg(test)]
    pub fn for_test(printed: &str) -> Self {
        Self::of(&MediaFacts::from_json(printed.as_bytes()).unwrap()).unwrap()
    }

    /// Length of the sound in seconds: the container's, unless decoding its end tells otherwise.
    pub async fn natural_seconds(&self, tools: &AudioTools, path: &Path) -> f64 {
        let known = self.container_seconds;
        if self.sample_rate <= 0.0 {
            return known;
        }
        let tail = Interval {
            from: (self.audio_start + known - TAIL).max(self.audio_start),
            to: None,
        };
        let mut last = None;
        for interval in [Some(tail), None] {
            let found = last_frame(&tools.ffprobe, path, StreamKind::Audio, interval).await;
            last = found.ok().flatten();
            if last.is_some() {
                break;
            }
        }
        let Some(LastFrame { time, samples }) = last else {
            return known;
        };
        self.reconcile(time + samples / self.sample_rate - self.audio_start)
    }

    fn reconcile(&self, decoded: f64) -> f64 {
        let difference = decoded - self.container_seconds;
        if difference > MARGIN || (self.trust_shorter && difference < -MARGIN) {
            decoded
        } else {
            self.container_seconds
        }
    }
}

/// A probe that failed, in the words that callers classify it by.
fn sentence(error: ProbeError) -> String {
    match error {
        ProbeError::Start(error) => error.to_string(),
        ProbeError::Failed(run) => {
            format!("ffprobe ended with {}: {}", run.exit, run.stderr_tail(3))
        }
        ProbeError::Answer(error) => format!("Failed to parse ffprobe output: {error}"),
        other => format!("ffprobe: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audio::tool::says_invalid;
    use crate::video::testing::tool;

    const MOVIE: &str = r#"{"streams":[
        {"codec_type":"video","start_time":"0.000000"},
        {"codec_type":"audio","start_time":"0.250000","sample_rate":"48000","channels":6},
        {"codec_type":"video","start_time":"9.0","disposition":{"attached_pic":1}}],
        "format":{"format_name":"mov,mp4","duration":"2.5"}}"#;

    #[test]
    fn cover_pictures_do_not_lead() {
        let facts = SourceFacts::for_test(MOVIE);
        assert_eq!((facts.channels, facts.stream_lead), (6, 0.25));
        assert_eq!(facts.container_seconds, 2.5);
    }

    #[test]
    fn a_longer_decoded_length_is_believed_a_shorter_one_only_of_raw_aac() {
        let facts = SourceFacts::for_test(MOVIE);
        assert_eq!(
            (
                facts.reconcile(2.6),
                facts.reconcile(2.54),
                facts.reconcile(1.0)
            ),
            (2.6, 2.5, 2.5)
        );
        let raw = SourceFacts {
            trust_shorter: true,
            ..facts
        };
        assert_eq!(raw.reconcile(1.0), 1.0);
    }

    #[test]
    fn silent_sources_are_named_so() {
        let facts = MediaFacts::from_json(br#"{"streams":[{"codec_type":"video"}]}"#);
        let text = SourceFacts::of(&facts.unwrap()).unwrap_err();
        assert!(text.contains("No audio stream"), "{text}");
    }

    #[tokio::test]
    async fn a_probe_that_fails_quotes_its_tool() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.mp4");
        std::fs::write(&file, "no sound").unwrap();
        let tools = AudioTools {
            ffmpeg: tool("ffmpeg"),
            ffprobe: tool("ffprobe"),
            deadline: std::time::Duration::from_secs(30),
            groups: crate::process::Groups::default(),
        };
        let text = SourceFacts::read(&tools, &file).await.unwrap_err();
        assert!(
            text.starts_with("ffprobe ended with") && says_invalid(&text),
            "{text}"
        );
    }
}
