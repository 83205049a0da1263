//! When one more worker is worth the start of its browser, and whether it was.
//!
//! A worker joins where cores are idle for long enough. Idle threads of a core that is busy give less
//! than they seem to, and the encoder may be what everybody waits for. So the frames of the next
//! seconds are timed, and a worker with which they do not come sooner leaves; nobody joins after that.
//! Where other jobs of the process have all cores or all memory, nobody joins until they have ended.

use std::time::{Duration, Instant};

use super::capture_job::CaptureJob;
use super::worker_life::Roster;
use crate::machine::IdleCores;

/// How often it is asked whether one more worker is worth it.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Core-seconds that a browser takes from its start to its first frame, about (measured: 1.1 to
/// 1.6 on the bench's pages).
const START_CORE_SECONDS: f64 = 1.5;
/// A browser must pay for its start this many times over.
const WORTH: f64 = 1.5;
/// Cores that a worker finds idle at least. With one worker on two cores, pages that a second one makes
/// faster leave 0.54 to 0.7, and pages that it makes slower 0.2 to 0.46 (docs/performance.md#growth).
const LEAST_IDLE: f64 = 0.5;
/// Frames that must have been taken before the first decision.
const FIRST_FRAMES: u64 = 8;
/// Looks over which idle cores are counted: one look is off by a tenth of a core.
const LOOKS: u32 = 2;
/// Seconds over which the frames are timed that a new worker helps with.
const TRIAL_SECONDS: f64 = 2.0;
/// Of its share of the pace, a new worker must bring so much.
const LEAST_HELP: f64 = 0.1;

/// What is to change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Change {
    /// One more worker starts: so many cores are idle.
    Join { idle: f64 },
    /// This one takes no more frames.
    Leave { worker: usize },
}

/// Decides from the cores that are idle, whatever keeps the others busy (drawing, the encoder or other
/// programs), and from the pace of the frames.
pub(super) struct Growth {
    idle: IdleCores,
    since: Instant,
    taken: u64,
    judge: Judge,
}

impl Growth {
    pub fn new(job: &CaptureJob) -> Self {
        Self {
            idle: IdleCores::new(),
            since: Instant::now(),
            taken: job.taken(),
            judge: Judge::default(),
        }
    }

    /// What is to change, now that [`LOOK_EVERY`] has passed once more.
    pub fn look(&mut self, job: &CaptureJob, roster: &Roster) -> Option<Change> {
        let taken = job.taken();
        let look = Look {
            idle: self.idle.sample(),
            frames: taken - self.taken,
            seconds: self.since.elapsed().as_secs_f64(),
            taken,
            left: job.left(),
            is_opening: roster.is_opening(),
            capturing: roster.capturing(),
            newest: roster.len().saturating_sub(1),
            may_grow: roster.len() < job.max_workers && job.staffing.has_room(),
        };
        (self.taken, self.since) = (taken, Instant::now());
        let change = self.judge.look(&look);
        tracing::debug!(?look, ?change, "growth");
        change
    }

    /// Whether anything can change any more.
    pub fn is_open(&self, job: &CaptureJob, roster: &Roster) -> bool {
        self.judge.is_open(roster.len() < job.max_workers)
    }
}

/// What is seen at one time, since the time before.
#[derive(Debug, Clone, Copy)]
struct Look {
    /// Cores.
    idle: f64,
    /// Frames that were taken.
    frames: u64,
    seconds: f64,
    /// Frames that were ever taken.
    taken: u64,
    /// Frames that nobody has taken.
    left: u64,
    /// Some worker's page is not ready.
    is_opening: bool,
    /// Workers whose pages are.
    capturing: usize,
    /// The number of the worker that started last.
    newest: usize,
    /// There may be one more, and other jobs leave room for it.
    may_grow: bool,
}

/// The workers as they are now.
#[derive(Debug, Default)]
struct Judge {
    /// What was seen since all workers capture, or since the last decision.
    since: Sum,
    /// The next look counts.
    is_settled: bool,
    trial: Option<Trial>,
    /// Nobody joins any more.
    is_over: bool,
}

/// What several looks saw.
#[derive(Debug, Default)]
struct Sum {
    looks: u32,
    frames: u64,
    seconds: f64,
    idle_core_seconds: f64,
}

impl Sum {
    fn add(&mut self, look: &Look) {
        self.looks += 1;
        self.frames += look.frames;
        self.seconds += look.seconds;
        self.idle_core_seconds += look.idle * look.seconds;
    }

    /// Frames a second.
    fn pace(&self) -> f64 {
        self.frames as f64 / self.seconds.max(f64::EPSILON)
    }

    /// Cores.
    fn idle(&self) -> f64 {
        self.idle_core_seconds / self.seconds.max(f64::EPSILON)
    }
}

/// A worker that joined.
#[derive(Debug, Clone, Copy)]
struct Trial {
    /// Frames a second before.
    pace: f64,
    /// Those that captured before.
    workers: usize,
}

impl Judge {
    fn look(&mut self, look: &Look) -> Option<Change> {
        let was_settled = std::mem::replace(&mut self.is_settled, !look.is_opening);
        if look.is_opening || !was_settled {
            self.since = Sum::default();
            return None;
        }
        self.since.add(look);
        let pace = self.since.pace();
        if let Some(trial) = self.trial {
            if self.since.seconds < TRIAL_SECONDS {
                return None;
            }
            self.trial = None;
            // It may have left by itself.
            if look.capturing > trial.workers && !trial.helped(pace) {
                self.is_over = true;
                return Some(Change::Leave {
                    worker: look.newest,
                });
            }
        }
        let may_grow = look.may_grow && !self.is_over;
        if !may_grow || self.since.looks < LOOKS || self.since.frames == 0 {
            return None;
        }
        let idle = std::mem::take(&mut self.since).idle();
        if look.taken < FIRST_FRAMES || !worth_a_worker(idle, look.left as f64 / pace) {
            return None;
        }
        self.trial = Some(Trial {
            pace,
            workers: look.capturing,
        });
        self.is_settled = false;
        Some(Change::Join { idle })
    }

    /// Whether anything can change: somebody may join, or has joined and is looked at.
    fn is_open(&self, may_grow: bool) -> bool {
        self.trial.is_some() || (may_grow && !self.is_over)
    }
}

impl Trial {
    /// Whether frames come sooner at `pace`, a second.
    fn helped(&self, pace: f64) -> bool {
        let share = 1.0 / self.workers.max(1) as f64;
        pace >= self.pace * (1.0 + LEAST_HELP * share)
    }
}

/// Whether `idle` cores over `remaining` seconds pay for another browser.
fn worth_a_worker(idle: f64, remaining: f64) -> bool {
    idle >= LEAST_IDLE && idle * remaining > WORTH * START_CORE_SECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Half a second of a page that has `left` frames left.
    fn half_second(idle: f64, frames: u64, left: u64) -> Look {
        Look {
            idle,
            frames,
            seconds: 0.5,
            taken: 600 - left,
            left,
            is_opening: false,
            capturing: 1,
            newest: 0,
            may_grow: true,
        }
    }

    /// A judge after one worker has joined at 10 frames in half a second and is ready.
    fn joined() -> Judge {
        let mut judge = Judge::default();
        assert_eq!(judge.look(&half_second(0.7, 10, 590)), None);
        assert_eq!(judge.look(&half_second(0.5, 10, 580)), None);
        let joins = judge.look(&half_second(0.75, 10, 570));
        assert_eq!(joins, Some(Change::Join { idle: 0.625 }));
        let opening = Look {
            is_opening: true,
            newest: 1,
            may_grow: false,
            ..half_second(0.0, 3, 567)
        };
        assert_eq!(judge.look(&opening), None);
        judge
    }

    /// What follows looks at `frames` in each half second with two workers.
    fn after_trial(mut judge: Judge, frames: u64, capturing: usize) -> (Vec<Change>, bool) {
        let look = Look {
            capturing,
            newest: 1,
            may_grow: false,
            ..half_second(0.1, frames, 400)
        };
        let changes = (0..12).filter_map(|_| judge.look(&look)).collect();
        (changes, judge.is_open(false) || judge.is_open(true))
    }

    #[test]
    fn a_browser_must_have_cores_and_time() {
        assert!(worth_a_worker(0.8, 20.0));
        assert!(!worth_a_worker(0.3, 200.0), "the cores are busy");
        assert!(!worth_a_worker(1.0, 2.0), "nearly done");
    }

    #[test]
    fn the_first_frames_and_browsers_that_open_decide_nothing() {
        let mut judge = Judge::default();
        let early = Look {
            taken: 7,
            ..half_second(2.0, 3, 593)
        };
        assert!((0..5).all(|_| judge.look(&early).is_none()));
        let opening = Look {
            is_opening: true,
            ..half_second(2.0, 10, 500)
        };
        assert!((0..5).all(|_| judge.look(&opening).is_none()));
        let after = half_second(2.0, 10, 480);
        assert!((0..LOOKS).all(|_| judge.look(&after).is_none()));
        assert_eq!(judge.look(&after), Some(Change::Join { idle: 2.0 }));
    }

    #[test]
    fn who_does_not_help_leaves_and_nobody_follows() {
        let leaves = vec![Change::Leave { worker: 1 }];
        assert_eq!(after_trial(joined(), 10, 2), (leaves, false));
    }

    #[test]
    fn who_helps_stays() {
        assert_eq!(after_trial(joined(), 15, 2), (vec![], true));
    }

    #[test]
    fn who_left_by_itself_is_not_dismissed() {
        assert_eq!(after_trial(joined(), 10, 1), (vec![], true));
    }

    #[test]
    fn of_many_workers_each_has_a_small_share() {
        let trial = |workers| Trial {
            pace: 100.0,
            workers,
        };
        assert!(!trial(1).helped(108.0));
        assert!(trial(4).helped(108.0));
    }
}
