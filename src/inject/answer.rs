//! Answers pages: all source frames of one output frame in one body.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures::future::try_join_all;
use futures::stream::{self, StreamExt};
use tokio::task::spawn_blocking;

use super::body::{Item, header, kind};
use super::injector::Shared;
use super::page_memory::{LEAST_BYTES, PageBuffer, Place};
use super::pictures::Order;
use super::prepare::ReadyStream;
use super::query::{Query, Want};
use crate::serve::{FrameAnswer, FrameBody};
use crate::video::{MediaError, SourceFrame, SourceTime, halvings};

/// Output frames before a clip's first that its decoder is started.
const AHEAD: u64 = 15;
/// Output frames that a page may lie behind the newest one asked for, for each worker.
const BEHIND_PER_WORKER: u64 = 4;

impl Shared {
    /// The answer to a page's query; a failure is kept for the job as well.
    ///
    /// # Errors
    /// A text for the page.
    pub(super) async fn answer(self: Arc<Self>, query: &str) -> Result<FrameAnswer, String> {
        let query = Query::parse(query).ok_or_else(|| format!("not a query: {query}"))?;
        let items = match self.items(&query).await {
            Ok(items) => items,
            Err(error) => {
                let text = error.to_string();
                self.fail(error);
                return Err(text);
            }
        };
        self.look_around(query.frame);
        let head = header(&items);
        let length = head.len() + items.iter().map(Item::len).sum::<usize>();
        self.served_bytes
            .fetch_add(length as u64, Ordering::Relaxed);
        let orders: Vec<Order> = items.into_iter().filter_map(|item| item.picture).collect();
        self.served_frames
            .fetch_add(orders.len() as u64, Ordering::Relaxed);
        let place = self.place(query.buffer, length).await;
        let placed = Arc::clone(&self);
        let cores = self.plan.limits.cores.max(1);
        let pictures = stream::iter(orders)
            .map(move |order| Arc::clone(&self).picture(order))
            .buffered(cores);
        let mut parts = Box::pin(stream::iter([Ok(head)]).chain(pictures));
        let Some((place, buffer)) = place.zip(query.buffer) else {
            return Ok(FrameAnswer::Sent(FrameBody { length, parts }));
        };
        let mut offset = 0;
        while let Some(part) = parts.next().await {
            let part = part.map_err(|e| e.to_string())?;
            let length = part.len();
            let writing = spawn_blocking(move || place.write(&buffer, offset, &part));
            let written = writing.await.map_err(|e| e.to_string())?;
            written.map_err(|error| format!("the page's memory: {error}"))?;
            offset += length;
        }
        placed.placed_answers.fetch_add(1, Ordering::Relaxed);
        Ok(FrameAnswer::Placed)
    }

    /// Where an answer of `length` bytes is put; `None` for one that is sent.
    async fn place(self: &Arc<Self>, buffer: Option<PageBuffer>, length: usize) -> Option<Place> {
        let buffer = buffer.filter(|buffer| (LEAST_BYTES..=buffer.room).contains(&length))?;
        let shared = Arc::clone(self);
        let looking = spawn_blocking(move || shared.memory.place(&buffer));
        looking.await.ok().flatten()
    }

    async fn picture(self: Arc<Self>, order: Order) -> std::io::Result<Bytes> {
        let stream = order.key.0;
        self.pictures.make(order).await.map_err(|detail| {
            let path = self.plan.streams[stream].source.spec().path.clone();
            let error = MediaError::Stream { path, detail };
            let text = error.to_string();
            self.fail(error);
            std::io::Error::other(text)
        })
    }

    /// Everything due in the query's output frame that the page asked for.
    async fn items(&self, query: &Query) -> Result<Vec<Item>, MediaError> {
        let clips = self.plan.clips.iter().enumerate();
        let wanted = clips.filter_map(|(number, clip)| {
            let want = *query.wants.get(&number)?;
            let due = clip.frames.due_inside(query.frame)?;
            Some((number, due, want, query.holds.get(&number).copied()))
        });
        let items =
            try_join_all(wanted.map(|(number, due, want, holds)| {
                self.item(number, (query.frame, due), want, holds)
            }))
            .await?;
        Ok(items.into_iter().flatten().collect())
    }

    /// The source frame of a clip at `due`, for frame `output`.
    async fn item(
        &self,
        clip: usize,
        (output, due): (u64, SourceTime),
        want: Want,
        holds: Option<(u64, Want)>,
    ) -> Result<Option<Item>, MediaError> {
        let ready = &self.plan.clips[clip];
        let stream = &self.plan.streams[ready.stream];
        let fetched = ready.frames.fetch(&stream.source, output, due).await;
        if let Some(note) = ready.frames.note(&stream.source) {
            self.note(note);
        }
        let Some(found) = fetched? else {
            return Ok(None);
        };
        let SourceFrame {
            index,
            from,
            until,
            frame,
            ..
        } = found;
        let whole = (frame.width, frame.height);
        let level = match want {
            Want::Pixels(level) if !ready.source.transparent => {
                level.min(halvings(whole.0, whole.1))
            }
            _ => 0,
        };
        let mut item = Item {
            clip,
            index,
            kind: kind::KEPT,
            size: (whole.0 >> level, whole.1 >> level),
            whole,
            picture: None,
        };
        if holds == Some((index, want)) || want == Want::Announced {
            return Ok(Some(item));
        }
        item.kind = if ready.source.transparent {
            kind::TRANSPARENT
        } else {
            kind::OPAQUE
        };
        item.picture = Some(Order {
            key: (ready.stream, index, level),
            frame,
            colours: Arc::clone(&stream.colours),
            shared_until: stream.schedule.shared_until(from, until),
        });
        Ok(Some(item))
    }

    /// Decodes what the first output frame shows, and what is decoded ahead of it: a page that is still
    /// loading will ask for that first.
    pub(super) fn decode_first(&self) {
        let start = self.plan.first_frame;
        for stream in &self.plan.streams {
            if stream
                .schedule
                .span()
                .is_some_and(|(first, _)| first == start)
            {
                let coming = start..=start + self.plan.decoded_ahead;
                decode(
                    stream,
                    coming.filter_map(|frame| stream.schedule.due_in(frame)),
                );
            }
        }
    }

    /// Decodes what is due next, starts the decoders that are needed soon, ends those that are
    /// needed no more, and drops pictures that will not be shown again.
    fn look_around(self: &Arc<Self>, frame: u64) {
        let behind = BEHIND_PER_WORKER * self.plan.limits.workers;
        for stream in &self.plan.streams {
            let Some((first, last)) = stream.schedule.span() else {
                continue;
            };
            if last + behind < frame {
                let source = Arc::clone(&stream.source);
                tokio::spawn(async move { source.close().await });
                continue;
            }
            let is_new = stream.source.decoded() == 0;
            if frame < first && first <= frame + AHEAD && is_new {
                decode(stream, [stream.schedule.first_needed()]);
            } else {
                let coming = frame + 1..=frame + self.plan.decoded_ahead;
                decode(
                    stream,
                    coming.filter_map(|frame| stream.schedule.due_in(frame)),
                );
            }
        }
        self.pictures.forget_before(frame.saturating_sub(behind));
    }
}

/// Decodes what is due at `times` in the background.
fn decode(stream: &ReadyStream, times: impl IntoIterator<Item = SourceTime>) {
    let times: Vec<SourceTime> = times.into_iter().collect();
    if times.is_empty() {
        return;
    }
    let source = Arc::clone(&stream.source);
    tokio::spawn(async move {
        for time in times {
            // The request that needs the frame gets the failure.
            if source.frame(time).await.is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::{Fps, FrameRange, RateSpec, VideoClip};
    use crate::inject::{InjectionReport, Injector, Limits, prepare};
    use crate::video::testing::{make_clip, sources_in};
    use crate::video::{OutputFrames, StreamLoad, StreamShare};
    use std::path::Path;
    use std::time::Duration;

    const FRAMES: u64 = 40;
    /// Divides seconds without a rest.
    const RATE: u32 = 32;
    /// Frames of each clip; the second begins with the second frame.
    const LENGTH: u64 = FRAMES - 1;
    const SIDE: u64 = 64;
    const DECODED: u64 = SIDE * SIDE * 3 / 2;

    /// Of a source of so many frames, over which clips loop where they last longer.
    async fn injector(
        dir: &Path,
        source: u64,
        (bytes, workers): (u64, u64),
        clips: u32,
    ) -> Injector {
        let length = source as f64 / f64::from(RATE);
        let film = format!("testsrc2=size={SIDE}x{SIDE}:rate={RATE}:d={length},format=yuv420p");
        make_clip(dir, &film);
        let clip = |number: u32| VideoClip {
            id: format!("v{number}"),
            src: "clip.mkv".into(),
            start: f64::from(number) / f64::from(RATE),
            end: (f64::from(number) + LENGTH as f64) / f64::from(RATE),
            media_start: 0.0,
            playback_rate: RateSpec::default(),
            looped: source < LENGTH,
            has_audio: false,
            hidden: false,
        };
        let clips: Vec<VideoClip> = (0..clips).map(clip).collect();
        let sources = sources_in(dir, false);
        let limits = Limits {
            share: StreamShare::new(bytes, 2),
            beside: StreamLoad::default(),
            entries: 32,
            workers,
            cores: 2,
            coverage: Some(0.95),
        };
        let fps = Fps::new(RATE, 1).unwrap();
        let output = OutputFrames {
            duration: fps.duration_of(FRAMES),
            fps,
            frames: FrameRange::whole(FRAMES),
        };
        let plan = prepare(&clips, &sources, limits, output).await;
        Injector::start(plan.unwrap().unwrap()).await.unwrap()
    }

    /// As a page does: asks for its frames in order, the next one while the last is drawn.
    async fn play(injector: &Injector, clips: u32, mut frames: impl Iterator<Item = u64>) -> u64 {
        let wants: Vec<String> = (0..clips).map(|clip| format!("{clip}:0")).collect();
        let ask = |frame: u64| {
            let query = format!("n={frame}&w={}&h=", wants.join(","));
            let shared = Arc::clone(injector.shared());
            tokio::spawn(async move {
                let FrameAnswer::Sent(body) = shared.answer(&query).await.unwrap() else {
                    panic!("no buffer was offered");
                };
                // A picture is gone when it was read: the next may need its room.
                body.parts
                    .fold(0, |parts, _| async move { parts + 1 })
                    .await
                    - 1
            })
        };
        let mut pictures = 0;
        let mut asked = frames.next().map(ask);
        while let Some(early) = asked {
            pictures += early.await.unwrap();
            asked = frames.next().map(ask);
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        pictures
    }

    async fn played(bytes: u64, workers: u64, clips: u32) -> (u64, InjectionReport) {
        played_from(FRAMES, (bytes, workers), clips).await
    }

    async fn played_from(source: u64, limits: (u64, u64), clips: u32) -> (u64, InjectionReport) {
        let dir = tempfile::tempdir().unwrap();
        let injector = injector(dir.path(), source, limits, clips).await;
        let fed = injector.workers();
        let of = |worker: u64| (0..FRAMES).filter(move |frame| frame % fed == worker);
        let pages = (0..fed).map(|worker| play(&injector, clips, of(worker)));
        let pictures: Vec<u64> = futures::future::join_all(pages).await;
        injector.decoders().end().await;
        (pictures.iter().sum(), injector.report())
    }

    #[tokio::test]
    async fn the_smallest_budget_decodes_once() {
        let (pictures, report) = played(1, 4, 1).await;
        assert_eq!((pictures, report.restarts), (LENGTH, 0));
        assert_eq!(report.decoded_frames, LENGTH);
    }

    #[tokio::test]
    async fn clips_that_are_a_frame_apart_decode_once_in_the_smallest_budget() {
        let (pictures, report) = played(1, 1, 2).await;
        assert_eq!((report.streams, report.restarts), (1, 0));
        assert_eq!(pictures, 2 * LENGTH);
    }

    #[tokio::test]
    async fn two_pages_side_by_side_decode_once_and_stay_inside_the_budget() {
        // Just what two workers need, and the quarters for pictures.
        let budget = 2 * DECODED * 8;
        let (pictures, report) = played(budget, 2, 1).await;
        assert_eq!((pictures, report.restarts), (LENGTH, 0));
        assert!(report.peak_bytes <= budget, "{report:?}");
    }

    #[tokio::test]
    async fn what_comes_first_is_decoded_before_a_page_asks() {
        let dir = tempfile::tempdir().unwrap();
        let injector = injector(dir.path(), FRAMES, (1 << 20, 1), 2).await;
        injector.decode_first();
        let decoded = || injector.report().decoded_frames;
        let first = 1 + injector.shared().plan.decoded_ahead;
        let waiting = async {
            while decoded() < first {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        let waited = tokio::time::timeout(Duration::from_secs(20), waiting).await;
        injector.decoders().end().await;
        assert!(waited.is_ok() && decoded() == first, "{}", decoded());
    }

    #[tokio::test]
    async fn a_loop_that_fits_decodes_once_and_another_one_in_each_cycle() {
        // By the container's clock it is a little longer, so cycles begin between frames.
        const CYCLE: u64 = 10;
        // A quarter is for loops, and two frames more are counted.
        let fits = 4 * (CYCLE + 2) * DECODED;
        let (pictures, report) = played_from(CYCLE, (fits, 1), 1).await;
        assert_eq!((pictures, report.restarts), (LENGTH, 0), "{report:?}");
        assert!(report.peak_bytes <= fits, "{report:?}");
        let (pictures, report) = played_from(CYCLE, (fits - 1, 1), 1).await;
        assert_eq!(pictures, LENGTH);
        assert!(report.restarts >= LENGTH / CYCLE, "{report:?}");
        assert!(report.peak_bytes < fits, "{report:?}");
    }
}
