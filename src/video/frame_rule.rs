//! Which frame of an extraction is due when. Upstream has two rules, one for the clips that pages
//! show and one for HDR layers; here they are data of a clip's plan.

use super::clip_plan::{ClipPlan, Edge, Extraction, FrameRule};
use crate::composition::{ClipWindow, Fps, Rate};

/// Slack of times, so that 0.28 s at 25 frames a second is frame 7 and not 6.
const EPSILON: f64 = 1e-9;
/// A picture that starts later than this after the clip's time is not shown ahead of its time,
/// seconds.
const SHOWN_AHEAD: f64 = 1.0;

impl ClipPlan {
    /// When it shows.
    pub fn window(&self, fps: Fps) -> ClipWindow {
        ClipWindow::new(self.start, self.end, fps.as_f64())
    }

    /// The second of the timeline at which output frame `frame` looks for its source frame.
    pub fn time_of(&self, frame: u64, fps: Fps) -> f64 {
        match self.rule {
            FrameRule::Begun => fps.seek_time(frame),
            FrameRule::Nearest => fps.time_of(frame),
        }
    }

    /// The frame of the extraction that is due in output frame `frame`, before [`Self::edge`]
    /// bounds it; `None` while the source has no picture yet.
    pub fn due(&self, frame: u64, fps: Fps) -> Option<u64> {
        self.frame_at(self.time_of(frame, fps), fps)
    }

    /// The same for a second of the timeline.
    pub(super) fn frame_at(&self, time: f64, fps: Fps) -> Option<u64> {
        let source = self.cycled_source_time(time);
        if self.lead - (self.media_start + source) >= SHOWN_AHEAD - 1e-6 {
            return None;
        }
        if let Extraction::Single { .. } = self.extraction {
            return Some(0);
        }
        let rate = fps.as_f64();
        match self.rule {
            FrameRule::Begun => Some((source * rate + EPSILON).floor() as u64),
            // Loops are left to the edge: upstream counts frames there, not seconds.
            FrameRule::Nearest => {
                let source = self.rate.source_time(time - self.start);
                let index = (source * rate + 0.5).floor();
                (index >= 0.0).then_some(index as u64)
            }
        }
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

    /// What stands for numbers behind the extraction's last frame.
    pub fn edge(&self) -> Edge {
        match (self.rule, self.cycle) {
            (FrameRule::Nearest, Some(_)) => Edge::Repeat,
            _ => Edge::Hold,
        }
    }

    /// Output frame and due source frame of everything the clip shows within `total` frames.
    pub fn schedule(&self, fps: Fps, total: u64) -> Vec<(u64, u64)> {
        let window = self.window(fps);
        let first = fps.frame_at((self.start - 1.0).max(0.0));
        (first..total)
            .map(|frame| (frame, self.time_of(frame, fps)))
            .take_while(|(_, time)| *time <= self.end + 1.0)
            .filter(|(_, time)| window.contains(*time))
            .filter_map(|(frame, time)| Some((frame, self.frame_at(time, fps)?)))
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

    fn nearest(plan: ClipPlan) -> ClipPlan {
        ClipPlan {
            rule: FrameRule::Nearest,
            ..plan
        }
    }

    #[test]
    fn the_rules_differ_between_frames_only() {
        // Starts a third of a frame, and then two thirds, after an output frame.
        for (start, begun, near) in [(0.0, 30, 30), (0.011, 29, 30), (0.022, 29, 29)] {
            let plan = ready(&clip(start, 3.0), 10.0, 5.0);
            assert_eq!(plan.due(30, fps30()), Some(begun), "{start}");
            assert_eq!(nearest(plan).due(30, fps30()), Some(near), "{start}");
        }
        let plan = nearest(ready(&clip(1.0, 3.0), 10.0, 5.0));
        assert_eq!(
            (plan.due(29, fps30()), plan.due(30, fps30())),
            (None, Some(0))
        );
    }

    #[test]
    fn a_loop_of_layers_is_left_to_the_edge() {
        let mut c = clip(0.0, 10.0);
        assert_eq!(nearest(ready(&c, 20.0, 10.0)).edge(), Edge::Hold);
        c.looped = true;
        let plan = ready(&c, 2.0, 10.0);
        assert_eq!((plan.due(75, fps30()), plan.edge()), (Some(15), Edge::Hold));
        let plan = nearest(plan);
        assert_eq!(
            (plan.due(75, fps30()), plan.edge()),
            (Some(75), Edge::Repeat)
        );
    }

    #[test]
    fn a_single_frame_is_always_the_first() {
        let mut late = clip(0.0, 5.0);
        late.media_start = 2.0;
        let Planned::Tail(tail) = planned(&late, 2.0, 5.0) else {
            panic!("no tail");
        };
        let plan = tail.settle(1.966);
        assert_eq!(plan.due(90, fps30()), Some(0));
        assert_eq!(nearest(plan).due(90, fps30()), Some(0));
    }

    #[test]
    fn a_source_that_starts_late_has_no_picture_yet() {
        let mut plan = ready(&clip(0.0, 3.0), 10.0, 5.0);
        plan.lead = 1.5;
        assert_eq!(
            (plan.due(10, fps30()), plan.due(20, fps30())),
            (None, Some(20))
        );
    }

    #[test]
    fn a_schedule_ends_with_its_clip_and_its_timeline() {
        let plan = ready(&clip(0.1, 0.2), 10.0, 5.0);
        assert_eq!(plan.schedule(fps30(), 90), [(3, 0), (4, 1), (5, 2)]);
        assert_eq!(plan.schedule(fps30(), 5), [(3, 0), (4, 1)]);
    }

    #[test]
    fn loops_come_round() {
        let mut c = clip(0.0, 10.0);
        c.looped = true;
        let plan = ready(&c, 2.0, 10.0);
        assert_eq!(plan.frame_at(2.0, fps30()), Some(0));
        assert_eq!(plan.frame_at(5.5, fps30()), Some(45));
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
        assert_eq!(plan.frame_at(1.5, fps30()), Some(30));
        assert_eq!(plan.frame_at(2.9, fps30()), Some(73));
    }

    #[test]
    fn a_looped_ramp_goes_on_changing() {
        let mut c = clip(0.0, 10.0);
        c.looped = true;
        c.playback_rate =
            ramp(serde_json::json!([{"t": 0, "v": 1}, {"t": 4, "v": 1}, {"t": 4.000_001, "v": 2}]));
        let plan = ready(&c, 3.0, 10.0);
        assert_eq!(plan.frame_at(3.5, fps30()), Some(15));
        // After 4 s of the clip 4 s of source, then twice as fast: 6.52 s at 5.26 s.
        assert_eq!(plan.frame_at(5.26, fps30()), Some(15));
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
                .filter(|time| plan.window(fps30()).contains(*time))
                .filter_map(|time| plan.frame_at(time, fps30()))
                .collect();
            prop_assert!(shown.is_sorted(), "{shown:?}");
        }
    }
}
