//! Frames from the browsers' pages to the encoder: captured, blended or put together where they
//! need it, in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::json;

use super::error::RenderError;
use super::events::{Event, Level};
use super::perf::{MemoryWatch, ms_since};
use super::pipeline::Pipeline;
use super::progress::Progress;
use crate::assemble::HdrImageCache;
use crate::assemble::{BlendPlan, BlendReport, Blending, Ring};
use crate::assemble::{LayerPlan, LayerReport, Layering};
use crate::capture::{
    CaptureBrowser, CaptureBrowserOptions, CaptureError, CaptureJob, CaptureObserver,
    CaptureReport, FrameSink, LayerRule, LayeredFrame, SceneFrame, SinkClosed, Start,
    TransitionRule, capture_all,
};
use crate::encode::{EncodeReport, Fence, FenceClosed, FrameWriter};
use crate::plan::HdrPlan;
use crate::plan::RenderPlan;
use crate::transitions::{FrameSize, TransitionStyle};
use crate::video::HdrSource;

/// Part of the job's memory that HDR images may take.
const IMAGE_SHARE: usize = 4;

/// What became of the frames.
#[derive(Default)]
pub(super) struct Flow {
    pub capture: CaptureReport,
    pub encode: EncodeReport,
    pub fence_peak: usize,
    pub blending: Option<BlendReport>,
    pub layering: Option<LayerReport>,
    pub first_frame_ms: f64,
    pub encode_wait_ms: f64,
    pub drain_ms: f64,
}

/// Frames on their way from workers to the encoder.
struct FenceSink {
    fence: Arc<Fence<Bytes>>,
    blending: Option<Arc<Blending>>,
    layering: Option<Arc<Layering>>,
}

impl FrameSink for FenceSink {
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>> {
        Box::pin(async move {
            let admitted = self.fence.admit(index).await;
            admitted.map_err(|FenceClosed| SinkClosed)
        })
    }

    fn deliver(&self, index: u64, picture: Bytes) {
        self.fence.put(index, picture);
    }

    fn blend(&self, index: u64, scenes: SceneFrame) -> BoxFuture<'_, Result<(), SinkClosed>> {
        Box::pin(async move {
            match &self.blending {
                Some(blending) => blending.submit(index, scenes).await,
                None => Err(SinkClosed),
            }
        })
    }

    fn compose(&self, index: u64, layers: LayeredFrame) -> Result<(), SinkClosed> {
        match &self.layering {
            Some(layering) => layering.submit(index, layers),
            None => Err(SinkClosed),
        }
    }
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
                self.progress.event(&Event::Warning(warning.clone()));
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
        let fence = Arc::new(Fence::new(total, plan.budget.look_ahead_frames(most)));
        let blending = self.blending(&stations, plan, &fence)?;
        let layering = match hdr {
            Some((hdr, videos)) => {
                let size = stations.page.device_size();
                Some(self.layering(hdr, videos, size, plan, &fence, blending.clone())?)
            }
            None => None,
        };
        if let Some(layering) = layering.clone() {
            self.decoders.add(async move { layering.end().await });
        }
        let job = CaptureJob {
            plan: stations,
            total_frames: total,
            workers: usize::try_from(workers).unwrap_or(1),
            max_workers: usize::try_from(most).unwrap_or(1),
            next: AtomicU64::new(0),
            transitions: blending.as_ref().map(|blending| self.rule(blending, total)),
            layers: layering.clone().map(|layering| -> LayerRule {
                Arc::new(move |frame, stack| layering.masks(frame, stack))
            }),
            sink: Arc::new(FenceSink {
                fence: Arc::clone(&fence),
                blending: blending.clone(),
                layering: layering.clone(),
            }),
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
        if let Some(error) = blending.as_ref().and_then(|blending| blending.failure()) {
            return Err(error);
        }
        if let Some(error) = layering.as_ref().and_then(|layering| layering.failure()) {
            return Err(error);
        }
        let (report, mut flow) = ended?;
        flow.layering = match &layering {
            Some(layering) => Some(layering.report().await),
            None => None,
        };
        flow.capture = report;
        flow.fence_peak = fence.peak();
        flow.blending = blending.and_then(|blending| blending.report());
        Ok(flow)
    }

    /// What puts the frames of an HDR render together.
    fn layering(
        &self,
        hdr: &HdrPlan,
        videos: Vec<HdrSource>,
        (width, height): (u32, u32),
        plan: &RenderPlan,
        fence: &Arc<Fence<Bytes>>,
        blending: Option<Arc<Blending>>,
    ) -> Result<Arc<Layering>, RenderError> {
        let total = usize::try_from(plan.budget.total_mib << 20).unwrap_or(usize::MAX);
        let asked = usize::try_from(self.spec.engine.hdr_image_bytes).unwrap_or(usize::MAX);
        let limit = asked.min(total / IMAGE_SHARE);
        let images =
            HdrImageCache::new(hdr.images.clone(), hdr.transfer, limit, total / IMAGE_SHARE);
        let layers = LayerPlan {
            transfer: hdr.transfer,
            size: FrameSize::new(width as usize, height as usize)?,
            videos,
            images,
            blending,
        };
        Ok(Layering::new(layers, Arc::clone(fence)))
    }

    /// What blends the frames of transitions, where there may be any.
    fn blending(
        &self,
        stations: &CaptureBrowserOptions,
        plan: &RenderPlan,
        fence: &Arc<Fence<Bytes>>,
    ) -> Result<Option<Arc<Blending>>, RenderError> {
        let Some(asked_style) = self.spec.transitions else {
            return Ok(None);
        };
        // The page's own shaders know eight bits and SDR only.
        let style = match plan.hdr.hdr {
            true => TransitionStyle::Engine,
            false => asked_style,
        };
        let (width, height) = stations.page.device_size();
        let size = FrameSize::new(width as usize, height as usize)?;
        let asked = self.spec.engine.transition_ring_depth;
        let (format, workers) = (stations.format, plan.sizing.workers);
        let ring = match plan.hdr.hdr {
            true => None,
            false => Some(Ring::of(&plan.budget, size, format, workers, asked)?),
        };
        let blend = BlendPlan {
            style,
            size,
            format,
            ring,
            total_mib: plan.budget.total_mib,
        };
        self.progress.log(
            Level::Info,
            "[Native] transitions are blended here",
            json!({ "style": style, "ring": blend.ring, "asked": asked, "workers": workers }),
        );
        Blending::new(blend, Arc::clone(fence)).map(Some)
    }

    /// Picks the frames to blend; what is given up on is told once.
    fn rule(&self, blending: &Arc<Blending>, total: u64) -> TransitionRule {
        let (blending, progress) = (Arc::clone(blending), Arc::clone(&self.progress));
        let fps = self.spec.fps;
        Arc::new(move |scenes| {
            let found = blending.learn(scenes, fps, total)?;
            for note in found.notes {
                let line = format!("[Native] {note}");
                progress.log(Level::Warn, line, serde_json::Value::Null);
            }
            Some(found.transitions)
        })
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
