//! Locks that stay usable after a panic, and waits that end when nothing moves any more.

mod awaits;
mod pulse;

use std::sync::{LockResult, PoisonError};
/// Named here so that a model of a file (`__test__/models`) can decide who gets a lock.
pub use std::sync::{Mutex, MutexGuard};

pub use awaits::{Awaited, Awaits, Listed};
pub use pulse::{Pulse, Stopped};

/// Takes a lock whether or not a thread panicked while it held it.
///
/// The panic itself is caught and reported where it happened. Panicking again at every later lock
/// would only hide it.
pub trait IgnorePoison {
    /// A guard, or the value inside a mutex that was consumed.
    type Held;

    /// The guard or value, poisoned or not.
    fn ignore_poison(self) -> Self::Held;
}

impl<G> IgnorePoison for LockResult<G> {
    type Held = G;

    fn ignore_poison(self) -> G {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_usable_after_its_holder_panicked() {
        let count = Mutex::new(1);
        std::thread::scope(|scope| {
            let holder = scope.spawn(|| {
                let _held = count.lock().ignore_poison();
                panic!("while the lock is held");
            });
            holder.join().unwrap_err();
        });
        assert!(count.is_poisoned());
        *count.lock().ignore_poison() += 1;
        assert_eq!(count.into_inner().ignore_poison(), 2);
    }
}
