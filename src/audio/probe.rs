//! What ffprobe knows of a track's source.

use std::path::Path;

use serde::Deserialize;

use super::tool::AudioTools;

/// Difference between the container's and the decoded length that is believed, seconds.
const MARGIN: f64 = 0.05;
/// How much of the end is decoded to learn the length, seconds.
const TAIL: f64 = 1.0;
/// ffprobe wants an end of the interval: later than any file's.
const FAR_END: &str = "+2147483647";

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

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Deserialize)]
struct Stream {
    #[serde(default)]
    codec_type: String,
    start_time: Option<String>,
    sample_rate: Option<String>,
    channels: Option<u32>,
    #[serde(default)]
    disposition: Disposition,
}

#[derive(Default, Deserialize)]
struct Disposition {
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Default, Deserialize)]
struct Format {
    format_name: Option<String>,
    start_time: Option<String>,
    duration: Option<String>,
}

fn seconds(text: Option<&String>) -> Option<f64> {
    text?.parse().ok().filter(|value: &f64| value.is_finite())
}

impl SourceFacts {
    /// Asks ffprobe.
    ///
    /// # Errors
    /// A sentence, ffprobe's own words in it.
    pub async fn read(tools: &AudioTools, path: &Path) -> Result<Self, String> {
        let args = ["-print_format", "json", "-show_format", "-show_streams"];
        let printed = tools.probe(&args, path).await?;
        Self::parse(&printed)
    }

    fn parse(printed: &str) -> Result<Self, String> {
        let Answer { streams, format } = serde_json::from_str(printed)
            .map_err(|e| format!("Failed to parse ffprobe output: {e}"))?;
        let audio = streams
            .iter()
            .find(|stream| stream.codec_type == "audio")
            .ok_or("No audio stream found")?;
        let starts = streams
            .iter()
            .filter(|stream| matches!(stream.codec_type.as_str(), "audio" | "video"))
            .filter(|stream| stream.disposition.attached_pic != 1)
            .filter_map(|stream| seconds(stream.start_time.as_ref()));
        let (first, last) = starts.fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), at| {
            (least.min(at), most.max(at))
        });
        Ok(Self {
            channels: audio.channels.filter(|&count| count > 0).unwrap_or(2),
            stream_lead: (last - first).max(0.0),
            container_seconds: seconds(format.duration.as_ref()).unwrap_or(0.0),
            audio_start: seconds(audio.start_time.as_ref())
                .or_else(|| seconds(format.start_time.as_ref()))
                .unwrap_or(0.0),
            sample_rate: seconds(audio.sample_rate.as_ref()).unwrap_or(44_100.0),
            trust_shorter: format.format_name.as_deref() == Some("aac"),
        })
    }

    /// Facts of what ffprobe would have printed.
    #[cfg(test)]
    pub fn for_test(printed: &str) -> Self {
        Self::parse(printed).unwrap()
    }

    /// Length of the sound in seconds: the container's, unless decoding its end tells otherwise.
    pub async fn natural_seconds(&self, tools: &AudioTools, path: &Path) -> f64 {
        let known = self.container_seconds;
        if self.sample_rate <= 0.0 {
            return known;
        }
        let from = (self.audio_start + known - TAIL).max(self.audio_start);
        let interval = format!("{from}%{FAR_END}");
        let mut last = last_frame(tools, path, Some(&interval)).await;
        if last.is_none() {
            last = last_frame(tools, path, None).await;
        }
        let Some((at, samples)) = last else {
            return known;
        };
        self.reconcile(at + samples / self.sample_rate - self.audio_start)
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

async fn last_frame(tools: &AudioTools, path: &Path, interval: Option<&str>) -> Option<(f64, f64)> {
    let mut args = Vec::new();
    if let Some(interval) = interval {
        args.extend(["-read_intervals", interval]);
    }
    args.extend([
        "-select_streams",
        "a:0",
        "-show_entries",
        "frame=best_effort_timestamp_time,nb_samples",
        "-of",
        "csv=p=0",
    ]);
    let printed = tools.probe(&args, path).await.ok()?;
    printed.lines().rev().find_map(|line| {
        let mut fields = line.trim().split(',');
        let at: f64 = fields.next()?.parse().ok()?;
        let samples: f64 = fields.next()?.parse().ok()?;
        (at.is_finite() && samples.is_finite()).then_some((at, samples))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOVIE: &str = r#"{"streams":[
        {"codec_type":"video","start_time":"0.000000"},
        {"codec_type":"audio","start_time":"0.250000","sample_rate":"48000","channels":6},
        {"codec_type":"video","start_time":"9.0","disposition":{"attached_pic":1}}],
        "format":{"format_name":"mov,mp4","duration":"2.5"}}"#;

    #[test]
    fn cover_pictures_do_not_lead() {
        let facts = SourceFacts::parse(MOVIE).unwrap();
        assert_eq!((facts.channels, facts.stream_lead), (6, 0.25));
        assert_eq!(facts.container_seconds, 2.5);
    }

    #[test]
    fn a_longer_decoded_length_is_believed_a_shorter_one_only_of_raw_aac() {
        let facts = SourceFacts::parse(MOVIE).unwrap();
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
        let text = SourceFacts::parse(r#"{"streams":[{"codec_type":"video"}]}"#).unwrap_err();
        assert!(text.contains("No audio stream"), "{text}");
    }
}
