//! Starting a browser for a render that is about to come, with what is known of it.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use crate::browser::{
    Deadlines, LaunchProfile, Tiles, WarmLaunch, find_browser, resolve_gpu, start_ahead,
};
use crate::machine::Host;
use crate::plan::{launch_mode, raster_threads};
use crate::spec::{Engine, Environment};

/// Hosts with less memory start browsers only when they are needed, MiB.
const MIN_HOST_MIB: u64 = 4096;

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

/// Starts a browser for a render that is about to come. Does nothing where that is not worth it,
/// or not possible: the render itself will say why. Called within the runtime.
pub fn warm_up(request: WarmRequest) {
    let host = Host::detect();
    if request.engine.low_memory_mode || host.memory_mib < MIN_HOST_MIB {
        return;
    }
    let size = (request.width, request.height);
    start_ahead(size, |scratch| resolve(request, host, scratch));
}

async fn resolve(request: WarmRequest, host: Host, scratch: PathBuf) -> Option<WarmLaunch> {
    let engine = &request.engine;
    let configured = engine.browser_path.as_deref();
    let found = find_browser(&Environment::read().browser_search(configured)).ok()?;
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
        tiles: Tiles::Small,
        host_memory_mib: host.memory_mib,
    };
    Some(WarmLaunch {
        executable: found.path,
        profile,
        deadlines,
    })
}
