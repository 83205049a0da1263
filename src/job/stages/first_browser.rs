//! The stage that starts an attempt's first browser, which decides the lane: one that does not work
//! here is given up for the next best.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::prepare::Prepared;
use crate::browser::{Deadlines, NetworkAccess, Sandbox, resolve_gpu};
use crate::capture::{
    BeginError, BlankBrowser, CaptureBrowserOptions, CaptureError, RasterChoice, Sampler, lease,
};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::page::{HdrElement, PageOptions};
use crate::plan::{HdrPlan, RenderPlan};
use crate::serve::PageProxy;

/// The document below the asset server's root.
const INDEX: &str = "/index.html";

/// A browser in which the lane of the attempt's plan works.
pub(in crate::job) struct FirstBrowser {
    /// How the attempt's other browsers are made.
    pub options: CaptureBrowserOptions,
    pub blank: BlankBrowser,
}

/// Starts it. The attempt gets the plan in the lane that works.
///
/// # Errors
/// [`RenderError::Capture`] when no browser works in any lane.
pub(in crate::job) async fn start_first_browser(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    attempt: &mut Attempt,
) -> Result<FirstBrowser, RenderError> {
    let mut options = {
        let limit = Duration::from_millis(job.spec.engine.browser_timeout_ms);
        let made = options(job, prepared, &attempt.plan);
        job.awaits()
            .during("a browser's answer about the graphics card", limit, made)
            .await
    };
    let launch_deadline = options.deadlines.launch;
    let profile = options.profile();
    let leased = lease(&options.executable, &profile, launch_deadline);
    let awaits = job.awaits();
    let spare = awaits
        .during(
            "the browser that was started early",
            launch_deadline,
            leased,
        )
        .await;
    let mut spare = spare.map(|(spare, folder)| {
        job.scratch.keep_with(folder);
        spare
    });
    let mut is_second_try = false;
    loop {
        match options.begin(spare.take()).await {
            Ok(blank) => {
                tell_sandbox(job);
                return Ok(FirstBrowser { options, blank });
            }
            Err(BeginError::Lane { fault, note }) => {
                let Some(lane) = attempt.plan.capture.next_best(fault) else {
                    return Err(RenderError::Panic(format!("no lane is left: {note}")));
                };
                attempt.plan = attempt.plan.in_lane(lane, note.clone());
                attempt.warn(job, note);
                options.lane = lane;
            }
            Err(BeginError::Page(error)) if error.is_transient() && !is_second_try => {
                is_second_try = true;
                let note = format!("first browser failed, trying once more: {error}");
                attempt.warn(job, note);
            }
            Err(BeginError::Page(error)) => return Err(CaptureError::Page(error).into()),
        }
    }
}

async fn options(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    plan: &RenderPlan,
) -> CaptureBrowserOptions {
    let spec = job.spec;
    let (engine, composition) = (&spec.engine, &spec.composition);
    let millis = Duration::from_millis;
    let deadlines = Deadlines {
        launch: millis(engine.browser_timeout_ms),
        call: spec.protocol_timeout(),
    };
    let (executable, scratch) = (&prepared.browser.path, job.scratch.path());
    CaptureBrowserOptions {
        executable: executable.clone(),
        gpu: resolve_gpu(engine.browser_gpu_mode, executable, scratch, deadlines).await,
        disable_gpu: engine.disable_gpu,
        raster_threads: plan.raster_threads.each,
        raster: RasterChoice::default(),
        is_sandboxed: Sandbox::here(spec.environment.sandbox).is_on(),
        network: network_of(prepared),
        host_memory_mib: prepared.host.memory_mib,
        scratch: scratch.to_owned(),
        deadlines,
        expected_major: engine.expected_chromium_major,
        page: PageOptions {
            url: format!("{}{INDEX}", prepared.server.origin()),
            width: composition.width,
            height: composition.height,
            device_scale_factor: spec.device_scale_factor,
            backdrop: None,
            fps: spec.fps,
            source_frames: None,
            hdr: plan.hdr_plan().map(hdr_elements).unwrap_or_default(),
            has_scenes: spec.transitions.is_some(),
            volumes: prepared.sound.volume_watch(),
            names_media: composition.hints.scripted_media,
            variables: spec.variables.clone(),
            navigation_timeout: millis(engine.page_navigation_timeout_ms),
            ready_timeout: millis(engine.player_ready_timeout_ms),
            liveness_timeout: millis(spec.environment.liveness_timeout_ms),
        },
        lane: plan.capture.lane,
        sampler: Sampler {
            seed: seed_of(&spec.job_id),
            one_in: spec.environment.check_one_in,
            checked: Arc::clone(&prepared.checked),
        },
        diagnostics: job.diagnostics.clone(),
    }
}

fn network_of(prepared: &Prepared<'_>) -> NetworkAccess {
    let direct = prepared.server.port();
    let proxied = |proxy: &PageProxy| NetworkAccess::Proxied {
        direct,
        proxy: proxy.port(),
    };
    prepared.proxy.as_ref().map_or(NetworkAccess::Open, proxied)
}

/// Says once in a process that Chrome runs without its sandbox, and why.
fn tell_sandbox(job: &JobContext<'_>) {
    static IS_TOLD: AtomicBool = AtomicBool::new(false);
    if let Sandbox::Off(why) = Sandbox::here(job.spec.environment.sandbox)
        && !IS_TOLD.swap(true, Ordering::Relaxed)
    {
        let line = format!("[Native] Chrome runs without its sandbox: {why}");
        job.progress.log(Level::Info, line, serde_json::Value::Null);
    }
}

/// What pages are told of HDR sources before they load.
fn hdr_elements(hdr: &HdrPlan) -> Vec<HdrElement> {
    let videos = hdr.videos.iter().map(|video| {
        let (width, height) = video.facts.shown_size();
        HdrElement {
            id: video.clip.id.clone(),
            width,
            height,
            duration: video.facts.playable(),
        }
    });
    let images = hdr.images.iter().map(|image| HdrElement {
        id: image.id.clone(),
        width: 0,
        height: 0,
        duration: 0.0,
    });
    videos.chain(images).collect()
}

/// A seed that is the same whenever the same job runs.
fn seed_of(job_id: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    job_id.hash(&mut hasher);
    hasher.finish()
}
