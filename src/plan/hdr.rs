//! Whether a render is HDR: decided once, from the wish, the format and the sources' own tags.

use std::path::PathBuf;

use serde::Serialize;

use super::error::PlanError;
use super::hdr_choice::choose_hdr;
use crate::composition::VideoClip;
use crate::pixels::TransferFunction;
use crate::probe::{VideoFacts, strongest};
use crate::spec::{HdrMode, RenderSpec};

/// A clip whose source is tagged PQ or HLG.
#[derive(Debug, Clone)]
pub struct HdrVideo {
    /// The clip.
    pub clip: VideoClip,
    /// Its source.
    pub path: PathBuf,
    /// What the source holds.
    pub facts: VideoFacts,
}

impl HdrVideo {
    /// Curve of its samples.
    pub fn transfer(&self) -> TransferFunction {
        TransferFunction::from_ffmpeg_name(&self.facts.transfer)
    }
}

/// An image that is tagged PQ or HLG.
#[derive(Debug, Clone)]
pub struct HdrImage {
    /// Render id.
    pub id: String,
    /// Its file.
    pub path: PathBuf,
    /// Curve of its samples.
    pub transfer: TransferFunction,
}

/// What the sources of a composition turned out to be.
#[derive(Debug, Clone, Default)]
pub struct HdrFacts {
    /// The clips that are HDR.
    pub videos: Vec<HdrVideo>,
    /// The images that are.
    pub images: Vec<HdrImage>,
    /// What to say of images that could not be read and count as SDR.
    pub unreadable: Vec<String>,
}

/// An HDR render.
#[derive(Debug, Clone)]
pub struct HdrPlan {
    /// Curve of the output.
    pub transfer: TransferFunction,
    /// The clips that are HDR.
    pub videos: Vec<HdrVideo>,
    /// The images that are.
    pub images: Vec<HdrImage>,
}

impl HdrPlan {
    /// Whether the clip of that id is one of its videos.
    pub fn has_video(&self, id: &str) -> bool {
        self.videos.iter().any(|video| video.clip.id == id)
    }
}

/// What was decided, and what there is to say about it.
#[derive(Debug, Clone, Default)]
pub struct HdrDecision {
    /// Absent for SDR.
    pub plan: Option<HdrPlan>,
    /// The decision as it is printed.
    pub told: HdrTold,
}

impl HdrDecision {
    /// The output's transfer function; absent for SDR.
    pub fn curve(&self) -> Option<TransferFunction> {
        self.plan.as_ref().map(|plan| plan.transfer)
    }
}

/// A decision as it is printed.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HdrTold {
    /// The output is HDR.
    pub hdr: bool,
    /// ffmpeg's name of its curve.
    pub transfer: Option<&'static str>,
    /// Render ids of the clips that are HDR.
    pub videos: Vec<String>,
    /// Render ids of the images that are.
    pub images: Vec<String>,
    /// The choice in one line; absent where nothing was to choose.
    pub line: Option<String>,
    /// What the user should know before a long render.
    pub warnings: Vec<String>,
}

/// Decides from what was found in the sources of `spec`.
///
/// # Errors
/// [`PlanError::HdrScaling`], [`PlanError::HdrMotionBlur`].
pub fn decide_hdr(spec: &RenderSpec, found: HdrFacts) -> Result<HdrDecision, PlanError> {
    if spec.hdr_mode == HdrMode::ForceSdr {
        return Ok(HdrDecision::default());
    }
    let HdrFacts {
        videos,
        images,
        unreadable: mut warnings,
    } = found;
    let curves = videos.iter().map(HdrVideo::transfer);
    let sources = strongest(curves.chain(images.iter().map(|image| image.transfer)));
    let choice = choose_hdr(spec.hdr_mode, sources, spec.output.format);
    warnings.extend(choice.warning);
    let is_hdr = choice.transfer.is_hdr();
    let told = HdrTold {
        hdr: is_hdr,
        transfer: is_hdr.then(|| choice.transfer.ffmpeg_name()),
        videos: videos.iter().map(|video| video.clip.id.clone()).collect(),
        images: images.iter().map(|image| image.id.clone()).collect(),
        line: sources.is_hdr().then_some(choice.line),
        warnings,
    };
    let scale = spec.device_scale_factor;
    if is_hdr && (scale - 1.0).abs() > f64::EPSILON {
        return Err(PlanError::HdrScaling { scale });
    }
    if is_hdr && spec.motion_blur.is_some() {
        return Err(PlanError::HdrMotionBlur);
    }
    let plan = is_hdr.then_some(HdrPlan {
        transfer: choice.transfer,
        videos,
        images,
    });
    Ok(HdrDecision { plan, told })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const HLG: TransferFunction = TransferFunction::Hlg;
    const PQ: TransferFunction = TransferFunction::Pq;

    fn decided(
        patch: serde_json::Value,
        curves: &[TransferFunction],
    ) -> Result<HdrDecision, PlanError> {
        let dir = tempfile::tempdir().unwrap();
        let json = crate::spec::testing::sample(dir.path(), patch);
        let images = curves.iter().enumerate();
        let images = images.map(|(at, transfer)| HdrImage {
            id: format!("i{at}"),
            path: "i.png".into(),
            transfer: *transfer,
        });
        let sources = HdrFacts {
            images: images.collect(),
            ..HdrFacts::default()
        };
        decide_hdr(&RenderSpec::parse(&json.to_string()).unwrap(), sources)
    }

    #[test]
    fn sources_decide_unless_the_user_does() {
        let hlg = decided(json!({}), &[HLG]).unwrap();
        assert_eq!(hlg.told.transfer, Some("arib-std-b67"));
        assert_eq!(hlg.told.images, ["i0"]);
        let both = decided(json!({}), &[HLG, PQ]).unwrap();
        assert_eq!(both.plan.unwrap().transfer, PQ);
        let sdr = decided(json!({"hdrMode": "force-sdr"}), &[PQ]).unwrap();
        assert!(sdr.plan.is_none() && sdr.told == HdrTold::default());
        let plain = decided(json!({}), &[]).unwrap();
        assert!(plain.plan.is_none() && plain.told.line.is_none());
        assert_eq!(plain.told.transfer, None);
    }

    #[test]
    fn forced_without_sources_is_sdr_and_says_so() {
        let forced = decided(json!({"hdrMode": "force-hdr"}), &[]).unwrap();
        assert!(forced.plan.is_none());
        assert!(forced.told.warnings[0].contains("no source is HDR"));
    }

    #[test]
    fn other_formats_are_sdr_with_a_warning() {
        let output = json!({"path": "/o.webm", "format": "webm"});
        let webm = decided(json!({ "output": output }), &[PQ]).unwrap();
        assert!(webm.plan.is_none());
        assert!(webm.told.warnings[0].contains("webm"), "{:?}", webm.told);
    }

    #[test]
    fn scaled_hdr_is_refused() {
        let patch = json!({"deviceScaleFactor": 2});
        let refused = decided(patch.clone(), &[PQ]).unwrap_err();
        assert_eq!(refused, PlanError::HdrScaling { scale: 2.0 });
        assert!(decided(patch, &[]).is_ok(), "SDR may be scaled");
    }

    #[test]
    fn blurred_hdr_is_refused() {
        let blur = json!({"shutterAngle": 180, "shutterPhase": -90, "blend": "srgb"});
        let patch = json!({ "motionBlur": blur });
        let refused = decided(patch.clone(), &[PQ]).unwrap_err();
        assert_eq!(refused, PlanError::HdrMotionBlur);
        assert!(decided(patch, &[]).is_ok(), "SDR may be blurred");
    }
}
