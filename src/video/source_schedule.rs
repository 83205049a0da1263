//! Which clips read from one stream. Clips of the same part of the same file do when they show
//! the same frames at the same time, give or take a few, or take turns: one decode serves them.
//! With more between them the stream would have to go back and forth.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

use super::source_time::{DueTimes, SourceTime};
use crate::composition::Fps;

/// Output frames that two clips of one stream may lie apart.
const MOST_APART: f64 = 2.0;

/// Frames that are shown of a time beside those that begin in it: the one before, and one that begins
/// with its end.
const BOTH_ENDS: u64 = 2;

/// What one stream has to give: output frame to time of the source, of all its clips.
#[derive(Debug)]
pub struct SourceSchedule {
    /// Output frame to the least and the greatest time due.
    due: BTreeMap<u64, (SourceTime, SourceTime)>,
    uses: BTreeMap<SourceTime, Use>,
    most_apart: SourceTime,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    /// How many clips in how many output frames.
    count: u64,
    /// The last output frame of them.
    last: u64,
}

impl SourceSchedule {
    /// That of no clip yet, in an output at `fps`.
    pub fn new(fps: Fps) -> Self {
        Self {
            due: BTreeMap::new(),
            uses: BTreeMap::new(),
            most_apart: SourceTime::of_seconds(MOST_APART / fps.as_f64() + 1e-6),
        }
    }

    /// Whether a clip that shows `schedule` (output frame, time of the source) may read from it.
    pub fn admits(&self, schedule: &[(u64, SourceTime)]) -> bool {
        schedule.iter().all(|(frame, time)| {
            self.due.get(frame).is_none_or(|(least, greatest)| {
                let (first, last) = (*time.min(least), *time.max(greatest));
                last.apart(first) <= self.most_apart
            })
        })
    }

    /// Adds a clip's schedule.
    pub fn add(&mut self, schedule: &[(u64, SourceTime)]) {
        for (frame, time) in schedule {
            let due = self.due.entry(*frame).or_insert((*time, *time));
            *due = (due.0.min(*time), due.1.max(*time));
            let used = self.uses.entry(*time).or_insert(Use { count: 0, last: 0 });
            used.count += 1;
            used.last = used.last.max(*frame);
        }
    }

    /// The times that are looked at.
    pub fn times(&self) -> DueTimes {
        DueTimes::rising(self.uses.keys().copied())
    }

    /// The first one looked at.
    pub fn first_needed(&self) -> SourceTime {
        self.due
            .first_key_value()
            .map_or(SourceTime::default(), |(_, (least, _))| *least)
    }

    /// The last of the times due in output frame `frame`.
    pub fn due_in(&self, frame: u64) -> Option<SourceTime> {
        self.due.get(&frame).map(|(_, greatest)| *greatest)
    }

    /// First and last output frame, if there is any.
    pub fn span(&self) -> Option<(u64, u64)> {
        let (first, _) = self.due.first_key_value()?;
        let (last, _) = self.due.last_key_value()?;
        Some((*first, *last))
    }

    /// Source frames between two times that are looked at, at most, with that of the later one.
    fn between(&self, first: SourceTime, last: SourceTime) -> u64 {
        if first >= last {
            return 0;
        }
        self.uses.range((Excluded(first), Included(last))).count() as u64
    }

    /// Output frames in which it is due, and how many source frames its clips are apart in them.
    pub fn spreads(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let due = self.due.iter();
        due.map(|(frame, (least, greatest))| (*frame, self.between(*least, *greatest)))
    }

    /// The furthest that its clips are apart.
    pub fn most_apart(&self) -> u64 {
        self.spreads().map(|(_, apart)| apart).max().unwrap_or(0)
    }

    /// Source frames from the first that an output frame shows to the last that is due up to `ahead`
    /// output frames later, at most.
    pub fn reach(&self, ahead: u64) -> u64 {
        let reaches = self.due.iter().map(|(frame, (least, _))| {
            let coming = self.due.range(*frame..=frame + ahead);
            let furthest = coming.map(|(_, (_, greatest))| *greatest).max();
            furthest.map_or(0, |furthest| self.between(*least, furthest))
        });
        reaches.max().unwrap_or(0)
    }

    /// Source frames that are shown, at most, where some are shown again after later ones, as those of
    /// a loop are; `None` where the source only goes forward. `rate` is that of the source, frames a
    /// second, where its frames are evenly spaced.
    pub fn frames_of_loop(&self, rate: Option<f64>) -> Option<u64> {
        let pairs = self.due.values().zip(self.due.values().skip(1));
        let mut goes_back = pairs.map(|((least, _), (_, greatest))| greatest < least);
        if !goes_back.any(|back| back) {
            return None;
        }
        // Cycles look at the same frames at other times, unless they are whole numbers of frames.
        let looks = self.uses.len() as u64;
        let (first, _) = self.uses.first_key_value()?;
        let (last, _) = self.uses.last_key_value()?;
        let there =
            rate.map(|rate| (last.apart(*first).seconds() * rate).ceil() as u64 + BOTH_ENDS);
        Some(there.map_or(looks, |there| there.min(looks)))
    }

    /// The last output frame that looks at the source from `from` to before `until`, or to its end,
    /// when more than one clip or frame does.
    pub fn shared_until(&self, from: SourceTime, until: Option<SourceTime>) -> Option<u64> {
        let uses = self.uses.range(from..);
        let uses = uses.take_while(|(time, _)| until.is_none_or(|until| **time < until));
        let (count, last) = uses.fold((0, 0), |(count, last), (_, used)| {
            (count + used.count, last.max(used.last))
        });
        (count > 1).then_some(last)
    }
}

/// Divides clips among streams: each in the first whose clips are of the `same` source and that
/// admits its schedule. The numbers are places in `clips`, rising within a stream.
pub fn share_streams<C>(
    clips: &[C],
    fps: Fps,
    same: impl Fn(&C, &C) -> bool,
    schedule: impl Fn(&C) -> Vec<(u64, SourceTime)>,
) -> Vec<(SourceSchedule, Vec<usize>)> {
    let mut streams: Vec<(SourceSchedule, Vec<usize>)> = Vec::new();
    for (number, clip) in clips.iter().enumerate() {
        let schedule = schedule(clip);
        let fits = |(shared, members): &(SourceSchedule, Vec<usize>)| {
            let first = members.first();
            first.is_some_and(|first| same(&clips[*first], clip)) && shared.admits(&schedule)
        };
        let at = streams.iter().position(fits).unwrap_or_else(|| {
            streams.push((SourceSchedule::new(fps), Vec::new()));
            streams.len() - 1
        });
        streams[at].0.add(&schedule);
        streams[at].1.push(number);
    }
    streams
}

/// What the streams of one output frame take, at most.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Busiest {
    /// Streams that are due.
    pub streams: usize,
    /// Bytes of one decoded frame of each.
    pub frame_bytes: u64,
    /// Bytes of the frames between clips that share a stream and are not quite in step.
    pub apart_bytes: u64,
}

impl Busiest {
    /// That of streams, each with the bytes of one of its frames.
    pub fn of<'a>(streams: impl IntoIterator<Item = (&'a SourceSchedule, u64)>) -> Self {
        let mut busy = BTreeMap::<u64, Self>::new();
        for (schedule, bytes) in streams {
            for (frame, apart) in schedule.spreads() {
                let entry = busy.entry(frame).or_default();
                entry.streams += 1;
                entry.frame_bytes += bytes;
                entry.apart_bytes += bytes * apart;
            }
        }
        let most = |pick: fn(&Self) -> u64| busy.values().map(pick).max().unwrap_or(0);
        Self {
            streams: most(|entry| entry.streams as u64) as usize,
            frame_bytes: most(|entry| entry.frame_bytes),
            apart_bytes: most(|entry| entry.apart_bytes),
        }
    }

    /// Bytes of `depth` frames held of each stream, and the one that is being read.
    pub fn bytes(&self, depth: u64) -> u64 {
        self.frame_bytes * (depth + 1) + self.apart_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fps() -> Fps {
        Fps::new(10, 1).unwrap()
    }

    fn at(number: u64) -> SourceTime {
        SourceTime::of_seconds(number as f64 / 10.0)
    }

    fn times(schedule: &[(u64, u64)]) -> Vec<(u64, SourceTime)> {
        let times = schedule.iter().map(|(frame, number)| (*frame, at(*number)));
        times.collect()
    }

    #[test]
    fn clips_of_one_source_share_a_stream_where_they_meet() {
        // Source, and the tenth of a second of it that is due in output frame 0.
        let clips = [("a", 0), ("b", 0), ("a", 2), ("a", 9)];
        let same = |one: &(&str, u64), two: &(&str, u64)| one.0 == two.0;
        let streams = share_streams(&clips, fps(), same, |clip| times(&[(0, clip.1)]));
        let members: Vec<_> = streams.iter().map(|(_, members)| members.clone()).collect();
        assert_eq!(members, [vec![0, 2], vec![1], vec![3]]);
        let busiest = Busiest::of(streams.iter().map(|(schedule, _)| (schedule, 10)));
        assert_eq!(
            (busiest.streams, busiest.frame_bytes, busiest.apart_bytes),
            (3, 30, 10),
            "nobody looks at what lies between"
        );
        assert_eq!(busiest.bytes(3), 4 * 30 + 10);
    }

    #[test]
    fn a_loop_goes_back_and_has_the_frames_of_one_cycle() {
        let of = |schedule: &[(u64, u64)]| {
            let mut shared = SourceSchedule::new(fps());
            shared.add(&times(schedule));
            shared
        };
        let forward = of(&[(0, 0), (1, 0), (2, 1), (3, 5)]);
        assert_eq!(forward.frames_of_loop(Some(10.0)), None);
        let mut looped = of(&[(0, 3), (1, 4), (2, 5), (3, 3), (4, 4)]);
        assert_eq!(looped.frames_of_loop(None), Some(3));
        for (frame, time) in [(5, 0.307), (6, 0.407), (7, 0.507), (8, 0.314), (9, 0.414)] {
            looped.add(&[(frame, SourceTime::of_seconds(time))]);
        }
        assert_eq!(looped.frames_of_loop(Some(10.0)), Some(5), "0.207 s of it");
        assert_eq!(looped.frames_of_loop(None), Some(8), "wherever they begin");
    }

    #[test]
    fn clips_side_by_side_or_in_turn_share() {
        let mut demand = SourceSchedule::new(fps());
        demand.add(&times(&[(0, 0), (1, 1), (2, 2)]));
        assert!(demand.admits(&times(&[(0, 1), (1, 2)])), "one frame apart");
        assert!(demand.admits(&times(&[(5, 0), (6, 1)])), "later");
        assert!(
            !demand.admits(&times(&[(1, 30)])),
            "far apart at the same time"
        );
        demand.add(&times(&[(5, 0)]));
        assert_eq!(demand.times().count(), 3);
        assert_eq!(demand.most_apart(), 0);
        demand.add(&times(&[(0, 1), (1, 2)]));
        assert_eq!(demand.most_apart(), 1);
        assert_eq!(demand.span(), Some((0, 5)));
        assert_eq!((demand.reach(0), demand.reach(1)), (1, 2));
        let shared = |from, until| demand.shared_until(at(from), Some(at(until)));
        assert_eq!(shared(0, 1), Some(5));
        assert_eq!(shared(1, 2), Some(1));
        assert_eq!(shared(1, 3), Some(2), "a slow source");
        let none = SourceSchedule::new(fps());
        assert_eq!(none.shared_until(at(1), Some(at(2))), None);
    }

    #[test]
    fn a_held_tail_counts_for_the_last_frame() {
        let mut demand = SourceSchedule::new(fps());
        demand.add(&times(&[(0, 0), (1, 1), (2, 2), (3, 3)]));
        assert_eq!(demand.shared_until(at(1), None), Some(3));
    }
}
