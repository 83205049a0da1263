//! The frames of one decode, by the numbers at which they are due. Decoding only goes forward; a few frames stay held for
//! workers that ask out of order, and only a request for an earlier one starts over.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use super::clip_plan::Edge;
use super::decode::{Decoder, DueFrame};
use super::decode_spec::DecodeSpec;
use super::error::MediaError;
use super::raw_frame::RawFrame;
use super::start::Start;
use super::stream_share::StreamShare;
use crate::sync::IgnorePoison;

/// For one request: to go back, and to go back again once the count of frames is known.
const MOST_RESTARTS: u32 = 2;

/// Frames of one source at one sampling.
#[derive(Debug)]
pub struct SourceStream {
    spec: DecodeSpec,
    /// Numbers that will be asked for, rising; those behind the end stand for others.
    needed: Vec<u64>,
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
    frames: VecDeque<DueFrame>,
    /// Where decoding was found to have to begin.
    start: Option<Start>,
    /// Why decoding ended before the end, and the first frame that it did not give.
    failure: Option<(u64, MediaError)>,
}

/// A frame, and which one it really is.
#[derive(Debug, Clone)]
pub struct SourceFrame {
    /// The first of the numbers it is due at: the same for all of them.
    pub index: u64,
    /// The first number at which it is due no more; `u64::MAX` for the last frame.
    pub until: u64,
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
    /// A stream that starts decoding with its first request. Of the frames decoded, those in
    /// `needed` (rising) are held, `depth` of them, at least 1.
    pub fn new(spec: DecodeSpec, needed: Vec<u64>, depth: usize, share: StreamShare) -> Self {
        Self {
            spec,
            needed,
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

    /// How many frames there are, once the end was seen.
    pub fn total(&self) -> Option<u64> {
        self.lock().total
    }

    /// The frame due at number `index`, or the one that stands for it by `edge` when there are not so many; `None`
    /// when there are none.
    ///
    /// # Errors
    /// [`MediaError`] of the decoder; what it gave before stays available.
    pub async fn frame(
        self: &Arc<Self>,
        index: u64,
        edge: Edge,
    ) -> Result<Option<SourceFrame>, MediaError> {
        match self.look(index, edge) {
            Found::Frame(found) => return Ok(found),
            Found::Failed(error) => return Err(error),
            Found::Missing(_) => {}
        }
        // On a task of its own: a request may be dropped in the middle of a frame, and the pipe must
        // not be left there.
        let stream = Arc::clone(self);
        let reading = tokio::spawn(async move { stream.read_to(index, edge).await });
        reading.await.unwrap_or_else(|failure| {
            Err(MediaError::Stream {
                path: self.spec.path.clone(),
                detail: failure.to_string(),
            })
        })
    }

    async fn read_to(&self, index: u64, edge: Edge) -> Result<Option<SourceFrame>, MediaError> {
        let mut decoder = self.decoder.lock().await;
        let mut restarts = 0;
        loop {
            match self.look(index, edge) {
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

    fn look(&self, index: u64, edge: Edge) -> Found {
        let held = self.lock();
        let wanted = match held.total {
            Some(0) => return Found::Frame(None),
            Some(total) => match edge {
                Edge::Hold => index.min(total - 1),
                Edge::Repeat => index % total,
            },
            None => index,
        };
        let mut frames = held.frames.iter();
        if let Some(due) = frames.find(|due| (due.from..due.until).contains(&wanted)) {
            let is_last = held.total == Some(due.until);
            return Found::Frame(Some(SourceFrame {
                index: due.from,
                until: if is_last { u64::MAX } else { due.until },
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
                *decoder = None;
                let mut held = self.lock();
                held.total = Some(held.next);
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
        let _turn = self.share.turns.acquire().await;
        let due = running.next().await?;
        if let Some(start) = running.start() {
            self.lock().start = Some(start);
        }
        Ok(due)
    }

    fn hold(&self, due: DueFrame) {
        self.decoded.fetch_add(1, Ordering::Relaxed);
        let is_needed = |due: &DueFrame| {
            let at = self.needed.partition_point(|number| *number < due.from);
            self.needed
                .get(at)
                .is_some_and(|number| *number < due.until)
        };
        let mut held = self.lock();
        // The newest is held in any case: it may turn out to be the last.
        if held.frames.back().is_some_and(|due| !is_needed(due)) {
            held.frames.pop_back();
        }
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
    use crate::video::testing::{decode_spec, given, make_clip, script};
    use std::path::Path;
    use std::time::Duration;

    /// One second of 32x16 pixels at 10 frames a second, whose luma is its frame's number by 20.
    fn spec(dir: &Path) -> DecodeSpec {
        let source = "color=black:s=32x16:r=10:d=1,format=yuv420p,geq=lum=N*20:cb=128:cr=128";
        decode_spec(make_clip(dir, source))
    }

    fn stream_of(spec: DecodeSpec, depth: usize) -> Arc<SourceStream> {
        let share = StreamShare::new(1 << 20, 2);
        Arc::new(SourceStream::new(spec, (0..10).collect(), depth, share))
    }

    fn stream(dir: &Path, depth: usize) -> Arc<SourceStream> {
        stream_of(spec(dir), depth)
    }

    async fn luma(stream: &Arc<SourceStream>, index: u64) -> (u64, u8) {
        let sourced = stream.frame(index, Edge::Hold).await.unwrap().unwrap();
        (sourced.index, sourced.frame.data[0])
    }

    #[tokio::test]
    async fn frames_come_by_number_and_the_last_one_holds() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 3);
        assert_eq!(luma(&stream, 2).await, (2, 40));
        assert_eq!(luma(&stream, 1).await, (1, 20), "out of order");
        assert_eq!(luma(&stream, 99).await, (9, 180), "behind the end");
        assert_eq!((stream.total(), stream.restarts()), (Some(10), 0));
        assert_eq!(luma(&stream, 0).await, (0, 0));
        assert_eq!(stream.restarts(), 1, "long gone");
        assert!(
            stream.share.budget.peak() <= (3 + 1) * 768,
            "depth bounds what is held beside the frame being read"
        );
    }

    #[tokio::test]
    async fn a_repeated_stream_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 3);
        for (index, shown) in [(8, 8), (9, 9), (10, 0), (11, 1), (25, 5)] {
            let frame = stream.frame(index, Edge::Repeat).await.unwrap().unwrap();
            assert_eq!(
                (frame.index, frame.frame.data[0]),
                (shown, shown as u8 * 20)
            );
        }
        assert_eq!((stream.total(), stream.restarts()), (Some(10), 1));
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
            let _ = tokio::time::timeout(wait, stream.frame(index, Edge::Hold)).await;
            assert_eq!(luma(&stream, index).await.1, index as u8 * 20);
        }
    }

    #[tokio::test]
    async fn stopping_ends_readers() {
        let dir = tempfile::tempdir().unwrap();
        let stream = stream(dir.path(), 4);
        // All turns are taken: the request waits.
        let _turns = stream.share.turns.acquire_many(2).await.unwrap();
        let asking = stream.frame(3, Edge::Hold);
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
        let refused = stream.frame(0, Edge::Hold).await;
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
            let failed = stream.frame(index, Edge::Hold).await;
            assert!(matches!(failed, Err(MediaError::Decode { .. })), "{index}");
        }
        assert_eq!(starts(), 1, "frames behind the damage start nothing");
        assert_eq!(luma(&stream, 1).await.0, 1);
        assert_eq!(luma(&stream, 0).await.0, 0);
        assert_eq!(starts(), 2, "only the frame that had gone is decoded again");
    }
}
