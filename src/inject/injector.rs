//! Answers pages: all source frames of one output frame in one body.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures::future::try_join_all;
use futures::stream::{self, StreamExt};
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::prepare::{InjectionPlan, ReadyClip, due};
use super::query::{Query, Want};
use crate::media::{
    CacheStats, FrameSourceCache, HeldBytes, MediaError, RawFrame, Sourced, halvings, rgba_bytes,
    to_rgba,
};
use crate::page::{SourceClip, SourceFrames};
use crate::pixels::encode_rgba;
use crate::serve::{DataLane, LaneBody};

/// Output frames before a clip's first that its decoder is started.
const AHEAD: u64 = 15;
/// Output frames that are decoded ahead of the one asked for, while that one is drawn.
const DECODED_AHEAD: u64 = 2;
/// Output frames that a page may lie behind the newest one asked for, for each worker.
const BEHIND_PER_WORKER: u64 = 4;
/// What an item of an answer is; the page's script knows the same numbers.
mod kind {
    pub const KEPT: u32 = 0;
    pub const OPAQUE: u32 = 1;
    pub const TRANSPARENT: u32 = 2;
    pub const PNG: u32 = 3;
}

/// Stream, source frame, form.
type PictureKey = (usize, u64, Form);

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    Halved(u32),
    Png,
}

/// Feeds the pages of one job.
#[derive(Debug)]
pub struct Injector {
    shared: Arc<Shared>,
    lane: DataLane,
}

#[derive(Debug)]
struct Shared {
    plan: InjectionPlan,
    cache: FrameSourceCache<PictureKey>,
    /// Cached pictures by the last output frame that shows them.
    expiry: Mutex<BTreeSet<(u64, PictureKey)>>,
    failure: Mutex<Option<MediaError>>,
    notes: Mutex<BTreeSet<String>>,
    served_bytes: AtomicU64,
    served_frames: AtomicU64,
}

/// What an injection did.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct InjectionReport {
    /// Clips.
    pub clips: usize,
    /// Decodes, each one ffmpeg at a time.
    pub streams: usize,
    /// Source frames decoded.
    pub decoded_frames: u64,
    /// Decodes begun again because an earlier frame was needed: loops, lost browsers.
    pub restarts: u64,
    /// Source frames handed to pages.
    pub injected_frames: u64,
    /// Their bytes.
    pub injected_bytes: u64,
    /// Cache of converted frames.
    #[serde(skip)]
    pub cache: CacheStats,
    /// Most bytes of source frames in memory at once, decoded and converted.
    #[serde(skip)]
    pub peak_bytes: u64,
    /// Their bound.
    #[serde(skip)]
    pub budget_bytes: u64,
}

impl InjectionReport {
    /// The cache's figures with the bytes of all source frames, cached or not, and their bound.
    pub fn frame_cache(&self) -> serde_json::Value {
        let CacheStats {
            entries,
            bytes,
            peak_bytes,
            hits,
            misses,
            evictions,
            oversized,
        } = self.cache;
        serde_json::json!({
            "entries": entries, "bytes": bytes, "cachePeakBytes": peak_bytes,
            "hits": hits, "misses": misses, "evictions": evictions, "oversized": oversized,
            "peakBytes": self.peak_bytes, "budgetBytes": self.budget_bytes,
        })
    }
}

/// A picture that counts against the budget while anybody holds it.
struct Counted {
    data: Vec<u8>,
    _held: HeldBytes,
}

impl AsRef<[u8]> for Counted {
    fn as_ref(&self) -> &[u8] {
        &self.data
    }
}

/// One clip's part of an answer.
struct Item {
    clip: usize,
    index: u64,
    kind: u32,
    size: (u32, u32),
    whole: (u32, u32),
    picture: Picture,
}

enum Picture {
    None,
    Ready(Bytes),
    /// Made when its turn to travel comes, so that not all are in memory at once.
    Later {
        key: PictureKey,
        frame: RawFrame,
        shared_until: Option<u64>,
    },
}

impl Picture {
    fn len(&self, (width, height): (u32, u32)) -> usize {
        match self {
            Self::None => 0,
            Self::Ready(bytes) => bytes.len(),
            Self::Later { .. } => rgba_bytes(width, height),
        }
    }
}

impl Injector {
    /// Opens the lane on which pages ask.
    ///
    /// # Errors
    /// [`MediaError::Listen`].
    pub async fn start(plan: InjectionPlan) -> Result<Self, MediaError> {
        let cache = FrameSourceCache::new(plan.limits.entries, plan.cache_bytes);
        let shared = Arc::new(Shared {
            plan,
            cache,
            expiry: Mutex::default(),
            failure: Mutex::default(),
            notes: Mutex::default(),
            served_bytes: AtomicU64::new(0),
            served_frames: AtomicU64::new(0),
        });
        let answering = Arc::clone(&shared);
        let handler = Box::new(move |query: String| {
            let shared = Arc::clone(&answering);
            Box::pin(async move { shared.answer(&query).await }) as _
        });
        let lane = DataLane::start(handler).await;
        let lane = lane.map_err(|error| MediaError::Listen(error.to_string()))?;
        Ok(Self { shared, lane })
    }

    /// What pages are told.
    pub fn source_frames(&self) -> SourceFrames {
        SourceFrames {
            url: self.lane.url().to_owned(),
            clips: self.shared.plan.clips.iter().map(source_clip).collect(),
        }
    }

    /// Why pages got no frames, if that happened.
    pub fn failure(&self) -> Option<MediaError> {
        self.shared
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// What callers should know about their sources.
    pub fn notes(&self) -> Vec<String> {
        let notes = self
            .shared
            .notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        notes.iter().cloned().collect()
    }

    /// What it did so far.
    pub fn report(&self) -> InjectionReport {
        let Shared {
            plan,
            cache,
            served_bytes,
            served_frames,
            ..
        } = &*self.shared;
        let sum = |count: fn(&crate::media::SourceStream) -> u64| {
            plan.streams
                .iter()
                .map(|stream| count(&stream.source))
                .sum()
        };
        InjectionReport {
            clips: plan.clips.len(),
            streams: plan.streams.len(),
            decoded_frames: sum(|stream| stream.decoded()),
            restarts: sum(|stream| stream.restarts()),
            injected_frames: served_frames.load(Ordering::Relaxed),
            injected_bytes: served_bytes.load(Ordering::Relaxed),
            cache: cache.stats(),
            peak_bytes: plan.budget.peak(),
            budget_bytes: plan.budget.limit(),
        }
    }
}

impl Drop for Injector {
    /// Reads in progress would keep their ffmpeg alive until its next frame.
    fn drop(&mut self) {
        self.shared.plan.stop.cancel();
    }
}

fn source_clip(clip: &ReadyClip) -> SourceClip {
    let (width, height) = clip.size;
    SourceClip {
        id: clip.id.clone(),
        width,
        height,
        duration: clip.duration,
        transparent: clip.transparent,
    }
}

impl Shared {
    async fn answer(self: Arc<Self>, query: &str) -> Result<LaneBody, String> {
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
        let length = head.len() + items.iter().map(|item| padded(item.len())).sum::<usize>();
        self.served_bytes
            .fetch_add(length as u64, Ordering::Relaxed);
        let with_pictures = items.iter().filter(|item| item.kind != kind::KEPT).count();
        self.served_frames
            .fetch_add(with_pictures as u64, Ordering::Relaxed);
        let cores = self.plan.limits.cores.max(1);
        let pictures = stream::iter(items)
            .map(move |item| Arc::clone(&self).picture(item))
            .buffered(cores)
            .flat_map(stream::iter);
        let parts = stream::iter([Ok(head)]).chain(pictures);
        Ok(LaneBody {
            length,
            parts: Box::pin(parts),
        })
    }

    fn fail(&self, error: MediaError) {
        if matches!(error, MediaError::Stopped) {
            return;
        }
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        failure.get_or_insert(error);
    }

    /// Everything due in the query's output frame that the page asked for.
    async fn items(&self, query: &Query) -> Result<Vec<Item>, MediaError> {
        let (fps, time) = (self.plan.fps.as_f64(), self.plan.fps.seek_time(query.frame));
        let wanted = self
            .plan
            .clips
            .iter()
            .enumerate()
            .filter_map(|(number, clip)| {
                let want = *query.wants.get(&number)?;
                let index = due(&clip.plan, time, fps).filter(|_| clip.window.contains(time))?;
                Some((number, index, want, query.holds.get(&number).copied()))
            });
        let items = try_join_all(
            wanted.map(|(number, index, want, holds)| self.item(number, index, want, holds)),
        )
        .await?;
        Ok(items.into_iter().flatten().collect())
    }

    async fn item(
        &self,
        clip: usize,
        index: u64,
        want: Want,
        holds: Option<(u64, Want)>,
    ) -> Result<Option<Item>, MediaError> {
        let ready = &self.plan.clips[clip];
        let stream = &self.plan.streams[ready.stream];
        let sourced = match stream.source.frame(index).await {
            Ok(sourced) => sourced,
            // Without a gate a clip that can't be decoded stays empty.
            Err(MediaError::Decode { .. }) if self.plan.limits.coverage.is_none() => None,
            Err(error) => return Err(error),
        };
        self.check_coverage(clip)?;
        let Some(Sourced { index, frame }) = sourced else {
            return Ok(None);
        };
        let whole = (frame.width, frame.height);
        let most = if ready.transparent {
            0
        } else {
            halvings(whole.0, whole.1)
        };
        let mut item = Item {
            clip,
            index,
            kind: kind::KEPT,
            size: whole,
            whole,
            picture: Picture::None,
        };
        if holds == Some((index, want)) || want == Want::Announced {
            return Ok(Some(item));
        }
        let form = match want {
            Want::Pixels(level) => Form::Halved(level.min(most)),
            Want::Png | Want::Announced => Form::Png,
        };
        let is_last = stream.source.total() == Some(index + 1);
        let key = (ready.stream, index, form);
        let shared_until = stream.demand.shared_until(index, is_last);
        match form {
            Form::Halved(level) => {
                item.kind = if ready.transparent {
                    kind::TRANSPARENT
                } else {
                    kind::OPAQUE
                };
                item.size = (whole.0 >> level, whole.1 >> level);
                item.picture = Picture::Later {
                    key,
                    frame,
                    shared_until,
                };
            }
            Form::Png => {
                item.kind = kind::PNG;
                item.picture = Picture::Ready(self.converted(key, frame, shared_until).await?);
            }
        }
        Ok(Some(item))
    }

    /// Too few frames at the end of a source stop the render: what is missing would be a frozen
    /// or empty clip in a finished file.
    fn check_coverage(&self, clip: usize) -> Result<(), MediaError> {
        let ready = &self.plan.clips[clip];
        let source = &self.plan.streams[ready.stream].source;
        let (Some(threshold), Some(total)) = (self.plan.limits.coverage, source.total()) else {
            return Ok(());
        };
        let expected = ready.plan.expected_frames;
        let covered = total as f64 / expected.max(1) as f64;
        // A short clip may lack the frame on its edge (upstream's figures).
        let edge =
            threshold < 1.0 && total > 0 && (14..=20).contains(&expected) && expected == total + 1;
        if expected == 0 || covered >= threshold || edge {
            return Ok(());
        }
        if ready.plan.is_shorter(total) {
            let note = format!(
                "video \"{}\": {} ends after {total} of {} frames; its last one is held",
                ready.id,
                source.spec().path.display(),
                ready.plan.promised_frames,
            );
            self.notes
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .insert(note);
            return Ok(());
        }
        Err(MediaError::Coverage {
            id: ready.id.clone(),
            captured: total,
            expected,
            threshold,
            path: source.spec().path.clone(),
        })
    }

    async fn picture(self: Arc<Self>, item: Item) -> Vec<std::io::Result<Bytes>> {
        let padding = padded(item.len()) - item.len();
        let bytes = match item.picture {
            Picture::None => return Vec::new(),
            Picture::Ready(bytes) => bytes,
            Picture::Later {
                key,
                frame,
                shared_until,
            } => match self.converted(key, frame, shared_until).await {
                Ok(bytes) => bytes,
                Err(error) => {
                    let text = error.to_string();
                    self.fail(error);
                    return vec![Err(std::io::Error::other(text))];
                }
            },
        };
        let mut parts = vec![Ok(bytes)];
        if padding > 0 {
            parts.push(Ok(Bytes::from_static(&[0; 3]).slice(..padding)));
        }
        parts
    }

    async fn converted(
        &self,
        key: PictureKey,
        frame: RawFrame,
        shared_until: Option<u64>,
    ) -> Result<Bytes, MediaError> {
        let path = || self.plan.streams[key.0].source.spec().path.clone();
        let budget = self.plan.budget.clone();
        let convert = async move {
            let converted = spawn_blocking(move || {
                let (width, height) = (frame.width, frame.height);
                let data = match key.2 {
                    Form::Halved(level) => to_rgba(&frame, level).map_err(|e| e.to_string())?,
                    Form::Png => {
                        let rgba = to_rgba(&frame, 0).map_err(|e| e.to_string())?;
                        encode_rgba(&rgba, width, height).map_err(|e| e.to_string())?
                    }
                };
                let held = budget.hold(data.len() as u64);
                Ok(Bytes::from_owner(Counted { data, _held: held }))
            });
            converted
                .await
                .unwrap_or_else(|panic| Err(panic.to_string()))
        };
        let converted = match shared_until {
            Some(last) => {
                let bytes = self.cache.get_or_load(key, convert).await;
                self.expiry
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .insert((last, key));
                bytes
            }
            None => self.cache.load_once(convert).await,
        };
        converted.map_err(|detail| MediaError::Stream {
            path: path(),
            detail,
        })
    }

    /// Decodes what is due next, starts the decoders that are needed soon, ends those that are
    /// needed no more, and lets go of pictures nobody will show again.
    fn look_around(self: &Arc<Self>, frame: u64) {
        let behind = BEHIND_PER_WORKER * self.plan.limits.workers;
        for stream in &self.plan.streams {
            let Some((first, last)) = stream.demand.span() else {
                continue;
            };
            let source = Arc::clone(&stream.source);
            if last + behind < frame {
                tokio::spawn(async move { source.close().await });
                continue;
            }
            let starts_soon = frame < first && first <= frame + AHEAD && source.decoded() == 0;
            let next = if starts_soon {
                vec![stream.demand.first_needed()]
            } else {
                let coming = frame + 1..=frame + DECODED_AHEAD;
                coming
                    .filter_map(|frame| stream.demand.due_in(frame))
                    .collect()
            };
            if next.is_empty() {
                continue;
            }
            tokio::spawn(async move {
                for index in next {
                    // Whoever needs the frame hears of the failure.
                    if source.frame(index).await.is_err() {
                        return;
                    }
                }
            });
        }
        let mut expiry = self.expiry.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(&(last, key)) = expiry.first() {
            if last + behind >= frame {
                break;
            }
            expiry.pop_first();
            self.cache.remove(&key);
        }
    }
}

impl Item {
    fn len(&self) -> usize {
        self.picture.len(self.size)
    }
}

/// Pictures begin on whole words.
fn padded(length: usize) -> usize {
    length.next_multiple_of(4)
}

/// The count of items, then eight little-endian words for each.
fn header(items: &[Item]) -> Bytes {
    let mut words = vec![items.len() as u32];
    for item in items {
        words.extend([
            item.clip as u32,
            item.index as u32,
            item.kind,
            item.size.0,
            item.size.1,
            item.whole.0,
            item.whole.1,
            item.len() as u32,
        ]);
    }
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
