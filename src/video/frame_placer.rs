//! The times of the frames of one decode, as a line that only goes forward: frames without a time,
//! clocks that wrap or begin anew, and times out of order get the place that a player gives them.

use super::decode_spec::DecodeSpec;
use super::due_finder::{DueFinder, Stamp};
use super::frame_lines::FrameLine;
use super::late_run::LateRun;
use super::millis::{Millis, Precision};
use super::source_time::SourceTime;

/// A step back by more than this is a clock that began anew, seconds.
const STEP_BACK: f64 = 0.5;
/// Frames a second of sources that do not say.
const USUAL: f64 = 25.0;

/// A frame with its place among the times that are due.
#[derive(Debug, Clone)]
pub(super) struct Timed {
    pub line: FrameLine,
    /// When it begins.
    pub begins: Stamp,
    /// The first number at which it may be due; 0 for all that begin before the first.
    pub from: i64,
    /// The first one at which it would be due no more if nothing came after it.
    pub ends: i64,
    /// When that is.
    pub ends_at: SourceTime,
}

/// Places frames in the order they come.
#[derive(Debug)]
pub(super) struct FramePlacer {
    due: DueFinder,
    /// Frames a second of those that do not say how long they last.
    usual: f64,
    /// When the file begins, for frames without a time.
    zero: f64,
    last: Option<Last>,
    /// Ticks added to the times of a clock that began anew.
    shift: i64,
    /// Frames by which times may be late ([`crate::probe::VideoFacts::lag`]).
    lag: u32,
    /// Where only some frames have a time of their own.
    late_run: Option<LateRun>,
    millis: Millis,
}

#[derive(Debug, Clone, Copy)]
struct Last {
    begins: Stamp,
    /// Ticks.
    duration: i64,
    from: i64,
}

impl FramePlacer {
    /// That of a decode of `spec`, which begins behind a seek or at the beginning of the file.
    pub fn of(spec: &DecodeSpec, behind_a_seek: bool) -> Self {
        let known = spec.facts.fps;
        Self {
            due: DueFinder::of(spec),
            usual: if known > 0.0 { known } else { USUAL },
            zero: spec.facts.zero(),
            last: None,
            shift: 0,
            lag: spec.facts.lag,
            late_run: (spec.facts.sparse_times).then(|| LateRun::new(behind_a_seek)),
            millis: Millis::of(&spec.facts),
        }
    }

    /// The next frame's place.
    pub fn place(&mut self, line: FrameLine) -> Timed {
        let begins = self.begins(&line);
        let begins = self.without_late_run(begins);
        let last = self.last;
        let delta = last.map(|last| begins.ticks - last.begins.ticks);
        let usual = f64::from(line.tick.den) / f64::from(line.tick.num) / self.usual;
        let duration = line
            .duration
            .or(delta.filter(|ticks| *ticks > 0))
            .unwrap_or((usual.round() as i64).max(1));
        // Never before the one that came first: it is shown later in any case.
        let precision = self.millis.precision(begins);
        let from = self.due.number(self.due.due_from(begins, precision));
        let from = last.map_or(from, |last| from.max(last.from));
        let precision = match precision {
            Precision::Truly(_) => Precision::Millis,
            other => other,
        };
        let ends_at = self.due.due_from(begins.plus(duration), precision);
        let ends = self.due.number(ends_at).max(from);
        self.last = Some(Last {
            begins,
            duration,
            from,
        });
        Timed {
            line,
            begins,
            from,
            ends,
            ends_at,
        }
    }

    fn without_late_run(&mut self, begins: Stamp) -> Stamp {
        let Some(run) = &mut self.late_run else {
            return begins;
        };
        let per_second = f64::from(begins.tick.den) / f64::from(begins.tick.num);
        let usual = (per_second / self.usual).round() as i64;
        let ticks = run.mended(begins.ticks, usual.max(1), per_second);
        Stamp { ticks, ..begins }
    }

    fn lag_ticks(&self, per_second: f64) -> i64 {
        (per_second / self.usual * f64::from(self.lag)).round() as i64
    }

    fn begins(&mut self, line: &FrameLine) -> Stamp {
        let tick = line.tick;
        let per_second = f64::from(tick.den) / f64::from(tick.num);
        let at = |ticks: i64| Stamp { ticks, tick }.plus(0);
        let Some(last) = self.last.filter(|last| last.begins.tick == tick) else {
            let first = (self.zero * per_second).round() as i64;
            return match line.pts {
                Some(pts) if self.lag == 0 => at(pts),
                Some(pts) => at(pts.saturating_sub(self.lag_ticks(per_second)).max(first)),
                None => at(first),
            };
        };
        let expected = last.begins.plus(last.duration);
        let Some(pts) = line.pts else {
            return expected;
        };
        let begins = at(pts).plus(self.shift);
        if self.lag > 0 {
            // One after the other, unless more are left out than may be late.
            let next = last
                .begins
                .plus((per_second / self.usual).round().max(1.0) as i64);
            let early = begins.plus(-self.lag_ticks(per_second));
            return if early.ticks > next.ticks {
                early
            } else {
                next
            };
        }
        let back = (last.begins.ticks - begins.ticks) as f64 / per_second;
        if back > STEP_BACK {
            self.shift = expected.ticks.saturating_sub(pts);
            return expected;
        }
        begins
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::clip_plan::Extraction;
    use crate::video::frame_lines::Tick;
    use crate::video::testing::{decode_spec, every};

    /// Numbers at ten a second from the file's start on, for frames at these ticks of 10 ms.
    fn numbers(zero: f64, pts: &[Option<i64>]) -> Vec<i64> {
        lagging(0, zero, pts)
    }

    fn lagging(lag: u32, zero: f64, pts: &[Option<i64>]) -> Vec<i64> {
        let mut spec = decode_spec("a.mp4".into());
        spec.extraction = Extraction::Range {
            start: 0.0,
            duration: 9.0,
        };
        (spec.times, spec.facts.fps) = (every(0.1, 90), 10.0);
        (spec.facts.stream_start, spec.facts.lag) = (zero, lag);
        let mut placer = FramePlacer::of(&spec, false);
        let place = |pts: &Option<i64>| {
            let line = FrameLine {
                pts: *pts,
                is_key: true,
                duration: None,
                tick: Tick { num: 1, den: 100 },
                format: String::new(),
                width: 1,
                height: 1,
            };
            placer.place(line).from
        };
        pts.iter().map(place).collect()
    }

    #[test]
    fn frames_without_a_time_follow_each_other() {
        assert_eq!(numbers(0.0, &[None, None, Some(20), None]), [0, 1, 2, 3]);
        assert_eq!(numbers(5.0, &[None, None]), [0, 1]);
        assert_eq!(numbers(-5.0, &[Some(-500), Some(-490), None]), [0, 1, 2]);
    }

    #[test]
    fn frames_whose_times_lag_follow_each_other_unless_some_are_left_out() {
        let packed = [0, 30, 50, 60, 70, 70, 60].map(Some);
        assert_eq!(lagging(3, 0.0, &packed), [0, 1, 2, 3, 4, 5, 6]);
        let all_late = [30, 40, 50, 60].map(Some);
        assert_eq!(lagging(3, 0.0, &all_late), [0, 1, 2, 3]);
        let gap = [0, 30, 40, 90, 100].map(Some);
        assert_eq!(lagging(2, 0.0, &gap), [0, 1, 2, 7, 8]);
    }

    #[test]
    fn a_clock_that_begins_anew_goes_on() {
        let wraps = [Some(950_000), Some(950_010), Some(0), Some(10), Some(20)];
        assert_eq!(numbers(9500.0, &wraps), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_frame_out_of_order_is_not_due_before_what_came_first() {
        let swapped = [Some(0), Some(20), Some(10), Some(20), Some(30)];
        assert_eq!(numbers(0.0, &swapped), [0, 2, 2, 2, 3]);
    }
}
