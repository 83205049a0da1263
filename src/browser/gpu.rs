//! Which GL backend this host gives Chrome.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::args::{GpuMode, LaunchMode, LaunchProfile, NetworkAccess, Tiles};
use super::error::BrowserError;
use super::launch::{Deadlines, launch};

/// What the configuration asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum GpuPreference {
    /// Hardware when Chrome can use a GPU, else software.
    #[default]
    Auto,
    /// SwiftShader.
    Software,
    /// Hardware, without a probe.
    Hardware,
}

/// Words in a WebGL renderer's name that mean a software rasteriser (upstream's list).
const SOFTWARE_NAMES: [&str; 7] = [
    "swiftshader",
    "llvmpipe",
    "lavapipe",
    "softpipe",
    "mesa offscreen",
    "microsoft basic render driver",
    "software rasterizer",
];

const RENDERER_SCRIPT: &str = r#"(() => {
  const gl = document.createElement("canvas").getContext("webgl");
  const info = gl && gl.getExtension("WEBGL_debug_renderer_info");
  return info ? String(gl.getParameter(info.UNMASKED_RENDERER_WEBGL)) : "";
})()"#;

/// Resolves a preference. `Auto` is software on a host without a render device. Elsewhere it takes
/// one short launch that reads WebGL's renderer name; an error in it means software.
pub async fn resolve_gpu(
    preference: GpuPreference,
    executable: &Path,
    scratch: &Path,
    deadlines: Deadlines,
) -> GpuMode {
    match preference {
        GpuPreference::Software => GpuMode::Software,
        GpuPreference::Hardware => GpuMode::Hardware,
        GpuPreference::Auto if !host_has_render_device() => GpuMode::Software,
        GpuPreference::Auto => match renderer_name(executable, scratch, deadlines).await {
            Ok(name) if is_hardware(&name) => GpuMode::Hardware,
            Ok(name) => {
                tracing::info!(renderer = name, "GPU probe: software");
                GpuMode::Software
            }
            Err(error) => {
                tracing::info!(%error, "GPU probe failed: software");
                GpuMode::Software
            }
        },
    }
}

fn is_hardware(renderer: &str) -> bool {
    let name = renderer.to_lowercase();
    !name.is_empty()
        && !SOFTWARE_NAMES
            .iter()
            .any(|software| name.contains(software))
}

fn host_has_render_device() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let dri = std::fs::read_dir("/dev/dri")
        .into_iter()
        .flatten()
        .flatten();
    Path::new("/dev/nvidiactl").exists()
        || Path::new("/dev/dxg").exists()
        || dri
            .into_iter()
            .any(|e| e.file_name().to_string_lossy().starts_with("renderD"))
}

async fn renderer_name(
    executable: &Path,
    scratch: &Path,
    deadlines: Deadlines,
) -> Result<String, BrowserError> {
    let profile = LaunchProfile {
        width: 64,
        height: 64,
        device_scale_factor: 1.0,
        mode: LaunchMode::Screenshot,
        gpu: GpuMode::Hardware,
        disable_gpu: false,
        raster_threads: 1,
        tiles: Tiles::Small,
        is_sandboxed: false,
        network: NetworkAccess::Open,
        host_memory_mib: 8192,
    };
    let mut browser = launch(executable, &profile, scratch, deadlines).await?;
    let page = browser.open_page(64, 64, 1.0).await?;
    let name = page.evaluate(RENDERER_SCRIPT).await;
    browser.close().await;
    name
}

#[cfg(test)]
mod tests {
    use super::is_hardware;

    #[test]
    fn software_rasterisers_are_known_by_name() {
        assert!(!is_hardware(
            "ANGLE (Mesa, llvmpipe (LLVM 15.0.6 256 bits), OpenGL ES 3.2)"
        ));
        assert!(!is_hardware("Google SwiftShader"));
        assert!(!is_hardware(""));
        assert!(is_hardware("ANGLE (NVIDIA, NVIDIA L4, OpenGL ES 3.2)"));
    }
}
