//! Frames in assembly: a worker hands over the captures of a frame and goes on; a bounded ring
//! holds the frames in the making; finished frames go to the taker, which is the fence in a render.
//! The first failure ends the job.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::error::AssembleError;
use super::recipe::Recipe;
use super::taker::FrameTaker;
use crate::capture::{Captures, FrameSink, SinkClosed};
use crate::pixels::{FrameRing, RingClosed};
use crate::sync::{IgnorePoison, Mutex, MutexGuard, Pulse};
use crate::transitions::panic_text;

/// Assembles the frames of one job by one recipe. Clones share it.
#[derive(Clone)]
pub struct Assembler(Arc<Shared>);

struct Shared {
    recipe: Arc<dyn Recipe>,
    taker: Arc<dyn FrameTaker>,
    ring: FrameRing,
    pulse: Pulse,
    stop: CancellationToken,
    failure: Mutex<Option<AssembleError>>,
}

impl Assembler {
    /// Frames of `recipe` go to `taker`; at most `ring` are in the making at a time. Frames wait for
    /// their place in it as long as there is a `pulse`.
    pub fn new(
        recipe: Arc<dyn Recipe>,
        taker: Arc<dyn FrameTaker>,
        ring: FrameRing,
        pulse: Pulse,
    ) -> Self {
        Self(Arc::new(Shared {
            recipe,
            taker,
            ring,
            pulse,
            stop: CancellationToken::new(),
            failure: Mutex::default(),
        }))
    }

    /// Why assembling ended the job, if it did; given out once.
    pub fn failure(&self) -> Option<AssembleError> {
        self.0.failure().take()
    }

    /// Ends what is in the making and the processes of the recipe; returns when they are gone.
    pub async fn end(&self) {
        self.0.stop.cancel();
        self.0.recipe.end().await;
    }
}

impl FrameSink for Assembler {
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>> {
        self.0.taker.admit(index)
    }

    fn submit(&self, index: u64, captures: Captures) -> BoxFuture<'_, Result<(), SinkClosed>> {
        Box::pin(async move {
            if let Some(whole) = captures.whole() {
                self.0.taker.put(index, whole.clone());
                return Ok(());
            }
            let slot = match self.0.pulse.wait(self.0.ring.enter()).await {
                Ok(slot) => slot.map_err(|RingClosed| SinkClosed)?,
                Err(stopped) => {
                    let room = "room among the frames that are put together";
                    self.0.fail(AssembleError::stalled(index, room, stopped));
                    return Err(SinkClosed);
                }
            };
            let job = Arc::clone(&self.0);
            tokio::spawn(async move {
                let made = job.make(index, captures).await;
                drop(slot);
                match made {
                    None => {}
                    Some(Ok(frame)) => {
                        job.pulse.beat();
                        job.taker.put(index, frame);
                    }
                    Some(Err(error)) => job.fail(error),
                }
            });
            Ok(())
        })
    }
}

impl Shared {
    /// The frame; `None` once the job has ended.
    async fn make(&self, index: u64, captures: Captures) -> Option<Result<Bytes, AssembleError>> {
        let recipe = Arc::clone(&self.recipe);
        let making = async move { recipe.assemble(index, captures).await };
        let making = AssertUnwindSafe(making).catch_unwind();
        let made = self.stop.run_until_cancelled(making).await?;
        Some(made.unwrap_or_else(|panic| Err(AssembleError::Panicked(panic_text(&*panic)))))
    }

    fn fail(&self, error: AssembleError) {
        self.failure().get_or_insert(error);
        self.ring.close();
        self.stop.cancel();
        self.taker.abort();
    }

    fn failure(&self) -> MutexGuard<'_, Option<AssembleError>> {
        self.failure.lock().ignore_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::capture::{CapturedPart, FramePasses, PassError, PassRun};
    use crate::encode::Fence;
    use std::collections::HashMap;
    use std::time::Duration;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_secs(10);

    type Making = BoxFuture<'static, Result<Bytes, AssembleError>>;

    /// Makes each frame as it was told to, and the others of one byte: their number.
    #[derive(Default)]
    struct Scripted(Mutex<HashMap<u64, Making>>);

    impl FramePasses for Scripted {
        fn take<'a>(&'a self, run: &'a mut PassRun<'_>) -> BoxFuture<'a, Result<(), PassError>> {
            Box::pin(run.whole())
        }
    }

    impl Recipe for Scripted {
        fn assemble(self: Arc<Self>, frame: u64, _: Captures) -> Making {
            let told = self.0.lock().unwrap().remove(&frame);
            told.unwrap_or_else(|| Box::pin(async move { Ok(vec![frame as u8].into()) }))
        }
    }

    fn assembler(ring: usize, told: Vec<(u64, Making)>) -> (Assembler, Arc<Fence<Bytes>>) {
        patient(ring, told, Duration::from_secs(60))
    }

    /// One that waits so long for what does not move.
    fn patient(
        ring: usize,
        told: Vec<(u64, Making)>,
        patience: Duration,
    ) -> (Assembler, Arc<Fence<Bytes>>) {
        let fence = Arc::new(Fence::new(8, 4));
        let recipe = Arc::new(Scripted(Mutex::new(told.into_iter().collect())));
        let ring = FrameRing::new(ring);
        let taker: Arc<dyn FrameTaker> = fence.clone();
        let pulse = Pulse::new(patience);
        (Assembler::new(recipe, taker, ring, pulse), fence)
    }

    #[tokio::test]
    async fn room_that_never_comes_is_not_waited_for_for_ever() {
        let never = || Box::pin(std::future::pending()) as Making;
        let (assembler, fence) = patient(1, vec![(0, never())], Duration::from_millis(50));
        assembler.submit(0, in_passes()).await.unwrap();
        let second = timeout(SOON, assembler.submit(1, in_passes())).await;
        assert_eq!(second.unwrap(), Err(SinkClosed));
        let error = assembler.failure().unwrap();
        assert!(
            matches!(
                error,
                AssembleError::Stalled {
                    frame: 1,
                    ms: 50,
                    ..
                }
            ),
            "{error}"
        );
        assert!(fence.take().await.is_err(), "the writer is told");
    }

    fn in_passes() -> Captures {
        let mut captures = Captures::default();
        captures.parts.push(CapturedPart::default());
        captures
    }

    #[tokio::test]
    async fn a_panic_frees_every_waiter_and_is_the_one_error() {
        let (go, waits) = tokio::sync::oneshot::channel::<()>();
        let (release, held) = tokio::sync::oneshot::channel::<()>();
        let slow: Making = Box::pin(async move {
            let _ = held.await;
            Err(AssembleError::MissingPass { frame: 0 })
        });
        let broken: Making = Box::pin(async move {
            let _ = waits.await;
            panic!("injected")
        });
        let (assembler, fence) = assembler(2, vec![(0, slow), (1, broken)]);
        assembler.submit(0, in_passes()).await.unwrap();
        assembler.submit(1, in_passes()).await.unwrap();
        // The ring is full: the third waits for room, the writer for the first.
        let waiters = async {
            tokio::join!(
                assembler.submit(2, in_passes()),
                fence.take(),
                assembler.admit(7)
            )
        };
        tokio::pin!(waiters);
        let early = timeout(Duration::from_millis(20), &mut waiters).await;
        assert!(early.is_err(), "something was not waited for");
        go.send(()).unwrap();
        let (third, taken, admitted) = timeout(SOON, waiters).await.unwrap();
        assert_eq!((third, admitted), (Err(SinkClosed), Err(SinkClosed)));
        assert!(taken.is_err());
        // It may have been dropped already.
        let _ = release.send(());
        let error = assembler.failure().unwrap().to_string();
        assert!(error.contains("injected"), "{error}");
    }

    #[tokio::test]
    async fn frames_leave_in_order_and_no_more_than_the_ring_are_made_at_once() {
        let (assembler, fence) = assembler(2, Vec::new());
        for index in 0..8 {
            if index % 3 == 0 {
                let whole = Captures::of_whole(vec![index as u8].into());
                assembler.submit(index, whole).await.unwrap();
            } else {
                assembler.submit(index, in_passes()).await.unwrap();
            }
        }
        for index in 0..8 {
            let frame = timeout(SOON, fence.take()).await.unwrap();
            assert_eq!(frame.unwrap().unwrap()[0], index);
        }
        assert!((1..=2).contains(&assembler.0.ring.peak()));
        assert!(assembler.failure().is_none());
    }

    #[tokio::test]
    async fn what_is_in_the_making_ends_with_the_job() {
        let never: Making = Box::pin(std::future::pending());
        let (assembler, _fence) = assembler(1, vec![(0, never)]);
        assembler.submit(0, in_passes()).await.unwrap();
        assembler.end().await;
        // The only slot is free again.
        let next = timeout(SOON, assembler.submit(1, in_passes())).await;
        assert!(next.unwrap().is_ok());
    }
}
