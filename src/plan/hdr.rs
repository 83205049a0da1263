//! Whether a render is HDR: decided once, from the wish, the format and the sources' own tags.

use std::path::PathBuf;

use futures::stream::{self, StreamExt};
use serde::Serialize;

use crate::assemble::HdrImage;
use crate::composition::VideoClip;
use crate::encode::find_tools;
use crate::job::RenderError;
use crate::job::injection;
use crate::page::HdrElement;
use crate::pixels::TransferFunction;
use crate::plan::choose_hdr;
use crate::probe::{VideoFacts, png_tags, probe_media, strongest};
use crate::spec::{HdrMode, RenderSpec};
use crate::video::resolve_source;

/// ffprobe runs side by side (upstream's figure).
const PROBES: usize = 4;

/// A clip whose source is tagged PQ or HLG.
#[derive(Debug, Clone)]
pub struct HdrVideo {
    pub clip: VideoClip,
    pub path: PathBuf,
    pub facts: VideoFacts,
}

impl HdrVideo {
    /// Curve of its samples.
    pub fn transfer(&self) -> TransferFunction {
        TransferFunction::from_ffmpeg_name(&self.facts.transfer)
    }
}

/// An HDR render.
#[derive(Debug, Clone)]
pub struct HdrPlan {
    pub transfer: TransferFunction,
    pub videos: Vec<HdrVideo>,
    pub images: Vec<HdrImage>,
}

impl HdrPlan {
    /// What pages are told before they load.
    pub fn elements(&self) -> Vec<HdrElement> {
        let videos = self.videos.iter().map(|video| {
            let (width, height) = video.facts.shown_size();
            HdrElement {
                id: video.clip.id.clone(),
                width,
                height,
                duration: video.facts.playable(),
            }
        });
        let images = self.images.iter().map(|image| HdrElement {
            id: image.id.clone(),
            width: 0,
            height: 0,
            duration: 0.0,
        });
        videos.chain(images).collect()
    }

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
    pub told: HdrTold,
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

/// Looks at the sources of `spec` and decides.
///
/// # Errors
/// [`RenderError::Spec`] for a clip that can't be read, [`RenderError::Encode`] without an
/// ffprobe, [`RenderError::HdrScaling`].
pub async fn decide_hdr(spec: &RenderSpec) -> Result<HdrDecision, RenderError> {
    let mode = spec.hdr_mode;
    if mode == HdrMode::ForceSdr {
        return Ok(HdrDecision::default());
    }
    let mut warnings = Vec::new();
    let images = images(spec, &mut warnings);
    let videos = videos(spec).await?;
    let curves = videos.iter().map(HdrVideo::transfer);
    let sources = strongest(curves.chain(images.iter().map(|image| image.transfer)));
    let choice = choose_hdr(mode, sources, spec.output.format);
    warnings.extend(choice.warning);
    let mut told = HdrTold {
        hdr: choice.transfer.is_hdr(),
        videos: videos.iter().map(|video| video.clip.id.clone()).collect(),
        images: images.iter().map(|image| image.id.clone()).collect(),
        line: sources.is_hdr().then_some(choice.line),
        warnings,
        ..HdrTold::default()
    };
    if !told.hdr {
        return Ok(HdrDecision { plan: None, told });
    }
    let scale = spec.device_scale_factor;
    if (scale - 1.0).abs() > f64::EPSILON {
        return Err(RenderError::HdrScaling { scale });
    }
    let plan = HdrPlan {
        transfer: choice.transfer,
        videos,
        images,
    };
    told.transfer = Some(plan.transfer.ffmpeg_name());
    Ok(HdrDecision {
        plan: Some(plan),
        told,
    })
}

/// The clips that are HDR. Sources that can't be read count as not: preparing them says what is
/// wrong.
async fn videos(spec: &RenderSpec) -> Result<Vec<HdrVideo>, RenderError> {
    let clips = injection::clips(spec, &[])?;
    if clips.is_empty() {
        return Ok(Vec::new());
    }
    let tools = find_tools(&spec.tool_search())?;
    let composition = &spec.composition;
    let looks = clips.into_iter().map(|clip| {
        let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
        let path = resolve_source(&clip.src, project, compiled);
        let ffprobe = tools.ffprobe.clone();
        async move {
            // A named pipe would keep ffprobe waiting for its writer.
            if !path.is_file() {
                return None;
            }
            let facts = probe_media(&ffprobe, &path).await.ok()?.video.clone()?;
            facts.is_hdr().then_some(HdrVideo { clip, path, facts })
        }
    });
    let found = stream::iter(looks).buffered(PROBES).collect::<Vec<_>>();
    Ok(found.await.into_iter().flatten().collect())
}

/// The images that are HDR: PNG files that say so.
fn images(spec: &RenderSpec, warnings: &mut Vec<String>) -> Vec<HdrImage> {
    let composition = &spec.composition;
    let mut found = Vec::new();
    for image in &composition.media.images {
        let (Some(id), Some(src)) = (image["id"].as_str(), image["src"].as_str()) else {
            continue;
        };
        let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
        let path = resolve_source(src, project, compiled);
        if !path.is_file() {
            continue;
        }
        let tags = std::fs::File::open(&path).and_then(png_tags);
        match tags {
            Ok(Some(tags)) if tags.curve().is_hdr() => found.push(HdrImage {
                id: id.to_owned(),
                path,
                transfer: tags.curve(),
            }),
            Ok(_) => {}
            Err(error) => warnings.push(format!(
                "image \"{id}\", {}, cannot be read ({error}) and counts as SDR",
                path.display()
            )),
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A PNG of one pixel with these code points.
    fn png(transfer: u8) -> Vec<u8> {
        let mut file = Vec::from(*b"\x89PNG\r\n\x1a\n");
        let mut chunk = |name: &[u8; 4], data: &[u8]| {
            let start = file.len() + 4;
            file.extend((data.len() as u32).to_be_bytes());
            file.extend(name);
            file.extend(data);
            file.extend(crc32fast::hash(&file[start..]).to_be_bytes());
        };
        chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 16, 2, 0, 0, 0]);
        chunk(b"cICP", &[9, transfer, 0, 1]);
        file
    }

    async fn decided(
        patch: serde_json::Value,
        transfers: &[u8],
    ) -> Result<HdrDecision, RenderError> {
        let dir = tempfile::tempdir().unwrap();
        let mut json = crate::spec::testing::sample(dir.path(), patch);
        let images: Vec<_> = transfers
            .iter()
            .enumerate()
            .map(|(at, transfer)| {
                std::fs::write(dir.path().join(format!("{at}.png")), png(*transfer)).unwrap();
                json!({"id": format!("i{at}"), "src": format!("{at}.png"), "start": 0, "end": 1})
            })
            .collect();
        json["composition"]["media"] = json!({ "images": images });
        decide_hdr(&RenderSpec::parse(&json.to_string()).unwrap()).await
    }

    #[tokio::test]
    async fn sources_decide_unless_the_user_does() {
        let hlg = decided(json!({}), &[1, 18]).await.unwrap();
        assert_eq!(hlg.told.transfer, Some("arib-std-b67"));
        assert_eq!(hlg.told.images, ["i1"]);
        let both = decided(json!({}), &[18, 16]).await.unwrap();
        assert_eq!(both.plan.unwrap().transfer, TransferFunction::Pq);
        let sdr = decided(json!({"hdrMode": "force-sdr"}), &[16])
            .await
            .unwrap();
        assert!(sdr.plan.is_none() && sdr.told == HdrTold::default());
        let plain = decided(json!({}), &[1]).await.unwrap();
        assert!(plain.plan.is_none() && plain.told.line.is_none());
    }

    #[tokio::test]
    async fn forced_without_sources_is_sdr_and_says_so() {
        let forced = decided(json!({"hdrMode": "force-hdr"}), &[1])
            .await
            .unwrap();
        assert!(forced.plan.is_none());
        assert!(forced.told.warnings[0].contains("no source is HDR"));
    }

    #[tokio::test]
    async fn other_formats_are_sdr_with_a_warning() {
        let output = json!({"path": "/o.webm", "format": "webm"});
        let webm = decided(json!({ "output": output }), &[16]).await.unwrap();
        assert!(webm.plan.is_none());
        assert!(webm.told.warnings[0].contains("webm"), "{:?}", webm.told);
    }

    #[tokio::test]
    async fn scaled_hdr_is_refused() {
        let patch = json!({"deviceScaleFactor": 2});
        let refused = decided(patch.clone(), &[16]).await.unwrap_err();
        assert_eq!(refused.code(), "HF_NATIVE_HDR_SCALING");
        assert!(decided(patch, &[1]).await.is_ok(), "SDR may be scaled");
    }
}
