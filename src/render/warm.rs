//! Browsers started ahead of the render that will use them: while a composition compiles, and
//! between the renders of a process that makes many. Few, for a short time, and never on a host
//! that lacks the memory.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinHandle;

use super::error::RenderError;
use super::host::Host;
use super::plan::launch_mode;
use super::scratch::Scratch;
use super::spec::Engine;
use crate::browser::{Browser, Deadlines, LaunchProfile, find_browser, launch, resolve_gpu};

/// Most browsers waiting at a time.
const CAPACITY: usize = 2;
/// How long one waits for a render.
const LIFETIME: Duration = Duration::from_secs(30);
/// Hosts with less memory start browsers only when they are needed, MiB.
const MIN_HOST_MIB: u64 = 4096;

static SHELF: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());
static RENDERS: AtomicUsize = AtomicUsize::new(0);
static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

/// What is known of a render before its composition is compiled.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WarmRequest {
    /// Page width, CSS pixels.
    pub width: u32,
    /// Page height, CSS pixels.
    pub height: u32,
    /// Worker count, when the caller gives one.
    #[serde(default)]
    pub workers: Option<u32>,
    /// Browser and limits.
    #[serde(default)]
    pub engine: Engine,
}

/// A started browser and the folder it lives in.
pub(super) struct WarmBrowser {
    pub browser: Browser,
    pub scratch: Scratch,
}

struct Waiting {
    id: usize,
    executable: PathBuf,
    profile: LaunchProfile,
    starting: JoinHandle<Result<WarmBrowser, RenderError>>,
}

impl Waiting {
    /// Ends it and removes its folder.
    async fn discard(self) {
        if let Ok(Ok(mut warm)) = self.starting.await {
            warm.browser.close().await;
            warm.scratch.remove().await;
        }
    }
}

/// Starts a browser for a render that is about to come. Does nothing where that is not worth it,
/// or not possible: the render itself will say why.
pub async fn warm_up(request: WarmRequest) {
    let host = Host::detect();
    let engine = &request.engine;
    if engine.low_memory_mode || host.memory_mib < MIN_HOST_MIB || shelf().len() >= CAPACITY {
        return;
    }
    let Ok(found) = find_browser(engine.browser_path.as_deref()) else {
        return;
    };
    let deadlines = Deadlines {
        launch: Duration::from_millis(engine.browser_timeout_ms),
        call: Duration::from_millis(engine.protocol_timeout_ms),
    };
    let Ok(scratch) = Scratch::create() else {
        return;
    };
    let preference = engine.browser_gpu_mode;
    let gpu = resolve_gpu(preference, &found.path, scratch.path(), deadlines).await;
    let profile = LaunchProfile {
        width: request.width,
        height: request.height,
        device_scale_factor: 1.0,
        mode: launch_mode(engine, Some(found.kind)),
        gpu,
        disable_gpu: engine.disable_gpu,
        raster_threads: super::sizing::raster_threads(host, request.workers.map(u64::from)),
        host_memory_mib: host.memory_mib,
    };
    let (executable, wanted) = (found.path.clone(), profile.clone());
    let starting = tokio::spawn(async move {
        let browser = launch(&executable, &wanted, scratch.path(), deadlines).await?;
        Ok(WarmBrowser { browser, scratch })
    });
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    shelf().push(Waiting {
        id,
        executable: found.path,
        profile,
        starting,
    });
    tokio::spawn(async move {
        tokio::time::sleep(LIFETIME).await;
        let expired = {
            let mut shelf = shelf();
            let at = shelf.iter().position(|waiting| waiting.id == id);
            at.map(|at| shelf.remove(at))
        };
        if let Some(expired) = expired {
            expired.discard().await;
        }
    });
}

/// Takes a waiting browser that was started exactly so; waits for one that is still starting.
pub(super) async fn lease(executable: &Path, profile: &LaunchProfile) -> Option<WarmBrowser> {
    let found = {
        let mut shelf = shelf();
        let fits = |w: &Waiting| w.executable == executable && w.profile.makes_same_pixels(profile);
        let at = shelf.iter().position(fits)?;
        shelf.remove(at)
    };
    let started: Result<WarmBrowser, RenderError> = found
        .starting
        .await
        .unwrap_or_else(|e| Err(RenderError::Panic(e.to_string())));
    match started {
        Ok(warm) if warm.browser.is_alive() => Some(warm),
        Ok(_) => None,
        Err(error) => {
            tracing::info!(%error, "a browser started ahead did not come up");
            None
        }
    }
}

/// Counts a render that begins.
pub(super) fn render_begins() {
    RENDERS.fetch_add(1, Ordering::SeqCst);
}

/// Counts a render that ended; with the last of the process go the browsers nobody took.
pub(super) async fn render_ended() {
    if RENDERS.fetch_sub(1, Ordering::SeqCst) == 1 {
        let left: Vec<Waiting> = shelf().drain(..).collect();
        for waiting in left {
            waiting.discard().await;
        }
    }
}

fn shelf() -> MutexGuard<'static, Vec<Waiting>> {
    SHELF.lock().unwrap_or_else(PoisonError::into_inner)
}
