//! What a job holds of its process, and where it gets more. All of it goes back by being dropped.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::books::Granted;
use super::ledger::Ledger;

/// A job's place in the ledger, in the queue or behind it.
#[derive(Debug)]
pub(super) struct Seat(pub(super) Staff);

impl Drop for Seat {
    fn drop(&mut self) {
        let Staff { ledger, job } = &self.0;
        let mut state = ledger.lock();
        state.books.leave(*job);
        state.waiting.remove(job);
        state.admit();
    }
}

/// What a job holds until this drops.
#[derive(Debug)]
pub struct Account {
    pub(super) seat: Seat,
    pub(super) granted: Granted,
}

impl Account {
    /// What the job was given to begin with.
    pub fn granted(&self) -> Granted {
        self.granted
    }

    /// Gives back all memory above `mib`.
    pub fn hold_at_most(&self, mib: u64) {
        let Staff { ledger, job } = &self.seat.0;
        let mut state = ledger.lock();
        state.books.hold_at_most(*job, mib);
        state.admit();
    }

    /// Where the job gets more workers.
    pub fn staff(&self) -> Staff {
        self.seat.0.clone()
    }
}

/// Where a job gets workers beside its first, and decoders their turns. It keeps nothing open: once the
/// job has ended, there are no more.
#[derive(Debug, Clone)]
pub struct Staff {
    pub(super) ledger: Arc<Ledger>,
    pub(super) job: u64,
}

impl Staff {
    /// One more worker that takes `mib`, now or not at all.
    pub fn another(&self, mib: u64) -> Option<WorkerGrant> {
        let is_given = {
            let mut state = self.ledger.lock();
            let is_given = state.books.add_worker(self.job, mib);
            state.tell();
            is_given
        };
        is_given.then(|| WorkerGrant {
            staff: self.clone(),
            mib,
        })
    }

    /// Whether there would be one.
    pub fn has_room(&self, mib: u64) -> bool {
        self.ledger.lock().books.has_room_for_worker(self.job, mib)
    }

    /// What the browser of a worker of whom `expected` MiB are expected may hold now, MiB.
    pub fn browser_share_mib(&self, expected: u64) -> u64 {
        self.ledger.lock().books.browser_share_mib(expected)
    }

    /// The turns of all decoders of the process.
    pub fn decoder_turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.ledger.decoders)
    }
}

/// A worker and its memory, until this drops.
#[derive(Debug)]
pub struct WorkerGrant {
    staff: Staff,
    mib: u64,
}

impl Drop for WorkerGrant {
    fn drop(&mut self) {
        let Staff { ledger, job } = &self.staff;
        let mut state = ledger.lock();
        state.books.remove_worker(*job, self.mib);
        state.admit();
    }
}

#[cfg(test)]
mod tests {
    use super::super::books::{Ask, Books, Capacity};

    #[test]
    fn browsers_share_what_no_job_holds() {
        let mut books = Books::new(Capacity {
            memory_mib: 1000,
            cores: 2,
        });
        let ask = |mib| Ask {
            least_mib: mib,
            most_mib: mib,
            workers: 1,
        };
        let first = books.ask(ask(400)).unwrap();
        books.admit();
        assert_eq!(books.browser_share_mib(280), 280 + 600);
        assert!(books.add_worker(first, 280));
        assert_eq!(books.browser_share_mib(280), 280 + 320 / 2);
        books.ask(ask(320)).unwrap();
        books.admit();
        assert_eq!(books.browser_share_mib(280), 280, "all is held");
        books.leave(first);
        assert_eq!(books.browser_share_mib(280), 280 + 680);
    }
}
