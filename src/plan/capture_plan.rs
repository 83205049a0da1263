//! How pages are captured, and why so.

use serde::{Serialize, Serializer};

use super::lane::{FrameNeed, Lane, LaneFault};
use crate::browser::{BrowserKind, LaunchMode};
use crate::spec::{Engine, LaneDemand, RenderSpec};

/// How pages are captured, and why so.
#[derive(Debug, Clone, PartialEq)]
pub struct CapturePlan {
    /// The lane of all workers.
    pub lane: Lane,
    /// Why it is no better one; empty when it is the best.
    pub reasons: Vec<String>,
    /// What of the page asks for screenshots, where it is driven all the same: some of its frames are
    /// compared with screenshots that a witness takes.
    pub witnessed: Option<String>,
}

/// Hints of pages that can be driven. They ask for screenshots because their scripts draw in
/// animation frames, which the composition's clock calls here, or in documents of their own, which
/// are drawn with their page.
const DRIVABLE: [&str; 2] = ["requestAnimationFrame", "iframe"];

impl CapturePlan {
    /// The best lane for frames of that `need` that can be hoped for before a browser runs;
    /// `is_hdr` where they are captured in layers.
    pub(super) fn choose(
        spec: &RenderSpec,
        browser: Option<BrowserKind>,
        need: FrameNeed,
        is_hdr: bool,
    ) -> Self {
        let mut reasons = engine_reasons(&spec.engine, browser);
        let hints = hints(spec);
        let may_be_driven = reasons.is_empty() && !is_hdr && may_be_driven(spec, need);
        let witnessed = hints.clone().filter(|_| may_be_driven);
        if let (Some(hints), false) = (hints, may_be_driven) {
            reasons.push(format!("the page asks for it ({hints})"));
        }
        let lane = match (spec.environment.lane, need) {
            (Some(LaneDemand::Lossless), FrameNeed::Opaque { .. }) if !reasons.is_empty() => {
                Lane::Screenshot(FrameNeed::Raw)
            }
            _ if !reasons.is_empty() => Lane::Screenshot(need),
            (Some(LaneDemand::Reference), FrameNeed::Opaque { jpeg_quality }) => {
                Lane::Reference { jpeg_quality }
            }
            (Some(LaneDemand::Reference | LaneDemand::Lossless), _) => Lane::Lossless(need),
            (None, _) => Lane::Surface(need),
        };
        Self {
            lane,
            reasons,
            witnessed,
        }
    }

    /// The lane to capture all frames in after this one failed; `None` when no other is free of the
    /// fault. A page that asks for screenshots gets them as soon as anything is wrong.
    pub fn next_best(&self, why: LaneFault) -> Option<Lane> {
        match self.witnessed {
            Some(_) => self.lane.next_best(LaneFault::Driving),
            None => self.lane.next_best(why),
        }
    }

    /// This plan in another lane, for reasons that are told elsewhere.
    pub(super) fn in_lane(self, lane: Lane) -> Self {
        Self {
            lane,
            witnessed: None,
            ..self
        }
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
            /// Hints of a page that is driven and compared with screenshots.
            #[serde(skip_serializing_if = "Option::is_none")]
            compared_with_screenshots: Option<&'a str>,
        }
        let Self {
            lane,
            reasons,
            witnessed,
        } = self;
        let printed = Printed {
            lane: lane.name(),
            mode: lane.launch_mode(),
            alpha: lane.need() == FrameNeed::Alpha,
            jpeg_quality: lane.jpeg_quality(),
            reasons,
            compared_with_screenshots: witnessed.as_deref(),
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

/// What of the page asks for screenshots, if anything does (docs/upstream.md#capture-mode).
fn hints(spec: &RenderSpec) -> Option<String> {
    let hints = &spec.composition.hints;
    let codes = hints.reasons.iter().map(|hint| hint.code.as_str());
    hints
        .recommend_screenshot
        .then(|| codes.collect::<Vec<_>>().join(", "))
}

/// Whether a page that asks for screenshots may be driven all the same. Its frames must be whole
/// pictures that a witness can take too, which gets no source frames, no scenes of transitions and no
/// samples.
fn may_be_driven(spec: &RenderSpec, need: FrameNeed) -> bool {
    let composition = &spec.composition;
    let reasons = &composition.hints.reasons;
    spec.environment.lane.is_none()
        && need != FrameNeed::Raw
        && composition.media.videos.is_empty()
        && spec.transitions.is_none()
        && spec.motion_blur.is_none()
        && !reasons.is_empty()
        && reasons
            .iter()
            .all(|hint| DRIVABLE.contains(&hint.code.as_str()))
}

/// Upstream's rules for when BeginFrame is not used, whatever the page.
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
