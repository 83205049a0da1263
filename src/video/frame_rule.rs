//! Which moment of its source a clip shows in an output frame: the in-point and what was played
//! since the clip's start, as a page sets its `<video>`'s `currentTime`. The frame due then is the last
//! one that has begun ([`super::due_finder`]), for pages and for HDR layers alike.

use super::clip_plan::{ClipPlan, Extraction};
use super::source_time::SourceTime;
use crate::composition::{ClipWindow, Fps, FrameRange, Rate};

/// A picture that starts later than this after the clip's time is not shown ahead of its time,
/// seconds.
const SHOWN_AHEAD: f64 = 1.0;

impl ClipPlan {
    /// When it shows.
    pub fn window(&self, fps: Fps) -> ClipWindow {
        ClipWindow::new(self.start, self.end, fps.as_f64())
    }

    /// The time of the extraction that is due at the second `time` of the timeline; `None` while the
    /// source has no picture yet.
    pub fn source_at(&self, time: f64) -> Option<SourceTime> {
        let source = self.cycled_source_time(time);
        if self.lead - (self.media_start + source) >= SHOWN_AHEAD - 1e-6 {
            return None;
        }
        Some(match self.extraction {
            Extraction::Single { .. } => SourceTime::default(),
            Extraction::Range { .. } => SourceTime::of_seconds(source),
        })
    }

    /// Seconds of the source after its in-point that `time` comes to, within the cycle of a loop.
    fn cycled_source_time(&self, time: f64) -> f64 {
        let local = (time - self.start).max(0.0);
        let cycle = self.cycle.map(|playable| playable - self.media_start);
        match (cycle.filter(|cycle| *cycle > 0.0), &self.rate) {
            // Every cycle of a constant rate takes as long; a changing one goes on changing.
            (Some(cycle), Rate::Constant(rate)) => self.rate.source_time(local % (cycle / rate)),
            (Some(cycle), Rate::Table { .. }) => self.rate.source_time(local) % cycle,
            (None, rate) => rate.source_time(local),
        }
    }

    /// Output frame and due time of everything the clip shows in `frames`.
    pub fn schedule(&self, fps: Fps, frames: FrameRange) -> Vec<(u64, SourceTime)> {
        let window = self.window(fps);
        let first = fps.frame_at((self.start - 1.0).max(0.0));
        (first.max(frames.from)..frames.to)
            .map(|frame| (frame, fps.seek_time(frame)))
            .take_while(|(_, time)| *time <= self.end + 1.0)
            .filter(|(_, time)| window.contains(*time))
            .filter_map(|(frame, time)| Some((frame, self.source_at(time)?)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::RateSpec;
    use crate::video::Planned;
    use crate::video::testing::{clip, fps30, planned, ramp, ready};
    use proptest::prelude::*;

    /// Of a frame of the output, to a millionth of a second.
    fn micros(plan: &ClipPlan, time: f64) -> Option<i64> {
        let source = plan.source_at(time)?;
        Some((source.seconds() * 1e6).round() as i64)
    }

    #[test]
    fn rates_and_starts_between_frames_lie_on_no_grid() {
        let mut c = clip(0.1, 3.0);
        (c.playback_rate, c.media_start) = (RateSpec::Constant(1.5), 0.45);
        let plan = ready(&c, 10.0, 5.0);
        let shown = [3, 4, 5, 7].map(|frame| micros(&plan, f64::from(frame) / 30.0));
        assert_eq!(shown, [0, 50_000, 100_000, 200_000].map(Some));
        let plan = ready(&clip(0.011, 3.0), 10.0, 5.0);
        assert_eq!(micros(&plan, 1.0), Some(989_000));
    }

    #[test]
    fn a_single_frame_is_always_the_first() {
        let mut late = clip(0.0, 5.0);
        late.media_start = 2.0;
        let Planned::Tail(tail) = planned(&late, 2.0, 5.0) else {
            panic!("no tail");
        };
        let plan = tail.settle(1.966);
        assert_eq!(plan.source_at(3.0), Some(SourceTime::default()));
    }

    #[test]
    fn a_source_that_starts_late_has_no_picture_yet() {
        let mut plan = ready(&clip(0.0, 3.0), 10.0, 5.0);
        plan.lead = 1.5;
        assert_eq!(
            (micros(&plan, 0.4), micros(&plan, 0.6)),
            (None, Some(600_000))
        );
    }

    #[test]
    fn a_schedule_ends_with_its_clip_and_its_timeline() {
        let plan = ready(&clip(0.1, 0.2), 10.0, 5.0);
        let schedule = plan.schedule(fps30(), FrameRange::whole(90));
        let times = schedule
            .iter()
            .map(|(frame, at)| (*frame, at.seconds() * 30.0));
        let times: Vec<_> = times
            .map(|(frame, at)| (frame, at.round() as u64))
            .collect();
        assert_eq!(times, [(3, 0), (4, 1), (5, 2)]);
        assert_eq!(plan.schedule(fps30(), FrameRange::whole(5)), schedule[..2]);
        let chunk = FrameRange { from: 4, to: 6 };
        assert_eq!(plan.schedule(fps30(), chunk), schedule[1..3]);
    }

    #[test]
    fn loops_come_round() {
        let mut c = clip(0.0, 10.0);
        c.looped = true;
        let plan = ready(&c, 2.0, 10.0);
        assert_eq!(micros(&plan, 2.0), Some(0));
        assert_eq!(micros(&plan, 5.5), Some(1_500_000));
        c.end = 1.0;
        assert_eq!(
            ready(&c, 2.0, 10.0).extraction,
            Extraction::Range {
                start: 0.0,
                duration: 1.0
            }
        );
    }

    #[test]
    fn a_ramp_takes_the_times_of_its_integral() {
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
        assert_eq!(micros(&plan, 1.5), Some(1_000_000));
        assert_eq!(micros(&plan, 2.9), Some(2_450_001));
    }

    #[test]
    fn a_looped_ramp_goes_on_changing() {
        let mut c = clip(0.0, 10.0);
        c.looped = true;
        c.playback_rate =
            ramp(serde_json::json!([{"t": 0, "v": 1}, {"t": 4, "v": 1}, {"t": 4.000_001, "v": 2}]));
        let plan = ready(&c, 3.0, 10.0);
        assert_eq!(micros(&plan, 3.5), Some(500_000));
        // After 4 s of the clip 4 s of source, then twice as fast: 6.52 s at 5.26 s, less the bend.
        assert_eq!(micros(&plan, 5.26), Some(519_999));
    }

    proptest! {
        #[test]
        fn shown_times_never_go_back_without_a_loop(
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
            let shown = plan.schedule(fps30(), FrameRange::whole(300));
            prop_assert!(shown.is_sorted(), "{shown:?}");
        }
    }
}
