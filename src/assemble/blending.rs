//! Blending beside capture: a worker hands over the parts of a transition's frame and goes on;
//! a bounded ring of buffers holds what is being blended; finished frames go to the fence.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::Semaphore;

use super::finished_frames::FinishedFrames;
use crate::assemble::{AboveScenes, BlendBuffers, Parts, compose};
use crate::capture::{Above, SceneFrame, SinkClosed, Transitions};
use crate::composition::{Fps, TransitionTable};
use crate::encode::Fence;
use crate::job::RenderError;
use crate::page::PageScenes;
use crate::pixels::{FrameFormat, FramePool};
use crate::plan::{FIELD_SHARE, MemoryBudget, RING_SHARE};
use crate::transitions::{
    Accents, Blender, BlenderOptions, Form, FrameSize, Frames, Look, Named, Transition,
    TransitionStyle,
};

/// Frames per worker that are blended at once unless said otherwise (upstream's ring).
const DEPTH: u64 = 4;
/// Eight-bit RGBA pictures that come with a frame: two scenes, and what lies above on two plates.
const PARTS: u64 = 4;

/// Makes a blend panic, for tests of what follows: after how many others.
const PANIC_VARIABLE: &str = "HF_NATIVE_PANIC_AT_BLEND";

/// How much is blended at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ring {
    /// Frames per worker, rounded up.
    pub depth: u64,
    /// Frames of all workers together.
    pub frames: u64,
    /// Bytes all of them come to.
    pub bytes: u64,
}

impl Ring {
    /// The ring of `workers` workers for frames of `format`; `asked` is the depth the user wants.
    /// Workers wait for room in it, so that there may be fewer frames than workers.
    ///
    /// # Errors
    /// [`RenderError::Budget`] when not even one frame fits.
    pub fn of(
        budget: &MemoryBudget,
        size: FrameSize,
        format: FrameFormat,
        workers: u64,
        asked: Option<u64>,
    ) -> Result<Self, RenderError> {
        let rgba = (size.width() * size.height() * 4) as u64;
        // Transparency is blended as a second picture.
        let pictures = match format {
            FrameFormat::Rgba => 2,
            _ => 1,
        };
        let frame = pictures * BlendBuffers::bytes(size) + PARTS * rgba;
        let total = budget.total_mib << 20;
        if frame > total / 2 {
            return Err(RenderError::Budget {
                what: format!(
                    "a blended frame of {}x{} pixels",
                    size.width(),
                    size.height()
                ),
                needed_mib: frame >> 20,
                budget_mib: budget.total_mib,
            });
        }
        let workers = workers.max(1);
        let wanted = asked.unwrap_or(DEPTH).saturating_mul(workers).max(1);
        let frames = (total / RING_SHARE / frame).clamp(1, wanted);
        Ok(Self {
            depth: frames.div_ceil(workers),
            frames,
            bytes: frames * frame,
        })
    }
}

/// What blending did, for the summary.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlendReport {
    /// Absent where layers are blended, which the fence bounds.
    #[serde(flatten)]
    ring: Option<Ring>,
    /// Frames blended.
    blended: u64,
    /// Most frames in the ring at a time.
    peak_frames: u64,
    /// Sum of the time blends took, ms.
    blend_ms: f64,
    /// Bytes of noise fields kept.
    field_bytes: u64,
}

/// What all frames are blended with.
#[derive(Debug, Clone, Copy)]
pub struct BlendPlan {
    pub style: TransitionStyle,
    pub size: FrameSize,
    /// Raw: blended frames are made of pixels.
    pub format: FrameFormat,
    /// Absent where layers are blended, which the fence bounds.
    pub ring: Option<Ring>,
    pub total_mib: u64,
}

/// The blends of one job.
pub struct Blending {
    plan: BlendPlan,
    outlet: FinishedFrames,
    blender: Blender,
    slots: Arc<Semaphore>,
    buffers: Mutex<Vec<BlendBuffers>>,
    frames: FramePool,
    looks: Mutex<Option<Vec<PageLook>>>,
    blended: AtomicU64,
    micros: AtomicU64,
    panic_at: Option<u64>,
}

/// How one of the page's transitions looks.
#[derive(Debug, Clone, Copy)]
struct PageLook {
    transition: Transition,
    accents: Accents,
}

/// What a page's transitions came to.
pub struct Found {
    /// Those that are blended.
    pub transitions: Transitions,
    /// What was given up on, for the log.
    pub notes: Vec<String>,
}

impl Blending {
    /// # Errors
    /// [`RenderError::Blend`] when no thread starts.
    pub fn new(plan: BlendPlan, fence: Arc<Fence<Bytes>>) -> Result<Arc<Self>, RenderError> {
        let blender = Blender::new(BlenderOptions {
            threads: 0,
            cache_bytes: usize::try_from((plan.total_mib << 20) / FIELD_SHARE)
                .unwrap_or(usize::MAX),
        })?;
        let (width, height) = (plan.size.width(), plan.size.height());
        let bytes = plan.format.bytes(width, height).unwrap_or_default();
        Ok(Arc::new(Self {
            plan,
            outlet: FinishedFrames::new(fence),
            blender,
            slots: Arc::new(Semaphore::new(
                plan.ring.map_or(0, |ring| ring.frames as usize),
            )),
            buffers: Mutex::default(),
            frames: FramePool::new(bytes),
            looks: Mutex::default(),
            blended: AtomicU64::new(0),
            micros: AtomicU64::new(0),
            panic_at: std::env::var(PANIC_VARIABLE)
                .ok()
                .and_then(|text| text.parse().ok()),
        }))
    }

    /// Picks what is blended out of what a page says. Pages of a job say the same; the first one's
    /// word counts, and only it gets notes.
    pub fn learn(&self, scenes: &PageScenes, fps: Fps, total: u64) -> Option<Found> {
        let mut notes = Vec::new();
        let mut kept = Vec::new();
        let mut looks = Vec::new();
        let accent = scenes.accent.as_deref();
        let accents = accent.map_or_else(Accents::default, Accents::of_hex);
        // Without the library, previews show the page as it is, and so does upstream's default.
        let shown = scenes.by_library || self.plan.style == TransitionStyle::Engine;
        for (index, page) in scenes.transitions.iter().enumerate().filter(|_| shown) {
            let transition = &page.transition;
            let name = transition.shader.as_deref();
            if !page.missing.is_empty() {
                notes.push(format!(
                    "transition {index} is not shown: the page has no element with the id {}",
                    page.missing.join(", ")
                ));
                continue;
            }
            // The library fades such scenes by itself.
            if name.is_none() && scenes.by_library {
                continue;
            }
            let named = Transition::named(name.unwrap_or_default());
            if named == Named::Unknown {
                notes.push(format!(
                    "transition {index}: there is no shader \"{}\"; it is a crossfade",
                    name.unwrap_or_default()
                ));
            }
            kept.push(transition.clone());
            looks.push(PageLook {
                transition: named.transition(),
                accents,
            });
        }
        let table = match TransitionTable::new(&kept, fps, total) {
            Ok(table) => table,
            Err(error) => {
                self.fail(RenderError::Spec(error.to_string()));
                return None;
            }
        };
        for (index, why) in table.ignored() {
            let transition = &kept[*index];
            notes.push(format!(
                "the transition from {} to {} at {} s is not shown: {why}",
                transition.from_scene, transition.to_scene, transition.time
            ));
        }
        let mut known = self.lock(&self.looks);
        if known.is_some() {
            notes.clear();
        }
        known.get_or_insert(looks);
        (table.frames() > 0 || !notes.is_empty()).then_some(Found {
            transitions: Transitions { list: kept, table },
            notes,
        })
    }

    /// Takes a frame's parts once there is room, and blends them.
    ///
    /// # Errors
    /// [`SinkClosed`] after a failure.
    pub async fn submit(
        self: &Arc<Self>,
        index: u64,
        scenes: SceneFrame,
    ) -> Result<(), SinkClosed> {
        let job = Arc::clone(self);
        self.run(index, move || job.blend(&scenes)).await
    }

    /// Makes frame `index` on another thread once there is room.
    async fn run(
        self: &Arc<Self>,
        index: u64,
        work: impl FnOnce() -> Result<Bytes, RenderError> + Send + 'static,
    ) -> Result<(), SinkClosed> {
        let slot = Arc::clone(&self.slots).acquire_owned().await;
        let slot = slot.map_err(|_| SinkClosed)?;
        let job = Arc::clone(self);
        self.outlet.begin();
        tokio::spawn(async move {
            let made = tokio::task::spawn_blocking(work).await;
            job.outlet.end();
            drop(slot);
            match made {
                Ok(Ok(frame)) => job.outlet.put(index, frame),
                Ok(Err(error)) => job.fail(error),
                Err(failure) => job.fail(RenderError::Panic(format!(
                    "frame {index} could not be blended: {failure}"
                ))),
            }
        });
        Ok(())
    }

    fn blend(&self, scenes: &SceneFrame) -> Result<Bytes, RenderError> {
        let started = Instant::now();
        let progress = match self.plan.style {
            TransitionStyle::Engine => scenes.progress,
            TransitionStyle::Preview => scenes.clock_progress,
        };
        let look = self.look(scenes.transition, progress)?;
        let parts = Parts {
            from: &scenes.from,
            to: &scenes.to,
            above: scenes.above.as_ref().map(|above| match above {
                Above::Clear(rgba) => AboveScenes::Clear(rgba),
                Above::Mattes { black, white } => AboveScenes::Mattes { black, white },
            }),
        };
        let mut buffers = self.lock(&self.buffers).pop().unwrap_or_default();
        let frame = self.frames.frame(|out| {
            let size = self.plan.size;
            compose(
                &self.blender,
                &mut buffers,
                parts,
                look,
                size,
                self.plan.format,
                out,
            )
        });
        self.lock(&self.buffers).push(buffers);
        self.count(started);
        Ok(frame?)
    }

    /// Blends two frames of 16-bit signal, whatever their curve, as upstream's engine does.
    ///
    /// # Errors
    /// [`RenderError::Blend`] for frames of another size than the job's.
    pub fn blend_signal(
        &self,
        transition: usize,
        progress: f64,
        frames: Frames<'_>,
    ) -> Result<(), RenderError> {
        let started = Instant::now();
        let look = self.look(transition, progress)?;
        let blended = self.blender.blend(look, Form::Fast, frames, self.plan.size);
        self.count(started);
        Ok(blended?)
    }

    fn look(&self, transition: usize, progress: f64) -> Result<Look, RenderError> {
        let blended = self.blended.load(Ordering::Relaxed);
        assert!(self.panic_at != Some(blended), "{PANIC_VARIABLE} is set");
        let looks = self.lock(&self.looks);
        let look = looks.as_ref().and_then(|looks| looks.get(transition));
        let PageLook {
            transition,
            accents,
        } = *look.ok_or_else(|| RenderError::Panic("a frame of no transition".into()))?;
        Ok(Look {
            transition,
            style: self.plan.style,
            accents,
            progress,
        })
    }

    fn count(&self, started: Instant) {
        let spent = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(spent, Ordering::Relaxed);
        self.blended.fetch_add(1, Ordering::Relaxed);
    }

    /// The first failure ends the job.
    fn fail(&self, error: RenderError) {
        self.slots.close();
        self.outlet.fail(error);
    }

    /// Why blending ended the job, if it did.
    pub fn failure(&self) -> Option<RenderError> {
        self.outlet.failure()
    }

    /// What was done; `None` when nothing was to do.
    pub fn report(&self) -> Option<BlendReport> {
        let blended = self.blended.load(Ordering::Relaxed);
        (blended > 0).then(|| BlendReport {
            ring: self.plan.ring,
            blended,
            peak_frames: self.outlet.peak(),
            blend_ms: self.micros.load(Ordering::Relaxed) as f64 / 1000.0,
            field_bytes: self.blender.cached_bytes() as u64,
        })
    }

    fn lock<'a, T>(&self, mutex: &'a Mutex<T>) -> MutexGuard<'a, T> {
        mutex.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::FrameBytes;
    use std::sync::mpsc;
    use std::time::Duration;

    use tokio::time::timeout;

    const SOON: Duration = Duration::from_secs(10);

    fn blending(frames: u64) -> (Arc<Blending>, Arc<Fence<Bytes>>) {
        let fence = Arc::new(Fence::new(8, 4));
        let plan = BlendPlan {
            style: TransitionStyle::Engine,
            size: FrameSize::new(2, 2).unwrap(),
            format: FrameFormat::Rgba,
            ring: Some(Ring {
                depth: frames,
                frames,
                bytes: 0,
            }),
            total_mib: 64,
        };
        (Blending::new(plan, Arc::clone(&fence)).unwrap(), fence)
    }

    #[tokio::test]
    async fn a_panic_frees_every_waiter_and_is_the_one_error() {
        let (blending, fence) = blending(2);
        let (release, held) = mpsc::channel::<()>();
        let slow = move || {
            let _ = held.recv();
            Err(RenderError::Panic("a later failure".into()))
        };
        blending.run(0, slow).await.unwrap();
        let (go, waits) = mpsc::channel::<()>();
        let broken = move || {
            let _ = waits.recv();
            panic!("injected")
        };
        blending.run(1, broken).await.unwrap();
        // The ring is full: the third waits for room, the writer for the first.
        let waiters = async {
            tokio::join!(
                blending.run(2, || Ok(Bytes::new())),
                fence.take(),
                fence.admit(7),
            )
        };
        tokio::pin!(waiters);
        let early = timeout(Duration::from_millis(20), &mut waiters).await;
        assert!(early.is_err(), "something was not waited for");
        go.send(()).unwrap();
        let (third, taken, admitted) = timeout(SOON, waiters).await.unwrap();
        assert_eq!(third, Err(SinkClosed));
        assert!(taken.is_err() && admitted.is_err());
        release.send(()).unwrap();
        let error = blending.failure().unwrap().to_string();
        assert!(error.contains("frame 1"), "{error}");
        assert!(error.contains("injected"), "{error}");
    }

    #[tokio::test]
    async fn no_more_than_the_ring_is_made_at_once() {
        let (blending, fence) = blending(2);
        for index in 0..8 {
            blending
                .run(index, move || Ok(Bytes::from(vec![index as u8])))
                .await
                .unwrap();
        }
        for index in 0..8 {
            let frame = timeout(SOON, fence.take()).await.unwrap();
            assert_eq!(frame.unwrap().unwrap()[0], index);
        }
        assert!((1..=2).contains(&blending.outlet.peak()));
        assert!(blending.failure().is_none());
    }

    #[test]
    fn rings_stay_within_their_share() {
        let host = |memory_mib| crate::machine::Host {
            cores: 8,
            memory_mib,
        };
        let size = FrameSize::new(3840, 2160).unwrap();
        for (memory, workers, asked) in [(8192, 4, None), (8192, 24, Some(64)), (65_536, 4, None)] {
            for format in [FrameFormat::Yuv420, FrameFormat::Rgba] {
                let budget = MemoryBudget::of(
                    host(memory),
                    3840,
                    2160,
                    FrameBytes::whole(FrameFormat::Yuv420),
                );
                let ring = Ring::of(&budget, size, format, workers, asked).unwrap();
                let share = (budget.total_mib << 20) / RING_SHARE;
                assert!(ring.bytes <= share, "{memory} MiB, {format:?}: {ring:?}");
                assert!(ring.frames <= ring.depth * workers && ring.frames > 0);
                assert!(ring.depth <= asked.unwrap_or(DEPTH));
            }
        }
        let small = MemoryBudget::of(
            host(512),
            3840,
            2160,
            FrameBytes::whole(FrameFormat::Yuv420),
        );
        assert!(Ring::of(&small, size, FrameFormat::Yuv420, 1, None).is_err());
    }
}
