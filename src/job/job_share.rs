//! A job's account at the ledger of its process.

use std::sync::Mutex;

use crate::machine::{Account, Granted, Staff};
use crate::sync::IgnorePoison;

/// A job's account at the ledger, kept until all that the job has started is gone.
pub(super) struct JobShare {
    /// Workers that draw as long as the job lasts.
    pub workers: u64,
    account: Mutex<Option<Account>>,
}

impl JobShare {
    /// Of a render: its first worker draws all the time.
    pub fn of_render() -> Self {
        Self::with_workers(1)
    }

    /// Of a composition that is open for single frames: its page draws when it is asked.
    pub fn of_frames() -> Self {
        Self::with_workers(0)
    }

    fn with_workers(workers: u64) -> Self {
        Self {
            workers,
            account: Mutex::default(),
        }
    }

    /// Keeps `account` until this drops.
    pub fn keep(&self, account: Account) {
        *self.account.lock().ignore_poison() = Some(account);
    }

    /// What the job was given before, if it tries a second time: it never waits while it holds something.
    pub fn kept(&self) -> Option<(Granted, Staff)> {
        let account = self.account.lock().ignore_poison();
        account
            .as_ref()
            .map(|account| (account.granted(), account.staff()))
    }
}
