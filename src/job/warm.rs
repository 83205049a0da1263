//! Browsers started ahead of the render that will use them: while a composition compiles, and
//! between the renders of a process that makes many. Few, for a short time, and never on a host
//! that lacks the memory.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use serde::Deserialize;
use tokio::task::JoinHandle;

use super::scratch::Scratch;
use crate::browser::{Browser, Deadlines, LaunchProfile, find_browser, launch, resolve_gpu};
use crate::machine::Host;
use crate::plan::launch_mode;
use crate::plan::raster_threads;
use crate::spec::Engine;
use crate::sync::IgnorePoison;

/// Most browsers waiting at a time.
const CAPACITY: usize = 2;
/// How long one waits for a render.
const LIFETIME: Duration = Duration::from_secs(30);
/// Hosts with less memory start browsers only when they are needed, MiB.
const MIN_HOST_MIB: u64 = 4096;

static WARM_POOL: Mutex<Vec<Waiting>> = Mutex::new(Vec::new());
static RENDERS: AtomicUsize = AtomicUsize::new(0);
static NEXT_ID: AtomicUsize = AtomicUsize::new(0);

/// What is known of a render before its composition is compiled.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
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

/// A browser that is up, and what it was started for.
struct Prepared {
    browser: Browser,
    executable: PathBuf,
    profile: LaunchProfile,
}

/// A browser that is up or still starting.
struct Waiting {
    id: usize,
    size: (u32, u32),
    scratch: Scratch,
    preparing: JoinHandle<Option<Prepared>>,
}

impl Waiting {
    /// Ends it, however far its start has come, and removes its folder.
    async fn discard(self) {
        self.preparing.abort();
        if let Ok(Some(mut prepared)) = self.preparing.await {
            prepared.browser.close().await;
        }
        self.scratch.remove().await;
    }
}

/// One that a render waits for. A render that ends meanwhile leaves it on the shelf, where whoever
/// tidies up finds it.
struct Awaited(Option<Waiting>);

impl Awaited {
    /// When it is up, or will never be.
    async fn prepared(mut self) -> Option<(Prepared, Scratch)> {
        let prepared = (&mut self.0.as_mut()?.preparing).await;
        let scratch = self.0.take()?.scratch;
        match prepared {
            Ok(Some(prepared)) => Some((prepared, scratch)),
            _ => {
                scratch.remove().await;
                None
            }
        }
    }
}

impl Drop for Awaited {
    fn drop(&mut self) {
        shelf().extend(self.0.take());
    }
}

/// Starts a browser for a render that is about to come. Does nothing where that is not worth it,
/// or not possible: the render itself will say why. Called within the runtime.
pub fn warm_up(request: WarmRequest) {
    let host = Host::detect();
    if request.engine.low_memory_mode || host.memory_mib < MIN_HOST_MIB {
        return;
    }
    start(request, host);
}

fn start(request: WarmRequest, host: Host) {
    let mut shelf = shelf();
    if shelf.len() >= CAPACITY {
        return;
    }
    let Ok(scratch) = Scratch::create() else {
        return;
    };
    let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
    shelf.push(Waiting {
        id,
        size: (request.width, request.height),
        preparing: tokio::spawn(prepare(request, host, scratch.path().to_owned())),
        scratch,
    });
    drop(shelf);
    tokio::spawn(async move {
        tokio::time::sleep(LIFETIME).await;
        if let Some(expired) = take(|waiting| waiting.id == id) {
            expired.discard().await;
        }
    });
}

async fn prepare(request: WarmRequest, host: Host, scratch: PathBuf) -> Option<Prepared> {
    let engine = &request.engine;
    let found = find_browser(engine.browser_path.as_deref()).ok()?;
    let deadlines = Deadlines {
        launch: Duration::from_millis(engine.browser_timeout_ms),
        call: Duration::from_millis(engine.protocol_timeout_ms),
    };
    let preference = engine.browser_gpu_mode;
    let gpu = resolve_gpu(preference, &found.path, &scratch, deadlines).await;
    let profile = LaunchProfile {
        width: request.width,
        height: request.height,
        device_scale_factor: 1.0,
        mode: launch_mode(engine, Some(found.kind)),
        gpu,
        disable_gpu: engine.disable_gpu,
        raster_threads: raster_threads(host, request.workers.map(u64::from)),
        host_memory_mib: host.memory_mib,
    };
    match launch(&found.path, &profile, &scratch, deadlines).await {
        Ok(browser) => Some(Prepared {
            browser,
            executable: found.path,
            profile,
        }),
        Err(error) => {
            tracing::info!(%error, "a browser started ahead did not come up");
            None
        }
    }
}

/// Takes a waiting browser that was started exactly so; waits for one that is still starting.
pub(super) async fn lease(executable: &Path, profile: &LaunchProfile) -> Option<WarmBrowser> {
    let waiting = take(|waiting| waiting.size == (profile.width, profile.height))?;
    let (mut prepared, scratch) = Awaited(Some(waiting)).prepared().await?;
    let fits = prepared.executable == executable
        && prepared.profile.makes_same_pixels(profile)
        && prepared.browser.is_alive();
    if !fits {
        prepared.browser.close().await;
        scratch.remove().await;
        return None;
    }
    let browser = prepared.browser;
    Some(WarmBrowser { browser, scratch })
}

/// Ends the browsers nobody took, unless a render of this process may still want one. Returns
/// when they and their folders are gone.
pub async fn cool_down() {
    if RENDERS.load(Ordering::SeqCst) > 0 {
        return;
    }
    while let Some(waiting) = take(|_| true) {
        waiting.discard().await;
    }
}

/// Counts a render that begins.
pub(super) fn render_begins() {
    RENDERS.fetch_add(1, Ordering::SeqCst);
}

/// Counts a render that ended; with the last of the process go the browsers nobody took.
pub(super) async fn render_ended() {
    RENDERS.fetch_sub(1, Ordering::SeqCst);
    cool_down().await;
}

fn take(fits: impl Fn(&Waiting) -> bool) -> Option<Waiting> {
    let mut shelf = shelf();
    let at = shelf.iter().position(fits)?;
    Some(shelf.remove(at))
}

fn shelf() -> MutexGuard<'static, Vec<Waiting>> {
    WARM_POOL.lock().ignore_poison()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use tokio::time::timeout;

    const SIZE: (u32, u32) = (320, 180);

    /// Starts a browser that never answers, and gives the folder it was given.
    fn start_silent(dir: &Path) -> PathBuf {
        let program = dir.join("chrome-headless-shell");
        std::fs::write(&program, "#!/bin/sh\nsleep 600\n").unwrap();
        std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
        let (width, height) = SIZE;
        let engine = serde_json::json!({"browserPath": program, "browserGpuMode": "software"});
        let request = serde_json::json!({"width": width, "height": height, "engine": engine});
        start(serde_json::from_value(request).unwrap(), Host::detect());
        let shelf = shelf();
        shelf[shelf.len() - 1].scratch.path().to_owned()
    }

    // One test: the shelf is the process's.
    #[tokio::test]
    async fn one_that_is_still_starting_ends_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let soon = Duration::from_secs(10);
        let folder = start_silent(dir.path());
        tokio::time::sleep(Duration::from_millis(200)).await;
        timeout(soon, cool_down()).await.unwrap();
        assert!(!folder.exists() && shelf().is_empty(), "while nobody waits");

        let folder = start_silent(dir.path());
        let profile = LaunchProfile {
            width: SIZE.0,
            height: SIZE.1,
            device_scale_factor: 1.0,
            mode: crate::browser::LaunchMode::BeginFrame,
            gpu: crate::browser::GpuMode::Software,
            disable_gpu: false,
            raster_threads: 1,
            host_memory_mib: 8192,
        };
        let leasing = lease(dir.path(), &profile);
        assert!(timeout(Duration::from_millis(200), leasing).await.is_err());
        assert_eq!(shelf().len(), 1, "the render that waited has ended");
        timeout(soon, cool_down()).await.unwrap();
        assert!(
            !folder.exists() && shelf().is_empty(),
            "after a render waited"
        );
    }
}
