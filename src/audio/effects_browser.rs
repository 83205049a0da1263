//! The browser that runs audio effects, started with the first track that has any.

use std::path::PathBuf;

use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::effects::{EffectsRenderer, EffectsRequest};
use crate::browser::{
    Browser, Deadlines, GpuMode, LaunchMode, LaunchProfile, NetworkAccess, Tiles, launch,
};
use crate::page::{EffectsRun, run_effects, write_effects_page};
use crate::process::Groups;

/// What the browser for effects is started with.
#[derive(Debug, Clone)]
pub struct EffectsBrowserSettings {
    /// Browser executable.
    pub executable: PathBuf,
    /// Folder for the browser's profile and the page it opens.
    pub scratch: PathBuf,
    /// How long it may take to start, and to answer a call.
    pub deadlines: Deadlines,
    /// Upstream's effects script; `None` when the version that drives has none.
    pub runtime: Option<PathBuf>,
    /// Memory of the host, MiB.
    pub host_memory_mib: u64,
    /// Lists the browser while it runs.
    pub groups: Groups,
}

/// Runs effects for one track at a time, because the samples of a long track take much memory.
pub(super) struct EffectsBrowser {
    settings: EffectsBrowserSettings,
    open: Mutex<Option<Open>>,
}

/// A running browser and the file that it opens as a page.
struct Open {
    browser: Browser,
    page: PathBuf,
}

impl EffectsRenderer for EffectsBrowser {
    fn render<'a>(&'a self, request: EffectsRequest<'a>) -> BoxFuture<'a, Result<u64, String>> {
        Box::pin(self.run(request))
    }
}

impl EffectsBrowser {
    /// Nothing is started yet.
    pub fn new(settings: EffectsBrowserSettings) -> Self {
        Self {
            settings,
            open: Mutex::default(),
        }
    }

    /// Ends the browser if it runs; its page may hold many samples.
    pub async fn close(&self) {
        drop(self.open.lock().await.take());
    }

    async fn run(&self, request: EffectsRequest<'_>) -> Result<u64, String> {
        let mut open = self.open.lock().await;
        let Open { browser, page } = match &mut *open {
            Some(open) => open,
            none => none.insert(self.start().await?),
        };
        let run = EffectsRun {
            channels: request.channels,
            samples: request.samples,
            sample_rate: request.sample_rate,
            chain: request.chain,
            automation: request.automation,
            elapsed: request.elapsed,
        };
        let made = run_effects(browser, page, run, request.sound).await;
        made.map_err(|error| error.to_string())
    }

    async fn start(&self) -> Result<Open, String> {
        let settings = &self.settings;
        let runtime = settings
            .runtime
            .as_deref()
            .ok_or("this version of the producer gave no audio effects")?;
        let scratch = &settings.scratch;
        let page = write_effects_page(scratch, runtime).map_err(|e| e.to_string())?;
        let profile = LaunchProfile {
            width: 64,
            height: 64,
            device_scale_factor: 1.0,
            mode: LaunchMode::Screenshot,
            gpu: GpuMode::Software,
            disable_gpu: false,
            raster_threads: 1,
            tiles: Tiles::Small,
            is_sandboxed: false,
            // Its script is given all that it needs.
            network: NetworkAccess::Closed,
            host_memory_mib: settings.host_memory_mib,
        };
        let browser = launch(&settings.executable, &profile, scratch, settings.deadlines)
            .await
            .map_err(|e| e.to_string())?;
        settings.groups.add(browser.pid());
        Ok(Open { browser, page })
    }
}
