//! What output frames are assembled of, as the plan has it.

use std::sync::Arc;

use serde_json::json;

use crate::assemble::{
    AssemblyOptions, HdrImageCache, HdrOptions, TransitionOptions, bytes_in_the_making,
};
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::plan::{FIELD_SHARE, HdrPlan, RenderPlan, RingSize};
use crate::transitions::{FrameSize, TransitionStyle};
use crate::video::HdrSource;

/// Part of the job's memory that HDR images may take.
const IMAGE_SHARE: usize = 4;

/// What frames of `width` x `height` device pixels are assembled of; `videos` are the clips that
/// are HDR.
///
/// # Errors
/// [`RenderError::Budget`] when a blended frame does not fit into the job's memory.
pub(in crate::job) fn assembly_options(
    job: &JobContext<'_>,
    plan: &RenderPlan,
    (width, height): (u32, u32),
    look_ahead: u64,
    videos: Vec<HdrSource>,
) -> Result<AssemblyOptions, RenderError> {
    let size = FrameSize::new(width as usize, height as usize)?;
    let progress = Arc::clone(&job.progress);
    let (transitions, ring) = match job.spec.transitions {
        None => (None, None),
        Some(asked) => {
            let (options, ring) = transitions(job, plan, size, asked)?;
            (Some(options), ring)
        }
    };
    let hdr = plan.hdr_plan();
    Ok(AssemblyOptions {
        size,
        format: plan.capture.lane.format(),
        fps: job.spec.fps,
        total_frames: plan.total_frames,
        look_ahead,
        transitions,
        blur: job.spec.motion_blur,
        hdr: hdr.map(|hdr| hdr_options(job, plan, hdr, videos)),
        ring,
        notes: Arc::new(move |note| {
            let line = format!("[Native] {note}");
            progress.log(Level::Warn, line, serde_json::Value::Null);
        }),
        pulse: job.pulse.clone(),
    })
}

fn hdr_options(
    job: &JobContext<'_>,
    plan: &RenderPlan,
    hdr: &HdrPlan,
    videos: Vec<HdrSource>,
) -> HdrOptions {
    let total = usize::try_from(plan.budget.total_mib << 20).unwrap_or(usize::MAX);
    let asked = usize::try_from(job.spec.engine.hdr_image_bytes).unwrap_or(usize::MAX);
    let (most, images) = (total / IMAGE_SHARE, hdr.images.clone());
    HdrOptions {
        transfer: hdr.transfer,
        videos,
        images: HdrImageCache::new(images, hdr.transfer, asked.min(most), most),
    }
}

/// How transitions are blended, and how many frames at a time.
fn transitions(
    job: &JobContext<'_>,
    plan: &RenderPlan,
    size: FrameSize,
    asked_style: TransitionStyle,
) -> Result<(TransitionOptions, Option<RingSize>), RenderError> {
    // The page's own shaders know eight bits and SDR only.
    let style = match plan.hdr.hdr {
        true => TransitionStyle::Engine,
        false => asked_style,
    };
    let asked = job.spec.engine.transition_ring_depth;
    let workers = plan.sizing.workers;
    let ring = match plan.hdr.hdr {
        true => None,
        false => {
            let bytes = bytes_in_the_making(size, plan.capture.lane.format());
            let ring = RingSize::of(&plan.budget, bytes, workers, asked);
            let (width, height) = (size.width(), size.height());
            Some(ring.map_err(|error| RenderError::Budget {
                what: format!("a blended frame of {width}x{height} pixels"),
                needed_mib: error.needed_mib,
                budget_mib: plan.budget.total_mib,
            })?)
        }
    };
    job.progress.log(
        Level::Info,
        "[Native] transitions are blended here",
        json!({ "style": style, "ring": ring, "asked": asked, "workers": workers }),
    );
    let cache_bytes = (plan.budget.total_mib << 20) / FIELD_SHARE;
    let options = TransitionOptions {
        style,
        cache_bytes: usize::try_from(cache_bytes).unwrap_or(usize::MAX),
        #[cfg(feature = "test-switches")]
        panic_at: job.spec.environment.panic_at_blend,
    };
    Ok((options, ring))
}
