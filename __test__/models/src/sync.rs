//! Locks whose holder a test decides.

#[path = "../../../src/sync/pulse.rs"]
mod pulse;

pub use pulse::{Pulse, Stopped};
pub use shuttle::sync::{Mutex, MutexGuard};
use std::sync::{LockResult, PoisonError};

/// As in the engine.
pub trait IgnorePoison {
    /// The guard.
    type Held;
    /// The guard, poisoned or not.
    fn ignore_poison(self) -> Self::Held;
}

impl<G> IgnorePoison for LockResult<G> {
    type Held = G;
    fn ignore_poison(self) -> G {
        self.unwrap_or_else(PoisonError::into_inner)
    }
}
