//! Assembly: the ring bounds what is in the making, the first failure ends the job, all waits end.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use models::assemble::{AssembleError, Assembler, FrameTaker, Recipe};
use models::capture::{CapturedPart, Captures, FramePasses, FrameSink};
use models::encode::Fence;
use models::pixels::FrameRing;
use models::sync::Pulse;
use shuttle::future::block_on;

mod support;
use support::explore;

const FRAMES: u64 = 6;
const RING: usize = 2;

/// Its end is no part of a model.
const PATIENCE: Duration = Duration::from_secs(1);
/// Turns that others get to end what has been given up.
const TURNS: usize = 200;

/// Frames that are their numbers; one of them fails and one is never made, if that is wanted.
#[derive(Default)]
struct Numbers {
    broken: Option<u64>,
    endless: Option<u64>,
    making: AtomicU64,
}

impl FramePasses for Numbers {}

impl Recipe for Numbers {
    fn assemble(
        self: Arc<Self>,
        frame: u64,
        _: Captures,
    ) -> BoxFuture<'static, Result<Bytes, AssembleError>> {
        Box::pin(async move {
            let making = self.making.fetch_add(1, Ordering::SeqCst) + 1;
            assert!(making <= RING as u64, "{making} frames in the making");
            let me = Making(Arc::clone(&self));
            tokio::task::yield_now().await;
            if self.endless == Some(frame) {
                std::future::pending::<()>().await;
            }
            drop(me);
            match self.broken == Some(frame) {
                true => Err(AssembleError::MissingPass { frame }),
                false => Ok(Bytes::from(vec![u8::try_from(frame).unwrap()])),
            }
        })
    }
}

/// A frame in the making, also of one that is given up.
struct Making(Arc<Numbers>);

impl Drop for Making {
    fn drop(&mut self) {
        self.0.making.fetch_sub(1, Ordering::SeqCst);
    }
}

fn in_passes() -> Captures {
    let mut captures = Captures::default();
    captures.parts.push(CapturedPart::default());
    captures
}

fn job(broken: Option<u64>) -> (Assembler, Arc<Fence<Bytes>>) {
    job_of(&Arc::new(Numbers {
        broken,
        ..Numbers::default()
    }))
}

fn job_of(recipe: &Arc<Numbers>) -> (Assembler, Arc<Fence<Bytes>>) {
    let fence = Arc::new(Fence::new(FRAMES, 4));
    let recipe: Arc<dyn Recipe> = Arc::clone(recipe) as _;
    let taker: Arc<dyn FrameTaker> = fence.clone();
    let ring = FrameRing::new(RING);
    let assembler = Assembler::new(recipe, taker, ring, Pulse::new(PATIENCE));
    (assembler, fence)
}

/// Two workers; true for each that handed over all its frames.
fn workers(assembler: &Assembler) -> Vec<tokio::task::JoinHandle<bool>> {
    (0..2)
        .map(|first| {
            let assembler = assembler.clone();
            tokio::spawn(async move {
                for frame in (first..FRAMES).step_by(2) {
                    if assembler.admit(frame).await.is_err() {
                        return false;
                    }
                    let captures = match frame % 3 {
                        0 => Captures::of_whole(vec![u8::try_from(frame).unwrap()].into()),
                        _ => in_passes(),
                    };
                    if assembler.submit(frame, captures).await.is_err() {
                        return false;
                    }
                }
                true
            })
        })
        .collect()
}

#[test]
fn frames_leave_in_order() {
    explore(|| {
        block_on(async {
            let (assembler, fence) = job(None);
            let workers = workers(&assembler);
            for frame in 0..FRAMES {
                assert_eq!(u64::from(fence.take().await.unwrap().unwrap()[0]), frame);
            }
            assert_eq!(fence.take().await, Ok(None));
            for worker in workers {
                assert!(worker.await.unwrap());
            }
            assembler.end().await;
            assert!(assembler.failure().is_none());
        });
    });
}

#[test]
fn a_failure_frees_the_writer_and_all_workers() {
    explore(|| {
        block_on(async {
            let (assembler, fence) = job(Some(4));
            let workers = workers(&assembler);
            let mut next = 0;
            while let Ok(Some(frame)) = fence.take().await {
                assert_eq!(u64::from(frame[0]), next);
                next += 1;
            }
            assert!(next <= 4);
            for worker in workers {
                worker.await.unwrap();
            }
            let failure = assembler.failure().unwrap();
            assert!(matches!(failure, AssembleError::MissingPass { frame: 4 }));
        });
    });
}

#[test]
fn a_failure_ends_frames_that_would_never_be_made() {
    explore(|| {
        block_on(async {
            let recipe = Arc::new(Numbers {
                broken: Some(2),
                endless: Some(1),
                ..Numbers::default()
            });
            let (assembler, fence) = job_of(&recipe);
            let workers = workers(&assembler);
            while let Ok(Some(_)) = fence.take().await {}
            for worker in workers {
                worker.await.unwrap();
            }
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            assert_eq!(recipe.making.load(Ordering::SeqCst), 0);
        });
    });
}

#[test]
fn the_end_of_a_job_at_any_time_frees_all_that_is_in_the_making() {
    explore(|| {
        block_on(async {
            let (assembler, fence) = job(None);
            let workers = workers(&assembler);
            assembler.end().await;
            fence.abort();
            for worker in workers {
                worker.await.unwrap();
            }
        });
    });
}
