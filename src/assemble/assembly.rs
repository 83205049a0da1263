//! Everything that makes the frames of one job: its recipe, the ring of frames in the making, and
//! what they did.

use std::sync::Arc;

use super::assembler::Assembler;
use super::blur::{Blur, BlurReport};
use super::error::AssembleError;
use super::hdr::{Hdr, HdrOptions, HdrReport};
use super::plain::Plain;
use super::recipe::Recipe;
use super::taker::FrameTaker;
use super::transition::{BlendReport, Notes, TransitionOptions, Transitions};
use crate::capture::{FramePasses, FrameSink};
use crate::composition::{Fps, MotionBlur};
use crate::pixels::{FrameFormat, FrameRing};
use crate::plan::RingSize;
use crate::sync::Pulse;
use crate::transitions::FrameSize;

/// What the frames of a job are made of.
pub struct AssemblyOptions {
    /// Their size, device pixels.
    pub size: FrameSize,
    /// Format of captures of a whole page.
    pub format: FrameFormat,
    /// Frame rate of the render.
    pub fps: Fps,
    /// How many there are.
    pub total_frames: u64,
    /// Frames that the taker admits at a time.
    pub look_ahead: u64,
    /// Transitions between scenes, where there may be any.
    pub transitions: Option<TransitionOptions>,
    /// HDR sources, where there are any.
    pub hdr: Option<HdrOptions>,
    /// How frames are blurred, if they are.
    pub blur: Option<MotionBlur>,
    /// Frames of transitions in the making at a time; without it as many as the taker admits.
    pub ring: Option<RingSize>,
    /// Takes what transitions give up on, for the log.
    pub notes: Notes,
    /// Whether the render moves: frames wait for each other as long as it does.
    pub pulse: Pulse,
}

/// What makes the frames of one job.
pub struct Assembly {
    recipe: Arc<dyn Recipe>,
    transitions: Option<Arc<Transitions>>,
    hdr: Option<Arc<Hdr>>,
    blur: Option<Arc<Blur>>,
    ring: FrameRing,
    ring_size: Option<RingSize>,
    assembler: Assembler,
}

/// What was done, for the summary.
#[derive(Debug, Default)]
pub struct AssemblyReport {
    /// Frames of transitions, if there were any.
    pub transitions: Option<BlendReport>,
    /// HDR frames, if there were any.
    pub hdr: Option<HdrReport>,
    /// Blurred frames, if there were any.
    pub blur: Option<BlurReport>,
}

impl Assembly {
    /// Chooses the recipe; finished frames go to `taker`.
    ///
    /// # Errors
    /// [`AssembleError`] when no thread starts, or the render is too long.
    pub fn new(
        options: AssemblyOptions,
        taker: Arc<dyn FrameTaker>,
    ) -> Result<Self, AssembleError> {
        let AssemblyOptions { size, format, .. } = options;
        let length = (options.fps, options.total_frames);
        let transitions = match options.transitions {
            None => None,
            Some(wanted) => Some(Transitions::new(
                wanted,
                (size, format),
                length,
                options.notes,
            )?),
        };
        let hdr = options
            .hdr
            .map(|hdr| Hdr::new(hdr, size, transitions.clone(), options.pulse.clone()));
        let recipe: Arc<dyn Recipe> = match (&hdr, &transitions) {
            (Some(hdr), _) => Arc::clone(hdr) as _,
            (None, Some(transitions)) => Arc::clone(transitions) as _,
            (None, None) => Arc::new(Plain),
        };
        let blur = options.blur.map(|blur| {
            let inner = Arc::clone(&recipe);
            Arc::new(Blur::new(inner, blur, options.fps, (size, format)))
        });
        let recipe = blur.clone().map_or(recipe, |blur| blur as _);
        // HDR frames wait for each other in the ring, so it must hold all that the fence admits.
        let frames = options.ring.map_or(options.look_ahead, |ring| ring.frames);
        let ring = FrameRing::new(usize::try_from(frames).unwrap_or(usize::MAX));
        Ok(Self {
            assembler: Assembler::new(Arc::clone(&recipe), taker, ring.clone(), options.pulse),
            recipe,
            transitions,
            hdr,
            blur,
            ring,
            ring_size: options.ring,
        })
    }

    /// Which captures each frame needs.
    pub fn passes(&self) -> Arc<dyn FramePasses> {
        Arc::clone(&self.recipe) as _
    }

    /// Where captures go.
    pub fn sink(&self) -> Arc<dyn FrameSink> {
        Arc::new(self.assembler.clone())
    }

    /// Why assembling ended the job, if it did; given out once.
    pub fn failure(&self) -> Option<AssembleError> {
        self.assembler.failure()
    }

    /// Ends what is in the making and every process of it; returns when they are gone.
    pub fn end(&self) -> impl Future<Output = ()> + Send + use<> {
        let assembler = self.assembler.clone();
        async move { assembler.end().await }
    }

    /// What was done.
    pub fn report(&self) -> AssemblyReport {
        let peak = self.ring.peak();
        // The ring of HDR frames holds more than transitions.
        let blend_peak = if self.hdr.is_some() { 0 } else { peak };
        AssemblyReport {
            transitions: self
                .transitions
                .as_ref()
                .and_then(|blends| blends.report(self.ring_size, blend_peak)),
            hdr: self.hdr.as_ref().map(|hdr| hdr.report(peak)),
            blur: self.blur.as_ref().map(|blur| blur.report()),
        }
    }
}
