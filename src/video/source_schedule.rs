//! Which clips read from one stream. Clips of the same part of the same file do when they show
//! the same frames at the same time, give or take a few, or take turns: one decode serves them.
//! With more between them the stream would have to go back and forth.

use std::collections::BTreeMap;

/// Frames that two clips of one stream may lie apart.
const MOST_APART: u64 = 2;

/// What one stream has to give: output frame to source frame, of all its clips.
#[derive(Debug, Default)]
pub struct SourceSchedule {
    /// Output frame to the least and the greatest source frame due.
    due: BTreeMap<u64, (u64, u64)>,
    uses: BTreeMap<u64, Use>,
}

#[derive(Debug, Clone, Copy)]
struct Use {
    /// How many clips in how many output frames.
    count: u64,
    /// The last output frame of them.
    last: u64,
}

impl SourceSchedule {
    /// Whether a clip that shows `schedule` (output frame, source frame) may read from it.
    pub fn admits(&self, schedule: &[(u64, u64)]) -> bool {
        schedule.iter().all(|(frame, index)| {
            self.due.get(frame).is_none_or(|(least, greatest)| {
                index + MOST_APART >= *greatest && *index <= least + MOST_APART
            })
        })
    }

    /// Adds a clip's schedule.
    pub fn add(&mut self, schedule: &[(u64, u64)]) {
        for (frame, index) in schedule {
            let due = self.due.entry(*frame).or_insert((*index, *index));
            *due = (due.0.min(*index), due.1.max(*index));
            let used = self.uses.entry(*index).or_insert(Use { count: 0, last: 0 });
            used.count += 1;
            used.last = used.last.max(*frame);
        }
    }

    /// The source frames asked for, rising.
    pub fn needed(&self) -> Vec<u64> {
        self.uses.keys().copied().collect()
    }

    /// The first source frame asked for.
    pub fn first_needed(&self) -> u64 {
        self.due
            .first_key_value()
            .map_or(0, |(_, (least, _))| *least)
    }

    /// The last of the source frames due in output frame `frame`.
    pub fn due_in(&self, frame: u64) -> Option<u64> {
        self.due.get(&frame).map(|(_, greatest)| *greatest)
    }

    /// First and last output frame, if there is any.
    pub fn span(&self) -> Option<(u64, u64)> {
        let (first, _) = self.due.first_key_value()?;
        let (last, _) = self.due.last_key_value()?;
        Some((*first, *last))
    }

    /// Output frames in which it is due, and how far its clips are apart in them.
    pub fn spreads(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let due = self.due.iter();
        due.map(|(frame, (least, greatest))| (*frame, greatest - least))
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
            furthest.map_or(0, |furthest| furthest - least)
        });
        reaches.max().unwrap_or(0)
    }

    /// The last output frame that shows the source frame due at the numbers from `from` to before
    /// `until`, when more than one clip or frame does.
    pub fn shared_until(&self, from: u64, until: u64) -> Option<u64> {
        let uses = self.uses.range(from..until.max(from));
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
    same: impl Fn(&C, &C) -> bool,
    schedule: impl Fn(&C) -> Vec<(u64, u64)>,
) -> Vec<(SourceSchedule, Vec<usize>)> {
    let mut streams: Vec<(SourceSchedule, Vec<usize>)> = Vec::new();
    for (number, clip) in clips.iter().enumerate() {
        let schedule = schedule(clip);
        let fits = |(shared, members): &(SourceSchedule, Vec<usize>)| {
            let first = members.first();
            first.is_some_and(|first| same(&clips[*first], clip)) && shared.admits(&schedule)
        };
        let at = streams.iter().position(fits).unwrap_or_else(|| {
            streams.push((SourceSchedule::default(), Vec::new()));
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

    #[test]
    fn clips_of_one_source_share_a_stream_where_they_meet() {
        // Source, and the source frame that is due in output frame 0.
        let clips = [("a", 0), ("b", 0), ("a", 2), ("a", 9)];
        let streams = share_streams(&clips, |one, two| one.0 == two.0, |clip| vec![(0, clip.1)]);
        let members: Vec<_> = streams.iter().map(|(_, members)| members.clone()).collect();
        assert_eq!(members, [vec![0, 2], vec![1], vec![3]]);
        let busiest = Busiest::of(streams.iter().map(|(schedule, _)| (schedule, 10)));
        assert_eq!(
            (busiest.streams, busiest.frame_bytes, busiest.apart_bytes),
            (3, 30, 20)
        );
        assert_eq!(busiest.bytes(3), 4 * 30 + 20);
    }

    #[test]
    fn clips_side_by_side_or_in_turn_share() {
        let mut demand = SourceSchedule::default();
        demand.add(&[(0, 0), (1, 1), (2, 2)]);
        assert!(demand.admits(&[(0, 1), (1, 2)]), "one frame apart");
        assert!(demand.admits(&[(5, 0), (6, 1)]), "later");
        assert!(!demand.admits(&[(1, 30)]), "far apart at the same time");
        demand.add(&[(5, 0)]);
        assert_eq!(demand.needed(), [0, 1, 2]);
        assert_eq!(demand.most_apart(), 0);
        demand.add(&[(0, 1), (1, 2)]);
        assert_eq!(demand.most_apart(), 1);
        assert_eq!(demand.span(), Some((0, 5)));
        assert_eq!((demand.reach(0), demand.reach(1)), (1, 2));
        assert_eq!(demand.shared_until(0, 1), Some(5));
        assert_eq!(demand.shared_until(1, 2), Some(1));
        assert_eq!(demand.shared_until(1, 3), Some(2), "a slow source");
        assert_eq!(SourceSchedule::default().shared_until(1, 2), None);
    }

    #[test]
    fn a_held_tail_counts_for_the_last_frame() {
        let mut demand = SourceSchedule::default();
        demand.add(&[(0, 0), (1, 1), (2, 2), (3, 3)]);
        assert_eq!(demand.shared_until(1, u64::MAX), Some(3));
    }
}
