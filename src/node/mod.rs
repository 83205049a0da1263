//! What Node sees. No logic: JSON in, JSON out, every panic caught. The only room that names
//! `napi`.

mod blend_pool;
mod environments;
mod events;
mod frame_cache;
mod frame_session;
mod reply;
mod runtime;

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Function, Result, block_on, within_runtime_if_available};
use napi_derive::napi;

use crate::job::{RenderJob, WarmRequest, abandon, cool_down, explain, start_warm_browser};
use crate::spec::RenderSpec;
use crate::wire;

/// One native render. See `renderJob()` for the API made for people.
// A thread of Node may end while its renders run: then this is dropped under them, so what runs does not use it.
#[napi]
pub struct NativeRender {
    job: Arc<RenderJob>,
}

impl Drop for NativeRender {
    /// Nobody is left who could take what it makes.
    fn drop(&mut self) {
        self.job.cancel("whoever began it is gone");
    }
}

#[napi]
impl NativeRender {
    /// A render of `specJson`; `onEvent` gets each event as JSON text.
    /// Throws with `code` HF_NATIVE_INVALID_SPEC when the spec is not usable.
    #[napi(constructor, catch_unwind)]
    pub fn new(spec_json: String, on_event: Function<'_, String, ()>) -> Result<Self> {
        runtime::start_logging();
        let spec = RenderSpec::parse(&spec_json).map_err(|e| reply::to_napi(e.into()))?;
        let sink = events::sink(on_event)?;
        Ok(Self {
            job: Arc::new(RenderJob::new(spec, sink)),
        })
    }

    /// Renders to a staged artefact. Never rejects: JSON of `NativeReply` with the summary.
    #[napi]
    pub async fn run(&self) -> String {
        let job = Arc::clone(&self.job);
        let run = Arc::clone(&job);
        let outcome = runtime::guarded(async move { run.run().await });
        reply::of(&job, outcome.await)
    }

    /// Plays a page for the media that its scripts make; before `run`, and instead of it. Never
    /// rejects: JSON of `NativeReply` with `WatchedMedia`.
    #[napi]
    pub async fn watch_media(&self) -> String {
        let job = Arc::clone(&self.job);
        let watch = Arc::clone(&job);
        let watched = runtime::guarded(async move { watch.watch_media().await });
        reply::of(&job, watched.await)
    }

    /// Moves the staged artefact to its place, atomically. JSON as of `run`, without a value.
    #[napi]
    pub async fn publish(&self) -> String {
        let job = Arc::clone(&self.job);
        let staged = Arc::clone(&job);
        let outcome = runtime::guarded(async move { staged.publish() });
        reply::of(&job, outcome.await)
    }

    /// Throws the staged artefact away; idempotent. JSON as of `run`, without a value.
    #[napi]
    pub async fn discard(&self) -> String {
        let job = Arc::clone(&self.job);
        let staged = Arc::clone(&job);
        let thrown = runtime::guarded(async move {
            staged.discard();
            Ok(())
        });
        reply::of(&job, thrown.await)
    }

    /// The last lines that pages wrote to the console, at most `count`, oldest first.
    #[napi(catch_unwind)]
    pub fn console_tail(&self, count: u32) -> Vec<String> {
        self.job.console_tail(count as usize)
    }

    /// Ends the run; it then resolves with code HF_NATIVE_CANCELLED. Nothing stays staged.
    #[napi(catch_unwind)]
    pub fn cancel(&self, reason: String) {
        self.job.cancel(&reason);
    }
}

/// The plan of a render, decided from its spec and its sources; nothing is launched but ffprobe.
/// JSON as of `run`, with the plan. What is learnt about files is remembered.
#[napi]
pub async fn explain_plan(spec_json: String) -> String {
    let plan = runtime::guarded(async move { explain(RenderSpec::parse(&spec_json)?).await });
    reply::alone(plan.await)
}

/// Starts a browser in the background that the next render with the same needs takes over.
/// JSON `{width,height,workers?,engine}`; throws only when that cannot be read. A browser that
/// no render takes ends with the last running render, or after half a minute.
#[napi(catch_unwind)]
pub fn warm_browser(request_json: String) -> Result<()> {
    runtime::start_logging();
    let request: WarmRequest = serde_json::from_str(&request_json)
        .map_err(|e| reply::plain(&format!("HF_NATIVE_INVALID_SPEC: warm request: {e}")))?;
    within_runtime_if_available(|| start_warm_browser(request));
    Ok(())
}

/// Ends the browsers that [`warm_browser`] started and no render took, unless one is running.
/// Resolves when they are gone.
#[napi]
pub async fn cool_browsers() {
    cool_down().await;
}

/// The same for a process that is about to end: returns when they and renders that were cancelled
/// are gone, within half a second.
#[napi(catch_unwind)]
pub fn abandon_browsers() {
    block_on(abandon());
}

/// Ends the process with `code` after so many milliseconds, if it has not ended by itself then: for the
/// last thing that a process does.
#[napi(catch_unwind)]
pub fn end_within(ms: u32, code: i32) {
    runtime::end_within(Duration::from_millis(ms.into()), code);
}

/// Version of this build.
#[napi]
pub fn native_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

/// Version of the JSON that this build takes and gives.
#[napi]
pub fn wire_version() -> String {
    wire::wire_version().to_owned()
}
