//! The stage that brings frames from the browsers' pages to the encoder: captured, assembled where
//! they are made of several captures, written in order.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::assembly::assembly_options;
use super::output::inactivity;
use super::worker_reporter::WorkerReporter;
use crate::assemble::{Assembly, AssemblyReport, FrameTaker};
use crate::capture::{
    CaptureBrowserOptions, CaptureError, CaptureJob, CaptureReport, FrameQueue, Staffing, Start,
    Witness, capture_all, ms_since,
};
use crate::composition::FrameRange;
use crate::encode::{EncodeReport, Fence, FrameWriter};
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::plan::RenderPlan;
use crate::sync::Stopped;
use crate::video::HdrSource;

/// The wait for an encoder that is behind.
const TAKEN: &str = "the encoder to take a frame";

/// What became of the frames.
pub(in crate::job) struct Captured {
    pub capture: CaptureReport,
    pub assembly: AssemblyReport,
    /// Most frames that waited for their turn at a time.
    pub fence_peak: usize,
    pub encoded: Encoded,
}

/// What became of them at the encoder.
#[derive(Default)]
pub(in crate::job) struct Encoded {
    pub report: EncodeReport,
    /// Until the first frame was there, ms.
    pub first_frame_ms: f64,
    /// Waiting for the encoder to take frames, ms.
    pub wait_ms: f64,
    /// From the last frame to the encoder's end, ms.
    pub drain_ms: f64,
}

/// What frames are captured from and written to.
pub(super) struct FrameFlow {
    pub options: CaptureBrowserOptions,
    /// What the first worker starts from, if anything.
    pub first: Option<Start>,
    pub writer: FrameWriter,
    /// The clips that are HDR.
    pub hdr: Vec<HdrSource>,
    /// Where the workers come from.
    pub staffing: Staffing,
}

/// Captures and encodes all frames.
///
/// # Errors
/// The root [`RenderError`]: that of the stage that failed first.
pub(super) async fn capture(
    job: &JobContext<'_>,
    plan: &RenderPlan,
    flow: FrameFlow,
) -> Result<Captured, RenderError> {
    let FrameFlow {
        options,
        first,
        writer,
        hdr,
        staffing,
    } = flow;
    let begin = writer.first_frame();
    let rest = plan.rest(begin);
    let (frames, total) = (rest.with_lead(), plan.frames.count());
    let (workers, most) = (plan.sizing.initial_workers, plan.sizing.workers);
    job.progress.capturing(total, workers);
    let look_ahead = plan.budget.look_ahead_frames(most);
    #[cfg(feature = "test-switches")]
    let order = job.spec.environment.frame_order;
    // Of the others, the frame that is written first may be the one that is captured last.
    #[cfg(feature = "test-switches")]
    let look_ahead = if order.is_some() {
        frames.count()
    } else {
        look_ahead
    };
    let fence = Arc::new(Fence::over(frames, look_ahead));
    let size = options.page.device_size();
    let assembled = assembly_options(job, plan, size, look_ahead, hdr)?;
    let assembly = Assembly::new(assembled, Arc::clone(&fence) as Arc<dyn FrameTaker>)?;
    job.decoders.add(assembly.end());
    let witness = plan.capture.witnessed.is_some();
    let witness = witness.then(|| Witness::new(&options, frames));
    let captures = CaptureJob {
        witness,
        plan: options,
        frames,
        visits_all: job.spec.composition.is_stateful(),
        workers: usize::try_from(workers).unwrap_or(1),
        max_workers: usize::try_from(most).unwrap_or(1),
        staffing,
        queue: FrameQueue::all(),
        #[cfg(feature = "test-switches")]
        order: order.unwrap_or_default(),
        passes: assembly.passes(),
        sink: assembly.sink(),
        observer: Arc::new(WorkerReporter::new(job, workers)),
    };
    let capture = capture_all(Arc::new(captures), first);
    let inactivity = inactivity(job.spec, plan);
    let write = write_frames((job, inactivity), &fence, writer, rest);
    tokio::pin!(capture, write);
    // The first failure ends the render; the other stage is dropped with everything it started.
    let ended = async {
        tokio::select! {
            captured = &mut capture => match captured {
                Ok(report) => Ok((report, write.await?)),
                Err(CaptureError::Abandoned) => Ok((CaptureReport::default(), write.await?)),
                Err(error) => Err(error.into()),
            },
            written = &mut write => {
                let encoded = written?;
                Ok((capture.await?, encoded))
            }
        }
    };
    let ended: Result<_, RenderError> = ended.await;
    // Workers and writer only know that their frames are not wanted any more.
    if let Some(error) = assembly.failure() {
        return Err(error.into());
    }
    let (capture, encoded) = ended?;
    Ok(Captured {
        capture,
        assembly: assembly.report(),
        fence_peak: fence.peak(),
        encoded,
    })
}

/// Writes `frames`; what was captured before them is dropped.
async fn write_frames(
    (job, inactivity): (&JobContext<'_>, Duration),
    fence: &Fence<Bytes>,
    mut writer: FrameWriter,
    frames: FrameRange,
) -> Result<Encoded, RenderError> {
    let started = Instant::now();
    let begin = writer.first_frame();
    let total = begin + frames.count();
    let mut lead = frames.from - frames.with_lead().from;
    let mut encoded = Encoded::default();
    let mut done = begin;
    let awaits = job.awaits();
    loop {
        let taken = {
            let _listed = awaits.list(
                format!("frame {done} of {total}"),
                Some(job.pulse.patience()),
            );
            job.pulse.wait(fence.take()).await
        };
        let taken = taken.map_err(|Stopped { ms }| {
            fence.abort();
            RenderError::Stalled(format!(
                "frame {done} does not come, and nothing of the render has moved for {ms} ms"
            ))
        })?;
        let Ok(Some(picture)) = taken else { break };
        if lead > 0 {
            lead -= 1;
            continue;
        }
        if done == begin {
            encoded.first_frame_ms = ms_since(started);
        }
        let wait = Instant::now();
        let written = awaits
            .during(TAKEN, inactivity, writer.write(&picture))
            .await;
        if let Err(error) = written {
            fence.abort();
            return Err(error.into());
        }
        encoded.wait_ms += ms_since(wait);
        done += 1;
        job.pulse.beat();
        job.progress.frame(done);
    }
    if done < total {
        return Err(CaptureError::Abandoned.into());
    }
    let drain = Instant::now();
    job.progress.encoding(total);
    encoded.report = awaits
        .during("the encoder to end", inactivity, writer.finish())
        .await?;
    encoded.drain_ms = ms_since(drain);
    Ok(encoded)
}
