//! Volumes of audible elements that scripts of the page change over time.

use super::PlayedPage;
use crate::browser::BrowserError;
use crate::composition::{Fps, VolumeKeyframe};

/// `__hfNativeKeepVolumes`: keeps what scripts write to volumes. Its `begin` and `play` are called
/// below.
pub(in crate::page) const KEEPER: &str = include_str!("../scripts/played_volumes.js");

/// Gains that differ by less are the same.
const SAME_GAIN: f64 = 1e-4;
/// Frames of one call, so that each ends well within its deadline.
const FRAMES_PER_CALL: usize = 64;

/// A sounding element to be listened to.
#[derive(Debug, Clone, PartialEq)]
pub struct AskedVolume {
    /// Render id of the element; with `-audio` behind it for a video.
    pub id: String,
    /// Its gain by the markup.
    pub gain: f64,
    /// Nothing is heard of it unless a script unmutes it.
    pub silent: bool,
    /// When it starts, seconds on the composition's timeline.
    pub start: f64,
    /// When it ends, likewise.
    pub end: f64,
}

/// The volume of an element that scripts set.
#[derive(Debug, Clone, PartialEq)]
pub struct ScriptedVolume {
    /// The element's id, as it was asked for.
    pub id: String,
    /// In ascending order of time.
    pub keyframes: Vec<VolumeKeyframe>,
}

/// The composition's timeline as it is played.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlayedSpan {
    /// Its length, seconds.
    pub seconds: f64,
    /// Moments a second at which the page is looked at: those of the output frames.
    pub fps: Fps,
}

impl PlayedPage {
    /// Plays the timeline once for all elements of `asked`, and returns those whose volume differs
    /// from that of the markup at some time. Only the frames during which one of them sounds are
    /// sought. The page must have been loaded with
    /// [`VolumeWatch::Keep`](crate::page::VolumeWatch).
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn volumes(
        &self,
        asked: &[AskedVolume],
        span: PlayedSpan,
    ) -> Result<Vec<ScriptedVolume>, BrowserError> {
        let frames = sounding_frames(asked, span);
        let elements = asked.iter().map(|one| {
            let AskedVolume { id, silent, .. } = one;
            serde_json::json!({ "id": id, "silent": silent })
        });
        let elements: Vec<_> = elements.collect();
        let away = (frames.first() == Some(&0)).then(|| span.fps.seek_time(1));
        let request = (serde_json::json!(elements), serde_json::json!(away));
        let begin = format!("__hfNativeVolumes.begin({}, {})", request.0, request.1);
        if !self.session.evaluate::<bool>(&begin).await? {
            return Ok(Vec::new());
        }
        let mut heard: Vec<Vec<VolumeKeyframe>> = vec![Vec::new(); asked.len()];
        for chunk in frames.chunks(FRAMES_PER_CALL) {
            let times: Vec<f64> = chunk.iter().map(|at| span.fps.seek_time(*at)).collect();
            let request = (serde_json::json!(chunk), serde_json::json!(times));
            let play = format!("__hfNativeVolumes.play({}, {})", request.0, request.1);
            let gains: Vec<Vec<Option<f64>>> = self.session.evaluate(&play).await?;
            for (time, gains) in times.iter().zip(&gains) {
                for ((one, heard), gain) in asked.iter().zip(&mut heard).zip(gains) {
                    let volume = gain.unwrap_or(one.gain);
                    heard.push(VolumeKeyframe {
                        time: *time,
                        volume,
                    });
                }
            }
        }
        let muted = "__hfNativeVolumes.mutedFrames()";
        let muted: Vec<usize> = self.session.evaluate(muted).await?;
        for (heard, muted) in heard.iter_mut().zip(muted) {
            for sample in heard.iter_mut().take(muted) {
                sample.volume = 0.0;
            }
        }
        let scripted = asked.iter().zip(heard).filter_map(|(one, heard)| {
            let heard = within(one, heard, span.fps);
            is_scripted(&heard, one.gain).then(|| ScriptedVolume {
                id: one.id.clone(),
                keyframes: keyframes(&heard),
            })
        });
        Ok(scripted.collect())
    }
}

/// The output frames during which one of the elements sounds, and those at their ends.
fn sounding_frames(asked: &[AskedVolume], span: PlayedSpan) -> Vec<u64> {
    let total = span.fps.frame_count(span.seconds);
    let is_heard = |frame: &u64| {
        let time = span.fps.time_of(*frame);
        asked.iter().any(|one| is_near(one, time, span.fps))
    };
    (0..=total).filter(is_heard).collect()
}

/// Whether `time` lies in the element's slot, or less than a frame outside of it.
fn is_near(one: &AskedVolume, time: f64, fps: Fps) -> bool {
    let less_than_a_frame = 1.0 / fps.as_f64() - 1e-6;
    time > one.start - less_than_a_frame && time < one.end + less_than_a_frame
}

fn within(one: &AskedVolume, heard: Vec<VolumeKeyframe>, fps: Fps) -> Vec<VolumeKeyframe> {
    let mut heard = heard;
    heard.retain(|sample| is_near(one, sample.time, fps));
    heard
}

fn is_scripted(heard: &[VolumeKeyframe], authored: f64) -> bool {
    heard.iter().any(|sample| differs(sample.volume, authored))
}

fn differs(a: f64, b: f64) -> bool {
    (a - b).abs() > SAME_GAIN
}

/// Keyframes where the volume changes: the sample before each change, the change itself, and the
/// last sample.
fn keyframes(heard: &[VolumeKeyframe]) -> Vec<VolumeKeyframe> {
    let rounded = |sample: &VolumeKeyframe| VolumeKeyframe {
        time: round(sample.time),
        volume: round(sample.volume),
    };
    let mut kept: Vec<VolumeKeyframe> = Vec::new();
    for (at, sample) in heard.iter().map(rounded).enumerate() {
        let Some(last) = kept.last().copied() else {
            kept.push(sample);
            continue;
        };
        if differs(sample.volume, last.volume) {
            let before = rounded(&heard[at - 1]);
            if before.time > last.time {
                kept.push(before);
            }
            kept.push(sample);
        } else if at + 1 == heard.len() {
            kept.push(sample);
        }
    }
    kept
}

/// To six decimals, as upstream does.
fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn samples(volumes: &[f64]) -> Vec<VolumeKeyframe> {
        let sample = |(at, &volume): (usize, &f64)| VolumeKeyframe {
            time: at as f64 / 10.0,
            volume,
        };
        volumes.iter().enumerate().map(sample).collect()
    }

    fn asked(start: f64, end: f64) -> AskedVolume {
        AskedVolume {
            id: "a".into(),
            gain: 1.0,
            silent: false,
            start,
            end,
        }
    }

    #[test]
    fn a_step_keeps_the_sample_before_it() {
        let kept = keyframes(&samples(&[1.0, 1.0, 1.0, 0.2, 0.2, 0.2]));
        let kept: Vec<_> = kept.iter().map(|key| (key.time, key.volume)).collect();
        assert_eq!(kept, [(0.0, 1.0), (0.2, 1.0), (0.3, 0.2), (0.5, 0.2)]);
    }

    #[test]
    fn a_constant_that_the_markup_has_not_is_scripted() {
        let heard = samples(&[0.3, 0.3, 0.3]);
        assert!(is_scripted(&heard, 1.0));
        assert!(!is_scripted(&heard, 0.3));
        assert_eq!(keyframes(&heard).len(), 2);
        assert!(keyframes(&[]).is_empty());
    }

    #[test]
    fn frames_without_sound_are_not_sought() {
        let span = PlayedSpan {
            seconds: 10.0,
            fps: Fps::new(10, 1).unwrap(),
        };
        let frames = sounding_frames(&[asked(1.0, 1.2), asked(9.95, 12.0)], span);
        assert_eq!(frames, [10, 11, 12, 99, 100]);
    }

    proptest! {
        #[test]
        fn straight_lines_between_keyframes_are_the_samples(
            volumes in proptest::collection::vec(0..4u8, 1..40),
        ) {
            let volumes: Vec<f64> = volumes.iter().map(|step| f64::from(*step) / 4.0).collect();
            let heard = samples(&volumes);
            let kept = keyframes(&heard);
            for sample in &heard {
                let after = kept.iter().position(|key| key.time >= sample.time - 1e-6).unwrap();
                let (b, a) = (kept[after], kept[after.saturating_sub(1)]);
                let share = if b.time > a.time { (sample.time - a.time) / (b.time - a.time) } else { 1.0 };
                let line = a.volume + (b.volume - a.volume) * share;
                prop_assert!((line - sample.volume).abs() < 1e-3, "{sample:?} {kept:?}");
            }
        }
    }
}
