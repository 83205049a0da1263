//! Whether a render still moves: waits that end with it end, too, when nothing has moved for long.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{IgnorePoison, Mutex};

/// Nothing had moved for so long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stopped {
    /// Milliseconds.
    pub ms: u64,
}

/// Signs of movement of one render. Clones share them.
#[derive(Debug, Clone)]
pub struct Pulse {
    last: Arc<Mutex<Instant>>,
    patience: Duration,
}

impl Pulse {
    /// Waits are given up when nothing has moved for `patience`: longer than any single step may take.
    pub fn new(patience: Duration) -> Self {
        Self {
            last: Arc::new(Mutex::new(Instant::now())),
            patience,
        }
    }

    /// How long nothing may move.
    pub fn patience(&self) -> Duration {
        self.patience
    }

    /// Something moved.
    pub fn beat(&self) {
        *self.last.lock().ignore_poison() = Instant::now();
    }

    /// When a wait that began at `since` is given up, unless something moves before.
    fn end(&self, since: Instant) -> Instant {
        since.max(*self.last.lock().ignore_poison()) + self.patience
    }

    /// Waits for `work` as long as anything moves.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn wait<T>(&self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        let since = Instant::now();
        tokio::pin!(work);
        loop {
            let end = self.end(since);
            if let Ok(done) = tokio::time::timeout_at(end.into(), &mut work).await {
                return Ok(done);
            }
            if self.end(since) <= end {
                let ms = u64::try_from(self.patience.as_millis()).unwrap_or(u64::MAX);
                return Err(Stopped { ms });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn who_waits_for_what_does_not_move_is_told() {
        let pulse = Pulse::new(Duration::from_millis(40));
        let never = std::future::pending::<()>();
        assert_eq!(pulse.wait(never).await, Err(Stopped { ms: 40 }));
        assert_eq!(pulse.wait(async { 7 }).await, Ok(7));
    }

    #[tokio::test]
    async fn every_movement_is_waited_for_anew() {
        let pulse = Pulse::new(Duration::from_secs(2));
        let moves = async {
            for _ in 0..12 {
                tokio::time::sleep(Duration::from_millis(250)).await;
                pulse.beat();
            }
        };
        let late = tokio::time::sleep(Duration::from_secs(3));
        let (waited, ()) = tokio::join!(pulse.wait(late), moves);
        assert_eq!(waited, Ok(()));
    }
}
