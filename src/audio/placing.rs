//! Where decoded frames belong: by their timestamps, but without a seam where timestamps are only
//! inexact. Pure arithmetic; all positions are samples of a source's own rate, from its start.

use std::collections::VecDeque;

/// Timestamps are inexact by up to this, seconds: containers that count milliseconds, clocks of
/// recorders. It is less than a quarter of the shortest packet that goes missing in practice
/// (AAC, Opus and MP3 have 20 to 26 ms).
const JITTER: f64 = 0.005;
/// A jump this long is believed at once, seconds; a shorter one when the next frames agree.
const JUMP: f64 = 0.1;
/// A clock that slowly runs away is followed in steps of this, seconds: less than the difference
/// of sound and picture that people notice (ITU-R BT.1359: 45 ms).
const DRIFT: f64 = 0.04;
/// Timestamps that go back by more than this started over, seconds: the sound goes on.
const RESTART: f64 = 1.0;
/// Timestamps in milliseconds are off by half of one, and ffmpeg's smoothing by as much again, seconds.
const ROUNDING: f64 = 0.000_6;
/// Frames looked at before one is placed.
pub(super) const LOOK_AHEAD: usize = 8;
/// Weight of one frame in the running mean of deviations.
const WEIGHT: f64 = 1.0 / 16.0;

/// A decoded frame: where its timestamp puts it, and how many samples it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub at: i64,
    pub count: i64,
}

/// Where a frame begins, and how many of its first samples are already there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Placed {
    pub at: i64,
    pub skip: i64,
}

/// What is known of the place of frames besides their timestamps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    /// Nothing.
    Unknown,
    /// Where the first frame is.
    At(i64),
    /// Timestamps are rounded to milliseconds. Frames of one length are whole lengths from here.
    Grid(i64),
}

/// Places frames in the order of decoding.
#[derive(Debug)]
pub(super) struct Placer {
    jitter: i64,
    rate: f64,
    start: Start,
    /// Behind the last frame that was placed.
    end: Option<i64>,
    /// Added to timestamps since they started over.
    shift: i64,
    /// Running mean of what timestamps differ from an uninterrupted sound.
    lean: f64,
    waiting: VecDeque<Stamp>,
    finished: bool,
}

impl Placer {
    /// For a source with `rate` samples a second.
    pub fn new(rate: u32, start: Start) -> Self {
        let rate = f64::from(rate);
        Self {
            jitter: (JITTER * rate).round() as i64,
            rate,
            start,
            end: None,
            shift: 0,
            lean: 0.0,
            waiting: VecDeque::new(),
            finished: false,
        }
    }

    /// Adds the next frame.
    pub fn push(&mut self, stamp: Stamp) {
        self.waiting.push_back(stamp);
    }

    /// No more frames will come.
    pub fn finish(&mut self) {
        self.finished = true;
    }

    /// Places the next frame; `None` while more are needed for that, or when all are placed.
    pub fn place(&mut self) -> Option<Placed> {
        if self.waiting.len() <= LOOK_AHEAD && !self.finished {
            return None;
        }
        let frame = self.waiting.pop_front()?;
        let Some(end) = self.end else {
            let at = match self.start {
                Start::At(at) => {
                    self.shift = at - frame.at;
                    at
                }
                Start::Unknown | Start::Grid(_) => self.believed(frame),
            };
            return Some(self.put(frame, at));
        };
        let off = |this: &Self| frame.at + this.shift - end;
        if (off(self) as f64) < -RESTART * self.rate {
            self.shift -= off(self);
            self.lean = 0.0;
        }
        let deviation = off(self);
        if self.is_jump(frame, end, deviation) {
            let at = self.believed(frame);
            return Some(self.put(frame, at));
        }
        self.lean += (deviation as f64 - self.lean) * WEIGHT;
        if self.lean.abs() > DRIFT * self.rate {
            let at = self.believed(frame);
            return Some(self.put(frame, at));
        }
        let lean = self.lean;
        let placed = self.put(frame, end);
        self.lean = lean;
        Some(placed)
    }

    fn put(&mut self, frame: Stamp, at: i64) -> Placed {
        let end = self.end.unwrap_or(at);
        self.end = Some(end.max(at + frame.count));
        self.lean = 0.0;
        Placed {
            at,
            skip: (end - at).clamp(0, frame.count),
        }
    }

    /// Whether sound is missing, or too much, before this frame.
    fn is_jump(&self, frame: Stamp, end: i64, deviation: i64) -> bool {
        let step = |deviation: i64| deviation as f64 - self.lean;
        let first = step(deviation);
        if first.abs() <= self.jitter as f64 {
            return false;
        }
        if first.abs() >= JUMP * self.rate {
            return true;
        }
        let mut due = end + frame.count;
        self.waiting.iter().all(|later| {
            let off = step(later.at + self.shift - due);
            due += later.count;
            off.abs() > self.jitter as f64 && off.signum() == first.signum()
        })
    }

    /// Where a frame's timestamp puts it.
    fn believed(&self, frame: Stamp) -> i64 {
        let at = frame.at + self.shift;
        let Start::Grid(origin) = self.start else {
            return at;
        };
        let lengths = (at - origin) as f64 / frame.count.max(1) as f64;
        let exact = origin + lengths.round() as i64 * frame.count;
        if (exact - at).abs() as f64 <= ROUNDING * self.rate {
            exact
        } else {
            at
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn placed(start: Start, stamps: &[(i64, i64)]) -> Vec<(i64, i64)> {
        let mut placer = Placer::new(48_000, start);
        let mut list = Vec::new();
        for &(at, count) in stamps {
            placer.push(Stamp { at, count });
            list.extend(placer.place());
        }
        placer.finish();
        list.extend(std::iter::from_fn(|| placer.place()));
        list.iter().map(|placed| (placed.at, placed.skip)).collect()
    }

    fn steady(from: i64, count: i64) -> Vec<(i64, i64)> {
        (0..count).map(|k| (from + k * 1024, 1024)).collect()
    }

    #[test]
    fn a_gap_stays_a_gap() {
        let stamps = [steady(0, 20), steady(44_480, 20)].concat();
        let list = placed(Start::Unknown, &stamps);
        assert_eq!(list[19..21], [(19 * 1024, 0), (44_480, 0)]);
    }

    #[test]
    fn a_single_missing_packet_is_a_gap() {
        let stamps = [steady(0, 20), steady(21 * 1024, 20)].concat();
        assert_eq!(placed(Start::Unknown, &stamps)[20], (21 * 1024, 0));
    }

    #[test]
    fn one_late_timestamp_is_not() {
        let mut stamps = steady(0, 40);
        stamps[20].0 += 700;
        let list = placed(Start::Unknown, &stamps);
        assert!(
            list.iter()
                .enumerate()
                .all(|(k, p)| *p == (k as i64 * 1024, 0)),
            "{list:?}"
        );
    }

    #[test]
    fn what_overlaps_is_dropped_from_the_later_frame() {
        let stamps = [steady(0, 10), steady(10 * 1024 - 400, 10)].concat();
        assert_eq!(
            placed(Start::Unknown, &stamps)[10..12],
            [(10 * 1024 - 400, 400), (11 * 1024 - 400, 0)]
        );
    }

    #[test]
    fn timestamps_that_start_over_do_not_end_the_sound() {
        let far = steady(100 * 48_000, 10);
        let stamps = [far.clone(), steady(0, 10)].concat();
        let list = placed(Start::Unknown, &stamps);
        assert_eq!(list[10], (far[9].0 + 1024, 0));
        assert_eq!(list[19], (far[9].0 + 10 * 1024, 0));
    }

    #[test]
    fn a_given_start_is_kept() {
        assert_eq!(placed(Start::At(0), &steady(700, 12))[11], (11 * 1024, 0));
    }

    #[test]
    fn a_clock_that_runs_away_is_followed_in_steps() {
        // One sample in a thousand too few: 40 ms after 40 s.
        let stamps: Vec<_> = (0..4000).map(|k| (k * 1025, 1024)).collect();
        let list = placed(Start::Unknown, &stamps);
        let worst = list
            .iter()
            .zip(&stamps)
            .map(|(p, s)| (p.0 - s.0).abs())
            .max();
        assert!(worst.unwrap() <= 2100, "{worst:?}");
        let steps = list.windows(2).filter(|w| w[1].0 != w[0].0 + 1024).count();
        assert!((1..=3).contains(&steps), "{steps}");
    }

    proptest! {
        #[test]
        fn milliseconds_give_no_seam(first in 0i64..5000, count in 2usize..200) {
            let exact = |k: usize| (first + k as i64) * 1024;
            let stamps: Vec<_> = (0..count).map(|k| {
                let ms = (exact(k) as f64 / 48.0).round();
                ((ms * 48.0) as i64, 1024)
            }).collect();
            let list = placed(Start::Grid(0), &stamps);
            for (k, at) in list.iter().enumerate() {
                prop_assert_eq!(*at, (exact(k), 0));
            }
            let list = placed(Start::Unknown, &stamps);
            for pair in list.windows(2) {
                prop_assert_eq!(pair[1].0 - pair[0].0, 1024);
            }
            prop_assert!((list[0].0 - exact(0)).abs() <= 24);
        }

        #[test]
        fn no_sample_is_placed_twice(
            jumps in proptest::collection::vec((-60_000i64..60_000, 1i64..3000), 1..80),
        ) {
            let mut at = 0;
            let stamps: Vec<_> = jumps.iter().map(|&(jump, count)| {
                at += if jump.abs() > 40_000 { jump } else { 0 };
                let stamp = (at, count);
                at += count;
                stamp
            }).collect();
            let list = placed(Start::Unknown, &stamps);
            prop_assert_eq!(list.len(), stamps.len());
            let mut end = i64::MIN;
            for (&(at, skip), &(_, count)) in list.iter().zip(&stamps) {
                prop_assert!(at + skip >= end || skip == count);
                end = end.max(at + count);
            }
        }
    }
}
