//! The stages of a render, from an empty machine to a staged, checked artefact.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde_json::json;

use super::blending::{BlendPlan, BlendReport, Blending, Ring};
use super::effects_page::EffectsPage;
use super::error::RenderError;
use super::events::{Event, Level};
use super::hdr::{HdrPlan, HdrTold, decide_hdr};
use super::hdr_sources::{HdrSource, hdr_sources};
use super::host::Host;
use super::injection::{self, OpenDecoders};
use super::job::Summary;
use super::layering::{LayerPlan, LayerReport, Layering};
use super::output::{OutputStage, artefact_bytes};
use super::perf::{Facts, MemoryWatch, StageTimes, summary};
use super::plan::{RenderPlan, decide, sizing};
use super::progress::Progress;
use super::scratch::Scratch;
use super::sizing::raster_threads;
use super::sound::SoundStage;
use super::spec::{Format, RenderSpec, TransitionStyle};
use super::transaction::Transaction;
use super::warm::{WarmBrowser, lease};
use crate::blend::FrameSize;
use crate::browser::{Browser, Deadlines, FoundBrowser, LaunchProfile, find_browser, resolve_gpu};
use crate::capture::{
    Bench, CaptureError, CaptureJob, CaptureObserver, CaptureReport, FrameSink, LayerRule,
    LayeredFrame, Sampler, SceneFrame, SinkClosed, Start, Station, StationPlan, TransitionRule,
    capture_all, sample_rate,
};
use crate::composite::ImageShelf;
use crate::composition::VideoClip;
use crate::encode::{EncodeReport, Fence, FenceClosed, FrameWriter, Tools, find_tools};
use crate::inject::Injector;
use crate::media::audio::MAX_GAIN;
use crate::page::{
    Diagnostics, PageOptions, ScriptedVolume, SeenClip, probe_visibility, probe_volumes,
};
use crate::serve::{AssetServer, ServeOptions};

/// For the frame that proves the compositor alive.
const LIVENESS_VARIABLE: &str = "PRODUCER_BEGINFRAME_PROBE_TIMEOUT_MS";
const LIVENESS_DEFAULT_MS: u64 = 30_000;
/// Part of the job's memory that HDR images may take.
const IMAGE_SHARE: usize = 4;
/// The document below the asset server's root.
const INDEX: &str = "/index.html";

/// What the stages share.
pub(super) struct Pipeline<'a> {
    pub spec: &'a RenderSpec,
    pub progress: Arc<Progress>,
    pub diagnostics: Diagnostics,
    pub memory: MemoryWatch,
    pub scratch: &'a Scratch,
    pub decoders: &'a OpenDecoders,
    pub transaction: &'a Transaction,
}

/// What has to be known before frames are captured.
struct Learnt {
    /// Seconds.
    duration: f64,
    /// What the first worker starts from, if anything.
    first: Option<Start>,
    volumes: Vec<ScriptedVolume>,
    seen: Vec<SeenClip>,
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
    fn ready(&self, station: &Station) {
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
    /// Renders to the transaction's staged file.
    ///
    /// # Errors
    /// The root [`RenderError`].
    pub async fn run(self) -> Result<Summary, RenderError> {
        let started = Instant::now();
        let spec = self.spec;
        self.progress.starting();
        let tools = find_tools(
            spec.engine.ffmpeg_path.as_deref(),
            spec.engine.ffprobe_path.as_deref(),
        )?;
        let browser = find_browser(spec.engine.browser_path.as_deref())?;
        let host = Host::detect();
        let hdr = decide_hdr(spec).await?;
        self.tell_hdr(&hdr.told);
        let mut plan = decide(spec, host, Some(browser.kind), &hdr);
        let hdr = hdr.plan;
        let server = self.serve().await?;
        let output = OutputStage {
            spec,
            tools: &tools,
            transaction: self.transaction,
            hdr: hdr.as_ref().map(HdrPlan::curve),
        };
        let sound = self.sound(&tools, &browser, host)?;
        let checked = Arc::new(AtomicU64::new(0));
        let (duration, setup_ms, flow, capture_ms, sound, injection) = loop {
            let (mut stations, bench) = self
                .begin(&browser, host, &mut plan, &server, &checked)
                .await?;
            stations.page.hdr = hdr.as_ref().map(HdrPlan::elements).unwrap_or_default();
            let writer = output.start(stations.format, host, &mut plan).await?;
            if let Some(pid) = writer.pid() {
                self.memory.add(pid);
            }
            let attempt = async {
                let ids = sound.ids_to_probe();
                let Learnt {
                    duration,
                    first,
                    volumes,
                    seen,
                } = self
                    .learn_length(&stations, bench, host, &mut plan, &ids, &tools)
                    .await?;
                let clips = injection::clips(self.spec, &seen)?;
                let hdr = match &hdr {
                    Some(hdr) => {
                        let sources = self.hdr_sources(hdr, &clips, &tools, duration).await?;
                        Some((hdr, sources))
                    }
                    None => None,
                };
                let is_hdr =
                    |clip: &VideoClip| hdr.as_ref().is_some_and(|(hdr, _)| hdr.has_video(&clip.id));
                let injected: Vec<_> = clips.into_iter().filter(|clip| !is_hdr(clip)).collect();
                let injector = self
                    .inject(&tools, host, &mut plan, duration, &injected)
                    .await?;
                stations.page.source_frames = injector.as_ref().map(Injector::source_frames);
                let setup_ms = ms_since(started);
                let capture_started = Instant::now();
                let capture = async {
                    let captured = self.capture_and_encode(stations, first, writer, &plan, hdr);
                    let flow = captured.await;
                    // The page only knows that its frames did not come.
                    if let Some(error) = injector.as_ref().and_then(Injector::failure) {
                        return Err(error.into());
                    }
                    let flow = flow?;
                    let capture_ms = ms_since(capture_started) - flow.drain_ms;
                    Ok((flow, capture_ms))
                };
                let mix = sound.make(&volumes, duration, plan.total_frames);
                let ((flow, capture_ms), sound) = tokio::try_join!(capture, mix)?;
                self.warn(injector.as_ref().map(Injector::notes).unwrap_or_default());
                let injection = injector.as_ref().map(Injector::report);
                Ok((duration, setup_ms, flow, capture_ms, sound, injection))
            };
            let ended = attempt.await;
            self.decoders.end().await;
            match ended {
                Err(RenderError::Capture(error)) if plan.capture.replan_after(&error) => {
                    let lane = plan.capture.lane_name();
                    let line = format!(
                        "[Native] {error}; all frames are captured again in the {lane} lane"
                    );
                    self.progress
                        .log(Level::Warn, line, serde_json::Value::Null);
                }
                other => break other?,
            }
        };
        drop(server);

        let assemble_started = Instant::now();
        self.tell_assembly(duration, plan.total_frames, false);
        output.assemble(plan.total_frames, sound).await?;
        self.tell_assembly(duration, plan.total_frames, true);
        let times = StageTimes {
            setup_ms,
            capture_ms,
            encode_wait_ms: flow.encode_wait_ms,
            encode_drain_ms: flow.drain_ms,
            assemble_ms: ms_since(assemble_started),
            sound_ms: sound.map(|sound| sound.ms),
            first_frame_ms: setup_ms + flow.first_frame_ms,
            total_ms: ms_since(started),
        };
        let output_bytes = artefact_bytes(&self.transaction.staged());
        let perf = summary(&Facts {
            spec,
            plan: &plan,
            duration,
            times,
            capture: &flow.capture,
            encode: flow.encode,
            fence_peak_frames: flow.fence_peak,
            checked_frames: checked.load(Ordering::Relaxed),
            peak_tree_bytes: self.memory.peak_bytes(),
            injection,
            blending: flow.blending,
            layering: flow.layering,
        });
        self.progress.log(
            Level::Info,
            "[Native] render finished",
            perf["native"].clone(),
        );
        let total_frames = plan.total_frames;
        Ok(Summary {
            duration_seconds: duration,
            total_frames,
            output_bytes,
            audio_lowered_db: sound.map(|sound| sound.lowered_db).filter(|db| *db > 0.0),
            perf,
            plan,
        })
    }

    /// Reports the last step in upstream's words for the format.
    fn tell_assembly(&self, duration: f64, total: u64, done: bool) {
        match self.spec.output.format {
            Format::Gif => self.progress.finishing("Encoding GIF", total, done),
            Format::PngSequence => self.progress.finishing("Writing PNG sequence", total, done),
            Format::Mp4 | Format::WebM | Format::Mov => self.progress.assembling(duration, done),
        }
    }

    fn sound(
        &self,
        tools: &Tools,
        browser: &FoundBrowser,
        host: Host,
    ) -> Result<SoundStage<'_>, RenderError> {
        let engine = &self.spec.engine;
        let effects = EffectsPage {
            executable: browser.path.clone(),
            scratch: self.scratch.path().to_owned(),
            deadlines: Deadlines {
                launch: Duration::from_millis(engine.browser_timeout_ms),
                call: Duration::from_millis(engine.protocol_timeout_ms),
            },
            runtime: self.spec.audio_effects.clone(),
            host_memory_mib: host.memory_mib,
            memory: self.memory.clone(),
            opened: tokio::sync::Mutex::default(),
        };
        let (transaction, progress) = (self.transaction, Arc::clone(&self.progress));
        SoundStage::new(self.spec, tools, transaction, progress, host, effects)
    }

    async fn serve(&self) -> Result<AssetServer, RenderError> {
        let composition = &self.spec.composition;
        let progress = Arc::clone(&self.progress);
        Ok(AssetServer::start(ServeOptions {
            roots: vec![
                composition.compiled_dir.clone(),
                composition.project_dir.clone(),
            ],
            index_document: composition.document_path.clone(),
            head_block: composition.pre_head.clone(),
            on_missing: Box::new(move |path| {
                let line = format!("[FileServer] 404 Not Found: {path}");
                progress.log(Level::Warn, line, serde_json::Value::Null);
            }),
        })
        .await?)
    }

    async fn begin(
        &self,
        browser: &FoundBrowser,
        host: Host,
        plan: &mut RenderPlan,
        server: &AssetServer,
        checked: &Arc<AtomicU64>,
    ) -> Result<(StationPlan, Bench), RenderError> {
        let spec = self.spec;
        let engine = &spec.engine;
        let millis = Duration::from_millis;
        let deadlines = Deadlines {
            launch: millis(engine.browser_timeout_ms),
            call: spec.protocol_timeout(),
        };
        let scratch = self.scratch.path();
        let preference = engine.browser_gpu_mode;
        let gpu = resolve_gpu(preference, &browser.path, scratch, deadlines).await;
        let liveness = std::env::var(LIVENESS_VARIABLE)
            .ok()
            .and_then(|text| text.parse().ok());
        let mut stations = StationPlan {
            executable: browser.path.clone(),
            profile: LaunchProfile {
                width: spec.composition.width,
                height: spec.composition.height,
                device_scale_factor: spec.device_scale_factor,
                mode: plan.capture.mode,
                gpu,
                disable_gpu: engine.disable_gpu,
                raster_threads: raster_threads(host, Some(plan.sizing.initial_workers)),
                host_memory_mib: host.memory_mib,
            },
            scratch: scratch.to_owned(),
            deadlines,
            expected_major: engine.expected_chromium_major,
            page: PageOptions {
                url: format!("{}{INDEX}", server.origin()),
                width: spec.composition.width,
                height: spec.composition.height,
                device_scale_factor: spec.device_scale_factor,
                backdrop: None,
                fps: spec.fps,
                source_frames: None,
                hdr: Vec::new(),
                has_scenes: spec.transitions.is_some(),
                variables: spec.variables.clone(),
                navigation_timeout: millis(engine.page_navigation_timeout_ms),
                ready_timeout: millis(engine.player_ready_timeout_ms),
                liveness_timeout: millis(liveness.unwrap_or(LIVENESS_DEFAULT_MS)),
            },
            format: plan.capture.picture_format(),
            read_surface: plan.capture.surface && !plan.capture.lossless,
            jpeg_quality: (!plan.capture.blends).then_some(plan.capture.jpeg_quality),
            sampler: Sampler {
                seed: seed_of(&spec.job_id),
                one_in: sample_rate(),
                checked: Arc::clone(checked),
            },
            diagnostics: self.diagnostics.clone(),
        };
        let spare = lease(&stations.executable, &stations.profile).await;
        let spare = spare.map(|warm| self.adopt(warm));
        let (bench, notes) = match stations.begin(spare).await {
            Err(error) if error.is_transient() => {
                let line = format!("[Native] first browser failed, trying once more: {error}");
                self.progress
                    .log(Level::Warn, line, serde_json::Value::Null);
                stations.begin(None).await
            }
            other => other,
        }
        .map_err(CaptureError::Page)?;
        self.warn(notes.clone());
        let (mode, reads_surface) = (stations.profile.mode, stations.read_surface);
        plan.capture.settle(mode, reads_surface, notes);
        Ok((stations, bench))
    }

    /// Takes a browser that was started ahead; its folder goes with the job's.
    fn adopt(&self, warm: WarmBrowser) -> Browser {
        self.scratch.keep_with(warm.scratch);
        warm.browser
    }

    /// Opens the lane on which pages get the frames of their video clips.
    async fn inject(
        &self,
        tools: &Tools,
        host: Host,
        plan: &mut RenderPlan,
        duration: f64,
        clips: &[VideoClip],
    ) -> Result<Option<Injector>, RenderError> {
        let groups = self.memory.groups();
        let (injector, notes) =
            injection::start(self.spec, clips, tools, host, plan, groups, duration).await?;
        self.warn(notes);
        if let Some(injector) = &injector {
            plan.sizing.bound_by_memory(injector.workers());
            self.decoders.add(injector.decoders());
        }
        Ok(injector)
    }

    /// Plans the decodes of HDR clips.
    async fn hdr_sources(
        &self,
        hdr: &HdrPlan,
        clips: &[VideoClip],
        tools: &Tools,
        duration: f64,
    ) -> Result<Vec<HdrSource>, RenderError> {
        let sources = injection::sources(self.spec, tools, self.memory.groups());
        let length = (duration, self.spec.fps);
        hdr_sources(&hdr.videos, clips, &sources, hdr.transfer, length).await
    }

    /// Says once whether the output is HDR, where that was a question.
    fn tell_hdr(&self, told: &HdrTold) {
        if let Some(line) = &told.line {
            let line = format!("[Native] {line}");
            self.progress.log(Level::Info, line, json!(told));
        }
        self.warn(told.warnings.clone());
    }

    fn warn(&self, notes: Vec<String>) {
        for note in notes {
            let line = format!("[Native] {note}");
            self.progress
                .log(Level::Warn, line, serde_json::Value::Null);
        }
    }

    /// The length that the compile stage found, as upstream takes it. Only where it found none, or
    /// where scripts set the volume of `ids` or clips have no times, is the page loaded and asked
    /// before any other browser starts.
    async fn learn_length(
        &self,
        stations: &StationPlan,
        bench: Bench,
        host: Host,
        plan: &mut RenderPlan,
        ids: &[&str],
        tools: &Tools,
    ) -> Result<Learnt, RenderError> {
        let composition = &self.spec.composition;
        let known = composition.static_duration;
        let untimed = composition.hints.untimed_clips;
        let learnt = if known > 0.0 && ids.is_empty() && !untimed {
            Learnt {
                duration: known,
                first: Some(Start::Bench(bench)),
                volumes: Vec::new(),
                seen: Vec::new(),
            }
        } else {
            let has_clips = !composition.media.videos.is_empty();
            let mut asked = stations.clone();
            if has_clips {
                asked.page.source_frames = Some(injection::facts(self.spec, tools).await?);
            }
            let mut station = asked.furnish(bench).await.map_err(CaptureError::Page)?;
            let duration = if known > 0.0 {
                known
            } else {
                station.page.duration
            };
            let (page, fps) = (&station.page.session, self.spec.fps);
            let volumes = match ids {
                [] => Vec::new(),
                ids => probe_volumes(page, ids, duration, fps, MAX_GAIN).await?,
            };
            let seen = match untimed {
                true => probe_visibility(page, duration).await?,
                false => Vec::new(),
            };
            // A page that was told of its clips before it was known when they show is not captured.
            let first = if has_clips {
                station.browser.close().await;
                None
            } else {
                Some(Start::Station(station))
            };
            Learnt {
                duration,
                first,
                volumes,
                seen,
            }
        };
        let duration = learnt.duration;
        plan.total_frames = self.spec.fps.frame_count(duration);
        if plan.total_frames == 0 {
            return Err(RenderError::ZeroDuration(format!(
                "The page reports {duration} s."
            )));
        }
        plan.sizing = sizing(self.spec, host, &plan.budget, plan.total_frames);
        self.progress.event(&Event::Probed {
            duration,
            total_frames: plan.total_frames,
        });
        self.progress.log(
            Level::Info,
            "[Native] plan",
            json!({
                "capture": plan.capture, "sizing": plan.sizing, "budget": plan.budget,
                "totalFrames": plan.total_frames,
            }),
        );
        Ok(learnt)
    }

    async fn capture_and_encode(
        &self,
        stations: StationPlan,
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
        let _stop = layering.as_ref().map(Layering::stop_with);
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
        let images = ImageShelf::new(hdr.images.clone(), hdr.transfer, limit, total / IMAGE_SHARE);
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
        stations: &StationPlan,
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
        let blend = BlendPlan {
            style,
            size,
            format: stations.format,
            ring: Ring::of(&plan.budget, size, plan.sizing.workers, asked)?,
            total_mib: plan.budget.total_mib,
        };
        self.progress.log(
            Level::Info,
            "[Native] transitions are blended here",
            json!({ "style": style, "ring": blend.ring, "asked": asked, "workers": plan.sizing.workers }),
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

#[derive(Default)]
struct Flow {
    capture: CaptureReport,
    encode: EncodeReport,
    fence_peak: usize,
    blending: Option<BlendReport>,
    layering: Option<LayerReport>,
    first_frame_ms: f64,
    encode_wait_ms: f64,
    drain_ms: f64,
}

/// A seed that is the same whenever the same job runs.
fn seed_of(job_id: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    job_id.hash(&mut hasher);
    hasher.finish()
}

fn ms_since(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1000.0
}
