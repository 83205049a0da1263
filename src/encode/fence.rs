//! The fence: frames arrive from several workers in any order and leave in the order of their
//! numbers. A worker may be ahead of the writer by a bounded number of frames.

use std::collections::BTreeMap;
use tokio::sync::Notify;

use crate::composition::FrameRange;
use crate::sync::{IgnorePoison, Mutex, MutexGuard};

/// The fence was aborted; the stage that aborted it reports the error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FenceClosed;

/// A reorder buffer for items that are numbered without a gap.
#[derive(Debug)]
pub struct Fence<T> {
    state: Mutex<State<T>>,
    moved: Notify,
    window: u64,
    end: u64,
}

#[derive(Debug)]
struct State<T> {
    next: u64,
    waiting: BTreeMap<u64, T>,
    peak: usize,
    aborted: bool,
}

impl<T> Fence<T> {
    /// A fence for items `0..end`. Item `n` is admitted when fewer than `window` (at least 1) items
    /// before it have not left yet.
    pub fn new(end: u64, window: u64) -> Self {
        Self::over(FrameRange::whole(end), window)
    }

    /// A fence for the items of `range`; otherwise as [`Self::new`] says.
    pub fn over(range: FrameRange, window: u64) -> Self {
        let state = State {
            next: range.from,
            waiting: BTreeMap::new(),
            peak: 0,
            aborted: false,
        };
        Self {
            state: Mutex::new(state),
            moved: Notify::new(),
            window: window.max(1),
            end: range.to,
        }
    }

    /// Waits until work on item `index` may begin.
    ///
    /// # Errors
    /// [`FenceClosed`] once aborted.
    pub async fn admit(&self, index: u64) -> Result<(), FenceClosed> {
        self.wait_until(|state| (index < state.next + self.window).then_some(()))
            .await
    }

    /// Puts an admitted item in. An item that is already here or has left is dropped.
    pub fn put(&self, index: u64, item: T) {
        let mut state = self.lock();
        if index >= state.next && index < self.end {
            state.waiting.entry(index).or_insert(item);
            state.peak = state.peak.max(state.waiting.len());
        }
        drop(state);
        self.moved.notify_waiters();
    }

    /// Takes the next item in order; `None` when all have left.
    ///
    /// # Errors
    /// [`FenceClosed`] once aborted.
    pub async fn take(&self) -> Result<Option<T>, FenceClosed> {
        let taken = self
            .wait_until(|state| {
                if state.next == self.end {
                    return Some(None);
                }
                let item = state.waiting.remove(&state.next)?;
                state.next += 1;
                Some(Some(item))
            })
            .await;
        self.moved.notify_waiters();
        taken
    }

    /// Makes all waiting and all later calls fail.
    pub fn abort(&self) {
        self.lock().aborted = true;
        self.moved.notify_waiters();
    }

    /// The most items that were held at a time.
    pub fn peak(&self) -> usize {
        self.lock().peak
    }

    async fn wait_until<R>(
        &self,
        mut ready: impl FnMut(&mut State<T>) -> Option<R>,
    ) -> Result<R, FenceClosed> {
        loop {
            // Made before the state is read: it hears of all that is told from here on.
            let moved = self.moved.notified();
            {
                let mut state = self.lock();
                if state.aborted {
                    return Err(FenceClosed);
                }
                if let Some(result) = ready(&mut state) {
                    return Ok(result);
                }
            }
            moved.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().ignore_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::sync::Arc;
    use std::time::Duration;

    #[tokio::test]
    async fn abort_frees_every_waiter() {
        let fence = Arc::new(Fence::<u8>::new(10, 2));
        let ahead = tokio::spawn({
            let fence = Arc::clone(&fence);
            async move { fence.admit(5).await }
        });
        let taker = tokio::spawn({
            let fence = Arc::clone(&fence);
            async move { fence.take().await.map(drop) }
        });
        tokio::time::sleep(Duration::from_millis(10)).await;
        fence.abort();
        assert_eq!(ahead.await.unwrap(), Err(FenceClosed));
        assert_eq!(taker.await.unwrap(), Err(FenceClosed));
        assert_eq!(fence.admit(0).await, Err(FenceClosed));
    }

    #[tokio::test]
    async fn items_before_the_first_one_are_not_waited_for() {
        let fence = Fence::over(FrameRange { from: 3, to: 5 }, 1);
        assert_eq!(fence.admit(3).await, Ok(()));
        for (index, item) in [(2, "old"), (4, "b"), (3, "a")] {
            fence.put(index, item);
        }
        assert_eq!(fence.take().await, Ok(Some("a")));
        assert_eq!(fence.take().await, Ok(Some("b")));
        assert_eq!(fence.take().await, Ok(None));
        assert_eq!(
            Fence::<u8>::over(FrameRange { from: 5, to: 5 }, 1)
                .take()
                .await,
            Ok(None)
        );
    }

    #[tokio::test]
    async fn an_item_put_twice_leaves_once() {
        let fence = Fence::new(2, 4);
        fence.put(0, "a");
        fence.put(0, "b");
        assert_eq!(fence.take().await, Ok(Some("a")));
        fence.put(0, "late");
        fence.put(1, "c");
        assert_eq!(fence.take().await, Ok(Some("c")));
        assert_eq!(fence.take().await, Ok(None));
    }

    #[tokio::test]
    async fn a_range_begins_with_its_first_item() {
        let fence = Fence::over(FrameRange { from: 40, to: 42 }, 1);
        assert_eq!(fence.admit(40).await, Ok(()));
        fence.put(39, "before");
        fence.put(41, "b");
        fence.put(42, "behind");
        fence.put(40, "a");
        assert_eq!(fence.take().await, Ok(Some("a")));
        assert_eq!(fence.take().await, Ok(Some("b")));
        assert_eq!(fence.take().await, Ok(None));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn items_leave_in_order_within_the_window(
            total in 0u64..120,
            workers in 1u64..6,
            window in 1u64..8,
            seed in any::<u64>(),
        ) {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
            let (taken, peak) = runtime.block_on(async {
                let fence = Arc::new(Fence::new(total, window));
                for worker in 0..workers {
                    let fence = Arc::clone(&fence);
                    tokio::spawn(async move {
                        let mut index = worker;
                        while index < total {
                            fence.admit(index).await.unwrap();
                            if (seed >> (index % 64)) & 1 == 1 {
                                tokio::task::yield_now().await;
                            }
                            fence.put(index, index);
                            index += workers;
                        }
                    });
                }
                let mut taken = Vec::new();
                while let Some(item) = fence.take().await.unwrap() {
                    taken.push(item);
                }
                (taken, fence.peak())
            });
            prop_assert_eq!(taken, (0..total).collect::<Vec<_>>());
            prop_assert!(peak as u64 <= window);
        }
    }
}
