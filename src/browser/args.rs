//! Chrome's command line. Pixels depend on it, so it is upstream's, including the flags that
//! puppeteer adds (docs/upstream.md#chrome-flags; checked against the process list of CLI 0.8.170).
//! Only `--disable-partial-raster`, `--ui-disable-partial-swap`, `--block-new-web-contents` and those of
//! [`NetworkAccess`] are ours, and `--no-sandbox` and `--no-zygote` are left out where Chrome has a
//! sandbox.

use serde::{Deserialize, Serialize};

/// Which GL backend Chrome draws with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum GpuMode {
    /// SwiftShader.
    Software,
    /// The host's GPU.
    Hardware,
}

/// Who drives the compositor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LaunchMode {
    /// Chrome draws a frame only when it is told to (headless-shell on Linux).
    BeginFrame,
    /// Chrome draws by itself, and frames are screenshots.
    Screenshot,
}

/// The tiles in which pages are rastered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tiles {
    /// Chrome's own: 256 pixels wide and high.
    Small,
    /// One for the whole page, on one thread.
    WholePage,
}

/// What pages reach on the network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NetworkAccess {
    /// Whatever this machine reaches.
    #[default]
    Open,
    /// One server of `localhost` directly, and what a SOCKS proxy on 127.0.0.1 lets through.
    Proxied {
        /// Port of the server.
        direct: u16,
        /// Port of the proxy.
        proxy: u16,
    },
    /// Nothing.
    Closed,
}

/// WebRTC sends no datagrams past a proxy. Chrome and the headless shell differ in the name.
const NO_DATAGRAMS: [&str; 2] = [
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
];

impl NetworkAccess {
    fn args(self) -> Vec<String> {
        let mut args = match self {
            Self::Open => return Vec::new(),
            Self::Proxied { direct, proxy } => vec![
                format!("--proxy-server=socks5://127.0.0.1:{proxy}"),
                // Chrome goes to loopback without a proxy unless told not to.
                format!("--proxy-bypass-list=<-loopback>;localhost:{direct}"),
                // What takes no proxy finds no host: WebTransport, prefetched names, STUN.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
                    .into(),
            ],
            Self::Closed => vec!["--host-resolver-rules=MAP * ~NOTFOUND".into()],
        };
        args.extend(NO_DATAGRAMS.map(str::to_owned));
        args
    }
}

/// Everything the command line depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct LaunchProfile {
    /// Page width, CSS pixels.
    pub width: u32,
    /// Page height, CSS pixels.
    pub height: u32,
    /// Device pixels per CSS pixel.
    pub device_scale_factor: f64,
    /// Compositor control.
    pub mode: LaunchMode,
    /// GL backend.
    pub gpu: GpuMode,
    /// Add `--disable-gpu`.
    pub disable_gpu: bool,
    /// Threads that raster the page, at least 1. Chrome's own choice on two cores is one thread,
    /// which leaves a core idle when there is a single worker.
    pub raster_threads: usize,
    /// How large what they raster is. Gradients are dithered by tile: their pixels differ by 1 of
    /// 255.
    pub tiles: Tiles,
    /// It runs in its sandbox ([`Sandbox`](super::Sandbox)).
    pub is_sandboxed: bool,
    /// What its pages reach.
    pub network: NetworkAccess,
    /// Host memory in MiB, or the cgroup's limit where that is less; Chrome's own budgets depend on
    /// it.
    pub host_memory_mib: u64,
}

/// What puppeteer 25 adds to every headless launch.
const PUPPETEER_DEFAULTS: &[&str] = &[
    "--allow-pre-commit-input",
    "--disable-background-networking",
    "--disable-client-side-phishing-detection",
    "--disable-crash-reporter",
    "--disable-infobars",
    "--disable-prompt-on-repost",
    "--disable-search-engine-choice-screen",
    "--enable-automation",
    "--export-tagged-pdf",
    "--generate-pdf-document-outline",
    "--metrics-recording-only",
    "--no-first-run",
    "--password-store=basic",
    "--use-mock-keychain",
    "--headless=new",
    "--hide-scrollbars",
    "--mute-audio",
];

const COMMON: &[&str] = &[
    "--disable-setuid-sandbox",
    "--disable-dev-shm-usage",
    "--enable-webgl",
    "--ignore-gpu-blocklist",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--disable-background-media-suspend",
    "--disable-breakpad",
    "--disable-component-extensions-with-background-pages",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-hang-monitor",
    "--disable-ipc-flooding-protection",
    "--disable-popup-blocking",
    "--disable-sync",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-print-preview",
    "--no-pings",
    // A page that opens windows would have them drawn beside its own.
    "--block-new-web-contents",
    "--disk-cache-size=268435456",
    // Without it an AudioContext starts suspended, which would dead-lock the capture loop.
    "--autoplay-policy=no-user-gesture-required",
];

/// Processes of a sandbox come from Chrome's zygote.
const WITHOUT_SANDBOX: &[&str] = &["--no-sandbox", "--no-zygote"];

const BEGIN_FRAME: &[&str] = &[
    "--deterministic-mode",
    "--enable-begin-frame-control",
    "--disable-new-content-rendering-timeout",
    "--run-all-compositor-stages-before-draw",
    "--disable-threaded-animation",
    "--disable-threaded-scrolling",
    "--disable-checker-imaging",
    "--disable-image-animation-resync",
    "--enable-surface-synchronization",
    // With partial raster, pixels depend on the frames that a page showed before, and so on the
    // number of workers.
    "--disable-partial-raster",
    // With partial swap the display redraws only what it takes for damaged. It misses layers that
    // are rastered again without moving: they stay as they were on the output surface
    // (docs/performance.md).
    "--ui-disable-partial-swap",
];

/// Chrome honours only the last occurrence of a feature flag, so each list is one flag.
const DISABLED_FEATURES: &str = "--disable-features=Translate,AcceptCHFrame,MediaRouter,OptimizationHints,WebUIReloadButton,WebUIOmniboxPopup,WebUIOmniboxAimPopup,ProcessPerSiteUpToMainFrameThreshold,IsolateSandboxedIframes,AudioServiceOutOfProcess,IsolateOrigins,site-per-process,BackForwardCache,IntensiveWakeUpThrottling";
const ENABLED_FEATURES: &str = "--enable-features=PdfOopif,CanvasDrawElement";

/// GL flags for a backend on this platform.
pub(super) fn gpu_args(gpu: GpuMode) -> &'static [&'static str] {
    match gpu {
        GpuMode::Software => &[
            "--use-gl=angle",
            "--use-angle=swiftshader",
            "--enable-unsafe-swiftshader",
        ],
        GpuMode::Hardware if cfg!(target_os = "macos") => &[
            "--use-gl=angle",
            "--use-angle=metal",
            "--enable-gpu-rasterization",
        ],
        GpuMode::Hardware if cfg!(windows) => &[
            "--use-gl=angle",
            "--use-angle=d3d11",
            "--enable-gpu-rasterization",
        ],
        GpuMode::Hardware => &[
            "--use-gl=angle",
            "--use-angle=gl-egl",
            "--enable-gpu-rasterization",
            "--disable-software-rasterizer",
        ],
    }
}

/// GPU memory in MiB that Chrome is told it may use (upstream's rule).
fn gpu_memory_mib(host_mib: u64) -> u64 {
    match host_mib {
        0..4096 => 512,
        4096..=8192 => 1024,
        _ => (host_mib / 2).min(16384),
    }
}

impl LaunchProfile {
    /// Whether browsers of both profiles draw the same pixels: they may differ only in the number
    /// of raster threads.
    pub fn makes_same_pixels(&self, other: &Self) -> bool {
        let comparable = |profile: &Self| Self {
            raster_threads: 1,
            ..profile.clone()
        };
        comparable(self) == comparable(other)
    }

    /// Window size in device pixels. BeginFrame frames are as large as the window; the size of
    /// screenshots depends on their scale.
    pub fn window_size(&self) -> (u32, u32) {
        let scale = match self.mode {
            LaunchMode::BeginFrame => self.device_scale_factor,
            LaunchMode::Screenshot => 1.0,
        };
        let scaled = |css: u32| (f64::from(css) * scale).round() as u32;
        (scaled(self.width), scaled(self.height))
    }

    /// The arguments, without those for the profile folder and the debugging pipe.
    pub fn args(&self) -> Vec<String> {
        let mut args: Vec<String> = Vec::with_capacity(80);
        let mut add = |list: &[&str]| args.extend(list.iter().map(|arg| (*arg).to_owned()));
        add(PUPPETEER_DEFAULTS);
        add(COMMON);
        if !self.is_sandboxed {
            add(WITHOUT_SANDBOX);
        }
        add(gpu_args(self.gpu));
        add(&[DISABLED_FEATURES, ENABLED_FEATURES]);
        match self.gpu {
            // Without this, SwiftShader presents stale raster again, which smears moving content.
            GpuMode::Software => add(&["--disable-gpu-compositing"]),
            GpuMode::Hardware => add(&["--enable-unsafe-webgpu"]),
        }
        if self.mode == LaunchMode::BeginFrame {
            add(BEGIN_FRAME);
        }
        if self.disable_gpu {
            add(&["--disable-gpu"]);
        }
        args.extend(self.network.args());
        let (width, height) = self.window_size();
        let raster_threads = match self.tiles {
            Tiles::Small => self.raster_threads,
            Tiles::WholePage => {
                // Chrome makes tiles no larger than their layers, and layers reach beyond the page.
                args.push(format!("--default-tile-width={}", width * 2));
                args.push(format!("--default-tile-height={}", height * 2));
                1
            }
        };
        if raster_threads > 1 {
            args.push(format!("--num-raster-threads={raster_threads}"));
        }
        args.push(format!("--window-size={width},{height}"));
        args.push(format!(
            "--force-gpu-mem-available-mb={}",
            gpu_memory_mib(self.host_memory_mib)
        ));
        match self.host_memory_mib {
            0..4096 => args.push("--js-flags=--max-old-space-size=256".into()),
            4096..=8192 => args.push("--js-flags=--max-old-space-size=512".into()),
            _ => {}
        }
        args
    }
}

#[cfg(test)]
impl LaunchProfile {
    /// A page of 320 x 180 pixels.
    pub(crate) fn sample(mode: LaunchMode, gpu: GpuMode) -> Self {
        Self {
            width: 320,
            height: 180,
            device_scale_factor: 1.0,
            mode,
            gpu,
            disable_gpu: false,
            raster_threads: 1,
            tiles: Tiles::Small,
            is_sandboxed: false,
            network: NetworkAccess::Open,
            host_memory_mib: 24000,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(mode: LaunchMode, gpu: GpuMode) -> Vec<String> {
        LaunchProfile::sample(mode, gpu).args()
    }

    #[test]
    fn feature_flags_appear_once() {
        let args = profile(LaunchMode::BeginFrame, GpuMode::Software);
        for flag in ["--disable-features", "--enable-features"] {
            assert_eq!(args.iter().filter(|arg| arg.starts_with(flag)).count(), 1);
        }
    }

    #[test]
    fn a_limited_page_has_one_way_to_the_network() {
        let mut profile = LaunchProfile::sample(LaunchMode::BeginFrame, GpuMode::Software);
        let open = profile.args();
        profile.network = NetworkAccess::Proxied {
            direct: 81,
            proxy: 82,
        };
        let proxied = profile.args();
        let more: Vec<_> = proxied.iter().filter(|arg| !open.contains(arg)).collect();
        assert_eq!(more.len(), 5, "{more:?}");
        assert_eq!(more[0], "--proxy-server=socks5://127.0.0.1:82");
        assert_eq!(more[1], "--proxy-bypass-list=<-loopback>;localhost:81");
        assert!(open.iter().all(|arg| !arg.contains("proxy")));
    }

    #[test]
    fn a_browser_in_its_sandbox_has_a_zygote() {
        let mut profile = LaunchProfile::sample(LaunchMode::BeginFrame, GpuMode::Software);
        for is_sandboxed in [true, false] {
            profile.is_sandboxed = is_sandboxed;
            let args = profile.args();
            for flag in WITHOUT_SANDBOX {
                assert_eq!(args.iter().any(|arg| arg == flag), !is_sandboxed, "{flag}");
            }
        }
    }

    #[test]
    fn only_the_begin_frame_launch_takes_the_compositor() {
        let has = |args: &[String]| args.iter().any(|a| a == "--enable-begin-frame-control");
        assert!(has(&profile(LaunchMode::BeginFrame, GpuMode::Software)));
        assert!(!has(&profile(LaunchMode::Screenshot, GpuMode::Software)));
    }

    #[test]
    fn one_tile_for_the_page_takes_one_thread_and_other_pixels() {
        let mut profile = LaunchProfile::sample(LaunchMode::BeginFrame, GpuMode::Software);
        profile.raster_threads = 2;
        let small = profile.clone();
        profile.tiles = Tiles::WholePage;
        assert!(!profile.makes_same_pixels(&small));
        let has = |profile: &LaunchProfile, flag: &str| {
            profile.args().iter().any(|arg| arg.starts_with(flag))
        };
        assert!(has(&profile, "--default-tile-width=640"));
        assert!(!has(&profile, "--num-raster-threads"));
        assert!(has(&small, "--num-raster-threads=2") && !has(&small, "--default-tile"));
    }

    #[test]
    fn frames_drawn_on_command_need_a_window_of_their_size() {
        let window = |mode| {
            let mut profile = LaunchProfile::sample(mode, GpuMode::Software);
            profile.device_scale_factor = 2.0;
            profile.window_size()
        };
        assert_eq!(window(LaunchMode::BeginFrame), (640, 360));
        assert_eq!(window(LaunchMode::Screenshot), (320, 180));
    }

    #[test]
    fn gpu_memory_follows_the_tiers() {
        assert_eq!(
            [2000, 8192, 24104, 90000].map(gpu_memory_mib),
            [512, 1024, 12052, 16384]
        );
    }
}
