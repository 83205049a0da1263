//! The first stage: everything that is found out, decided, waited for and started before a browser runs.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use serde_json::json;

use super::admit::admit;
use super::confine::check_sources;
use super::gpu::gpu_encoder_of;
use super::hdr_facts::hdr_facts_of;
use super::hdr_stills::hdr_stills;
use super::sound::{SoundContext, SoundStage};
use crate::browser::{FoundBrowser, Sandbox, find_browser};
use crate::encode::{Tools, find_tools};
use crate::inject::frame_deadline;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::machine::{Host, Staff};
use crate::plan::{Facts, HdrTold, RenderPlan, check_length, decide_hdr};
use crate::process::Groups;
use crate::serve::{AssetServer, PageProxy, ServeOptions};
use crate::spec::{PageFiles, PageNetwork};
use crate::video::Sources;

/// The wait for facts about sources.
pub(in crate::job) const LOOKS: &str = "ffprobe, which may take 30 s for each source";

/// What all attempts of a render begin with.
pub(in crate::job) struct Prepared<'a> {
    pub tools: Tools,
    pub browser: FoundBrowser,
    pub host: Host,
    /// The plan as it is before a browser runs.
    pub plan: RenderPlan,
    /// Where the job gets more workers, and its decoders their turns.
    pub staff: Staff,
    /// Serves the composition.
    pub server: AssetServer,
    /// The way of pages to the network, where that is limited.
    pub proxy: Option<PageProxy>,
    pub sound: SoundStage<'a>,
    /// Counts the frames that were compared with Chrome's own picture of them.
    pub checked: Arc<AtomicU64>,
}

impl<'a> Prepared<'a> {
    /// # Errors
    /// [`RenderError`] when a program is missing, or the sources make the render impossible.
    pub async fn of(job: &JobContext<'a>) -> Result<Self, RenderError> {
        let spec = job.spec;
        check_sources(spec)?;
        check_length(spec.fps, spec.composition.static_duration)?;
        let tools = find_tools(&spec.tool_search())?;
        let browser = find_browser(&spec.browser_search())?;
        let host = Host::detect();
        let awaits = job.awaits();
        let mut found = {
            let _looks = awaits.list(LOOKS, None);
            hdr_facts_of(spec).await?
        };
        if spec.output.format.allows_hdr() {
            hdr_stills(&tools.ffmpeg, job.scratch.path(), &mut found).await;
        }
        let hdr = decide_hdr(spec, found)?;
        tell_hdr(job, &hdr.told);
        let gpu = {
            let _asked = awaits.list("encoders of the graphics card to be tried", None);
            gpu_encoder_of(spec, hdr.curve(), &tools).await
        };
        let gpu = gpu.unwrap_or_else(|told| {
            job.progress.log(Level::Warn, told, serde_json::Value::Null);
            None
        });
        let facts = Facts::new(Arc::clone(spec), host, Some(browser.kind), hdr)
            .with_gpu(gpu)
            .with_sandbox(Sandbox::here(spec.environment.sandbox));
        // Nothing has been started yet.
        let (plan, staff) = admit(job, RenderPlan::from_facts(facts)).await?;
        let context = SoundContext {
            tools: &tools,
            browser: &browser,
            host,
            transaction: job.transaction,
            scratch: job.scratch,
            groups: job.memory.groups(),
        };
        Ok(Self {
            plan,
            staff,
            server: serve(job).await?,
            proxy: proxy(job).await?,
            sound: SoundStage::new(spec, Arc::clone(&job.progress), context),
            checked: Arc::default(),
            tools,
            browser,
            host,
        })
    }

    /// Where the job's video sources and tools are; decoders are listed in `groups`.
    pub fn sources(&self, job: &JobContext<'_>, groups: Groups) -> Sources {
        let composition = &job.spec.composition;
        let process = Duration::from_millis(job.spec.engine.ffmpeg_process_timeout_ms);
        Sources {
            project_dir: composition.project_dir.clone(),
            compiled_dir: composition.compiled_dir.clone(),
            ffmpeg: self.tools.ffmpeg.clone(),
            ffprobe: self.tools.ffprobe.clone(),
            deadline: frame_deadline(process),
            groups,
            wide: false,
        }
    }
}

/// Says once whether the output is HDR, where that was a question.
fn tell_hdr(job: &JobContext<'_>, told: &HdrTold) {
    if let Some(line) = &told.line {
        let line = format!("[Native] {line}");
        job.progress.log(Level::Info, line, json!(told));
    }
    for warning in &told.warnings {
        job.warn(warning);
    }
}

/// The proxy of the job's pages; none where they may reach all.
async fn proxy(job: &JobContext<'_>) -> Result<Option<PageProxy>, RenderError> {
    let opens_public = match job.spec.page_limits.network {
        PageNetwork::All => return Ok(None),
        PageNetwork::Public => true,
        PageNetwork::None => false,
    };
    let progress = Arc::clone(&job.progress);
    let on_refused = Box::new(move |place: &str| {
        let line = format!("[Native] the page may not reach {place} (HF_NATIVE_PAGE_NETWORK)");
        progress.log(Level::Warn, line, serde_json::Value::Null);
    });
    Ok(Some(PageProxy::start(opens_public, on_refused).await?))
}

async fn serve(job: &JobContext<'_>) -> Result<AssetServer, RenderError> {
    let composition = &job.spec.composition;
    let progress = Arc::clone(&job.progress);
    Ok(AssetServer::start(ServeOptions {
        roots: vec![
            composition.compiled_dir.clone(),
            composition.project_dir.clone(),
        ],
        index_document: composition.document_path.clone(),
        is_confined: job.spec.page_limits.files == PageFiles::Project,
        head_block: composition.pre_head.clone(),
        on_missing: Box::new(move |path| {
            let line = format!("[FileServer] 404 Not Found: {path}");
            progress.log(Level::Warn, line, serde_json::Value::Null);
        }),
    })
    .await?)
}
