//! Frames of transitions: the page with each of two scenes, blended, and what lies above both put
//! back on top. All other frames are captured whole.

mod above;
mod samples;
mod windows;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};
use std::time::Instant;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;

use self::above::AboveScenes;
use self::samples::BlendBuffers;
use self::windows::Windows;
use super::error::AssembleError;
use super::recipe::Recipe;
use crate::capture::{Captures, FramePasses, PassError, PassRun};
use crate::composition::{Fps, TransitionTable};
use crate::page::{ReadyPage, ScenePart};
use crate::pixels::{FrameFormat, FramePool};
use crate::plan::RingSize;
use crate::sync::IgnorePoison;
use crate::transitions::{
    BlendPool, BlendRequest, BlenderOptions, FrameSize, OwnedFrames, TransitionStyle,
};

/// Eight-bit RGBA pictures that come with a frame: two scenes, and what lies above on two mattes.
const PICTURES: u64 = 4;

/// What all frames of a job are blended with.
#[derive(Debug, Clone, Copy)]
pub struct TransitionOptions {
    /// Whose picture of a transition is drawn.
    pub style: TransitionStyle,
    /// Most bytes of noise fields that are kept.
    pub cache_bytes: usize,
    /// Makes a blend panic, for tests of what follows: after how many others.
    #[cfg(feature = "test-switches")]
    pub panic_at: Option<u64>,
}

/// Takes one line for the log: a transition that is not blended, and why.
pub type Notes = Arc<dyn Fn(&str) + Send + Sync>;

/// What blending did, for the summary.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlendReport {
    /// Absent in HDR, where the fence bounds the frames in the making.
    #[serde(flatten)]
    ring: Option<RingSize>,
    /// Frames blended.
    blended: u64,
    /// Most frames in the ring at a time.
    peak_frames: u64,
    /// Sum of the time that blends took, ms.
    blend_ms: f64,
    /// Bytes of noise fields kept.
    field_bytes: u64,
}

/// The transitions of one job.
pub(super) struct Transitions {
    options: TransitionOptions,
    size: FrameSize,
    format: FrameFormat,
    fps: Fps,
    total_frames: u64,
    notes: Notes,
    pool: BlendPool,
    buffers: Mutex<Vec<BlendBuffers>>,
    frames: FramePool,
    /// What the first page said; all pages of a job are alike.
    windows: OnceLock<Windows>,
    blended: AtomicU64,
    micros: AtomicU64,
}

/// Two scenes on their way through the blend.
struct Scenes {
    buffers: BlendBuffers,
    above: Option<AboveScenes>,
}

/// Bytes that one frame of `format` holds while it is blended: buffers and pictures.
pub fn bytes_in_the_making(size: FrameSize, format: FrameFormat) -> u64 {
    let rgba = (size.width() * size.height() * 4) as u64;
    BlendBuffers::bytes(size, format) + PICTURES * rgba
}

impl Transitions {
    /// For frames of `format`. In HDR the frames are made by another recipe, which only blends here.
    ///
    /// # Errors
    /// [`AssembleError::Blend`] when no thread starts, [`AssembleError::Transitions`] for a render
    /// that is too long.
    pub fn new(
        options: TransitionOptions,
        (size, format): (FrameSize, FrameFormat),
        (fps, total_frames): (Fps, u64),
        notes: Notes,
    ) -> Result<Arc<Self>, AssembleError> {
        TransitionTable::new(&[], fps, total_frames)?;
        let pool = BlendPool::new(BlenderOptions {
            threads: 0,
            cache_bytes: options.cache_bytes,
        })?;
        let bytes = format.bytes(size.width(), size.height());
        Ok(Arc::new(Self {
            options,
            size,
            format,
            fps,
            total_frames,
            notes,
            pool,
            buffers: Mutex::default(),
            frames: FramePool::new(bytes.unwrap_or_default()),
            windows: OnceLock::new(),
            blended: AtomicU64::new(0),
            micros: AtomicU64::new(0),
        }))
    }

    /// Blends two frames of 16-bit signal, whatever their transfer function, as `frame` shows them.
    ///
    /// # Errors
    /// [`AssembleError::Blend`] for frames of another size than the job's.
    pub async fn blend_signal(
        &self,
        frame: u64,
        frames: OwnedFrames,
    ) -> Result<OwnedFrames, AssembleError> {
        let look = self.windows.get().and_then(|windows| windows.look(frame));
        let look = look.ok_or(AssembleError::MissingPass { frame })?;
        let request = BlendRequest {
            look,
            size: self.size,
            owner: frames,
        };
        Ok(self.pool.blend(request).await?)
    }

    /// Counts a frame that was blended since `started`.
    pub fn count(&self, started: Instant) {
        let spent = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(spent, Ordering::Relaxed);
        self.blended.fetch_add(1, Ordering::Relaxed);
    }

    /// # Panics
    /// When a test asked for it.
    pub fn panic_if_asked(&self) {
        #[cfg(feature = "test-switches")]
        if let Some(at) = self.options.panic_at {
            // Several frames are in the making: none of them may see exactly this count.
            let blended = self.blended.load(Ordering::Relaxed);
            assert!(blended < at, "HF_NATIVE_PANIC_AT_BLEND is set");
        }
    }

    /// What was done in a ring of that size and peak; `None` when nothing was to do.
    pub fn report(&self, ring: Option<RingSize>, peak_frames: u64) -> Option<BlendReport> {
        let blended = self.blended.load(Ordering::Relaxed);
        (blended > 0).then(|| BlendReport {
            ring,
            blended,
            peak_frames,
            blend_ms: self.micros.load(Ordering::Relaxed) as f64 / 1000.0,
            field_bytes: self.pool.stats().cached_bytes as u64,
        })
    }

    async fn make(self: Arc<Self>, frame: u64, captures: Captures) -> Result<Bytes, AssembleError> {
        let started = Instant::now();
        let broken = |failure| AssembleError::broken(frame, "blended", &failure);
        let job = Arc::clone(&self);
        let widening = tokio::task::spawn_blocking(move || job.widen(frame, &captures));
        let Scenes { mut buffers, above } = widening.await.map_err(broken)??;
        let colours = std::mem::take(&mut buffers.colours);
        buffers.colours = self.blend_signal(frame, colours).await?;
        if let Some(alpha) = buffers.alpha_mut() {
            let taken = std::mem::take(alpha);
            *alpha = self.blend_signal(frame, taken).await?;
        }
        let job = Arc::clone(&self);
        let finishing = tokio::task::spawn_blocking(move || {
            let (size, format) = (job.size, job.format);
            let frame = job
                .frames
                .frame(|out| buffers.finish(above.as_ref(), size, format, out));
            job.free_buffers().push(buffers);
            frame
        });
        let made = finishing.await.map_err(broken)??;
        self.count(started);
        Ok(made)
    }

    fn widen(&self, frame: u64, captures: &Captures) -> Result<Scenes, AssembleError> {
        self.panic_if_asked();
        let mut parts = captures.parts.iter();
        let mut scene = || {
            let picture = parts.next().and_then(|part| part.pictures.first());
            picture.ok_or(AssembleError::MissingPass { frame })
        };
        let (from, to) = (scene()?, scene()?);
        let mut buffers = self.free_buffers().pop().unwrap_or_default();
        buffers.fill((from, to), self.size, self.format)?;
        Ok(Scenes {
            buffers,
            above: parts.next().and_then(AboveScenes::of),
        })
    }

    fn free_buffers(&self) -> MutexGuard<'_, Vec<BlendBuffers>> {
        self.buffers.lock().ignore_poison()
    }
}

impl FramePasses for Transitions {
    fn page_ready(&self, page: &ReadyPage) {
        let mut notes = Vec::new();
        self.windows.get_or_init(|| {
            let style = self.options.style;
            let found = Windows::of(&page.scenes, style, self.fps, self.total_frames);
            let (windows, found_notes) = found.expect("the length was checked when the job began");
            notes = found_notes;
            windows
        });
        notes.iter().for_each(|note| (self.notes)(note));
    }

    fn scenes(&self, frame: u64) -> Option<[&str; 2]> {
        self.windows.get()?.scenes(frame)
    }

    fn take<'a>(&'a self, run: &'a mut PassRun<'_>) -> BoxFuture<'a, Result<(), PassError>> {
        Box::pin(async move {
            if self.scenes(run.frame()).is_none() {
                return run.whole().await;
            }
            run.begin_part(None).await?;
            run.pass().await?;
            run.show_part(ScenePart::To).await?;
            run.begin_part(None).await?;
            run.pass().await?;
            let above: &[ScenePart] = match (run.has_above(), self.format) {
                (false, _) => return Ok(()),
                (true, FrameFormat::Rgba) => &[ScenePart::Above],
                (true, _) => &[ScenePart::AboveBlack, ScenePart::AboveWhite],
            };
            for (number, part) in above.iter().enumerate() {
                run.show_part(*part).await?;
                if number == 0 {
                    run.begin_part(None).await?;
                }
                run.pass().await?;
            }
            Ok(())
        })
    }
}

impl Recipe for Transitions {
    fn assemble(
        self: Arc<Self>,
        frame: u64,
        captures: Captures,
    ) -> BoxFuture<'static, Result<Bytes, AssembleError>> {
        Box::pin(self.make(frame, captures))
    }
}
