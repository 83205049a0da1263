//! The ledger: the sum never passes the budget, nobody waits for ever, all goes back.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use models::machine::{Ask, Capacity, Ledger, LedgerError};
use shuttle::future::block_on;
use tokio::time::{clear_triggers, trigger_timeouts};

mod support;
use support::explore;

const CAPACITY: Capacity = Capacity {
    memory_mib: 1000,
    cores: 2,
};
/// Three of them do not fit.
const RENDER: Ask = Ask {
    least_mib: 400,
    most_mib: 600,
    workers: 1,
};
const ALL: Ask = Ask {
    least_mib: CAPACITY.memory_mib,
    most_mib: CAPACITY.memory_mib,
    workers: 1,
};

/// What the jobs of a model hold together, as they count it themselves.
#[derive(Default)]
struct Sum(AtomicU64);

impl Sum {
    fn add(&self, mib: u64) {
        let sum = self.0.fetch_add(mib, Ordering::SeqCst) + mib;
        assert!(sum <= CAPACITY.memory_mib, "{sum} MiB are held");
    }

    fn sub(&self, mib: u64) {
        self.0.fetch_sub(mib, Ordering::SeqCst);
    }
}

/// A render that grows by a worker if it may, gives memory back, and ends.
async fn render(ledger: Arc<Ledger>, sum: Arc<Sum>) {
    let account = ledger.open(RENDER, |_| {}).await.unwrap();
    let held = account.granted().memory_mib;
    sum.add(held);
    let worker = account.staff().another(100);
    if worker.is_some() {
        sum.add(100);
    }
    tokio::task::yield_now().await;
    if worker.is_some() {
        sum.sub(100);
    }
    drop(worker);
    sum.sub(held.saturating_sub(RENDER.least_mib));
    account.hold_at_most(RENDER.least_mib);
    tokio::task::yield_now().await;
    sum.sub(held.min(RENDER.least_mib));
}

/// All there is can be had again.
async fn nothing_is_held(ledger: &Arc<Ledger>) {
    let mut has_waited = false;
    drop(ledger.open(ALL, |_| has_waited = true).await.unwrap());
    assert!(!has_waited, "something was not given back");
}

#[test]
fn the_sum_of_four_renders_stays_below_the_budget() {
    explore(|| {
        block_on(async {
            let (ledger, sum) = (Ledger::new(CAPACITY), Arc::new(Sum::default()));
            let jobs: Vec<_> = (0..4)
                .map(|_| tokio::spawn(render(Arc::clone(&ledger), Arc::clone(&sum))))
                .collect();
            for job in jobs {
                job.await.unwrap();
            }
            nothing_is_held(&ledger).await;
        });
    });
}

#[test]
fn who_is_cancelled_in_the_queue_or_at_its_head_keeps_nobody_waiting() {
    explore(|| {
        block_on(async {
            let ledger = Ledger::new(CAPACITY);
            let first = ledger.open(RENDER, |_| {}).await.unwrap();
            let asks = [ALL, RENDER, ALL];
            let waiting: Vec<_> = asks
                .into_iter()
                .map(|ask| {
                    let ledger = Arc::clone(&ledger);
                    tokio::spawn(async move { ledger.open(ask, |_| {}).await.map(drop) })
                })
                .collect();
            waiting[0].abort();
            tokio::task::yield_now().await;
            drop(first);
            for (number, job) in waiting.into_iter().enumerate() {
                let ended = job.await;
                assert!(number == 0 || ended.unwrap().is_ok());
            }
            nothing_is_held(&ledger).await;
        });
    });
}

#[test]
fn a_turn_that_comes_as_the_deadline_passes_is_not_lost() {
    explore(|| {
        clear_triggers();
        block_on(async {
            let ledger = Ledger::new(CAPACITY);
            let first = ledger.open(ALL, |_| {}).await.unwrap();
            let late = tokio::spawn({
                let ledger = Arc::clone(&ledger);
                async move { ledger.open(ALL, |_| {}).await.map(drop) }
            });
            let clock = tokio::spawn(async { trigger_timeouts(|_| true) });
            drop(first);
            match late.await.unwrap() {
                Ok(()) | Err(LedgerError::NoTurn { .. }) => {}
                Err(other) => panic!("{other}"),
            }
            clock.await.unwrap();
            clear_triggers();
            nothing_is_held(&ledger).await;
        });
    });
}

#[test]
fn an_open_composition_hears_of_who_waits() {
    const OPEN: Ask = Ask {
        workers: 0,
        ..RENDER
    };
    explore(|| {
        block_on(async {
            let ledger = Ledger::new(CAPACITY);
            let open = ledger.open(OPEN, |_| {}).await.unwrap();
            let render = tokio::spawn({
                let ledger = Arc::clone(&ledger);
                async move { ledger.open(ALL, |_| {}).await.map(drop) }
            });
            ledger.short_of_open().await;
            drop(open);
            render.await.unwrap().unwrap();
            nothing_is_held(&ledger).await;
        });
    });
}

#[test]
fn memory_that_a_job_gives_back_lets_the_next_one_begin() {
    const LARGE: Ask = Ask {
        least_mib: 600,
        most_mib: 600,
        workers: 1,
    };
    explore(|| {
        block_on(async {
            let ledger = Ledger::new(CAPACITY);
            let first = ledger.open(LARGE, |_| {}).await.unwrap();
            let second = tokio::spawn({
                let ledger = Arc::clone(&ledger);
                async move { ledger.open(LARGE, |_| {}).await.unwrap() }
            });
            first.hold_at_most(400);
            let second = second.await.unwrap();
            assert_eq!(second.granted().memory_mib, LARGE.most_mib);
            drop((first, second));
            nothing_is_held(&ledger).await;
        });
    });
}
