//! Finished frames of a session, until all of those that are checked together are right.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::Notify;

use crate::assemble::FrameTaker;
use crate::capture::SinkClosed;
use crate::sync::IgnorePoison;

/// Where the frames of a session go; no more come than were asked for at a time.
#[derive(Debug, Default)]
pub(super) struct Taken {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    frames: HashMap<u64, Bytes>,
    aborted: bool,
}

impl Taken {
    /// Takes frame `index`, once it is finished.
    ///
    /// # Errors
    /// [`SinkClosed`] when it could not be made.
    pub async fn take(&self, index: u64) -> Result<Bytes, SinkClosed> {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            news.as_mut().enable();
            {
                let mut state = self.lock();
                if state.aborted {
                    return Err(SinkClosed);
                }
                if let Some(frame) = state.frames.remove(&index) {
                    return Ok(frame);
                }
            }
            news.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }
}

impl FrameTaker for Taken {
    fn admit(&self, _index: u64) -> BoxFuture<'_, Result<(), SinkClosed>> {
        let admitted = match self.lock().aborted {
            true => Err(SinkClosed),
            false => Ok(()),
        };
        Box::pin(async move { admitted })
    }

    fn put(&self, index: u64, frame: Bytes) {
        self.lock().frames.insert(index, frame);
        self.news.notify_waiters();
    }

    fn abort(&self) {
        self.lock().aborted = true;
        self.news.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn frames_are_waited_for_until_one_cannot_be_made() {
        let taken = Arc::new(Taken::default());
        let take = |index| {
            let taken = Arc::clone(&taken);
            tokio::spawn(async move {
                let soon = timeout(Duration::from_secs(10), taken.take(index));
                soon.await.unwrap()
            })
        };
        let (late, never) = (take(7), take(8));
        tokio::task::yield_now().await;
        taken.put(7, Bytes::from_static(b"7"));
        assert_eq!(late.await.unwrap(), Ok(Bytes::from_static(b"7")));
        taken.abort();
        assert_eq!(never.await.unwrap(), Err(SinkClosed));
        assert_eq!(taken.admit(9).await, Err(SinkClosed));
    }
}
