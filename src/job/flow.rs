//! Frames from the browsers' pages to the encoder: captured, blended or put together where they
//! need it, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use serde_json::json;

use super::error::RenderError;
use super::events::Level;
use super::perf::{MemoryWatch, ms_since};
use super::pipeline::Pipeline;
use super::progress::Progress;
use crate::assemble::{
    Assembly, AssemblyOptions, AssemblyReport, HdrImageCache, HdrOptions, HdrSource,
    TransitionOptions, bytes_in_the_making,
};
use crate::capture::{
    CaptureBrowser, CaptureBrowserOptions, CaptureError, CaptureJob, CaptureObserver,
    CaptureReport, Start, capture_all,
};
use crate::encode::{EncodeReport, Fence, FrameWriter};
use crate::pixels::FrameFormat;
use crate::plan::{FIELD_SHARE, HdrPlan, RenderPlan, RingSize};
use crate::transitions::{FrameSize, TransitionStyle};

/// Part of the job's memory that HDR images may take.
const IMAGE_SHARE: usize = 4;

/// What became of the frames.
#[derive(Default)]
pub(super) struct Flow {
    pub capture: CaptureReport,
    pub encode: EncodeReport,
    pub fence_peak: usize,
    pub assembly: AssemblyReport,
    pub first_frame_ms: f64,
    pub encode_wait_ms: f64,
    pub drain_ms: f64,
}

/// Tells the job's caller how its workers do.
struct Watcher {
    progress: Arc<Progress>,
    memory: MemoryWatch,
    ready: AtomicU64,
    workers: u64,
}

impl CaptureObserver for Watcher {
    fn ready(&self, station: &CaptureBrowser) {
        self.memory.add(station.browser.pid());
        let count = self.ready.fetch_add(1, Ordering::Relaxed) + 1;
        if count <= self.workers {
            self.progress.browser_ready(count, self.workers);
        }
        if count == 1 {
            // The pages are alike; one speaks for all.
            for warning in station.warnings() {
                self.progress.event(&warning.into());
            }
        }
    }

    fn restarted(&self, worker: usize, frame: u64, why: &CaptureError) {
        let line = format!(
            "[Native] worker {worker} continues at frame {frame} in a fresh browser: {why}"
        );
        self.progress
            .log(Level::Warn, line, serde_json::Value::Null);
    }

    fn joined(&self, worker: usize, idle_cores: f64) {
        let line = format!("[Native] worker {worker} joins: {idle_cores:.1} cores are idle");
        self.progress
            .log(Level::Info, line, serde_json::Value::Null);
    }

    fn left(&self, worker: usize, why: &CaptureError) {
        let line = format!("[Native] worker {worker} leaves, the others go on: {why}");
        self.progress
            .log(Level::Warn, line, serde_json::Value::Null);
    }
}

impl Pipeline<'_> {
    /// Captures and encodes all frames.
    ///
    /// # Errors
    /// The root [`RenderError`]: whoever failed first.
    pub async fn capture_and_encode(
        &self,
        stations: CaptureBrowserOptions,
        first: Option<Start>,
        writer: FrameWriter,
        plan: &RenderPlan,
        hdr: Option<(&HdrPlan, Vec<HdrSource>)>,
    ) -> Result<Flow, RenderError> {
        let total = plan.total_frames;
        let (workers, most) = (plan.sizing.initial_workers, plan.sizing.workers);
        self.progress.capturing(total, workers);
        let look_ahead = plan.budget.look_ahead_frames(most);
        let fence = Arc::new(Fence::new(total, look_ahead));
        let options = self.assembly(&stations, plan, look_ahead, hdr)?;
        let assembly = Assembly::new(options, Arc::clone(&fence))?;
        self.decoders.add(assembly.end());
        let job = CaptureJob {
            plan: stations,
            total_frames: total,
            workers: usize::try_from(workers).unwrap_or(1),
            max_workers: usize::try_from(most).unwrap_or(1),
            next: AtomicU64::new(0),
            passes: assembly.passes(),
            sink: assembly.sink(),
            observer: Arc::new(Watcher {
                progress: Arc::clone(&self.progress),
                memory: self.memory.clone(),
                ready: AtomicU64::new(0),
                workers,
            }),
        };
        let capture = capture_all(Arc::new(job), first);
        let write = self.write_frames(&fence, writer, total);
        tokio::pin!(capture, write);
        // Whoever fails first ends the render; the other is dropped with everything it started.
        let ended = async {
            tokio::select! {
                captured = &mut capture => match captured {
                    Ok(report) => Ok((report, write.await?)),
                    Err(CaptureError::Abandoned) => Ok((CaptureReport::default(), write.await?)),
                    Err(error) => Err(error.into()),
                },
                written = &mut write => {
                    let flow = written?;
                    Ok((capture.await?, flow))
                }
            }
        };
        let ended: Result<_, RenderError> = ended.await;
        // Workers and writer only know that nobody wants their frames any more.
        if let Some(error) = assembly.failure() {
            return Err(error.into());
        }
        let (report, mut flow) = ended?;
        flow.capture = report;
        flow.fence_peak = fence.peak();
        flow.assembly = assembly.report().await;
        Ok(flow)
    }

    /// What the frames are assembled of.
    fn assembly(
        &self,
        stations: &CaptureBrowserOptions,
        plan: &RenderPlan,
        look_ahead: u64,
        hdr: Option<(&HdrPlan, Vec<HdrSource>)>,
    ) -> Result<AssemblyOptions, RenderError> {
        let (width, height) = stations.page.device_size();
        let size = FrameSize::new(width as usize, height as usize)?;
        let progress = Arc::clone(&self.progress);
        let (transitions, ring) = match self.spec.transitions {
            None => (None, None),
            Some(asked) => {
                let (options, ring) = self.transitions(asked, size, stations.format, plan)?;
                (Some(options), ring)
            }
        };
        Ok(AssemblyOptions {
            size,
            format: stations.format,
            fps: self.spec.fps,
            total_frames: plan.total_frames,
            look_ahead,
            transitions,
            hdr: hdr.map(|(hdr, videos)| self.hdr_options(hdr, videos, plan)),
            ring,
            notes: Arc::new(move |note| {
                let line = format!("[Native] {note}");
                progress.log(Level::Warn, line, serde_json::Value::Null);
            }),
        })
    }

    fn hdr_options(&self, hdr: &HdrPlan, videos: Vec<HdrSource>, plan: &RenderPlan) -> HdrOptions {
        let total = usize::try_from(plan.budget.total_mib << 20).unwrap_or(usize::MAX);
        let asked = usize::try_from(self.spec.engine.hdr_image_bytes).unwrap_or(usize::MAX);
        let limit = asked.min(total / IMAGE_SHARE);
        HdrOptions {
            transfer: hdr.transfer,
            videos,
            images: HdrImageCache::new(
                hdr.images.clone(),
                hdr.transfer,
                limit,
                total / IMAGE_SHARE,
            ),
        }
    }

    /// How transitions are blended, and how many frames at a time.
    fn transitions(
        &self,
        asked_style: TransitionStyle,
        size: FrameSize,
        format: FrameFormat,
        plan: &RenderPlan,
    ) -> Result<(TransitionOptions, Option<RingSize>), RenderError> {
        // The page's own shaders know eight bits and SDR only.
        let style = match plan.hdr.hdr {
            true => TransitionStyle::Engine,
            false => asked_style,
        };
        let asked = self.spec.engine.transition_ring_depth;
        let workers = plan.sizing.workers;
        let ring = match plan.hdr.hdr {
            true => None,
            false => {
                let bytes = bytes_in_the_making(size, format);
                let ring = RingSize::of(&plan.budget, bytes, workers, asked);
                Some(ring.map_err(|error| RenderError::Budget {
                    what: format!(
                        "a blended frame of {}x{} pixels",
                        size.width(),
                        size.height()
                    ),
                    needed_mib: error.needed_mib,
                    budget_mib: plan.budget.total_mib,
                })?)
            }
        };
        self.progress.log(
            Level::Info,
            "[Native] transitions are blended here",
            json!({ "style": style, "ring": ring, "asked": asked, "workers": workers }),
        );
        let cache_bytes = (plan.budget.total_mib << 20) / FIELD_SHARE;
        let options = TransitionOptions {
            style,
            cache_bytes: usize::try_from(cache_bytes).unwrap_or(usize::MAX),
        };
        Ok((options, ring))
    }

    async fn write_frames(
        &self,
        fence: &Fence<Bytes>,
        mut writer: FrameWriter,
        total: u64,
    ) -> Result<Flow, RenderError> {
        let started = Instant::now();
        let mut flow = Flow::default();
        let mut done = 0;
        while let Ok(Some(picture)) = fence.take().await {
            if done == 0 {
                flow.first_frame_ms = ms_since(started);
            }
            let wait = Instant::now();
            if let Err(error) = writer.write(&picture).await {
                fence.abort();
                return Err(error.into());
            }
            flow.encode_wait_ms += ms_since(wait);
            done += 1;
            self.progress.frame(done);
        }
        if done < total {
            return Err(CaptureError::Abandoned.into());
        }
        let drain = Instant::now();
        self.progress.encoding(total);
        flow.encode = writer.finish().await?;
        flow.drain_ms = ms_since(drain);
        Ok(flow)
    }
}
