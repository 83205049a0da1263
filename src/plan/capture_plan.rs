//! How pages are captured, and why so.

use serde::{Serialize, Serializer};

use super::lane::{FrameNeed, Lane};
use crate::browser::{BrowserKind, LaunchMode};
use crate::spec::{Engine, LaneDemand, RenderSpec};

/// How pages are captured, and why so.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturePlan {
    /// The lane of all workers.
    pub lane: Lane,
    /// Why it is no better one; empty when it is the best.
    pub reasons: Vec<String>,
}

impl CapturePlan {
    /// The best lane for frames of that `need` that can be hoped for before a browser runs.
    pub(super) fn choose(spec: &RenderSpec, browser: Option<BrowserKind>, need: FrameNeed) -> Self {
        let reasons = screenshot_reasons(spec, browser);
        let lane = match (spec.environment.lane, need) {
            _ if !reasons.is_empty() => Lane::Screenshot(need),
            (Some(LaneDemand::Reference), FrameNeed::Opaque { jpeg_quality }) => {
                Lane::Reference { jpeg_quality }
            }
            (Some(LaneDemand::Reference | LaneDemand::Lossless), _) => Lane::Lossless(need),
            (None, _) => Lane::Surface(need),
        };
        Self { lane, reasons }
    }
}

impl Serialize for CapturePlan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Printed<'a> {
            lane: &'static str,
            mode: LaunchMode,
            alpha: bool,
            /// The lane hands over JPEGs of this quality.
            #[serde(skip_serializing_if = "Option::is_none")]
            jpeg_quality: Option<u8>,
            reasons: &'a [String],
        }
        let Self { lane, reasons } = self;
        let printed = Printed {
            lane: lane.name(),
            mode: lane.launch_mode(),
            alpha: lane.need() == FrameNeed::Alpha,
            jpeg_quality: lane.jpeg_quality(),
            reasons,
        };
        printed.serialize(serializer)
    }
}

/// Compositor control that an engine configuration and a kind of browser lead to, before anything
/// is known of the page.
pub fn launch_mode(engine: &Engine, browser: Option<BrowserKind>) -> LaunchMode {
    match engine_reasons(engine, browser).is_empty() {
        true => LaunchMode::BeginFrame,
        false => LaunchMode::Screenshot,
    }
}

/// Upstream's rules for when BeginFrame is not used (docs/upstream.md#capture-mode).
fn screenshot_reasons(spec: &RenderSpec, browser: Option<BrowserKind>) -> Vec<String> {
    let hints = &spec.composition.hints;
    let mut reasons = engine_reasons(&spec.engine, browser);
    if hints.recommend_screenshot {
        let codes = hints.reasons.iter().map(|hint| hint.code.as_str());
        let codes = codes.collect::<Vec<_>>().join(", ");
        reasons.push(format!("the page asks for it ({codes})"));
    }
    reasons
}

fn engine_reasons(engine: &Engine, browser: Option<BrowserKind>) -> Vec<String> {
    let rules = [
        (
            !cfg!(target_os = "linux"),
            "BeginFrame exists on Linux only",
        ),
        (
            browser == Some(BrowserKind::Chrome),
            "the browser is not a headless shell",
        ),
        (engine.force_screenshot, "forceScreenshot is set"),
        (engine.low_memory_mode, "low memory mode"),
    ];
    let applying = rules.into_iter().filter(|(applies, _)| *applies);
    applying.map(|(_, why)| why.to_owned()).collect()
}
