//! HDR frames beside capture: a worker hands over the layers of a frame and goes on; the pictures
//! of the sources are fetched in the order of frames, everything is put together on blocking
//! threads, and finished frames go to the fence. How many frames are under way is bounded by the
//! fence, which admits no more.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use futures::FutureExt;
use futures::future::join_all;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::blending::Blending;
use super::finished_frames::FinishedFrames;
use crate::assemble::{
    CompositeError, HdrImageCache, HdrKind, Layer, covers_canvas, draw_element, layers,
    picture_size,
};
use crate::capture::{LayeredFrame, LayeredPart, SinkClosed};
use crate::encode::Fence;
use crate::job::RenderError;
use crate::page::{Element, LayerMask, Stack};
use crate::pixels::{Rgb48, Rgb48Error, Rgb48Mut, Rgba8, TransferFunction, overlay};
use crate::transitions::{FrameSize, Frames};
use crate::video::{HdrSource, SourcePicture};

/// White of a page, 8 bits: what Chrome shows where a page paints nothing.
const PAGE_WHITE: usize = 255;

/// What all frames are put together from.
pub struct LayerPlan {
    pub transfer: TransferFunction,
    pub size: FrameSize,
    pub videos: Vec<HdrSource>,
    pub images: HdrImageCache,
    /// Blends the frames of transitions, where there may be any.
    pub blending: Option<Arc<Blending>>,
}

/// What was done, for the summary.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LayerReport {
    /// ffmpeg's name of the output's curve.
    transfer: &'static str,
    /// Clips and images that are HDR.
    videos: usize,
    images: usize,
    /// Frames put together, those of transitions included.
    composed: u64,
    /// Frames of transitions.
    blended: u64,
    /// Layers of the page that were photographed.
    dom_captures: u64,
    /// Pictures laid over frames.
    video_blits: u64,
    image_blits: u64,
    /// Pictures decoded of clips.
    decoded_frames: u64,
    /// Files decoded of images.
    decoded_images: u64,
    /// Sum of the time that frames waited for pictures of clips, ms.
    source_wait_ms: f64,
    /// Sum of the time they were put together in, ms.
    compose_ms: f64,
    /// Most frames under way at once.
    peak_frames: u64,
}

#[derive(Debug, Default)]
struct Counters {
    composed: AtomicU64,
    blended: AtomicU64,
    dom_captures: AtomicU64,
    video_blits: AtomicU64,
    image_blits: AtomicU64,
    source_wait_us: AtomicU64,
    compose_us: AtomicU64,
}

/// The HDR frames of one job.
pub struct Layering {
    plan: LayerPlan,
    outlet: FinishedFrames,
    /// The frame whose sources may be fetched next.
    turn: watch::Sender<u64>,
    stop: CancellationToken,
    canvases: Arc<CanvasPool>,
    counters: Counters,
}

/// Pictures of clips in one frame, by id.
type Pictures = HashMap<String, SourcePicture>;

impl Layering {
    pub fn new(plan: LayerPlan, fence: Arc<Fence<Bytes>>) -> Arc<Self> {
        let canvases = Arc::new(CanvasPool {
            samples: plan.size.samples(),
            free: Mutex::default(),
        });
        Arc::new(Self {
            plan,
            outlet: FinishedFrames::new(fence),
            turn: watch::Sender::new(0),
            stop: CancellationToken::new(),
            canvases,
            counters: Counters::default(),
        })
    }

    /// Ends what is under way; returns when the decoders are gone.
    pub async fn end(&self) {
        self.stop.cancel();
        join_all(self.plan.videos.iter().map(HdrSource::close)).await;
    }

    /// The layers of a page to photograph in `frame`, lowest first.
    pub fn masks(&self, frame: u64, stack: &Stack) -> Vec<LayerMask> {
        let masks = self.layers(frame, stack).into_iter();
        masks
            .filter_map(|layer| match layer {
                Layer::Dom(mask) => Some(mask),
                Layer::Hdr(_) => None,
            })
            .collect()
    }

    fn layers<'a>(&self, frame: u64, stack: &'a Stack) -> Vec<Layer<'a>> {
        let (width, height) = (
            self.plan.size.width() as f64,
            self.plan.size.height() as f64,
        );
        layers(stack, |element| {
            let shows = match self.video(&element.id) {
                Some(source) => source.shows(frame),
                None => self.plan.images.has(&element.id),
            };
            shows && covers_canvas(element, width, height)
        })
    }

    fn video(&self, id: &str) -> Option<&HdrSource> {
        self.plan.videos.iter().find(|source| source.id == id)
    }

    fn canvas_size(&self) -> (usize, usize) {
        (self.plan.size.width(), self.plan.size.height())
    }

    /// Takes the layers of a frame and puts them together.
    ///
    /// # Errors
    /// [`SinkClosed`] after a failure.
    pub fn submit(self: &Arc<Self>, index: u64, frame: LayeredFrame) -> Result<(), SinkClosed> {
        if self.stop.is_cancelled() {
            return Err(SinkClosed);
        }
        let job = Arc::clone(self);
        self.outlet.begin();
        tokio::spawn(async move {
            let stop = job.stop.clone();
            let finishing = AssertUnwindSafe(job.finish(index, frame)).catch_unwind();
            let finished = stop.run_until_cancelled(finishing).await;
            job.outlet.end();
            match finished {
                None => {}
                Some(Ok(Ok(frame))) => job.outlet.put(index, frame),
                Some(Ok(Err(error))) => job.fail(error),
                Some(Err(panic)) => job.fail(RenderError::panicked(&*panic)),
            }
        });
        Ok(())
    }

    async fn finish(
        self: &Arc<Self>,
        index: u64,
        frame: LayeredFrame,
    ) -> Result<Bytes, RenderError> {
        let pictures = self.fetch(index, &frame).await?;
        let job = Arc::clone(self);
        let composing = tokio::task::spawn_blocking(move || job.compose(index, &frame, &pictures));
        composing.await.unwrap_or_else(|failure| {
            Err(RenderError::Panic(format!(
                "frame {index} could not be put together: {failure}"
            )))
        })
    }

    /// Fetches the clips' pictures when it is the frame's turn: decoders only go forward.
    async fn fetch(&self, index: u64, frame: &LayeredFrame) -> Result<Pictures, RenderError> {
        let mut turns = self.turn.subscribe();
        // The sender lives as long as the job.
        let _ = turns.wait_for(|next| *next >= index).await;
        let started = Instant::now();
        let mut pictures = Pictures::new();
        for part in &frame.parts {
            for layer in self.layers(index, &part.stack) {
                let Layer::Hdr(element) = layer else { continue };
                let Some(source) = self.video(&element.id) else {
                    continue;
                };
                if pictures.contains_key(&element.id) {
                    continue;
                }
                let size = picture_size(element, self.canvas_size())
                    .map_err(|error| unusable(source, &error))?;
                let picture = source.picture(index, size).await?;
                pictures.extend(picture.map(|picture| (element.id.clone(), picture)));
            }
        }
        add_time(&self.counters.source_wait_us, started);
        let videos = self.plan.videos.iter();
        join_all(
            videos
                .filter(|video| video.is_over(index))
                .map(HdrSource::close),
        )
        .await;
        self.turn.send_replace(index + 1);
        Ok(pictures)
    }

    fn compose(
        &self,
        index: u64,
        frame: &LayeredFrame,
        pictures: &Pictures,
    ) -> Result<Bytes, RenderError> {
        let started = Instant::now();
        let mut parts = frame.parts.iter();
        let mut canvas = self.fresh_canvas();
        if let Some(from) = parts.next() {
            self.draw(&mut canvas, index, from, pictures)?;
        }
        if let (Some(window), Some(to), Some(blending)) =
            (frame.window, parts.next(), &self.plan.blending)
        {
            let mut other = self.fresh_canvas();
            self.draw(&mut other, index, to, pictures)?;
            let mut out = self.canvases.lend();
            let frames = Frames {
                from: &canvas.samples,
                to: &other.samples,
                out: &mut out.samples,
            };
            blending.blend_signal(window.transition, window.progress, frames)?;
            canvas = out;
            if let Some(above) = parts.next() {
                self.draw(&mut canvas, index, above, pictures)?;
            }
            self.counters.blended.fetch_add(1, Ordering::Relaxed);
        }
        self.counters.composed.fetch_add(1, Ordering::Relaxed);
        add_time(&self.counters.compose_us, started);
        Ok(Bytes::from_owner(canvas))
    }

    /// Lays all layers of a part over `canvas`.
    fn draw(
        &self,
        canvas: &mut Canvas,
        index: u64,
        part: &LayeredPart,
        pictures: &Pictures,
    ) -> Result<(), RenderError> {
        let (width, height) = self.canvas_size();
        let mut canvas = Rgb48Mut::new(&mut canvas.samples, width, height)?;
        let mut photographs = part.pictures.iter();
        for layer in self.layers(index, &part.stack) {
            match layer {
                Layer::Hdr(element) => self.draw_hdr(&mut canvas, element, pictures)?,
                Layer::Dom(_) => {
                    let Some(rgba) = photographs.next() else {
                        continue;
                    };
                    let photograph = Rgba8::new(rgba, width, height)?;
                    overlay(&mut canvas, &photograph, self.plan.transfer)?;
                    self.counters.dom_captures.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        Ok(())
    }

    fn draw_hdr(
        &self,
        canvas: &mut Rgb48Mut<'_>,
        element: &Element,
        pictures: &Pictures,
    ) -> Result<(), RenderError> {
        if let Some(picture) = pictures.get(&element.id) {
            let SourcePicture {
                samples,
                width,
                height,
            } = picture;
            let picture = Rgb48::new(samples, *width, *height)?;
            draw_element(canvas, &picture, element, HdrKind::Video);
            self.counters.video_blits.fetch_add(1, Ordering::Relaxed);
        } else if let Some(picture) = self.plan.images.picture(element, self.canvas_size())? {
            draw_element(canvas, &picture.view(), element, HdrKind::Image);
            self.counters.image_blits.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn fresh_canvas(&self) -> Canvas {
        let mut canvas = self.canvases.lend();
        canvas
            .samples
            .fill(self.plan.transfer.of_srgb8()[PAGE_WHITE]);
        canvas
    }

    /// The first failure ends the job.
    fn fail(&self, error: RenderError) {
        self.stop.cancel();
        self.outlet.fail(error);
    }

    /// Why putting frames together ended the job, if it did.
    pub fn failure(&self) -> Option<RenderError> {
        self.outlet.failure()
    }

    /// What was done.
    pub async fn report(&self) -> LayerReport {
        let mut decoded_frames = 0;
        for source in &self.plan.videos {
            decoded_frames += source.decoded();
        }
        let counters = &self.counters;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let ms = |counter: &AtomicU64| count(counter) as f64 / 1000.0;
        LayerReport {
            transfer: self.plan.transfer.ffmpeg_name(),
            videos: self.plan.videos.len(),
            images: self.plan.images.len(),
            composed: count(&counters.composed),
            blended: count(&counters.blended),
            dom_captures: count(&counters.dom_captures),
            video_blits: count(&counters.video_blits),
            image_blits: count(&counters.image_blits),
            decoded_frames,
            decoded_images: self.plan.images.decoded(),
            source_wait_ms: ms(&counters.source_wait_us),
            compose_ms: ms(&counters.compose_us),
            peak_frames: self.outlet.peak(),
        }
    }
}

/// The error of a clip whose box no picture can be made for.
fn unusable(source: &HdrSource, why: &Rgb48Error) -> RenderError {
    RenderError::HdrImage(CompositeError::Video {
        id: source.id.clone(),
        path: source.path().to_owned(),
        detail: why.to_string(),
    })
}

fn add_time(counter: &AtomicU64, since: Instant) {
    let spent = u64::try_from(since.elapsed().as_micros()).unwrap_or(u64::MAX);
    counter.fetch_add(spent, Ordering::Relaxed);
}

/// Canvases used over and over; their samples are bytes to the encoder.
#[derive(Debug)]
struct CanvasPool {
    samples: usize,
    free: Mutex<Vec<Vec<u16>>>,
}

/// A canvas on loan, whose contents are arbitrary at first.
#[derive(Debug)]
struct Canvas {
    samples: Vec<u16>,
    pool: Arc<CanvasPool>,
}

impl CanvasPool {
    fn lend(self: &Arc<Self>) -> Canvas {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let samples = { free }.pop().unwrap_or_else(|| vec![0; self.samples]);
        Canvas {
            samples,
            pool: Arc::clone(self),
        }
    }
}

impl AsRef<[u8]> for Canvas {
    /// Little-endian, as all machines are that this is built for.
    fn as_ref(&self) -> &[u8] {
        bytemuck::cast_slice(&self.samples)
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        let samples = std::mem::take(&mut self.samples);
        let mut free = self
            .pool
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        free.push(samples);
    }
}
