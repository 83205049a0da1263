//! The fence: frames leave in order, nobody waits for ever, the window holds.

use std::sync::Arc;

use models::composition::FrameRange;
use models::encode::{Fence, FenceClosed};
use shuttle::future::block_on;
use tokio::task::JoinHandle;

mod support;
use support::{exhaust, explore};

const FRAMES: u64 = 5;

/// A worker that makes frames `first`, `first + step`, and so on.
fn worker(fence: &Arc<Fence<u64>>, first: u64, step: u64) -> JoinHandle<Result<(), FenceClosed>> {
    let fence = Arc::clone(fence);
    tokio::spawn(async move {
        for frame in (first..FRAMES).step_by(usize::try_from(step).unwrap()) {
            fence.admit(frame).await?;
            fence.put(frame, frame);
        }
        Ok(())
    })
}

#[test]
fn frames_of_three_workers_leave_in_order_within_the_window() {
    for window in 1..=3 {
        explore(move || {
            block_on(async move {
                let fence = Arc::new(Fence::new(FRAMES, window));
                let workers: Vec<_> = (0..3).map(|first| worker(&fence, first, 3)).collect();
                for frame in 0..FRAMES {
                    assert_eq!(fence.take().await, Ok(Some(frame)));
                }
                assert_eq!(fence.take().await, Ok(None));
                for worker in workers {
                    worker.await.unwrap().unwrap();
                }
                assert!(fence.peak() as u64 <= window);
            });
        });
    }
}

#[test]
fn a_frame_that_two_workers_make_leaves_once() {
    explore(|| {
        block_on(async {
            let fence = Arc::new(Fence::over(
                FrameRange {
                    from: 1,
                    to: FRAMES,
                },
                2,
            ));
            let workers = [worker(&fence, 1, 1), worker(&fence, 1, 1)];
            for frame in 1..FRAMES {
                assert_eq!(fence.take().await, Ok(Some(frame)));
            }
            assert_eq!(fence.take().await, Ok(None));
            for worker in workers {
                worker.await.unwrap().unwrap();
            }
            assert!(fence.peak() <= 2, "a frame that has left is kept");
        });
    });
}

#[test]
fn an_abort_at_any_time_frees_all() {
    explore(|| {
        block_on(async {
            let fence = Arc::new(Fence::new(FRAMES, 1));
            let workers: Vec<_> = (0..2).map(|first| worker(&fence, first, 2)).collect();
            let writer = tokio::spawn({
                let fence = Arc::clone(&fence);
                async move {
                    let mut expected = 0;
                    while let Ok(Some(frame)) = fence.take().await {
                        assert_eq!(frame, expected);
                        expected += 1;
                    }
                }
            });
            fence.abort();
            writer.await.unwrap();
            for worker in workers {
                let _ = worker.await.unwrap();
            }
            assert_eq!(fence.take().await, Err(FenceClosed));
        });
    });
}

#[test]
fn every_order_of_a_worker_and_a_writer() {
    exhaust(|| {
        block_on(async {
            let fence = Arc::new(Fence::new(2, 1));
            let worker = tokio::spawn({
                let fence = Arc::clone(&fence);
                async move {
                    for frame in 0..2 {
                        fence.admit(frame).await.unwrap();
                        fence.put(frame, frame);
                    }
                }
            });
            assert_eq!(fence.take().await, Ok(Some(0)));
            assert_eq!(fence.take().await, Ok(Some(1)));
            worker.await.unwrap();
        });
    });
}
