//! Clip plans: which part of a source a clip needs. The rules are upstream's (docs/upstream.md#clip-window),
//! because the same source frame has to show on every output frame.

use super::error::MediaError;
use super::frame_count::{expected_frames, frame_count};
use crate::composition::{Fps, Rate, RateSpec, VideoClip};
use crate::probe::VideoFacts;
use std::path::Path;

/// Nominal length of a window that holds nothing but the last frame, seconds (upstream's figure).
const LAST_FRAME_ONLY: f64 = 1e-6;
/// Slack when comparing times in seconds.
const EPSILON: f64 = 1e-9;

/// What to decode. Times in seconds of the source, from the file's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extraction {
    /// The frames that are due in it.
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
    /// Second of the timeline at which the extraction begins to show.
    pub start: f64,
    /// End on the timeline.
    pub end: f64,
    /// Where the extraction begins in the source, seconds.
    pub media_start: f64,
    /// Source seconds per timeline second, from `start` on.
    pub rate: Rate,
    /// Playable source seconds, when the clip starts over at their end.
    pub cycle: Option<f64>,
    /// How much later than the file its picture starts, seconds.
    pub lead: f64,
    /// Expected frames, at the output's rate; fewer make an incomplete source.
    pub expected_frames: u64,
    /// Frames of the extraction, at the output's rate, if the source is as long as it says.
    pub promised_frames: u64,
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

/// Plans `clip` over a timeline of `timeline_end` seconds at `fps`.
///
/// # Errors
/// [`MediaError::NoDuration`], [`MediaError::StartOutOfRange`].
pub fn plan_clip(
    clip: &VideoClip,
    facts: &VideoFacts,
    path: &Path,
    timeline_end: f64,
    fps: Fps,
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::SourceTime;
    use crate::video::testing::{clip, facts, fps30, planned, ramp, ready};

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
        assert_eq!(plan.source_at(1.5), Some(SourceTime::of_seconds(1.0)));
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
        assert_eq!(
            (plan.start, plan.source_at(0.0)),
            (0.0, Some(SourceTime::default()))
        );
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
    fn an_in_point_behind_the_end_is_refused_unless_it_can_hold() {
        let mut c = clip(0.0, f64::INFINITY);
        c.media_start = 3.0;
        let error = plan_clip(&c, &facts(2.0), Path::new("v.mp4"), 5.0, fps30());
        let error = error.unwrap_err();
        assert!(error.to_string().contains("data-media-start"), "{error}");
    }
}
