//! What a job waits for now, and until when: said when nothing else has been for a while.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use super::IgnorePoison;

/// A wait that has not ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Awaited {
    /// In words, to go after "waits for".
    pub what: String,
    /// When it began.
    pub since: Instant,
    /// When it is given up; `None` where that is told in `what`.
    pub until: Option<Instant>,
}

/// The waits of one job. Clones share them.
#[derive(Debug, Clone, Default)]
pub struct Awaits(Arc<Mutex<Waits>>);

#[derive(Debug, Default)]
struct Waits {
    begun: u64,
    open: Vec<(u64, Awaited)>,
}

/// Lists a wait until this is dropped.
#[derive(Debug)]
pub struct Listed {
    awaits: Awaits,
    number: u64,
}

impl Awaits {
    /// Lists a wait for `what` that is given up after `limit`.
    pub fn list(&self, what: impl Into<String>, limit: Option<Duration>) -> Listed {
        let since = Instant::now();
        let mut waits = self.lock();
        waits.begun += 1;
        let number = waits.begun;
        let awaited = Awaited {
            what: what.into(),
            since,
            until: limit.map(|limit| since + limit),
        };
        waits.open.push((number, awaited));
        Listed {
            awaits: self.clone(),
            number,
        }
    }

    /// Does `work`, which is given up after `limit` by itself, with its wait listed.
    pub async fn during<T>(
        &self,
        what: impl Into<String>,
        limit: Duration,
        work: impl Future<Output = T>,
    ) -> T {
        let _listed = self.list(what, Some(limit));
        work.await
    }

    /// The waits, oldest first; of those for the same thing, the last one.
    pub fn now(&self) -> Vec<Awaited> {
        let waits = self.lock();
        let mut found: Vec<Awaited> = Vec::new();
        for (_, awaited) in &waits.open {
            found.retain(|known| known.what != awaited.what);
            found.push(awaited.clone());
        }
        found
    }

    fn lock(&self) -> MutexGuard<'_, Waits> {
        self.0.lock().ignore_poison()
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        let mut waits = self.awaits.lock();
        waits.open.retain(|(number, _)| *number != self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_listed_as_long_as_it_lasts() {
        let awaits = Awaits::default();
        let minute = Some(Duration::from_secs(60));
        let page = awaits.list("the page", minute);
        let sound = awaits.list("the sound", None);
        let other_page = awaits.list("the page", minute);
        let names = || -> Vec<String> {
            let now = awaits.now().into_iter();
            now.map(|awaited| awaited.what).collect()
        };
        assert_eq!(names(), ["the sound", "the page"]);
        drop(other_page);
        assert_eq!(names(), ["the page", "the sound"]);
        let now = awaits.now();
        assert_eq!(now[0].until, Some(now[0].since + Duration::from_secs(60)));
        assert_eq!(now[1].until, None);
        drop((page, sound));
        assert!(awaits.now().is_empty());
    }
}
