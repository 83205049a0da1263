//! Decoded streams: at most one decoder each, bounded turns, no read from the middle of a frame, no
//! wait without an end, whatever is dropped, closed or stopped in between.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use models::video::{DecodeSpec, DecoderLog, MediaError, SourceStream, SourceTime, StreamShare};
use shuttle::future::block_on;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;

mod support;
use support::explore;

const FRAMES: u64 = 5;

struct Model {
    log: Arc<DecoderLog>,
    share: StreamShare,
}

impl Model {
    fn new(turns: usize) -> Self {
        Self {
            log: Arc::default(),
            share: StreamShare::new(1 << 20, turns),
        }
    }

    fn stream(&self, depth: usize, broken: Option<u64>) -> Arc<SourceStream> {
        let mut spec = DecodeSpec::of(FRAMES, Arc::clone(&self.log));
        spec.broken = broken;
        Arc::new(SourceStream::new(spec, depth, self.share.clone()))
    }

    /// One whose decoder hangs at that frame.
    fn stuck(&self, at: u64) -> Arc<SourceStream> {
        let mut spec = DecodeSpec::of(FRAMES, Arc::clone(&self.log));
        spec.stuck = Some(at);
        Arc::new(SourceStream::new(spec, 1, self.share.clone()))
    }
}

/// Asks for frames `first`, `first + step`, and so on; how many it got.
fn reader(
    stream: &Arc<SourceStream>,
    first: u64,
    step: usize,
) -> JoinHandle<Result<u64, MediaError>> {
    let stream = Arc::clone(stream);
    tokio::spawn(async move {
        let mut got = 0;
        for number in (first..FRAMES + 2).step_by(step) {
            let frame = stream.frame(SourceTime(number)).await?.unwrap();
            assert_eq!(frame.index, number.min(FRAMES - 1), "the last one holds");
            got += 1;
        }
        Ok(got)
    })
}

#[test]
fn two_workers_get_all_frames_of_one_decoder() {
    explore(|| {
        block_on(async {
            let model = Model::new(1);
            let stream = model.stream(3, None);
            let readers = [reader(&stream, 0, 2), reader(&stream, 1, 2)];
            for reader in readers {
                assert!(reader.await.unwrap().unwrap() >= 3);
            }
            stream.close().await;
            assert_eq!(model.log.alive.load(Ordering::SeqCst), 0);
            assert_eq!(model.log.peak.load(Ordering::SeqCst), 1);
        });
    });
}

#[test]
fn streams_of_two_jobs_share_the_turns_of_the_process() {
    explore(|| {
        block_on(async {
            let process = Arc::new(Semaphore::new(1));
            let jobs = [Model::new(2), Model::new(2)].map(|model| Model {
                share: model.share.among(Arc::clone(&process)),
                ..model
            });
            let mut readers = Vec::new();
            for model in &jobs {
                for _ in 0..2 {
                    readers.push(reader(&model.stream(1, None), 0, 2));
                }
            }
            for reader in readers {
                reader.await.unwrap().unwrap();
            }
            for model in &jobs {
                assert_eq!(model.log.peak_reading.load(Ordering::SeqCst), 1);
            }
            assert_eq!(process.available_permits(), 1);
        });
    });
}

#[test]
fn a_request_that_is_dropped_leaves_the_stream_usable() {
    explore(|| {
        block_on(async {
            let model = Model::new(1);
            let stream = model.stream(2, None);
            let dropped = reader(&stream, 3, 1);
            let other = reader(&stream, 0, 1);
            tokio::task::yield_now().await;
            dropped.abort();
            assert_eq!(other.await.unwrap(), Ok(FRAMES + 2));
            let _ = dropped.await;
            stream.close().await;
            assert_eq!(model.log.alive.load(Ordering::SeqCst), 0);
        });
    });
}

#[test]
fn a_broken_frame_fails_all_that_need_it_and_starts_no_second_decoder() {
    explore(|| {
        block_on(async {
            let model = Model::new(1);
            let stream = model.stream(FRAMES as usize, Some(3));
            let readers = [reader(&stream, 0, 2), reader(&stream, 1, 2)];
            for reader in readers {
                assert_eq!(reader.await.unwrap(), Err(MediaError::Broken(3)));
            }
            let early = stream.frame(SourceTime(2)).await.unwrap().unwrap();
            assert_eq!(early.index, 2);
            assert_eq!(model.log.made.load(Ordering::SeqCst), 1);
            assert_eq!(model.log.alive.load(Ordering::SeqCst), 0);
        });
    });
}

#[test]
fn stopping_at_any_time_ends_all_reading() {
    explore(|| {
        block_on(async {
            let model = Model::new(1);
            let streams = [model.stuck(2), model.stream(1, None)];
            let readers: Vec<_> = streams.iter().map(|stream| reader(stream, 0, 1)).collect();
            tokio::task::yield_now().await;
            model.share.stop.cancel();
            for reader in readers {
                match reader.await.unwrap() {
                    Ok(_) | Err(MediaError::Stopped) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
            for stream in &streams {
                stream.close().await;
            }
            assert_eq!(model.log.alive.load(Ordering::SeqCst), 0);
            assert_eq!(model.share.turns.available_permits(), 1);
        });
    });
}
