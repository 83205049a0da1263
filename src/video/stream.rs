//! The frames of one decode, by the times at which they are due. Decoding only goes forward; a few
//! frames stay held for workers that ask out of order, and only a request for an earlier one starts
//! over.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::decode::{Decoder, DueFrame};
use super::decode_spec::DecodeSpec;
use super::decode_start::DecodeStart;
use super::error::MediaError;
use super::raw_frame::RawFrame;
use super::source_time::SourceTime;
use super::stream_share::StreamShare;
use crate::sync::{IgnorePoison, Mutex, MutexGuard};

/// For one request: to go back, and to go back again once the count of frames is known.
const MOST_RESTARTS: u32 = 2;

/// The frames of one part of a source that are due.
#[derive(Debug)]
pub struct SourceStream {
    spec: DecodeSpec,
    /// How many frames are held for requests out of order.
    depth: usize,
    share: StreamShare,
    /// Held by the request that reads on; frames in memory are given out meanwhile.
    decoder: tokio::sync::Mutex<Option<Decoder>>,
    held: Mutex<Held>,
    decoded: AtomicU64,
    restarts: AtomicU64,
}

#[derive(Debug, Default)]
struct Held {
    /// The first number of the frame that the decoder gives next.
    next: u64,
    /// How many numbers have a frame, once the end was seen.
    total: Option<u64>,
    /// When the source ended before the last due time.
    ended: Option<SourceTime>,
    frames: VecDeque<DueFrame>,
    /// Where decoding was found to have to begin.
    start: Option<DecodeStart>,
    /// Why decoding ended before the end, and the first frame that it did not give.
    failure: Option<(u64, MediaError)>,
}

/// A frame, and which one it really is.
#[derive(Debug, Clone)]
pub struct SourceFrame {
    /// The first of the numbers it is due at: the same for all of them.
    pub index: u64,
    /// The first time at which it is due.
    pub from: SourceTime,
    /// The first one at which it is due no more; `None` for the last frame.
    pub until: Option<SourceTime>,
    /// When it begins, seconds from the file's start.
    pub time: f64,
    /// Its pixels.
    pub frame: RawFrame,
}

/// What is known about a request without reading on.
enum Found {
    Frame(Option<SourceFrame>),
    /// The frame with this number has to be read.
    Missing(u64),
    /// It can't be had.
    Failed(MediaError),
}

impl SourceStream {
    /// A stream that starts decoding with its first request. Of the frames that are due, `depth` are
    /// held, at least 1.
    pub fn new(spec: DecodeSpec, depth: usize, share: StreamShare) -> Self {
        Self {
            spec,
            depth: depth.max(1),
            share,
            decoder: tokio::sync::Mutex::default(),
            held: Mutex::default(),
            decoded: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
        }
    }

    /// What it decodes.
    pub fn spec(&self) -> &DecodeSpec {
        &self.spec
    }

    /// Frames decoded so far, repeats included.
    pub fn decoded(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// How often decoding began again.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// When its source ended, once that was seen; `None` where it goes on behind the last due time.
    pub fn ended(&self) -> Option<SourceTime> {
        self.lock().ended
    }

    /// The frame due at `time`, which is one of the due times; behind the source's end the last one,
    /// `None` when there are none.
    ///
    /// # Errors
    /// [`MediaError`] of the decoder; what it gave before stays available.
    pub async fn frame(
        self: &Arc<Self>,
        time: SourceTime,
    ) -> Result<Option<SourceFrame>, MediaError> {
        let number = self.spec.times.number_at(time);
        match self.look(number) {
            Found::Frame(found) => return Ok(found),
            Found::Failed(error) => return Err(error),
            Found::Missing(_) => {}
        }
        // On a task of its own: a request may be dropped in the middle of a frame, and the pipe must
        // not be left there.
        let stream = Arc::clone(self);
        let reading = tokio::spawn(async move { stream.read_to(number).await });
        reading.await.unwrap_or_else(|failure| {
            Err(MediaError::Stream {
                path: self.spec.path.clone(),
                detail: failure.to_string(),
            })
        })
    }

    async fn read_to(&self, number: u64) -> Result<Option<SourceFrame>, MediaError> {
        let mut decoder = self.decoder.lock().await;
        let mut restarts = 0;
        loop {
            match self.look(number) {
                Found::Frame(found) => return Ok(found),
                Found::Failed(error) => return Err(error),
                Found::Missing(wanted) => {
                    if wanted < self.lock().next {
                        restarts += 1;
                        if restarts > MOST_RESTARTS {
                            return Err(MediaError::Stream {
                                path: self.spec.path.clone(),
                                detail: format!("it has no frame {wanted}"),
                            });
                        }
                        *decoder = None;
                    }
                    self.advance(&mut decoder).await?;
                }
            }
        }
    }

    /// Ends its ffmpeg and drops its frames; it starts over if asked again. Returns when the
    /// process is gone.
    pub async fn close(&self) {
        let running = self.decoder.lock().await.take();
        self.lock().frames.clear();
        if let Some(mut running) = running {
            running.kill().await;
        }
    }

    fn look(&self, number: u64) -> Found {
        let held = self.lock();
        let wanted = match held.total {
            Some(0) => return Found::Frame(None),
            Some(total) => number.min(total - 1),
            None => number,
        };
        let mut frames = held.frames.iter();
        if let Some(due) = frames.find(|due| (due.from..due.until).contains(&wanted)) {
            let times = &self.spec.times;
            let is_last = held.total == Some(due.until);
            return Found::Frame(Some(SourceFrame {
                index: due.from,
                from: times.get(due.from).unwrap_or_default(),
                until: times.get(due.until).filter(|_| !is_last),
                time: due.time,
                frame: due.frame.clone(),
            }));
        }
        match &held.failure {
            Some((from, error)) if wanted >= *from => Found::Failed(error.clone()),
            _ => Found::Missing(wanted),
        }
    }

    async fn advance(&self, decoder: &mut Option<Decoder>) -> Result<(), MediaError> {
        let outcome = tokio::select! {
            biased;
            () = self.share.stop.cancelled() => Err(MediaError::Stopped),
            outcome = self.next(decoder) => outcome,
        };
        match outcome {
            Ok(Some(due)) => self.hold(due),
            Ok(None) => {
                // The process is gone. What is held includes the last frame.
                let ended = decoder.take().and_then(|decoder| decoder.ended());
                let mut held = self.lock();
                held.total = Some(held.next);
                held.ended = ended;
            }
            Err(error) => {
                if let Some(mut running) = decoder.take() {
                    running.kill().await;
                }
                // Another request would only start one more ffmpeg over the same damage.
                if !matches!(error, MediaError::Stopped) {
                    let mut held = self.lock();
                    held.failure = Some((held.next, error.clone()));
                }
                return Err(error);
            }
        }
        Ok(())
    }

    async fn next(&self, decoder: &mut Option<Decoder>) -> Result<Option<DueFrame>, MediaError> {
        let running = match decoder {
            Some(running) => running,
            None => {
                if self.decoded() > 0 {
                    self.restarts.fetch_add(1, Ordering::Relaxed);
                }
                let mut held = self.lock();
                held.next = 0;
                let (spec, budget) = (self.spec.clone(), self.share.budget.clone());
                decoder.insert(Decoder::new(spec, budget, held.start))
            }
        };
        let _turn = self.share.turn().await;
        let due = running.next().await?;
        if let Some(start) = running.start() {
            self.lock().start = Some(start);
        }
        Ok(due)
    }

    fn hold(&self, due: DueFrame) {
        self.decoded.fetch_add(1, Ordering::Relaxed);
        let mut held = self.lock();
        while held.frames.len() >= self.depth {
            held.frames.pop_front();
        }
        held.next = due.until;
        held.frames.push_back(due);
    }

    fn lock(&self) -> MutexGuard<'_, Held> {
        self.held.lock().ignore_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::Fps;
    use crate::video::testing::{decode_spec, every, given, make_clip, script};
    use std::path::Path;
    use std::time::Duration;

    /// One second of 32x16 pixels at 10 frames a second, whose luma is its frame's number by 20.
    fn spec(dir: &Path) -> DecodeSpec {
        let source = "color=black:s=32x16:r=10:d=1,format=yuv420p,geq=lum=N*20:cb=128:cr=128";
        decode_spec(make_clip(dir, source))
    }

    fn stream_of(spec: DecodeSpec, depth: usize) -> Arc<SourceStream> {
        let share = StreamShare::new(1 << 20, 2);
        Arc::new(SourceStream::new(spec, depth, share))
    }

    fn stream(dir: &Path, depth: usize) -> Arc<SourceStream> {
        stream_of(spec(dir), depth)
    }

    /// That with this number, or what stands for it.
    async fn frame(stream: &Arc<SourceStream>, number: u64) -> Result<SourceFrame, MediaError> {
        let time = SourceTime::of_seconds(number as f64 / 10.0);
        Ok(stream.frame(time).await?.unwrap())
    }

    async fn luma(stream: &Arc<SourceStream>, index: u64) -> (u64, u8) {
        let sourced = frame(stream, index).await.unwrap();
        (sourced.index, sourced.frame.data[0])
    }

    #[tokio::test]
    async fn frames_come_by_number_and_the_last_one_holds() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 3);
        assert_eq!(luma(&stream, 2).await, (2, 40));
        assert_eq!(luma(&stream, 1).await, (1, 20), "out of order");
        assert_eq!(luma(&stream, 99).await, (9, 180), "behind the end");
        assert_eq!(stream.ended(), None, "nobody looked behind it");
        assert_eq!(stream.restarts(), 0);
        assert_eq!(luma(&stream, 0).await, (0, 0));
        assert_eq!(stream.restarts(), 1, "long gone");
        assert!(
            stream.share.budget.peak() <= (3 + 1) * 768,
            "depth bounds what is held beside the frame being read"
        );
    }

    #[tokio::test]
    async fn the_last_frame_of_a_source_that_ends_early_is_held() {
        let dir = tempfile::tempdir().unwrap();
        let mut spec = spec(dir.path());
        spec.times = every(0.1, 14);
        let stream = stream_of(spec, 3);
        for index in [8, 10, 13] {
            assert_eq!(luma(&stream, index).await.0, index.min(9));
        }
        assert_eq!(frame(&stream, 12).await.unwrap().until, None);
        let fps = Fps::new(10, 1).unwrap();
        assert_eq!(stream.ended().map(|end| end.frames_before(fps)), Some(10));
    }

    #[tokio::test]
    async fn a_source_that_starts_late_is_seen_from_its_first_frame_on() {
        let dir = tempfile::tempdir().unwrap();
        let mut spec = spec(dir.path());
        (spec.facts.stream_start, spec.facts.lead) = (0.0, 0.25);
        let stream = stream_of(spec, 3);
        for (index, shown) in [(0, 0), (2, 0), (3, 0), (4, 1), (9, 6)] {
            assert_eq!(luma(&stream, index).await.1, shown * 20, "{index}");
        }
    }

    #[tokio::test]
    async fn who_asks_may_go_away_at_any_time() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 4);
        for index in 0..9 {
            let wait = Duration::from_micros(300 * index);
            let _ = tokio::time::timeout(wait, frame(&stream, index)).await;
            assert_eq!(luma(&stream, index).await.1, index as u8 * 20);
        }
    }

    #[tokio::test]
    async fn stopping_ends_readers() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 4);
        // All turns are taken: the request waits.
        let _turns = stream.share.turns.acquire_many(2).await.unwrap();
        let asking = frame(&stream, 3);
        tokio::pin!(asking);
        assert!(
            tokio::time::timeout(Duration::from_millis(50), &mut asking)
                .await
                .is_err()
        );
        stream.share.stop.cancel();
        let ended = tokio::time::timeout(Duration::from_secs(5), asking).await;
        assert!(matches!(ended, Ok(Err(MediaError::Stopped))));
        assert!(stream.spec.groups.ids().is_empty(), "its ffmpeg is gone");
    }

    #[tokio::test]
    async fn who_asks_after_the_end_starts_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("starts");
        let stream = breaking_stream(dir.path(), &log);
        stream.share.stop.cancel();
        let refused = frame(&stream, 0).await;
        assert!(matches!(refused, Err(MediaError::Stopped)));
        assert!(!log.exists());
    }

    #[tokio::test]
    async fn a_closed_streams_process_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 4);
        assert_eq!(luma(&stream, 0).await.1, 0);
        let [pid] = stream.spec.groups.ids()[..] else {
            panic!("one decoder");
        };
        stream.close().await;
        assert!(crate::process::group_members(pid).is_empty());
    }

    /// A stream whose decoder writes a line to `log` for each start, gives frames 0 and 1, and
    /// fails.
    fn breaking_stream(dir: &Path, log: &Path) -> Arc<SourceStream> {
        let text = format!("echo >> {}\n{}\nexit 1", log.display(), given(2, 2));
        let spec = DecodeSpec {
            ffmpeg: script(dir, &text),
            ..spec(dir)
        };
        stream_of(spec, 1)
    }

    #[tokio::test]
    async fn a_failure_is_remembered_and_what_lies_before_it_is_not_lost() {
        let dir = tempfile::tempdir().unwrap();
        let log = dir.path().join("starts");
        let stream = breaking_stream(dir.path(), &log);
        let starts = || std::fs::read_to_string(&log).unwrap().len();
        for index in [5, 6, 2] {
            let failed = frame(&stream, index).await;
            assert!(matches!(failed, Err(MediaError::Decode { .. })), "{index}");
        }
        assert_eq!(starts(), 1, "frames behind the damage start nothing");
        assert_eq!(luma(&stream, 1).await.0, 1);
        assert_eq!(luma(&stream, 0).await.0, 0);
        assert_eq!(starts(), 2, "only the frame that had gone is decoded again");
    }
}
