//! What the mix derives from the media lists: the sound of videos, and gains over time.

use super::envelope::MAX_GAIN;
use crate::composition::{AudioClip, AudioKind, Automation, Scale, VideoClip, VolumeKeyframe};

/// Points per second that a curved part of a volume automation becomes.
const CURVE_SAMPLES_PER_SECOND: f64 = 30.0;

/// The sound of videos whose markup says that they have sound, whether or not the media list has it
/// as audio. Upstream adds those that the list lacks, and plays them at rate 1.
pub(super) fn of_videos(videos: &[VideoClip]) -> impl Iterator<Item = AudioClip> {
    let sounding = videos
        .iter()
        .filter(|video| video.has_audio && !video.hidden);
    sounding.map(of_video)
}

/// The sound of videos that the media lists call silent, because their markup mutes them. Scripts may
/// unmute them: until then their volume is 0.
pub(super) fn of_muted_videos(videos: &[VideoClip]) -> impl Iterator<Item = AudioClip> {
    let silent = videos
        .iter()
        .filter(|video| !video.has_audio && !video.hidden);
    silent.map(|video| AudioClip {
        playback_rate: Some(video.playback_rate.clone()),
        volume: Some(0.0),
        ..of_video(video)
    })
}

fn of_video(video: &VideoClip) -> AudioClip {
    AudioClip {
        id: format!("{}-audio", video.id),
        src: video.src.clone(),
        start: video.start,
        // To the end of its source.
        end: if video.end.is_finite() {
            video.end
        } else {
            0.0
        },
        media_start: video.media_start,
        looped: video.looped,
        kind: AudioKind::Video,
        ..AudioClip::default()
    }
}

/// The volume lane of `automation` as gains on the timeline, for a track that starts at `start` and
/// lasts `duration` seconds; `None` without such a lane. Curves become straight lines.
pub(super) fn lane_keyframes(
    automation: &Automation,
    start: f64,
    duration: f64,
) -> Option<Vec<VolumeKeyframe>> {
    let lane = automation.lane("volume", (0.0, MAX_GAIN))?;
    let mut keyframes = Vec::new();
    let mut push = |t: f64, volume: f64| {
        keyframes.push(VolumeKeyframe {
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
        // As in upstream, a segment is a curve only if `curve` is not 0; a via point alone does not
        // make it one.
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
    fn only_videos_that_sound_are_added() {
        let videos = serde_json::json!([
            {"id": "a", "src": "a.mp4", "start": 1, "end": null, "hasAudio": true},
            {"id": "b", "src": "b.mp4", "start": 0, "hasAudio": true, "hidden": true},
            {"id": "c", "src": "c.mp4", "start": 0, "hasAudio": false},
            {"id": "d", "src": "d.mp4", "start": 0},
        ]);
        let videos: Vec<VideoClip> = serde_json::from_value(videos).unwrap();
        let clips: Vec<AudioClip> = of_videos(&videos).collect();
        let ids: Vec<&str> = clips.iter().map(|clip| clip.id.as_str()).collect();
        assert_eq!(ids, ["a-audio"]);
        assert_eq!((clips[0].kind, clips[0].end), (AudioKind::Video, 0.0));
        let muted: Vec<AudioClip> = of_muted_videos(&videos).collect();
        let told: Vec<_> = muted.iter().map(|clip| (&*clip.id, clip.volume)).collect();
        assert_eq!(told, [("c-audio", Some(0.0)), ("d-audio", Some(0.0))]);
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
            VolumeKeyframe {
                time: 10.0,
                volume: 0.0
            }
        );
        assert_eq!(
            keyframes.last(),
            Some(&VolumeKeyframe {
                time: 14.0,
                volume: 1.0
            })
        );
        let middle = keyframes[16];
        assert!((middle.time - 11.0).abs() < 1e-12 && (middle.volume - 0.0625).abs() < 1e-12);
    }
}
