//! Which part of a source a clip needs, and which of its frames shows when. The rules are
//! upstream's (spec/capture.md 4.4 and 5.1, with 0.8.170's held tails and stream leads), because
//! the same source frame has to show on every output frame.

use super::error::MediaError;
use crate::composition::{ClipWindow, Rate, RateSpec, VideoClip};
use crate::probe::VideoFacts;
use std::path::Path;

/// Nominal length of a window that holds nothing but the last frame, seconds (upstream's figure).
const LAST_FRAME_ONLY: f64 = 1e-6;
/// Slack when comparing times in seconds.
const EPSILON: f64 = 1e-9;
/// A picture that starts later than this after the clip's time is not shown ahead of its time.
const SHOWN_AHEAD: f64 = 1.0;

/// What to decode. Times in seconds of the source, from the file's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extraction {
    /// Frames sampled at the output rate.
    Range {
        /// First.
        start: f64,
        /// Length.
        duration: f64,
    },
    /// One frame.
    Single {
        /// When it shows.
        at: f64,
    },
}

/// A clip's part of its source and of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPlan {
    /// What to decode.
    pub extraction: Extraction,
    /// Second of the timeline at which frame 0 of the extraction shows.
    pub start: f64,
    /// End on the timeline.
    pub end: f64,
    /// Source time of the extraction's frame 0.
    pub media_start: f64,
    /// Source seconds per timeline second, from `start` on.
    pub rate: Rate,
    /// Playable source seconds, when the clip starts over at their end.
    pub cycle: Option<f64>,
    /// How much later than the file its picture starts, seconds.
    lead: f64,
    /// Expected frames; fewer make an incomplete source.
    pub expected_frames: u64,
    /// Frames of the extraction if the source is as long as it says.
    pub promised_frames: u64,
}

/// Of the frames a source promises, the share below which it counts as a shorter one than its
/// header says, whose last frame is held, and not as a damaged one (upstream's figure).
const SHORTER: f64 = 0.6;

impl ClipPlan {
    /// Whether a source that ended after `frames` is just shorter than it says.
    pub fn is_shorter(&self, frames: u64) -> bool {
        frames > 0 && frames as f64 <= self.promised_frames as f64 * SHORTER
    }
}

/// Whether a tail past the end of the source has to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub enum Planned {
    /// Nothing more to ask.
    Ready(ClipPlan),
    /// The clip reaches past the end of its source. With the time of the source's last frame,
    /// [`TailPlan::settle`] decides.
    Tail(TailPlan),
    /// The clip shows nothing before the end.
    Nothing,
}

/// A plan that depends on when the source's last frame shows.
#[derive(Debug, Clone, PartialEq)]
pub struct TailPlan {
    plan: ClipPlan,
    clip_start: f64,
    clip_media_start: f64,
    clip_rate: RateSpec,
    playable: f64,
}

impl TailPlan {
    /// Decides, given when the last frame shows (seconds from the file's start).
    pub fn settle(self, last_frame: f64) -> ClipPlan {
        let Self {
            mut plan,
            clip_start,
            clip_media_start,
            clip_rate,
            playable,
        } = self;
        let Extraction::Range { start, duration } = plan.extraction else {
            return plan;
        };
        if start < last_frame - EPSILON {
            return plan;
        }
        let rest = (playable - clip_media_start).max(duration);
        let logical = rest.min(LAST_FRAME_ONLY);
        plan.extraction = Extraction::Single { at: last_frame };
        plan.start = clip_start.max(0.0);
        plan.rate = clip_rate.shifted(plan.start - clip_start).resolve();
        plan.media_start = playable - logical;
        plan.expected_frames = 1;
        plan.promised_frames = 1;
        plan
    }
}

/// Plans `clip` over a timeline of `timeline_end` seconds at `fps` (frames, seconds).
///
/// # Errors
/// [`MediaError::NoDuration`], [`MediaError::StartOutOfRange`].
pub fn plan_clip(
    clip: &VideoClip,
    facts: &VideoFacts,
    path: &Path,
    timeline_end: f64,
    fps: (u32, u32),
) -> Result<Planned, MediaError> {
    let playable = facts.playable();
    if playable <= 0.0 || !playable.is_finite() {
        return Err(MediaError::NoDuration {
            path: path.to_owned(),
        });
    }
    if clip.start >= timeline_end {
        return Ok(Planned::Nothing);
    }
    let authored = clip.end - clip.start;
    let can_hold = !clip.looped && authored.is_finite() && authored > 0.0;
    if clip.media_start >= playable && !can_hold {
        return Err(MediaError::StartOutOfRange {
            id: clip.id.clone(),
            media_start: clip.media_start,
            playable,
            path: path.to_owned(),
        });
    }
    let rate = clip.playback_rate.resolve();
    let later = |start: f64| clip.playback_rate.shifted(start - clip.start).resolve();
    let length = if authored.is_finite() && authored > 0.0 {
        authored
    } else {
        let rest = playable - clip.media_start;
        rate.timeline_time(if rest > 0.0 { rest } else { playable })
    };
    let from = clip.start.max(0.0);
    let preroll = from - clip.start;
    let preroll_source = rate.source_time(preroll);
    let visible = (length - preroll)
        .min((timeline_end - from).max(0.0))
        .max(0.0);
    let visible_source = rate.source_between(preroll, visible);
    let rest = (playable - clip.media_start).max(0.0);
    let base = ClipPlan {
        extraction: Extraction::Range {
            start: clip.media_start,
            duration: rest,
        },
        start: clip.start,
        end: clip.end,
        media_start: clip.media_start,
        rate: rate.clone(),
        cycle: clip.looped.then_some(playable),
        lead: facts.lead,
        expected_frames: 0,
        promised_frames: 0,
    };
    let range = |start, duration| Extraction::Range { start, duration };
    let rebased = |media_start: f64| ClipPlan {
        extraction: range(media_start, visible_source),
        start: from,
        end: from + visible,
        media_start,
        rate: later(from),
        ..base.clone()
    };
    let counted = |mut plan: ClipPlan| {
        plan.expected_frames = expected_frames(&plan, playable, facts.variable_rate, fps);
        if let Extraction::Range { duration, .. } = plan.extraction {
            plan.promised_frames = frame_count(duration, fps, facts.variable_rate);
        }
        plan
    };
    if visible <= 0.0 {
        return Ok(Planned::Nothing);
    }
    if rest > 0.0 && clip.looped && clip.end.is_finite() {
        let phase = preroll_source % rest;
        return Ok(Planned::Ready(counted(if visible_source >= rest - phase {
            base
        } else {
            rebased(clip.media_start + phase)
        })));
    }
    let tail = |plan| {
        Ok(Planned::Tail(TailPlan {
            plan: counted(plan),
            clip_start: clip.start,
            clip_media_start: clip.media_start,
            clip_rate: clip.playback_rate.clone(),
            playable,
        }))
    };
    if rest > 0.0 {
        let after_preroll = (rest - preroll_source).max(0.0);
        if visible_source <= after_preroll {
            return Ok(Planned::Ready(counted(rebased(
                clip.media_start + preroll_source,
            ))));
        }
        let duration = after_preroll.max(LAST_FRAME_ONLY).min(rest);
        let offset = rest - duration;
        let start = clip.start + rate.timeline_time(offset);
        return tail(ClipPlan {
            extraction: range(clip.media_start + offset, duration),
            start,
            rate: later(start),
            media_start: clip.media_start + offset,
            ..base
        });
    }
    let logical = playable.min(LAST_FRAME_ONLY);
    tail(ClipPlan {
        extraction: range(playable - logical, logical),
        media_start: playable - logical,
        ..base
    })
}

impl ClipPlan {
    /// When it shows.
    pub fn window(&self, fps: f64) -> ClipWindow {
        ClipWindow::new(self.start, self.end, fps)
    }

    /// The extraction's frame that shows at `time` (seconds of the timeline), before the last
    /// one there is bounds it; `None` while the source has no picture yet.
    pub fn frame_at(&self, time: f64, fps: f64) -> Option<u64> {
        let local = (time - self.start).max(0.0);
        let cycle = self.cycle.map(|playable| playable - self.media_start);
        let source = match (cycle.filter(|cycle| *cycle > 0.0), &self.rate) {
            // Every cycle of a constant rate takes as long; a changing one goes on changing.
            (Some(cycle), Rate::Constant(rate)) => self.rate.source_time(local % (cycle / rate)),
            (Some(cycle), Rate::Table { .. }) => self.rate.source_time(local) % cycle,
            (None, rate) => rate.source_time(local),
        };
        if self.lead - (self.media_start + source) >= SHOWN_AHEAD - 1e-6 {
            return None;
        }
        Some((source * fps + EPSILON).floor() as u64)
    }
}

fn expected_frames(plan: &ClipPlan, playable: f64, variable: bool, fps: (u32, u32)) -> u64 {
    let slot = plan.rate.source_time((plan.end - plan.start).max(0.0));
    let source = playable - plan.media_start;
    let slot_frames = frame_count(slot, fps, variable);
    if source > 0.0 {
        slot_frames.min(frame_count(source, fps, variable))
    } else {
        slot_frames
    }
}

/// Frames in `duration` seconds at `fps`, the duration taken to the microsecond as upstream
/// takes it: the nearest whole number, or, for a `variable` rate, rounded up; at least 1 for any
/// positive length, 0 for none or an infinite one.
pub fn frame_count(duration: f64, fps: (u32, u32), variable: bool) -> u64 {
    if !duration.is_finite() || duration <= 0.0 {
        return 0;
    }
    // Through the decimal text, so that 2.05 s is 2 050 000 us and not one less.
    let text = format!("{duration}");
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let micros: u128 = format!("{whole}{:0<6.6}", fraction).parse().unwrap_or(0);
    let (num, den) = (u128::from(fps.0), u128::from(fps.1));
    let (top, bottom) = (micros * num, 1_000_000 * den);
    let count = if variable {
        top.div_ceil(bottom)
    } else {
        (2 * top + bottom) / (2 * bottom)
    };
    u64::try_from(count).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn facts(duration: f64) -> VideoFacts {
        VideoFacts {
            codec: "h264".into(),
            pixel_format: "yuv420p".into(),
            width: 2,
            height: 2,
            turned: false,
            stream_duration: duration,
            own_duration: Some(duration),
            frames: None,
            stream_start: 0.0,
            lead: 0.0,
            variable_rate: false,
            alpha: false,
            matrix: String::new(),
            range: String::new(),
            transfer: String::new(),
            primaries: String::new(),
            still: false,
        }
    }

    fn clip(start: f64, end: f64) -> VideoClip {
        VideoClip {
            id: "v".into(),
            src: "v.mp4".into(),
            start,
            end,
            media_start: 0.0,
            playback_rate: RateSpec::default(),
            looped: false,
            has_audio: false,
            hidden: false,
        }
    }

    fn planned(clip: &VideoClip, duration: f64, end: f64) -> Planned {
        plan_clip(clip, &facts(duration), Path::new("v.mp4"), end, (30, 1)).unwrap()
    }

    fn ready(clip: &VideoClip, duration: f64, end: f64) -> ClipPlan {
        match planned(clip, duration, end) {
            Planned::Ready(plan) => plan,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_clip_inside_its_source_takes_what_it_shows() {
        let mut c = clip(1.0, 3.0);
        c.media_start = 0.5;
        c.playback_rate = RateSpec::Constant(2.0);
        let plan = ready(&c, 10.0, 2.5);
        assert_eq!(
            plan.extraction,
            Extraction::Range {
                start: 0.5,
                duration: 3.0
            }
        );
        assert_eq!(plan.end, 2.5);
        assert_eq!(plan.frame_at(1.5, 30.0), Some(30));
        assert_eq!(plan.expected_frames, 90);
    }

    #[test]
    fn preroll_is_cut_off() {
        let plan = ready(&clip(-1.0, 2.0), 10.0, 5.0);
        assert_eq!(
            plan.extraction,
            Extraction::Range {
                start: 1.0,
                duration: 2.0
            }
        );
        assert_eq!((plan.start, plan.frame_at(0.0, 30.0)), (0.0, Some(0)));
    }

    #[test]
    fn a_tail_keeps_its_end_and_may_be_the_last_frame_only() {
        let Planned::Tail(tail) = planned(&clip(0.0, 5.0), 2.0, 5.0) else {
            panic!("no tail");
        };
        let plan = tail.settle(1.9);
        assert_eq!((plan.end, plan.expected_frames), (5.0, 60));
        let mut late = clip(0.0, 5.0);
        late.media_start = 2.0;
        let Planned::Tail(tail) = planned(&late, 2.0, 5.0) else {
            panic!("no tail");
        };
        assert_eq!(
            tail.settle(1.966).extraction,
            Extraction::Single { at: 1.966 }
        );
    }

    #[test]
    fn loops_come_round() {
        let mut c = clip(0.0, 10.0);
        c.looped = true;
        let plan = ready(&c, 2.0, 10.0);
        assert_eq!(plan.frame_at(2.0, 30.0), Some(0));
        assert_eq!(plan.frame_at(5.5, 30.0), Some(45));
        c.end = 1.0;
        assert_eq!(
            ready(&c, 2.0, 10.0).extraction,
            Extraction::Range {
                start: 0.0,
                duration: 1.0
            }
        );
    }

    /// A ramp over the clip's own time, as the compile stage lists it.
    fn ramp(points: serde_json::Value) -> RateSpec {
        serde_json::from_value(serde_json::json!({"target": "rate", "points": points})).unwrap()
    }

    #[test]
    fn a_ramp_takes_the_frames_of_its_integral() {
        let mut c = clip(1.0, 3.0);
        c.playback_rate = ramp(serde_json::json!([
            {"t": 0, "v": 2}, {"t": 1, "v": 2}, {"t": 1.000_001, "v": 0.5}
        ]));
        let plan = ready(&c, 10.0, 5.0);
        let Extraction::Range { start, duration } = plan.extraction else {
            panic!("{:?}", plan.extraction);
        };
        assert!(start == 0.0 && (duration - 2.5).abs() < 1e-5, "{duration}");
        assert_eq!(plan.expected_frames, 75);
        assert_eq!(plan.frame_at(1.5, 30.0), Some(30));
        assert_eq!(plan.frame_at(2.9, 30.0), Some(73));
    }

    #[test]
    fn a_ramp_before_the_timeline_is_cut_off() {
        let mut c = clip(-1.0, 2.0);
        c.playback_rate = ramp(serde_json::json!([
            {"t": 0, "v": 1, "curve": 0.5}, {"t": 2, "v": 4}
        ]));
        let whole = c.playback_rate.resolve();
        let plan = ready(&c, 20.0, 5.0);
        assert_eq!((plan.start, plan.end), (0.0, 2.0));
        assert!((plan.media_start - whole.source_time(1.0)).abs() < 1e-12);
        for time in [0.0, 0.4, 1.0, 1.9] {
            let expected = whole.source_time(time + 1.0);
            let got = plan.media_start + plan.rate.source_time(time);
            // Sixteen straight pieces instead of the bend.
            assert!((got - expected).abs() < 0.01, "{time}: {got} {expected}");
        }
    }

    #[test]
    fn a_looped_ramp_goes_on_changing() {
        let mut c = clip(0.0, 10.0);
        c.looped = true;
        c.playback_rate =
            ramp(serde_json::json!([{"t": 0, "v": 1}, {"t": 4, "v": 1}, {"t": 4.000_001, "v": 2}]));
        let plan = ready(&c, 3.0, 10.0);
        assert_eq!(plan.frame_at(3.5, 30.0), Some(15));
        // After 4 s of the clip 4 s of source, then twice as fast: 6.52 s at 5.26 s.
        assert_eq!(plan.frame_at(5.26, 30.0), Some(15));
    }

    #[test]
    fn an_in_point_behind_the_end_is_refused_unless_it_can_hold() {
        let mut c = clip(0.0, f64::INFINITY);
        c.media_start = 3.0;
        let error = plan_clip(&c, &facts(2.0), Path::new("v.mp4"), 5.0, (30, 1)).unwrap_err();
        assert!(error.to_string().contains("data-media-start"), "{error}");
    }

    #[test]
    fn counts_are_exact() {
        assert_eq!(frame_count(2.05, (30, 1), false), 62);
        assert_eq!(frame_count(1.001, (30000, 1001), false), 30);
        assert_eq!(frame_count(1e-6, (30, 1), false), 1);
        assert_eq!(frame_count(1.01, (30, 1), true), 31);
        assert_eq!(frame_count(f64::INFINITY, (30, 1), true), 0);
    }

    proptest! {
        #[test]
        fn shown_frames_never_go_back_without_a_loop(
            start in -3.0f64..3.0, length in 0.1f64..8.0, source in 0.2f64..8.0,
            rate in 0.1f64..10.0, media in 0.0f64..0.1,
        ) {
            let mut c = clip(start, start + length);
            (c.playback_rate, c.media_start) = (RateSpec::Constant(rate), media);
            let plan = match planned(&c, source, 10.0) {
                Planned::Ready(plan) => plan,
                Planned::Tail(tail) => tail.settle(source - 0.03),
                Planned::Nothing => return Ok(()),
            };
            let shown: Vec<u64> = (0..300)
                .map(|n| f64::from(n) / 30.0)
                .filter(|time| plan.window(30.0).contains(*time))
                .filter_map(|time| plan.frame_at(time, 30.0))
                .collect();
            prop_assert!(shown.is_sorted(), "{shown:?}");
        }
    }
}
