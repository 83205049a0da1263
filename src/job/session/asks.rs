//! Who waits for which frame of a session, and which frames are captured next.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tokio::sync::{Notify, oneshot};

use super::picture::Picture;
use crate::job::error::RenderError;
use crate::sync::IgnorePoison;

/// Callers that may wait at a time.
pub(super) const MOST_WAITING: usize = 256;
/// A frame, or why there is none. All who asked for it hear the same.
pub(super) type Answer = Result<Picture, Arc<RenderError>>;
type Waiters = Vec<oneshot::Sender<Answer>>;

/// What is asked of a session.
#[derive(Debug, Default)]
pub(super) struct Asks {
    state: Mutex<State>,
    news: Notify,
}

#[derive(Debug, Default)]
struct State {
    waiting: BTreeMap<u64, Waiters>,
    /// Why the session has ended.
    ended: Option<Arc<RenderError>>,
}

impl Asks {
    /// Asks for a frame.
    ///
    /// # Errors
    /// [`RenderError::SessionBusy`]; once the session has ended, why.
    pub fn ask(&self, frame: u64) -> Result<oneshot::Receiver<Answer>, Arc<RenderError>> {
        let mut state = self.lock();
        if let Some(why) = &state.ended {
            return Err(Arc::clone(why));
        }
        state.forget_leavers();
        if state.waiting.values().map(Vec::len).sum::<usize>() >= MOST_WAITING {
            return Err(Arc::new(RenderError::SessionBusy { most: MOST_WAITING }));
        }
        let (answer, waits) = oneshot::channel();
        state.waiting.entry(frame).or_default().push(answer);
        drop(state);
        self.news.notify_one();
        Ok(waits)
    }

    /// Waits until something is asked for. Gives rising frames: those behind `shown`, or else all
    /// from the first on, for which the page goes back; at most `most`. `None` once the session has ended.
    pub async fn next(&self, shown: Option<u64>, most: usize) -> Option<Vec<u64>> {
        loop {
            let news = self.news.notified();
            tokio::pin!(news);
            // Registered before the state is read, so that no news in between is missed.
            news.as_mut().enable();
            {
                let mut state = self.lock();
                if state.ended.is_some() {
                    return None;
                }
                state.forget_leavers();
                let batch = state.batch(shown, most);
                if !batch.is_empty() {
                    return Some(batch);
                }
            }
            news.await;
        }
    }

    /// Gives `picture` to all who wait for `frame`.
    pub fn answer(&self, frame: u64, picture: &Picture) {
        let waiters = self.lock().waiting.remove(&frame);
        for waiter in waiters.into_iter().flatten() {
            // Who asked may have left.
            let _ = waiter.send(Ok(picture.clone()));
        }
    }

    /// Ends the session for that reason, unless it has one. Returns whether this was the first.
    pub fn end(&self, why: RenderError) -> bool {
        let mut state = self.lock();
        let is_first = state.ended.is_none();
        let why = Arc::clone(state.ended.get_or_insert_with(|| Arc::new(why)));
        for waiter in std::mem::take(&mut state.waiting).into_values().flatten() {
            let _ = waiter.send(Err(Arc::clone(&why)));
        }
        drop(state);
        self.news.notify_waiters();
        is_first
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }
}

impl State {
    /// Drops those whose callers have left.
    fn forget_leavers(&mut self) {
        self.waiting.retain(|_, waiters| {
            waiters.retain(|waiter| !waiter.is_closed());
            !waiters.is_empty()
        });
    }

    fn batch(&self, shown: Option<u64>, most: usize) -> Vec<u64> {
        let from = shown.map_or(0, |shown| shown.saturating_add(1));
        let later = self.waiting.range(from..).map(|(frame, _)| *frame);
        let batch: Vec<u64> = later.take(most).collect();
        if !batch.is_empty() {
            return batch;
        }
        self.waiting.keys().copied().take(most).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::job::session::picture::Places;
    use crate::plan::MOST_AT_ONCE as BATCH;
    use bytes::Bytes;
    use std::time::Duration;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_secs(10);

    fn closed() -> RenderError {
        RenderError::SessionClosed
    }

    #[tokio::test]
    async fn frames_go_up_as_far_as_they_can_before_the_page_goes_back() {
        let asks = Asks::default();
        let _waits: Vec<_> = [7, 3, 9, 3].map(|frame| asks.ask(frame).unwrap()).into();
        assert_eq!(asks.next(None, BATCH).await, Some(vec![3, 7, 9]));
        assert_eq!(asks.next(Some(6), BATCH).await, Some(vec![7, 9]));
        assert_eq!(asks.next(Some(9), BATCH).await, Some(vec![3, 7, 9]));
        let _many: Vec<_> = (20..40).map(|frame| asks.ask(frame).unwrap()).collect();
        assert_eq!(asks.next(Some(19), BATCH).await.unwrap().len(), BATCH);
        assert_eq!(asks.next(Some(19), 2).await, Some(vec![20, 21]));
    }

    #[tokio::test]
    async fn all_who_ask_for_a_frame_get_it_once() {
        let asks = Asks::default();
        let (one, other) = (asks.ask(4).unwrap(), asks.ask(4).unwrap());
        let later = asks.ask(5).unwrap();
        let picture = Places::default().place().await;
        asks.answer(4, &picture.put(Bytes::from_static(b"picture")));
        for waits in [one, other] {
            assert_eq!(&waits.await.unwrap().unwrap()[..], b"picture");
        }
        assert_eq!(asks.next(Some(4), BATCH).await, Some(vec![5]));
        drop(later);
        let nothing = timeout(Duration::from_millis(20), asks.next(Some(4), BATCH)).await;
        assert!(nothing.is_err(), "nobody waits any more");
    }

    #[tokio::test]
    async fn no_more_wait_than_there_is_room_for() {
        let asks = Asks::default();
        let mut waits: Vec<_> = (0..MOST_WAITING as u64)
            .map(|frame| asks.ask(frame % 10).unwrap())
            .collect();
        let refused = asks.ask(1).unwrap_err();
        assert_eq!(refused.code(), "HF_NATIVE_FRAME_QUEUE");
        waits.pop();
        assert!(asks.ask(1).is_ok(), "one has left");
    }

    #[tokio::test]
    async fn the_end_reaches_who_waits_who_asks_later_and_who_serves() {
        let asks = Arc::new(Asks::default());
        let serving = tokio::spawn({
            let asks = Arc::clone(&asks);
            async move { while asks.next(Some(9), BATCH).await.is_some() {} }
        });
        let waits = asks.ask(3).unwrap();
        assert!(asks.end(closed()));
        assert!(!asks.end(RenderError::NothingStaged));
        let heard = timeout(SOON, waits).await.unwrap().unwrap().unwrap_err();
        let late = asks.ask(3).unwrap_err();
        for error in [heard, late] {
            assert_eq!(error.code(), "HF_NATIVE_FRAME_CLOSED");
        }
        timeout(SOON, serving).await.unwrap().unwrap();
    }
}
