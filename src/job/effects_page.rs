//! Audio effects for the mix: one browser of their own, started with the first track that has any.

use std::path::PathBuf;

use futures::future::BoxFuture;
use tokio::sync::Mutex;

use super::perf::MemoryWatch;
use crate::audio::{EffectsRenderer, EffectsRequest};
use crate::browser::{Browser, Deadlines, GpuMode, LaunchMode, LaunchProfile, launch};
use crate::page::{EffectsRun, run_effects, write_effects_page};

/// Runs effects, one track at a time: samples of a long track fill much memory.
pub(super) struct EffectsPage {
    pub executable: PathBuf,
    pub scratch: PathBuf,
    pub deadlines: Deadlines,
    /// The producer's script; absent when it did not give one.
    pub runtime: Option<PathBuf>,
    pub host_memory_mib: u64,
    pub memory: MemoryWatch,
    pub opened: Mutex<Option<Opened>>,
}

/// A running browser and the page to open in it.
pub(super) struct Opened {
    browser: Browser,
    page: PathBuf,
}

impl EffectsRenderer for EffectsPage {
    fn render(&self, request: EffectsRequest) -> BoxFuture<'_, Result<Vec<Vec<f32>>, String>> {
        Box::pin(self.run(request))
    }
}

impl EffectsPage {
    async fn run(&self, request: EffectsRequest) -> Result<Vec<Vec<f32>>, String> {
        let mut opened = self.opened.lock().await;
        let Opened { browser, page } = match &mut *opened {
            Some(opened) => opened,
            none => none.insert(self.open().await?),
        };
        let run = EffectsRun {
            planes: request.planes,
            sample_rate: request.sample_rate,
            chain: &request.chain,
            automation: request.automation.as_deref(),
            elapsed: request.elapsed,
        };
        let planes = run_effects(browser, page, run).await;
        planes.map_err(|error| error.to_string())
    }

    async fn open(&self) -> Result<Opened, String> {
        let runtime = self
            .runtime
            .as_deref()
            .ok_or("this version of the producer gave no audio effects")?;
        let page = write_effects_page(&self.scratch, runtime).map_err(|e| e.to_string())?;
        let profile = LaunchProfile {
            width: 64,
            height: 64,
            device_scale_factor: 1.0,
            mode: LaunchMode::Screenshot,
            gpu: GpuMode::Software,
            disable_gpu: false,
            raster_threads: 1,
            host_memory_mib: self.host_memory_mib,
        };
        let browser = launch(&self.executable, &profile, &self.scratch, self.deadlines)
            .await
            .map_err(|e| e.to_string())?;
        self.memory.add(browser.pid());
        Ok(Opened { browser, page })
    }
}
