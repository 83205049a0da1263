//! The stages of a render, from an empty machine to a staged, checked artefact.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::error::RenderError;
use super::events::{Event, Level};
use super::injection::{self, OpenDecoders};
use super::output::{OutputStage, artefact_bytes};
use super::perf::{Facts, MemoryWatch, StageTimes, ms_since, summary};
use super::progress::Progress;
use super::render_job::Summary;
use super::scratch::Scratch;
use super::sound::{SoundContext, SoundStage};
use super::transaction::Transaction;
use super::warm::{WarmBrowser, lease};
use crate::assemble::{HdrSource, hdr_sources};
use crate::audio::MAX_GAIN;
use crate::browser::{Browser, Deadlines, FoundBrowser, LaunchProfile, find_browser, resolve_gpu};
use crate::capture::{
    BlankBrowser, CaptureBrowserOptions, CaptureError, Sampler, Start, sample_rate,
};
use crate::composition::VideoClip;
use crate::encode::{Tools, find_tools};
use crate::inject::Injector;
use crate::machine::Host;
use crate::page::{
    Diagnostics, PageOptions, ScriptedVolume, SeenClip, probe_visibility, probe_volumes,
};
use crate::plan::raster_threads;
use crate::plan::{HdrPlan, HdrTold, decide_hdr};
use crate::plan::{RenderPlan, decide, sizing};
use crate::serve::{AssetServer, ServeOptions};
use crate::spec::{Format, RenderSpec};

/// For the frame that proves the compositor alive.
const LIVENESS_VARIABLE: &str = "PRODUCER_BEGINFRAME_PROBE_TIMEOUT_MS";
const LIVENESS_DEFAULT_MS: u64 = 30_000;
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
            hdr: hdr.as_ref().map(|hdr| hdr.transfer),
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
            assembly: flow.assembly,
        });
        self.progress
            .log(Level::Info, "[Native] render finished", perf.native.clone());
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
        let context = SoundContext {
            tools,
            browser,
            host,
            transaction: self.transaction,
            scratch: self.scratch,
            groups: self.memory.groups(),
        };
        SoundStage::new(self.spec, Arc::clone(&self.progress), context)
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
    ) -> Result<(CaptureBrowserOptions, BlankBrowser), RenderError> {
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
        let mut stations = CaptureBrowserOptions {
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
            needs_raw: plan.capture.blends,
            jpeg_quality: plan.capture.jpeg_quality,
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
            let decoders = injector.decoders();
            self.decoders.add(async move { decoders.end().await });
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
        Ok(hdr_sources(&hdr.videos, clips, &sources, hdr.transfer, length).await?)
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
        stations: &CaptureBrowserOptions,
        bench: BlankBrowser,
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
                first: Some(Start::Blank(bench)),
                volumes: Vec::new(),
                seen: Vec::new(),
            }
        } else {
            let has_clips = !composition.media.videos.is_empty();
            let mut asked = stations.clone();
            if has_clips {
                asked.page.source_frames = Some(injection::facts(self.spec, tools).await?);
            }
            let mut station = asked
                .load_composition(bench)
                .await
                .map_err(CaptureError::Page)?;
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
                Some(Start::Loaded(station))
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
}

/// A seed that is the same whenever the same job runs.
fn seed_of(job_id: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    job_id.hash(&mut hasher);
    hasher.finish()
}
