//! Facts about a track's source, and the length of its sound.

use std::path::Path;

use super::tool::AudioTools;
use crate::probe::{
    AudioFacts, Interval, LastSound, MediaFacts, ProbeError, last_sound, probe_media,
};

/// The decoded length is used only if it differs from the container's by more than this, seconds.
const MARGIN: f64 = 0.05;
/// How much of the end is decoded to measure the length, seconds.
const TAIL: f64 = 1.0;
/// Samples per second of a stream that does not give them (upstream's figure).
const USUAL_SAMPLE_RATE: f64 = 44_100.0;

/// Facts about a source and its sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SourceFacts {
    /// Its audio streams; none in a file without sound.
    pub streams: Vec<AudioFacts>,
    /// It has a picture beside its sound.
    pub has_picture: bool,
    /// Timestamp of its start, seconds.
    pub start: f64,
    /// ffmpeg's names of the formats it may be, with commas between.
    pub formats: String,
    /// The length in the container, seconds; 0 when it has none.
    container_seconds: f64,
    /// When its sound starts, seconds.
    audio_start: f64,
    sample_rate: f64,
    /// True for raw AAC, whose length is an estimate and may be too long.
    trust_shorter: bool,
}

/// The text of the failure of what has no sound.
const SOUNDLESS: &str = "No audio stream found";

impl SourceFacts {
    /// Reads them with ffprobe.
    ///
    /// # Errors
    /// A sentence that quotes ffprobe.
    pub async fn read(tools: &AudioTools, path: &Path) -> Result<Self, String> {
        let facts = probe_media(&tools.ffprobe, path).await;
        Ok(Self::of(&*facts.map_err(sentence)?))
    }

    /// Reads them of a file that must have sound.
    ///
    /// # Errors
    /// As [`SourceFacts::read`].
    pub async fn of_sound(tools: &AudioTools, path: &Path) -> Result<Self, String> {
        let facts = Self::read(tools, path).await?;
        match facts.streams.is_empty() {
            true => Err(SOUNDLESS.to_owned()),
            false => Ok(facts),
        }
    }

    fn of(facts: &MediaFacts) -> Self {
        let MediaFacts {
            container, audio, ..
        } = facts;
        let first = audio.first();
        let start = first.and_then(|first| first.start).or(container.start);
        let rate = first.and_then(|first| first.sample_rate);
        Self {
            streams: audio.clone(),
            has_picture: facts.video.is_some(),
            start: container.start.unwrap_or(0.0),
            formats: container.formats.clone(),
            container_seconds: container.duration.unwrap_or(0.0),
            audio_start: start.unwrap_or(0.0),
            sample_rate: rate.unwrap_or(USUAL_SAMPLE_RATE),
            trust_shorter: container.formats == "aac",
        }
    }

    /// Facts from the given output of ffprobe.
    #[cfg(test)]
    pub fn for_test(printed: &str) -> Self {
        Self::of(&MediaFacts::from_json(printed.as_bytes()).unwrap())
    }

    /// Length of the sound in seconds: the container's, unless decoding the end of the file shows
    /// another.
    pub async fn natural_seconds(&self, tools: &AudioTools, path: &Path) -> f64 {
        match self.decoded_seconds(tools, path).await {
            Some(decoded) => self.reconcile(decoded),
            None => self.container_seconds,
        }
    }

    /// After how many seconds the source starts over when it is looped: with the last of its
    /// streams, so that sound stays with its picture; sound alone at its last sample.
    pub async fn looped_seconds(&self, tools: &AudioTools, path: &Path) -> f64 {
        if self.has_picture && self.container_seconds > 0.0 {
            return self.container_seconds;
        }
        let decoded = self.decoded_seconds(tools, path).await;
        let known = self.container_seconds;
        // What little is decoded behind the container's end is an encoder's padding.
        let end = |decoded: f64| match (0.0..MARGIN).contains(&(decoded - known)) {
            true => known,
            false => decoded,
        };
        decoded.map_or(known, end)
    }

    /// Until when sound is decoded, found at the end of the file.
    async fn decoded_seconds(&self, tools: &AudioTools, path: &Path) -> Option<f64> {
        let known = self.container_seconds;
        if self.sample_rate <= 0.0 {
            return None;
        }
        let tail = Interval {
            from: (self.audio_start + known - TAIL).max(self.audio_start),
            to: None,
        };
        let mut last = None;
        for interval in [Some(tail), None] {
            let found = last_sound(&tools.ffprobe, path, interval).await;
            last = found.ok().flatten();
            if last.is_some() {
                break;
            }
        }
        let LastSound { time, samples } = last?;
        Some(time + samples / self.sample_rate - self.audio_start)
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

/// The text of a failed probe. Callers classify failures by these words.
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
