//! Times of a source, and the list of those at which a stream is looked at. The list numbers its
//! frames: nothing lies on a grid, least of all on the output's.

use std::sync::Arc;

use crate::composition::Fps;

const NANOS: f64 = 1e9;
/// By how much a time may lie beside an even grid, nanoseconds: both are rounded.
const UNEVEN: f64 = 2.0;

/// A time behind an extraction's in-point, whole nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct SourceTime(i64);

impl SourceTime {
    /// The nearest one to so many nanoseconds.
    pub(super) fn of_nanos(nanos: i128) -> Self {
        Self(nanos.clamp(i64::MIN.into(), i64::MAX.into()) as i64)
    }

    /// The nearest one to so many seconds.
    pub fn of_seconds(seconds: f64) -> Self {
        Self((seconds * NANOS).round() as i64)
    }

    /// Seconds behind the in-point.
    pub fn seconds(self) -> f64 {
        self.0 as f64 / NANOS
    }

    /// How much later it is than an `earlier` one, or how much earlier than a later one.
    pub(super) fn apart(self, earlier: Self) -> Self {
        Self(self.0.saturating_sub(earlier.0).saturating_abs())
    }

    /// Output frames that begin before it.
    pub(super) fn frames_before(self, fps: Fps) -> u64 {
        let frames = self.seconds() * fps.as_f64();
        // Times and their ends are rounded.
        (frames - 1e-6).ceil().max(0.0) as u64
    }
}

/// The times at which output frames look at a source, rising, each once. A frame's number is the
/// place of the first of them at which it is due. Clones share the list.
#[derive(Debug, Clone, Default)]
pub struct DueTimes(Arc<[SourceTime]>);

impl DueTimes {
    /// Those of `times`, which rise.
    pub(super) fn rising(times: impl IntoIterator<Item = SourceTime>) -> Self {
        let list: Arc<[SourceTime]> = times.into_iter().collect();
        debug_assert!(list.is_sorted_by(|one, two| one < two));
        Self(list)
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.0.len() as u64
    }

    /// The first one; the in-point when there is none.
    pub(super) fn first(&self) -> SourceTime {
        self.0.first().copied().unwrap_or_default()
    }

    /// The one with this number.
    pub(super) fn get(&self, number: u64) -> Option<SourceTime> {
        self.0.get(usize::try_from(number).ok()?).copied()
    }

    /// Seconds between two of them, where all are as far apart.
    pub(super) fn even_step(&self) -> Option<f64> {
        let (first, last) = (self.0.first()?, self.0.last()?);
        let step = (last.0 - first.0) as f64 / (self.0.len() as f64 - 1.0);
        let is_even = |(number, time): (usize, &SourceTime)| {
            ((time.0 - first.0) as f64 - number as f64 * step).abs() <= UNEVEN
        };
        let is_even = step > 0.0 && self.0.iter().enumerate().all(is_even);
        is_even.then_some(step / NANOS)
    }

    /// The number of the first that is not before `time`: of a frame that begins then.
    pub(super) fn number_from(&self, time: SourceTime) -> i64 {
        self.0.partition_point(|due| *due < time) as i64
    }

    /// The number of the last that is not behind `time`; 0 when all are.
    pub(super) fn number_at(&self, time: SourceTime) -> u64 {
        let behind = self.0.partition_point(|due| *due <= time) as u64;
        behind.saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbered_by_the_times_that_are_looked_at() {
        let at = SourceTime::of_seconds;
        let times = DueTimes::rising([0.1, 0.15, 0.2].map(at));
        assert_eq!(times.first(), at(0.1));
        let from = [0.0, 0.1, 0.11, 0.2, 0.3].map(|time| times.number_from(at(time)));
        assert_eq!(from, [0, 0, 1, 2, 3]);
        let asked = [0.0, 0.1, 0.16, 9.0].map(|time| times.number_at(at(time)));
        assert_eq!(asked, [0, 0, 1, 2]);
        assert_eq!((times.get(2), times.get(3)), (Some(at(0.2)), None));
        assert_eq!(at(0.2).apart(at(0.35)), at(0.15));
        assert!(
            times
                .even_step()
                .is_some_and(|step| (step - 0.05).abs() < 1e-9)
        );
        let uneven = DueTimes::rising([0.1, 0.15, 0.21].map(at));
        assert_eq!(uneven.even_step(), None);
        assert_eq!(DueTimes::rising([at(0.1)]).even_step(), None);
    }

    #[test]
    fn frames_of_the_output_are_counted_to_the_end_of_the_source() {
        let fps = Fps::new(30, 1).unwrap();
        let frames = |seconds| SourceTime::of_seconds(seconds).frames_before(fps);
        assert_eq!(
            (frames(1.0), frames(1.001), frames(0.0), frames(-1.0)),
            (30, 31, 0, 0)
        );
        assert_eq!(frames(1.0 / 30.0), 1);
    }
}
