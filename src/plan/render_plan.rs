//! The plan: every decision of a render, made in one place from facts, and printable.

use serde::Serialize;

use super::budget::{FrameBytes, MemoryBudget};
use super::hdr::{HdrDecision, HdrTold, decide_hdr};
use super::sizing::{Sizing, SizingFacts, size};
use crate::browser::{BrowserKind, LaunchMode, find_browser};
use crate::capture::CaptureError;
use crate::encode::{CodecOptions, EncodeSettings, OutputFormat, encoder_args};
use crate::job::RenderError;
use crate::machine::Host;
use crate::pixels::{FrameFormat, TransferFunction};
use crate::spec::{Engine, Environment, LaneDemand, RenderSpec};

/// Compile hints after which pages must see every frame in order.
const STATEFUL_HINTS: [&str; 1] = ["requestAnimationFrame"];

/// What a render is going to do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenderPlan {
    /// Kind of pipeline.
    pub route: &'static str,
    /// How pages are captured.
    pub capture: CapturePlan,
    /// Whether the output is HDR, and why.
    pub hdr: HdrTold,
    /// Workers and what bound them; of the expected length until the page was asked.
    pub sizing: Sizing,
    /// Memory.
    pub budget: MemoryBudget,
    /// Output width, pixels.
    pub output_width: u32,
    /// Output height, pixels.
    pub output_height: u32,
    /// Output container.
    pub format: OutputFormat,
    /// Frames, 0 while unknown.
    pub total_frames: u64,
    /// The encoder's command line.
    pub encoder: Vec<String>,
    /// What the environment of the process said.
    pub environment: Environment,
}

/// How pages are captured, and why so.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CapturePlan {
    /// Compositor control asked of the browser.
    pub mode: LaunchMode,
    /// Why not BeginFrame; empty when it is.
    pub reasons: Vec<String>,
    /// Read frames from the compositor's output surface where the host allows it.
    pub surface: bool,
    /// Photograph frames as PNG instead, for comparison with the surface.
    pub lossless: bool,
    /// Frames keep their transparency, or are put together from layers that do.
    pub alpha: bool,
    /// JPEG quality of captured frames where it does not.
    pub jpeg_quality: u8,
    /// Frames have to be raw: some are blended from several.
    pub blends: bool,
}

impl CapturePlan {
    /// What lanes are asked to hand over.
    pub fn picture_format(&self) -> FrameFormat {
        if self.alpha {
            FrameFormat::Rgba
        } else if self.surface || self.blends {
            FrameFormat::Yuv420
        } else {
            FrameFormat::Jpeg
        }
    }

    /// Turns to the next best lane after a failure that it may not have; false when there is
    /// none, or the failure is of another kind. Frames captured so far are in doubt and all
    /// captured again.
    pub fn replan_after(&mut self, error: &CaptureError) -> bool {
        if error.discredits_surface() && self.surface {
            self.surface = false;
        } else if error.is_stalled_compositor() && self.mode == LaunchMode::BeginFrame {
            (self.mode, self.surface) = (LaunchMode::Screenshot, false);
        } else {
            return false;
        }
        self.reasons.push(error.to_string());
        true
    }

    /// Name of the lane asked for.
    pub fn lane_name(&self) -> &'static str {
        match (self.mode, self.surface) {
            (LaunchMode::BeginFrame, true) if self.lossless => "lossless",
            (LaunchMode::BeginFrame, true) => "surface",
            (LaunchMode::BeginFrame, false) => "reference",
            (LaunchMode::Screenshot, _) => "screenshot",
        }
    }

    /// What the lane in use turned out to be.
    pub fn settle(&mut self, mode: LaunchMode, reads_surface: bool, notes: Vec<String>) {
        self.mode = mode;
        self.surface = reads_surface || (self.lossless && mode == LaunchMode::BeginFrame);
        self.reasons.extend(notes);
    }
}

/// The plan of a spec on this machine, before a page was asked for its length.
///
/// # Errors
/// [`RenderError`] when sources make the render impossible.
pub async fn explain(spec: &RenderSpec) -> Result<RenderPlan, RenderError> {
    let browser = find_browser(&spec.browser_search()).ok();
    let hdr = decide_hdr(spec).await?;
    let kind = browser.map(|found| found.kind);
    Ok(decide(spec, Host::detect(), kind, &hdr))
}

/// Decides everything that can be decided before a page is open.
pub fn decide(
    spec: &RenderSpec,
    host: Host,
    browser: Option<BrowserKind>,
    hdr: &HdrDecision,
) -> RenderPlan {
    let (output_width, output_height) = spec.output_size();
    let has_transitions = spec.transitions.is_some();
    let is_hdr = hdr.plan.is_some();
    let alpha = is_hdr || spec.output.format.facts().keeps_alpha;
    let frame_bytes = match (is_hdr, alpha) {
        // Each of the three passes of a transition is photographed on two backdrops; both scenes
        // may show a source, and each pass becomes a frame.
        (true, _) if has_transitions => FrameBytes::layered(6, 5),
        // Two backdrops; a source's picture and the frame.
        (true, _) => FrameBytes::layered(2, 2),
        (false, true) => FrameBytes::whole(FrameFormat::Rgba),
        (false, false) => FrameBytes::whole(FrameFormat::Yuv420),
    };
    let mut budget = MemoryBudget::of(host, output_width, output_height, frame_bytes);
    if !spec.composition.media.videos.is_empty() {
        budget = budget.with_source_frames(spec.engine.frame_cache_mib);
    }
    if has_transitions {
        budget = budget.with_transitions();
    }
    let total_frames = spec.fps.frame_count(spec.composition.static_duration);
    let reasons = screenshot_reasons(spec, browser);
    let mode = if reasons.is_empty() {
        LaunchMode::BeginFrame
    } else {
        LaunchMode::Screenshot
    };
    let demand = spec.environment.lane;
    let surface = mode == LaunchMode::BeginFrame && demand != Some(LaneDemand::Reference);
    let lossless = surface && demand == Some(LaneDemand::Lossless);
    let capture = CapturePlan {
        mode,
        reasons,
        surface,
        lossless,
        alpha,
        jpeg_quality: spec.encode.quality.jpeg_quality(),
        blends: has_transitions,
    };
    let transfer = hdr.plan.as_ref().map(|hdr| hdr.transfer);
    let written = spec.output.format.facts().assembly.written();
    let output = std::path::Path::new(written.unwrap_or_default());
    let settings = encode_settings(spec, capture.picture_format(), transfer, output);
    let encoder = settings.as_ref().map(encoder_args).unwrap_or_default();
    RenderPlan {
        route: if hdr.plan.is_some() {
            "native_hdr_layers"
        } else {
            "native_streaming"
        },
        capture,
        hdr: hdr.told.clone(),
        sizing: sizing(spec, host, &budget, total_frames),
        budget,
        output_width,
        output_height,
        format: spec.output.format,
        total_frames,
        encoder,
        environment: spec.environment.clone(),
    }
}

/// Worker count for a known length.
pub fn sizing(spec: &RenderSpec, host: Host, budget: &MemoryBudget, total_frames: u64) -> Sizing {
    let demand = SizingFacts {
        frames: total_frames,
        explicit: spec.workers,
        concurrency: spec.engine.concurrency,
        low_memory: spec.engine.low_memory_mode,
        page_state: STATEFUL_HINTS
            .iter()
            .any(|code| spec.composition.has_hint(code)),
    };
    size(host, budget, demand)
}

/// The streaming encode of this spec into `output`: of captured frames of `format`, or of HDR
/// frames with the transfer function `hdr` if that is given; `None` for formats that no ffmpeg
/// encodes.
pub fn encode_settings(
    spec: &RenderSpec,
    format: FrameFormat,
    hdr: Option<TransferFunction>,
    output: &std::path::Path,
) -> Option<EncodeSettings> {
    let options = CodecOptions {
        vp9_cpu_used: spec.engine.vp9_cpu_used,
    };
    let codec = spec.output.format.codec(hdr, options)?;
    let (width, height) = spec.output_size();
    Some(EncodeSettings {
        input: match hdr {
            Some(_) => FrameFormat::Rgb48,
            None => format,
        },
        codec,
        fps: spec.fps,
        width,
        height,
        quality: spec.encode.quality,
        crf: spec.encode.crf,
        video_bitrate: spec.encode.video_bitrate.clone(),
        renderer_version: spec.encode.renderer_version.clone(),
        output: output.to_owned(),
    })
}

/// Compositor control that an engine configuration and a kind of browser lead to, before anything
/// is known of the page.
pub fn launch_mode(engine: &Engine, browser: Option<BrowserKind>) -> LaunchMode {
    let mut reasons = Vec::new();
    note_engine_reasons(engine, browser, &mut reasons);
    match reasons.is_empty() {
        true => LaunchMode::BeginFrame,
        false => LaunchMode::Screenshot,
    }
}

/// Upstream's rules for when BeginFrame is not used (spec/capture.md 3.1).
fn screenshot_reasons(spec: &RenderSpec, browser: Option<BrowserKind>) -> Vec<String> {
    let hints = &spec.composition.hints;
    let mut reasons = Vec::new();
    note_engine_reasons(&spec.engine, browser, &mut reasons);
    if hints.recommend_screenshot {
        let codes: Vec<&str> = hints
            .reasons
            .iter()
            .map(|hint| hint.code.as_str())
            .collect();
        reasons.push(format!("the page asks for it ({})", codes.join(", ")));
    }
    reasons
}

fn note_engine_reasons(engine: &Engine, browser: Option<BrowserKind>, reasons: &mut Vec<String>) {
    let mut note = |applies: bool, why: &str| {
        if applies {
            reasons.push(why.to_owned());
        }
    };
    let not_linux = !cfg!(target_os = "linux");
    note(not_linux, "BeginFrame exists on Linux only");
    let is_chrome = browser == Some(BrowserKind::Chrome);
    note(is_chrome, "the browser is not a headless shell");
    note(engine.force_screenshot, "forceScreenshot is set");
    note(engine.low_memory_mode, "low memory mode");
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HOST: Host = Host {
        cores: 2,
        memory_mib: 24_000,
    };

    fn plan(patch: serde_json::Value, browser: BrowserKind) -> RenderPlan {
        let dir = tempfile::tempdir().unwrap();
        let json = crate::spec::testing::sample(dir.path(), patch);
        decide(
            &RenderSpec::parse(&json.to_string()).unwrap(),
            HOST,
            Some(browser),
            &HdrDecision::default(),
        )
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn begin_frame_is_the_default_and_each_reason_is_told() {
        let usual = plan(json!({}), BrowserKind::HeadlessShell);
        assert_eq!(usual.capture.mode, LaunchMode::BeginFrame);
        assert_eq!((usual.total_frames, usual.sizing.workers), (120, 2));
        for (patch, browser, word) in [
            (json!({}), BrowserKind::Chrome, "headless shell"),
            (
                json!({"engine": {"forceScreenshot": true}}),
                BrowserKind::HeadlessShell,
                "force",
            ),
            (
                json!({"engine": {"lowMemoryMode": true}}),
                BrowserKind::HeadlessShell,
                "low memory",
            ),
        ] {
            let plan = plan(patch, browser);
            assert_eq!(plan.capture.mode, LaunchMode::Screenshot);
            assert!(
                plan.capture.reasons[0].contains(word),
                "{:?}",
                plan.capture.reasons
            );
        }
    }
}
