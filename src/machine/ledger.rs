//! The ledger of a process: every job asks it before it begins, and holds what it was given until it has
//! ended. What is held goes back by being dropped, however the job ends.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot, watch};

use super::account::{Account, Seat, Staff};
use super::books::{Ask, Books, Capacity, Granted, MOST_WAITING, Wait};
use super::host::Host;
use crate::sync::{IgnorePoison, Mutex, MutexGuard};

/// How long a job waits for its turn. What runs before it may be long.
const PATIENCE: Duration = Duration::from_secs(60 * 60);
/// Decoders of source video that may be read at a time, for each core. One job reads half as many: where
/// all of its sources hang until their deadline, others go on.
const DECODERS_PER_CORE: usize = 2;

/// What a job that has to wait is told.
#[derive(Debug, Clone, Copy)]
pub struct Waiting {
    /// How things stand.
    pub wait: Wait,
    /// It is not waited for longer than until then.
    pub until: SystemTime,
}

static OF_PROCESS: LazyLock<Arc<Ledger>> = LazyLock::new(|| Ledger::new(capacity()));

/// MiB that the jobs of a process may hold together, in builds for tests.
#[cfg(feature = "test-switches")]
const MEMORY_VARIABLE: &str = "HF_NATIVE_LEDGER_MIB";

fn capacity() -> Capacity {
    let capacity = Host::detect().capacity();
    #[cfg(feature = "test-switches")]
    if let Some(memory_mib) = std::env::var(MEMORY_VARIABLE)
        .ok()
        .and_then(|mib| mib.parse().ok())
    {
        return Capacity {
            memory_mib,
            ..capacity
        };
    }
    capacity
}

/// Why a job cannot begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The queue is full.
    #[error(
        "{most} renders of this process wait for memory or cores; start this one again when some have ended"
    )]
    TooManyWaiting {
        /// Jobs that may wait.
        most: usize,
    },
    /// Its turn did not come.
    #[error(
        "this render waited {seconds} s for {needed_mib} MiB and a free core, which other renders and open compositions of this process hold; run fewer at a time, or close those that stay open"
    )]
    NoTurn {
        /// How long it waited.
        seconds: u64,
        /// What it needs at least, MiB.
        needed_mib: u64,
    },
}

/// What the jobs of a process hold of its memory, workers and decoders.
#[derive(Debug)]
pub struct Ledger {
    state: Mutex<State>,
    pub(super) decoders: Arc<Semaphore>,
    stills: Arc<Semaphore>,
    patience: Duration,
}

#[derive(Debug)]
pub(super) struct State {
    pub books: Books,
    pub waiting: BTreeMap<u64, oneshot::Sender<Granted>>,
    /// Whether somebody waits for memory that open compositions hold.
    short_of_open: watch::Sender<bool>,
}

impl Ledger {
    /// Of a process that may hold so much.
    pub fn new(capacity: Capacity) -> Arc<Self> {
        Arc::new(Self::with_patience(capacity, PATIENCE))
    }

    fn with_patience(capacity: Capacity, patience: Duration) -> Self {
        let cores = usize::try_from(capacity.cores).unwrap_or(1).max(1);
        Self {
            state: Mutex::new(State {
                books: Books::new(capacity),
                waiting: BTreeMap::new(),
                short_of_open: watch::channel(false).0,
            }),
            decoders: Arc::new(Semaphore::new(cores * DECODERS_PER_CORE)),
            stills: Arc::new(Semaphore::new(cores)),
            patience,
        }
    }

    /// That of this process.
    pub fn of_process() -> Arc<Self> {
        Arc::clone(&OF_PROCESS)
    }

    /// Whether a job waits for its turn.
    pub fn is_short(&self) -> bool {
        self.lock().books.is_short()
    }

    /// Waits until a job waits for memory that open compositions hold: those that nobody uses give it back
    /// then.
    pub async fn short_of_open(&self) {
        let mut short = self.lock().short_of_open.subscribe();
        // The sender lives as long as this does.
        let _ = short.wait_for(|is_short| *is_short).await;
    }

    /// Waits for a turn to make a picture file of a frame, for which there is one turn a core; it ends
    /// when this drops. A file is made in a second at most.
    pub async fn still_turn(&self) -> Option<OwnedSemaphorePermit> {
        // It is never closed.
        Arc::clone(&self.stills).acquire_owned().await.ok()
    }

    /// Waits until a job may begin; `waits` hears of it if it has to. It may be dropped at any time.
    ///
    /// # Errors
    /// [`LedgerError`] when too many wait already, or its turn does not come within an hour.
    pub async fn open(
        self: &Arc<Self>,
        ask: Ask,
        waits: impl FnOnce(Waiting) + Send,
    ) -> Result<Account, LedgerError> {
        let since = Instant::now();
        let (sender, turn) = oneshot::channel();
        let (seat, wait) = {
            let mut state = self.lock();
            let Some(job) = state.books.ask(ask) else {
                return Err(LedgerError::TooManyWaiting { most: MOST_WAITING });
            };
            state.waiting.insert(job, sender);
            state.admit();
            let is_waiting = state.waiting.contains_key(&job);
            let ledger = Arc::clone(self);
            let wait = is_waiting.then(|| state.books.wait_of(job, ask));
            (Seat(Staff { ledger, job }), wait)
        };
        if let Some(wait) = wait {
            let until = SystemTime::now() + self.patience;
            waits(Waiting { wait, until });
        }
        // What is given after the deadline goes back with the seat.
        let Ok(Ok(granted)) = tokio::time::timeout(self.patience, turn).await else {
            return Err(LedgerError::NoTurn {
                seconds: self.patience.as_secs(),
                needed_mib: ask.least_mib,
            });
        };
        let waited_ms = match wait {
            Some(_) => u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
            None => 0,
        };
        let granted = Granted {
            waited_ms,
            ..granted
        };
        tracing::debug!(?ask, ?granted, "a job begins");
        Ok(Account { seat, granted })
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }
}

impl State {
    /// Lets those begin for which there is room now.
    pub fn admit(&mut self) {
        for (job, granted) in self.books.admit() {
            if let Some(turn) = self.waiting.remove(&job) {
                // Who has given up waiting gives it back.
                let _ = turn.send(granted);
            }
        }
        self.tell();
    }

    /// Tells those that hold memory whether somebody waits for it.
    pub fn tell(&self) {
        let is_short = self.books.is_short_of_open();
        self.short_of_open
            .send_if_modified(|told| std::mem::replace(told, is_short) != is_short);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use tokio::task::JoinSet;
    use tokio::time::timeout;

    const CAPACITY: Capacity = Capacity {
        memory_mib: 1000,
        cores: 2,
    };
    const SOON: Duration = Duration::from_secs(10);

    const RENDER: Ask = Ask {
        least_mib: 300,
        most_mib: 400,
        workers: 1,
    };
    /// One with which no other fits.
    const LARGE: Ask = Ask {
        least_mib: 900,
        most_mib: 900,
        workers: 1,
    };

    async fn opened(ledger: &Arc<Ledger>, ask: Ask) -> Account {
        let opening = timeout(SOON, ledger.open(ask, |_| {})).await;
        opening.unwrap().unwrap()
    }

    fn held(ledger: &Ledger) -> (u64, u64, usize) {
        ledger.lock().books.held()
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn eight_jobs_at_a_time_stay_below_the_budget() {
        let ledger = Ledger::new(CAPACITY);
        let (peak, waited) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicUsize::new(0)));
        let mut jobs = JoinSet::new();
        for number in 0..8 {
            let (ledger, peak, waited) = (ledger.clone(), peak.clone(), waited.clone());
            jobs.spawn(async move {
                let opening = ledger.open(RENDER, |wait| {
                    assert!(wait.wait.running > 0 && wait.until > SystemTime::now());
                    waited.fetch_add(1, Ordering::Relaxed);
                });
                let account = timeout(SOON, opening).await.unwrap().unwrap();
                let staff = account.staff();
                for _ in 0..4 {
                    // Each grows while others wait.
                    let worker = staff.another(200);
                    peak.fetch_max(held(&ledger).0, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(2)).await;
                    drop(worker);
                }
                assert!(number != 3, "one of them panics");
            });
        }
        let ended: Vec<_> = timeout(SOON, async {
            let mut ended = Vec::new();
            while let Some(one) = jobs.join_next().await {
                ended.push(one.is_ok());
            }
            ended
        })
        .await
        .unwrap();
        assert_eq!(ended.iter().filter(|is_ok| **is_ok).count(), 7);
        let peak = peak.load(Ordering::Relaxed);
        assert!((300..=CAPACITY.memory_mib).contains(&peak), "{peak}");
        assert!(waited.load(Ordering::Relaxed) > 0);
        assert_eq!(held(&ledger), (0, 0, 0), "all went back");
    }

    #[tokio::test]
    async fn who_stops_waiting_leaves_the_queue() {
        let ledger = Ledger::new(CAPACITY);
        let first = opened(&ledger, RENDER).await;
        {
            let mut told = None;
            let large = ledger.open(LARGE, |wait| told = Some(wait));
            assert!(timeout(Duration::from_millis(20), large).await.is_err());
            let told = told.unwrap().wait;
            assert_eq!((told.running, told.ahead, told.free_mib), (1, 0, 600));
        }
        assert!(!ledger.is_short());
        let second = opened(&ledger, RENDER).await;
        assert_eq!(second.granted().other_jobs, 1);
        drop((first, second));
        assert_eq!(held(&ledger), (0, 0, 0));
    }

    #[tokio::test]
    async fn a_turn_comes_when_others_end_or_hold_less() {
        let ledger = Ledger::new(CAPACITY);
        let first = opened(&ledger, LARGE).await;
        let second = tokio::spawn({
            let ledger = ledger.clone();
            async move { opened(&ledger, RENDER).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(ledger.is_short());
        first.hold_at_most(500);
        let second = timeout(SOON, second).await.unwrap().unwrap();
        assert_eq!(second.granted().memory_mib, RENDER.most_mib);
        assert!(second.granted().waited_ms > 0);
        assert_eq!(held(&ledger), (900, 2, 2));
    }

    #[tokio::test]
    async fn open_compositions_hear_of_who_waits_for_their_memory() {
        let ledger = Ledger::new(CAPACITY);
        let open = opened(
            &ledger,
            Ask {
                workers: 0,
                ..RENDER
            },
        )
        .await;
        let short = timeout(Duration::from_millis(20), ledger.short_of_open());
        assert!(short.await.is_err(), "nobody waits");
        let large = tokio::spawn({
            let ledger = ledger.clone();
            async move { opened(&ledger, LARGE).await }
        });
        timeout(SOON, ledger.short_of_open()).await.unwrap();
        drop(open);
        timeout(SOON, large).await.unwrap().unwrap();
        let short = timeout(Duration::from_millis(20), ledger.short_of_open());
        assert!(short.await.is_err(), "nobody waits any more");
    }

    #[tokio::test]
    async fn picture_files_are_made_one_a_core_at_a_time() {
        let ledger = Ledger::new(CAPACITY);
        let first = [ledger.still_turn().await, ledger.still_turn().await];
        let third = timeout(Duration::from_millis(20), ledger.still_turn());
        assert!(third.await.is_err());
        drop(first);
        assert!(timeout(SOON, ledger.still_turn()).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn a_turn_that_does_not_come_is_an_error() {
        let ledger = Ledger::with_patience(CAPACITY, Duration::from_millis(20));
        let ledger = Arc::new(ledger);
        let _first = opened(&ledger, LARGE).await;
        let late = ledger.open(LARGE, |_| {}).await.unwrap_err();
        assert!(matches!(
            late,
            LedgerError::NoTurn {
                needed_mib: 900,
                ..
            }
        ));
        assert!(!ledger.is_short());
        assert_eq!(held(&ledger), (900, 1, 1));
    }

    #[tokio::test]
    async fn a_worker_that_outlives_its_job_takes_nothing_from_others() {
        let ledger = Ledger::new(CAPACITY);
        let first = opened(&ledger, RENDER).await;
        let (staff, worker) = (first.staff(), first.staff().another(200));
        assert_eq!(held(&ledger), (600, 2, 1));
        drop(first);
        assert!(staff.another(1).is_none() && !staff.has_room(1));
        let second = opened(&ledger, RENDER).await;
        drop(worker);
        assert_eq!(held(&ledger), (400, 1, 1));
        drop(second);
    }
}
