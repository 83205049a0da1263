//! HDR frames: layers of the page, photographed one by one, and pictures of HDR sources, laid over
//! each other in 16 bits. The pictures of clips are fetched in the order of frames, because
//! decoders only go forward. The ring of frames in the making is as large as the look-ahead of
//! the fence, because frames wait for those before them.

mod canvas;
mod element;
mod images;
mod layers;
mod report;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures::future::{BoxFuture, join_all};
use tokio::sync::watch;

use self::canvas::{Canvas, CanvasPool};
use self::element::{BoxTooLarge, covers_canvas, draw_element, picture_size};
use self::layers::{Layer, layers};
use self::report::Counters;
use super::error::AssembleError;
use super::recipe::Recipe;
use super::transition::Transitions;
use crate::capture::{CapturedPart, Captures, FramePasses, LaneError, PassError, PassRun};
use crate::page::{Element, LayerMask, ReadyPage, ScenePart, Stack};
use crate::pixels::{Rgb48, Rgb48Mut, Rgba8, TransferFunction, overlay};
use crate::sync::Pulse;
use crate::transitions::{FrameSize, OwnedFrames};
use crate::video::{HdrSource, PictureBox, SourcePicture};

pub use images::HdrImageCache;
pub use report::HdrReport;

/// White of a page, 8 bits: what Chrome shows where a page paints nothing.
const PAGE_WHITE: usize = 255;

/// What all HDR frames of a job are assembled from.
#[derive(Debug)]
pub struct HdrOptions {
    /// The output's transfer function.
    pub transfer: TransferFunction,
    /// Clips whose sources are HDR.
    pub videos: Vec<HdrSource>,
    /// Images that are.
    pub images: HdrImageCache,
}

/// The HDR frames of one job.
pub(super) struct Hdr {
    options: HdrOptions,
    size: FrameSize,
    /// Blends the frames of transitions, where there may be any.
    transitions: Option<Arc<Transitions>>,
    /// Frames wait for their turn as long as the render moves.
    pulse: Pulse,
    /// The frame whose sources may be fetched next.
    turn: watch::Sender<u64>,
    canvases: Arc<CanvasPool>,
    counters: Counters,
}

/// Pictures of clips in one frame, by id.
type Pictures = HashMap<String, SourcePicture>;

/// A frame whose sources are there.
struct Ingredients {
    frame: u64,
    captures: Captures,
    pictures: Pictures,
}

impl Hdr {
    pub fn new(
        options: HdrOptions,
        size: FrameSize,
        transitions: Option<Arc<Transitions>>,
        pulse: Pulse,
    ) -> Arc<Self> {
        Arc::new(Self {
            options,
            size,
            transitions,
            pulse,
            turn: watch::Sender::new(0),
            canvases: CanvasPool::new(size.samples()),
            counters: Counters::default(),
        })
    }

    /// What was done.
    pub fn report(&self, peak_frames: u64) -> HdrReport {
        let HdrOptions {
            transfer,
            videos,
            images,
        } = &self.options;
        let counters = &self.counters;
        HdrReport {
            transfer: transfer.ffmpeg_name(),
            videos: videos.len(),
            images: images.len(),
            composed: counters.composed.get(),
            blended: counters.blended.get(),
            dom_captures: counters.dom_captures.get(),
            video_blits: counters.video_blits.get(),
            image_blits: counters.image_blits.get(),
            decoded_frames: videos.iter().map(HdrSource::decoded).sum(),
            decoded_images: images.decoded(),
            source_wait_ms: counters.source_wait_us.ms(),
            compose_ms: counters.compose_us.ms(),
            peak_frames,
        }
    }

    fn layers<'a>(&self, frame: u64, stack: &'a Stack) -> Vec<Layer<'a>> {
        let (width, height) = (self.size.width() as f64, self.size.height() as f64);
        layers(stack, |element| {
            let (shows, natural) = match self.video(&element.id) {
                Some(source) => (source.shows(frame), Some(source.natural_size())),
                None => (self.options.images.has(&element.id), None),
            };
            shows && covers_canvas(element, natural, width, height)
        })
    }

    fn video(&self, id: &str) -> Option<&HdrSource> {
        self.options.videos.iter().find(|source| source.id == id)
    }

    fn canvas_size(&self) -> (usize, usize) {
        (self.size.width(), self.size.height())
    }

    /// Photographs all layers that are between HDR sources, lowest first.
    async fn take_part(&self, run: &mut PassRun<'_>, stack: Stack) -> Result<(), PassError> {
        let layers = self.layers(run.frame(), &stack).into_iter();
        let masks: Vec<LayerMask> = layers
            .filter_map(|layer| match layer {
                Layer::Dom(mask) => Some(mask),
                Layer::Hdr(_) => None,
            })
            .collect();
        run.begin_part(Some(stack)).await?;
        for shown in 0..masks.len() {
            let all = (shown == 0).then_some(&masks[..]);
            run.show_layer(all, shown).await?;
            run.pass().await?;
        }
        Ok(())
    }

    async fn make(self: Arc<Self>, frame: u64, captures: Captures) -> Result<Bytes, AssembleError> {
        let pictures = self.fetch(frame, &captures).await?;
        let started = Instant::now();
        let ready = Arc::new(Ingredients {
            frame,
            captures,
            pictures,
        });
        let scenes = self.draw_scenes(&ready).await?;
        let canvas = match (scenes, &self.transitions) {
            ((from, Some(to)), Some(transitions)) => {
                let frames = OwnedFrames {
                    from: from.into_samples(),
                    to: to.into_samples(),
                    out: self.canvases.lend().into_samples(),
                };
                let blending = Instant::now();
                let OwnedFrames { from, to, out } = transitions.blend_signal(frame, frames).await?;
                transitions.count(blending);
                for samples in [from, to] {
                    drop(self.canvases.canvas(samples));
                }
                self.counters.blended.add_one();
                self.draw_above(&ready, self.canvases.canvas(out)).await?
            }
            ((whole, _), _) => whole,
        };
        self.counters.composed.add_one();
        self.counters.compose_us.add_time(started);
        Ok(Bytes::from_owner(canvas))
    }

    /// The page, or in a transition the page with each of its scenes.
    async fn draw_scenes(
        self: &Arc<Self>,
        ready: &Arc<Ingredients>,
    ) -> Result<(Canvas, Option<Canvas>), AssembleError> {
        let job = Arc::clone(self);
        self.on_blocking_thread(ready, move |ready| {
            let parts = &ready.captures.parts;
            let from = job.drawn(ready, parts.first())?;
            let to = match parts.get(1) {
                None => None,
                to => {
                    if let Some(transitions) = &job.transitions {
                        transitions.panic_if_asked();
                    }
                    Some(job.drawn(ready, to)?)
                }
            };
            Ok((from, to))
        })
        .await
    }

    /// What lies above the scenes, over the blended frame.
    async fn draw_above(
        self: &Arc<Self>,
        ready: &Arc<Ingredients>,
        mut canvas: Canvas,
    ) -> Result<Canvas, AssembleError> {
        if ready.captures.parts.len() < 3 {
            return Ok(canvas);
        }
        let job = Arc::clone(self);
        self.on_blocking_thread(ready, move |ready| {
            job.draw(&mut canvas, ready, &ready.captures.parts[2])?;
            Ok(canvas)
        })
        .await
    }

    async fn on_blocking_thread<T: Send + 'static>(
        &self,
        ready: &Arc<Ingredients>,
        work: impl FnOnce(&Ingredients) -> Result<T, AssembleError> + Send + 'static,
    ) -> Result<T, AssembleError> {
        let (frame, ready) = (ready.frame, Arc::clone(ready));
        let working = tokio::task::spawn_blocking(move || work(&ready));
        working
            .await
            .map_err(|failure| AssembleError::broken(frame, "put together", &failure))?
    }

    /// Fetches the clips' pictures when it is the frame's turn: decoders only go forward.
    async fn fetch(&self, frame: u64, captures: &Captures) -> Result<Pictures, AssembleError> {
        let mut turns = self.turn.subscribe();
        let turn = turns.wait_for(|next| *next >= frame);
        let turn = self.pulse.wait(async { turn.await.map(drop) }).await;
        // The sender lives as long as the job.
        let _ = turn.map_err(|stopped| {
            AssembleError::stalled(frame, "the HDR frames before it", stopped)
        })?;
        let started = Instant::now();
        let mut pictures = Pictures::new();
        for stack in captures.parts.iter().filter_map(|part| part.stack.as_ref()) {
            for layer in self.layers(frame, stack) {
                let Layer::Hdr(element) = layer else { continue };
                let Some(source) = self.video(&element.id) else {
                    continue;
                };
                if pictures.contains_key(&element.id) || !source.shows(frame) {
                    continue;
                }
                let refused = |error: &dyn std::fmt::Display| AssembleError::HdrClip {
                    id: source.id.clone(),
                    path: source.path().to_owned(),
                    detail: error.to_string(),
                };
                let size = picture_size(element, self.canvas_size());
                let size = size.map_err(|error| refused(&error))?;
                let (needed, most) = source.memory(size);
                if needed > most {
                    return Err(refused(&BoxTooLarge { size, needed, most }));
                }
                let shown = PictureBox {
                    size,
                    fit: element.object_fit,
                    anchors: element.object_position,
                };
                let picture = source.picture(frame, shown).await?;
                pictures.extend(picture.map(|picture| (element.id.clone(), picture)));
            }
        }
        self.counters.source_wait_us.add_time(started);
        let over = self
            .options
            .videos
            .iter()
            .filter(|video| video.is_over(frame));
        join_all(over.map(HdrSource::close)).await;
        self.turn.send_replace(frame + 1);
        self.pulse.beat();
        Ok(pictures)
    }

    /// A fresh canvas with all layers of `part`.
    fn drawn(
        &self,
        ready: &Ingredients,
        part: Option<&CapturedPart>,
    ) -> Result<Canvas, AssembleError> {
        let mut canvas = self.canvases.lend();
        let white = self.options.transfer.of_srgb8()[PAGE_WHITE];
        canvas.samples.fill(white);
        if let Some(part) = part {
            self.draw(&mut canvas, ready, part)?;
        }
        Ok(canvas)
    }

    /// Lays all layers of `part` over `canvas`.
    fn draw(
        &self,
        canvas: &mut Canvas,
        ready: &Ingredients,
        part: &CapturedPart,
    ) -> Result<(), AssembleError> {
        let Some(stack) = &part.stack else {
            return Ok(());
        };
        let (width, height) = self.canvas_size();
        let mut canvas = Rgb48Mut::new(&mut canvas.samples, width, height)?;
        let mut photographs = part.pictures.iter();
        for layer in self.layers(ready.frame, stack) {
            match layer {
                Layer::Hdr(element) => self.draw_hdr(&mut canvas, element, &ready.pictures)?,
                Layer::Dom(_) => {
                    let Some(rgba) = photographs.next() else {
                        continue;
                    };
                    let photograph = Rgba8::new(rgba, width, height)?;
                    overlay(&mut canvas, &photograph, self.options.transfer)?;
                    self.counters.dom_captures.add_one();
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
    ) -> Result<(), AssembleError> {
        if let Some(picture) = pictures.get(&element.id) {
            let SourcePicture {
                samples,
                at,
                width,
                height,
            } = picture;
            let picture = Rgb48::new(samples, *width, *height)?;
            draw_element(canvas, &picture, *at, element);
            self.counters.video_blits.add_one();
        } else if let Some(image) = self.options.images.picture(element, self.canvas_size())? {
            draw_element(canvas, &image.picture.view(), image.at, element);
            self.counters.image_blits.add_one();
        }
        Ok(())
    }
}

impl FramePasses for Hdr {
    fn page_ready(&self, page: &ReadyPage) {
        if let Some(transitions) = &self.transitions {
            transitions.page_ready(page);
        }
    }

    fn scenes(&self, frame: u64) -> Option<[&str; 2]> {
        self.transitions.as_ref()?.scenes(frame)
    }

    fn takes_whole(&self, _frame: u64) -> bool {
        false
    }

    fn take<'a>(&'a self, run: &'a mut PassRun<'_>) -> BoxFuture<'a, Result<(), PassError>> {
        Box::pin(async move {
            let stack = run.take_stack().ok_or_else(|| {
                LaneError::Picture("the page did not tell what elements it has".into())
            })?;
            let rest: &[ScenePart] = match (self.scenes(run.frame()), stack.has_above) {
                (None, _) => &[],
                (Some(_), false) => &[ScenePart::To],
                (Some(_), true) => &[ScenePart::To, ScenePart::Above],
            };
            self.take_part(run, stack).await?;
            for part in rest {
                let stack = run.look_at_part(*part).await?;
                self.take_part(run, stack).await?;
            }
            Ok(())
        })
    }
}

impl Recipe for Hdr {
    fn assemble(
        self: Arc<Self>,
        frame: u64,
        captures: Captures,
    ) -> BoxFuture<'static, Result<Bytes, AssembleError>> {
        Box::pin(self.make(frame, captures))
    }

    fn end(&self) -> BoxFuture<'_, ()> {
        let videos = self.options.videos.iter();
        Box::pin(async move {
            join_all(videos.map(HdrSource::close)).await;
        })
    }
}

#[cfg(test)]
mod tests;
