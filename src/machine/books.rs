//! What the jobs of a process hold and what they wait for: plain arithmetic, without time or threads.
//!
//! Jobs begin in the order in which they ask. One for which there is no room waits, and those behind it
//! wait with it; only a job without workers of its own may pass, and only where it leaves the memory that
//! those before it need. Nobody who holds something ever waits: a job that wants one more worker gets it
//! at once or not at all. So there is no circle of jobs that wait for each other.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

/// Jobs that may wait at a time.
pub(super) const MOST_WAITING: usize = 256;
/// Workers for each core up to which jobs may begin. Renders are together no faster than with one for each
/// core (docs/performance.md), but a long one keeps fewer others waiting. Beyond one for each core, a job
/// gets no second worker.
const BEGINNING_PER_CORE: u64 = 2;

/// What all jobs of a process may hold together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capacity {
    /// MiB.
    pub memory_mib: u64,
    /// Cores that the workers share.
    pub cores: u64,
}

/// What a job needs to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    /// With less it cannot be made, MiB.
    pub least_mib: u64,
    /// With more it would do nothing, MiB; at least `least_mib`.
    pub most_mib: u64,
    /// Workers that draw as long as it lasts: 1 of a render, 0 of a composition that is open for single
    /// frames.
    pub workers: u64,
}

/// What decided how much a job was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GrantedFor {
    /// No other job held anything.
    Alone,
    /// There was room for all that it asked for.
    RoomForAll,
    /// Others had left less than that.
    LeftByOthers,
}

/// What a job was given to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Granted {
    /// MiB.
    pub memory_mib: u64,
    /// MiB that all jobs of the process may hold together.
    pub process_mib: u64,
    /// Jobs that held something at that time.
    pub other_jobs: usize,
    /// What decided it.
    pub granted_for: GrantedFor,
    /// How long the job had waited, milliseconds.
    pub waited_ms: u64,
}

/// How things stood when a job had to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Jobs that hold something.
    pub running: usize,
    /// Jobs that asked before.
    pub ahead: usize,
    /// What the job needs at least, MiB.
    pub least_mib: u64,
    /// What nobody holds, MiB.
    pub free_mib: u64,
}

/// What a job holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    mib: u64,
    workers: u64,
}

/// All jobs of a process by number. Numbers are never used again.
#[derive(Debug)]
pub(super) struct Books {
    capacity: Capacity,
    held: BTreeMap<u64, Held>,
    waiting: VecDeque<(u64, Ask)>,
    next: u64,
}

impl Books {
    pub fn new(capacity: Capacity) -> Self {
        Self {
            capacity,
            held: BTreeMap::new(),
            waiting: VecDeque::new(),
            next: 0,
        }
    }

    /// Puts a job behind all that wait; `None` when too many do.
    pub fn ask(&mut self, ask: Ask) -> Option<u64> {
        if self.waiting.len() >= MOST_WAITING {
            return None;
        }
        let job = self.next;
        self.next += 1;
        self.waiting.push_back((job, ask));
        Some(job)
    }

    /// Lets all jobs begin for which there is room by now.
    pub fn admit(&mut self) -> Vec<(u64, Granted)> {
        let mut admitted = Vec::new();
        let (mut at, mut reserved_mib) = (0, 0);
        while let Some((job, ask)) = self.waiting.get(at).copied() {
            match self.room_for(ask, at > 0, reserved_mib) {
                Some(granted) => {
                    self.waiting.remove(at);
                    let (mib, workers) = (granted.memory_mib, ask.workers);
                    self.held.insert(job, Held { mib, workers });
                    admitted.push((job, granted));
                }
                None => {
                    at += 1;
                    reserved_mib += ask.least_mib;
                }
            }
        }
        admitted
    }

    /// What a job that asks for that may have now. One that `passes` others leaves them
    /// `reserved_mib`, and takes no worker from them.
    fn room_for(&self, ask: Ask, passes: bool, reserved_mib: u64) -> Option<Granted> {
        let granted = |memory_mib, granted_for| Granted {
            memory_mib,
            process_mib: self.capacity.memory_mib,
            other_jobs: self.held.len(),
            granted_for,
            waited_ms: 0,
        };
        if self.held.is_empty() {
            // More than there is, if need be: it will not get more by waiting.
            return (!passes).then(|| granted(ask.most_mib, GrantedFor::Alone));
        }
        let most_workers = self.capacity.cores * BEGINNING_PER_CORE;
        let has_workers = ask.workers == 0 || self.workers() + ask.workers <= most_workers;
        let room = self.free_mib().saturating_sub(reserved_mib);
        if (passes && ask.workers > 0) || !has_workers || ask.least_mib > room {
            return None;
        }
        Some(match ask.most_mib <= room {
            true => granted(ask.most_mib, GrantedFor::RoomForAll),
            false => granted(room, GrantedFor::LeftByOthers),
        })
    }

    /// `job` holds at most `mib` from here on.
    pub fn hold_at_most(&mut self, job: u64, mib: u64) {
        if let Some(held) = self.held.get_mut(&job) {
            held.mib = held.mib.min(mib);
        }
    }

    /// Whether `job` may have one more worker of `mib`. Alone it may have as many as it plans with; else
    /// those that wait come first. Compositions that are only open take no core from it.
    pub fn has_room_for_worker(&self, job: u64, mib: u64) -> bool {
        let Some(held) = self.held.get(&job) else {
            return false;
        };
        let draws_alone = self.workers() == held.workers;
        let has_core = draws_alone || self.workers() < self.capacity.cores;
        let is_free = self.waiting.is_empty() && mib <= self.free_mib() && has_core;
        self.held.len() == 1 || is_free
    }

    /// Gives `job` one more worker of `mib`, if it may have one.
    pub fn add_worker(&mut self, job: u64, mib: u64) -> bool {
        let has_room = self.has_room_for_worker(job, mib);
        if let Some(held) = self.held.get_mut(&job).filter(|_| has_room) {
            held.mib += mib;
            held.workers += 1;
        }
        has_room
    }

    /// Takes such a worker back. Does nothing where the job has ended.
    pub fn remove_worker(&mut self, job: u64, mib: u64) {
        if let Some(held) = self.held.get_mut(&job) {
            held.mib = held.mib.saturating_sub(mib);
            held.workers = held.workers.saturating_sub(1);
        }
    }

    /// What the browser of a worker may hold before others go short of it, MiB: what is `expected` of it, and
    /// its part of what no job holds.
    pub fn browser_share_mib(&self, expected: u64) -> u64 {
        expected + self.free_mib() / self.workers().max(1)
    }

    /// `job` holds nothing and waits for nothing any more.
    pub fn leave(&mut self, job: u64) {
        self.held.remove(&job);
        self.waiting.retain(|(waiting, _)| *waiting != job);
    }

    /// How things stand for `job`, which asked for that and waits.
    pub fn wait_of(&self, job: u64, ask: Ask) -> Wait {
        let ahead = self.waiting.iter().take_while(|(id, _)| *id != job);
        Wait {
            running: self.held.len(),
            ahead: ahead.count(),
            least_mib: ask.least_mib,
            free_mib: self.free_mib(),
        }
    }

    /// Whether somebody waits.
    pub fn is_short(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Whether somebody waits for memory that compositions hold which are only open.
    pub fn is_short_of_open(&self) -> bool {
        let open = self.held.values().filter(|held| held.workers == 0);
        let (jobs, mib) = open.fold((0, 0), |(jobs, mib), held| (jobs + 1, mib + held.mib));
        let free = self.free_mib();
        let helps = |least: u64| least <= free + mib || jobs == self.held.len();
        let lacks = |ask: &Ask| ask.least_mib > free && helps(ask.least_mib);
        jobs > 0 && self.waiting.iter().any(|(_, ask)| lacks(ask))
    }

    fn free_mib(&self) -> u64 {
        let held = self.held.values().map(|held| held.mib).sum();
        self.capacity.memory_mib.saturating_sub(held)
    }

    fn workers(&self) -> u64 {
        self.held.values().map(|held| held.workers).sum()
    }

    /// MiB, workers and jobs that hold something.
    #[cfg(test)]
    pub fn held(&self) -> (u64, u64, usize) {
        let mib = self.held.values().map(|held| held.mib).sum();
        (mib, self.workers(), self.held.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const CAPACITY: Capacity = Capacity {
        memory_mib: 1000,
        cores: 2,
    };

    fn ask(least_mib: u64, most_mib: u64, workers: u64) -> Ask {
        Ask {
            least_mib,
            most_mib,
            workers,
        }
    }

    /// The jobs that begin when these ask one after the other, and their MiB.
    fn begun(books: &mut Books, asks: &[Ask]) -> Vec<(u64, u64, GrantedFor)> {
        for ask in asks {
            books.ask(*ask).unwrap();
        }
        let admitted = books.admit();
        let brief = |(job, granted): (u64, Granted)| (job, granted.memory_mib, granted.granted_for);
        admitted.into_iter().map(brief).collect()
    }

    #[test]
    fn a_job_alone_gets_all_that_it_asks_for() {
        let mut books = Books::new(CAPACITY);
        let alone = begun(&mut books, &[ask(3000, 4000, 1)]);
        assert_eq!(alone, [(0, 4000, GrantedFor::Alone)]);
        assert!((0..20).all(|_| books.add_worker(0, 500)), "as it planned");
        assert_eq!(begun(&mut books, &[ask(1, 1, 0)]), [], "it is overdrawn");
    }

    #[test]
    fn what_is_left_is_shared_and_the_next_waits() {
        let mut books = Books::new(CAPACITY);
        let begun = begun(&mut books, &[ask(300, 600, 1); 3]);
        let (all, left) = (GrantedFor::Alone, GrantedFor::LeftByOthers);
        assert_eq!(begun, [(0, 600, all), (1, 400, left)]);
        let wait = books.wait_of(2, ask(300, 600, 1));
        assert_eq!((wait.running, wait.ahead, wait.free_mib), (2, 0, 0));
        books.hold_at_most(1, 350);
        books.hold_at_most(1, 900);
        assert_eq!(books.held(), (950, 2, 2), "less, and never more");
        books.leave(0);
        assert_eq!(books.admit()[0].1.memory_mib, 600);
    }

    #[test]
    fn jobs_begin_in_the_order_in_which_they_ask() {
        let mut books = Books::new(CAPACITY);
        begun(&mut books, &[ask(700, 700, 1)]);
        let behind = [ask(500, 500, 1), ask(100, 100, 1), ask(100, 100, 1)];
        assert_eq!(begun(&mut books, &behind), [], "not before the large one");
        books.leave(0);
        let order: Vec<u64> = books.admit().iter().map(|(job, _)| *job).collect();
        assert_eq!(order, [1, 2, 3]);
    }

    #[test]
    fn single_frames_pass_where_they_take_nothing_from_those_before() {
        let mut books = Books::new(CAPACITY);
        begun(&mut books, &[ask(100, 100, 1); 4]);
        // The fifth finds no core.
        assert_eq!(begun(&mut books, &[ask(300, 300, 1)]), []);
        let passes = begun(&mut books, &[ask(200, 400, 0)]);
        assert_eq!(passes, [(5, 300, GrantedFor::LeftByOthers)]);
        assert_eq!(begun(&mut books, &[ask(1, 1, 0)]), [], "300 are reserved");
        books.leave(2);
        assert_eq!(books.admit()[0].0, 4);
    }

    #[test]
    fn who_waits_comes_before_who_grows() {
        let mut books = Books::new(CAPACITY);
        begun(&mut books, &[ask(100, 100, 1)]);
        assert!(books.add_worker(0, 100));
        begun(&mut books, &[ask(100, 100, 1)]);
        assert!(!books.add_worker(0, 100), "every core has a worker");
        books.remove_worker(0, 100);
        books.remove_worker(1, 100);
        assert!(books.add_worker(0, 100));
        books.remove_worker(0, 100);
        assert_eq!(begun(&mut books, &[ask(5000, 5000, 1)]), []);
        assert!(!books.add_worker(0, 100), "somebody waits");
        assert!(!books.add_worker(7, 100), "there is no such job");
    }

    #[test]
    fn open_compositions_take_no_core_from_a_render() {
        let mut books = Books::new(CAPACITY);
        begun(&mut books, &[ask(100, 100, 0), ask(100, 100, 1)]);
        assert!((0..5).all(|_| books.add_worker(1, 100)), "as alone");
        assert!(
            (0..4).all(|_| !books.add_worker(1, 400)),
            "but memory is shared"
        );
        assert!(!books.is_short_of_open());
        begun(&mut books, &[ask(500, 500, 1)]);
        assert!(!books.is_short_of_open(), "their 100 are not enough");
        books.remove_worker(1, 100);
        assert!(books.is_short_of_open(), "they are now");
        books.remove_worker(1, 100);
        assert_eq!(books.admit(), [], "memory, but no core");
        assert!(books.is_short() && !books.is_short_of_open());
    }

    #[test]
    fn open_compositions_hold_up_no_job_that_needs_all() {
        let mut books = Books::new(CAPACITY);
        begun(&mut books, &[ask(100, 100, 0)]);
        assert_eq!(begun(&mut books, &[ask(5000, 5000, 1)]), []);
        assert!(books.is_short_of_open());
        books.leave(0);
        assert_eq!(books.admit()[0].1.granted_for, GrantedFor::Alone);
    }

    #[test]
    fn no_more_wait_than_there_is_room_for() {
        let mut books = Books::new(CAPACITY);
        begun(&mut books, &[ask(1000, 1000, 1)]);
        let waiting: Vec<_> = (0..MOST_WAITING)
            .map(|_| books.ask(ask(1, 1, 1)).unwrap())
            .collect();
        assert_eq!(books.ask(ask(1, 1, 1)), None);
        books.leave(waiting[7]);
        assert!(books.ask(ask(1, 1, 1)).is_some());
    }

    /// What may happen, with a job's place among those that ever asked.
    #[derive(Debug, Clone, Copy)]
    enum Step {
        Ask(Ask),
        Leave(usize),
        Grow(usize, u64),
        Shrink(usize, u64),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let asking = (1u64..1500, 0u64..800, 0u64..2)
            .prop_map(|(least, more, workers)| Step::Ask(ask(least, least + more, workers)));
        let one = prop_oneof![
            3 => asking,
            2 => (0usize..40).prop_map(Step::Leave),
            2 => (0usize..40, 1u64..400).prop_map(|(at, mib)| Step::Grow(at, mib)),
            1 => (0usize..40, 1u64..900).prop_map(|(at, mib)| Step::Shrink(at, mib)),
        ];
        prop::collection::vec(one, 1..120)
    }

    proptest! {
        #[test]
        fn the_sum_stays_below_the_budget_and_all_begin_in_the_end(steps in steps()) {
            let mut books = Books::new(CAPACITY);
            let mut all: Vec<(u64, Ask)> = Vec::new();
            for step in steps {
                let job = |at: usize| all.get(at % all.len().max(1)).map(|(job, _)| *job);
                match step {
                    Step::Ask(ask) => all.extend(books.ask(ask).map(|job| (job, ask))),
                    Step::Leave(at) => if let Some(job) = job(at) { books.leave(job) },
                    Step::Grow(at, mib) => if let Some(job) = job(at) { books.add_worker(job, mib); },
                    Step::Shrink(at, mib) => if let Some(job) = job(at) { books.hold_at_most(job, mib) },
                }
                for (job, granted) in books.admit() {
                    let (_, asked) = all.iter().find(|(id, _)| *id == job).unwrap();
                    prop_assert!(granted.memory_mib >= asked.least_mib);
                    prop_assert!(granted.memory_mib <= asked.most_mib);
                }
                let (mib, _, jobs) = books.held();
                // A job that began or grew alone may have taken more than there is.
                prop_assert!(mib <= CAPACITY.memory_mib || jobs == 1, "{mib} MiB by {jobs} jobs");
                prop_assert!(jobs > 0 || !books.is_short(), "nobody waits for nobody");
            }
            // Whoever ends makes room: nobody is left behind.
            let mut order = Vec::new();
            while let Some(job) = books.held.keys().next().copied() {
                books.leave(job);
                order.extend(books.admit().into_iter().map(|(job, _)| job));
            }
            prop_assert!(!books.is_short());
            let drawing = |job: &u64| all.iter().any(|(id, ask)| id == job && ask.workers > 0);
            let order: Vec<u64> = order.into_iter().filter(drawing).collect();
            prop_assert!(order.is_sorted(), "in order: {order:?}");
        }
    }
}
