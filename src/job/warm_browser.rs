//! Starting a browser for a render that is about to come, with what is known of it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::browser::{
    Deadlines, LaunchProfile, NetworkAccess, Sandbox, Tiles, find_browser, resolve_gpu,
};
use crate::capture::{Fit, WarmLaunch, start_ahead};
use crate::machine::{Host, Ledger};
use crate::plan::{launch_mode, raster_threads};
use crate::spec::{Engine, Environment};

/// Hosts with less memory start browsers only when they are needed, MiB.
const MIN_HOST_MIB: u64 = 4096;
/// Upstream turns its low-memory mode on by itself up to here; no browser is expected then, MiB.
const LOW_MEMORY_MIB: u64 = 8192;

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
    /// The job that will use it has not begun: a command line is starting.
    #[serde(default)]
    pub is_expected: bool,
}

/// Starts a browser for a render that is about to come. Does nothing where that is not worth it,
/// or not possible: the render itself will say why. Called within the runtime.
pub fn start_warm_browser(request: WarmRequest) {
    let host = Host::detect();
    let is_scarce = match request.is_expected {
        true => host.memory_mib <= LOW_MEMORY_MIB,
        false => host.memory_mib < MIN_HOST_MIB,
    };
    // The render that it would be for has to wait anyway.
    let is_short = Ledger::of_process().is_short();
    if request.engine.low_memory_mode || is_scarce || is_short {
        return;
    }
    let configured = request.engine.browser_path.as_deref();
    let Ok(found) = find_browser(&Environment::read().browser_search(configured)) else {
        return;
    };
    let engine = &request.engine;
    let mode = launch_mode(engine, Some(found.kind));
    let fit = Fit {
        size: (request.width, request.height),
        executable: found.path,
        mode,
        gpu: engine.browser_gpu_mode,
        disable_gpu: engine.disable_gpu,
        call_deadline: Duration::from_millis(engine.protocol_timeout_ms),
    };
    start_ahead(fit.clone(), request.is_expected, |scratch| {
        resolve(request, fit, host, scratch)
    });
}

async fn resolve(
    request: WarmRequest,
    fit: Fit,
    host: Host,
    scratch: PathBuf,
) -> Option<WarmLaunch> {
    let engine = &request.engine;
    let deadlines = Deadlines {
        launch: Duration::from_millis(engine.browser_timeout_ms),
        call: fit.call_deadline,
    };
    let gpu = resolve_gpu(fit.gpu, &fit.executable, &scratch, deadlines).await;
    let profile = LaunchProfile {
        width: request.width,
        height: request.height,
        device_scale_factor: 1.0,
        mode: fit.mode,
        gpu,
        disable_gpu: fit.disable_gpu,
        raster_threads: raster_threads(host, request.workers.map(u64::from)),
        tiles: Tiles::Small,
        is_sandboxed: Sandbox::here(Environment::read().sandbox).is_on(),
        network: NetworkAccess::Open,
        host_memory_mib: host.memory_mib,
    };
    Some(WarmLaunch {
        executable: fit.executable,
        profile,
        deadlines,
    })
}
