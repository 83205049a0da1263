//! Sounding elements of a composition, as the media list of the compile stage holds them.

use serde::{Deserialize, Deserializer};

use super::envelope::{Keyframe, MAX_GAIN};
use crate::composition::{Automation, RateSpec, Scale};

/// Samples per second that a bent volume lane is turned into straight pieces at.
const CURVE_SAMPLES_PER_SECOND: f64 = 30.0;

/// What a track comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TrackKind {
    /// An `<audio>` element.
    #[default]
    Audio,
    /// The sound of a `<video>` element.
    Video,
}

/// One entry of `composition.media.audios`. Times are seconds on the composition's timeline.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AudioTrack {
    /// Render id of the element; with `-audio` behind it for a video.
    pub id: String,
    /// Source, relative to the compiled or the project folder.
    pub src: String,
    /// When it starts.
    #[serde(default, deserialize_with = "zero_for_null")]
    pub start: f64,
    /// When it ends; not after `start` plays it to the end of its source.
    #[serde(default, deserialize_with = "zero_for_null")]
    pub end: f64,
    /// Where in the source it starts, seconds.
    #[serde(default, deserialize_with = "zero_for_null")]
    pub media_start: f64,
    /// Speed; absent means 1.
    #[serde(default)]
    pub playback_rate: Option<RateSpec>,
    /// Gain; what is no number means 1.
    #[serde(default)]
    pub volume: Option<f64>,
    /// Seconds of fade at its start.
    #[serde(default)]
    pub fade_in: Option<f64>,
    /// Seconds of fade at its end.
    #[serde(default)]
    pub fade_out: Option<f64>,
    /// JSON of its effects.
    #[serde(default)]
    pub fx_chain: Option<String>,
    /// JSON of its automation lanes.
    #[serde(default)]
    pub automation: Option<String>,
    /// The group it is mixed into first.
    #[serde(default)]
    pub group_id: Option<String>,
    /// JSON of the group's effects.
    #[serde(default)]
    pub group_fx_chain: Option<String>,
    /// JSON of the group's automation lanes.
    #[serde(default)]
    pub group_automation: Option<String>,
    /// Gain of the group.
    #[serde(default)]
    pub group_volume: Option<f64>,
    /// What it comes from.
    #[serde(default, rename = "type")]
    pub kind: TrackKind,
    /// Gains that scripts of the page give it.
    #[serde(default)]
    pub volume_keyframes: Vec<Keyframe>,
}

/// JSON has neither infinity nor NaN; both arrive as null.
fn zero_for_null<'de, D: Deserializer<'de>>(value: D) -> Result<f64, D::Error> {
    Ok(Option::deserialize(value)?.unwrap_or(0.0))
}

impl AudioTrack {
    /// Reads the media list's entries.
    ///
    /// # Errors
    /// A sentence that names the entry and the field at fault.
    pub fn list(audios: &[serde_json::Value]) -> Result<Vec<Self>, String> {
        let read = |(index, entry): (usize, &serde_json::Value)| {
            Self::deserialize(entry).map_err(|e| format!("`media.audios[{index}]`: {e}"))
        };
        audios.iter().enumerate().map(read).collect()
    }

    /// The sound of videos that say in their markup that they have some, whether or not it is in
    /// the list of sounding elements: upstream adds what is missing there, at its own speed.
    pub fn of_videos(videos: &[serde_json::Value]) -> Vec<Self> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Video {
            id: String,
            src: String,
            #[serde(default)]
            start: Option<f64>,
            #[serde(default)]
            end: Option<f64>,
            #[serde(default)]
            media_start: Option<f64>,
            #[serde(default)]
            has_audio: bool,
            #[serde(default)]
            hidden: bool,
        }
        let sounding = |video: &Video| video.has_audio && !video.hidden;
        videos
            .iter()
            .filter_map(|video| Video::deserialize(video).ok())
            .filter(sounding)
            .map(|video| Self {
                id: format!("{}-audio", video.id),
                src: video.src,
                start: video.start.unwrap_or(0.0),
                end: video.end.unwrap_or(0.0),
                media_start: video.media_start.unwrap_or(0.0),
                kind: TrackKind::Video,
                ..Self::default()
            })
            .collect()
    }
}

/// The volume lane of `automation` as gains on the timeline, for a track that starts at `start`
/// and lasts `duration` seconds; `None` without such a lane. Bent pieces become straight ones.
pub(super) fn lane_keyframes(
    automation: &Automation,
    start: f64,
    duration: f64,
) -> Option<Vec<Keyframe>> {
    let lane = automation.lane("volume", (0.0, MAX_GAIN))?;
    let mut keyframes = Vec::new();
    let mut push = |t: f64, volume: f64| {
        keyframes.push(Keyframe {
            time: start + t,
            volume,
        })
    };
    let (first, last) = (lane.points.first()?, lane.points.last()?);
    if first.t > 0.0 {
        push(0.0, first.v);
    }
    for (i, point) in lane.points.iter().enumerate() {
        push(point.t, point.v);
        // As upstream has it, only a bend counts here, not a via point alone.
        let Some(next) = lane.points.get(i + 1).filter(|_| point.curve != 0.0) else {
            continue;
        };
        let span = next.t - point.t;
        let steps = (span * CURVE_SAMPLES_PER_SECOND).ceil().max(2.0) as u32;
        for k in 1..steps {
            let t = point.t + span * f64::from(k) / f64::from(steps);
            push(t, lane.sample(t, Scale::Linear));
        }
    }
    if duration > last.t {
        push(duration, last.v);
    }
    Some(keyframes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_read_as_the_compile_stage_writes_them() {
        let entries = serde_json::json!([
            {"id": "a", "src": "a.wav", "start": 1, "end": null, "mediaStart": 0.5, "layer": 0,
             "playbackRate": 1.5, "volume": null, "fadeIn": 0.2, "type": "audio"},
            {"id": "v-audio", "src": "v.mp4", "start": 0, "end": 2, "mediaStart": 0, "layer": 0,
             "playbackRate": {"target": "rate", "points": [{"t": 0, "v": 2}]}, "volume": 0.5,
             "groupId": "g", "groupVolume": 0.7, "type": "video"},
        ]);
        let tracks = AudioTrack::list(entries.as_array().unwrap()).unwrap();
        assert_eq!((tracks[0].end, tracks[0].volume), (0.0, None));
        assert_eq!(tracks[1].kind, TrackKind::Video);
        assert!(matches!(
            tracks[1].playback_rate,
            Some(RateSpec::Automation(_))
        ));
    }

    #[test]
    fn only_videos_that_sound_are_added() {
        let videos = serde_json::json!([
            {"id": "a", "src": "a.mp4", "start": 1, "end": null, "hasAudio": true},
            {"id": "b", "src": "b.mp4", "hasAudio": true, "hidden": true},
            {"id": "c", "src": "c.mp4", "hasAudio": false},
        ]);
        let tracks = AudioTrack::of_videos(videos.as_array().unwrap());
        let ids: Vec<&str> = tracks.iter().map(|track| track.id.as_str()).collect();
        assert_eq!((ids, tracks[0].kind), (vec!["a-audio"], TrackKind::Video));
    }

    #[test]
    fn a_broken_entry_is_named() {
        let entries = [serde_json::json!({"id": "a"})];
        let text = AudioTrack::list(&entries).unwrap_err();
        assert!(text.contains("audios[0]") && text.contains("src"), "{text}");
    }

    #[test]
    fn a_bent_lane_becomes_thirty_pieces_a_second() {
        let json = r#"{"version":1,"lanes":[{"target":"volume","points":[
            {"t":0.5,"v":0,"curve":1},{"t":1.5,"v":1}]}]}"#;
        let keyframes = lane_keyframes(&Automation::parse(json).unwrap(), 10.0, 4.0).unwrap();
        // Held before the first point, 29 points inside the bend, held after the last one.
        assert_eq!(keyframes.len(), 1 + 2 + 29 + 1);
        assert_eq!(
            keyframes[0],
            Keyframe {
                time: 10.0,
                volume: 0.0
            }
        );
        assert_eq!(
            keyframes.last(),
            Some(&Keyframe {
                time: 14.0,
                volume: 1.0
            })
        );
        let middle = keyframes[16];
        assert!((middle.time - 11.0).abs() < 1e-12 && (middle.volume - 0.0625).abs() < 1e-12);
    }
}
