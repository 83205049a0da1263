//! Which sources of a composition are HDR: asked of the files themselves, before anything is
//! decided.

use futures::stream::{self, StreamExt};

use crate::encode::find_tools;
use crate::job::error::RenderError;
use crate::plan::{HdrFacts, HdrImage, HdrVideo};
use crate::probe::{image_tags, probe_media};
use crate::spec::{HdrMode, RenderSpec};
use crate::video::{MediaError, resolve_source};

/// ffprobe runs side by side (upstream's figure).
const PROBES: usize = 4;

/// Looks at the sources of `spec`; at none where the user wants SDR in any case.
///
/// # Errors
/// [`RenderError::Encode`] without an ffprobe, [`RenderError::Media`] when it was ended from outside.
pub(in crate::job) async fn hdr_facts_of(spec: &RenderSpec) -> Result<HdrFacts, RenderError> {
    if spec.hdr_mode == HdrMode::ForceSdr {
        return Ok(HdrFacts::default());
    }
    let (images, unreadable) = images(spec);
    Ok(HdrFacts {
        videos: videos(spec).await?,
        images,
        unreadable,
    })
}

/// The clips that are HDR. Sources that can't be read count as not: preparing them says what is
/// wrong. Where ffprobe was ended by something else, it might find nothing wrong, and the clip would be
/// rendered as SDR.
async fn videos(spec: &RenderSpec) -> Result<Vec<HdrVideo>, RenderError> {
    let clips = spec.composition.media.videos.clone();
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
            let facts = match probe_media(&ffprobe, &path).await {
                Ok(facts) => facts.video.clone()?,
                Err(error) if error.is_accident() => {
                    return Some(Err(MediaError::of_probe(&path, error)));
                }
                Err(_) => return None,
            };
            let video = HdrVideo { clip, path, facts };
            video.facts.is_hdr().then_some(Ok(video))
        }
    });
    let found = stream::iter(looks).buffered(PROBES).collect::<Vec<_>>();
    let found: Result<_, MediaError> = found.await.into_iter().flatten().collect();
    Ok(found?)
}

/// The images that are HDR, files that say so, and what to say of those that can't be read.
fn images(spec: &RenderSpec) -> (Vec<HdrImage>, Vec<String>) {
    let composition = &spec.composition;
    let (mut found, mut unreadable) = (Vec::new(), Vec::new());
    for image in &composition.media.images {
        let id = &image.id;
        let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
        let path = resolve_source(&image.src, project, compiled);
        if !path.is_file() {
            continue;
        }
        match image_tags(&path) {
            Ok(Some(tags)) if tags.curve().is_hdr() => found.push(HdrImage {
                id: id.clone(),
                path,
                transfer: tags.curve(),
            }),
            Ok(_) => {}
            Err(error) => unreadable.push(format!(
                "image \"{id}\", {}, cannot be read ({error}) and counts as SDR",
                path.display()
            )),
        }
    }
    (found, unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::TransferFunction;
    use crate::plan::decide_hdr;
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

    fn spec(dir: &std::path::Path, patch: serde_json::Value, files: &[Vec<u8>]) -> RenderSpec {
        let mut json = crate::spec::testing::sample(dir, patch);
        let images: Vec<_> = files
            .iter()
            .enumerate()
            .map(|(at, bytes)| {
                std::fs::write(dir.join(format!("{at}.png")), bytes).unwrap();
                json!({"id": format!("i{at}"), "src": format!("{at}.png"), "start": 0, "end": 1})
            })
            .collect();
        json["composition"]["media"] = json!({ "images": images });
        RenderSpec::parse(&json.to_string()).unwrap()
    }

    #[tokio::test]
    async fn images_are_hdr_when_their_tags_say_so() {
        let dir = tempfile::tempdir().unwrap();
        let spec = spec(dir.path(), json!({}), &[png(1), png(18), png(16)]);
        let found = hdr_facts_of(&spec).await.unwrap();
        let images = found.images.iter();
        let images: Vec<_> = images
            .map(|image| (image.id.as_str(), image.transfer))
            .collect();
        let (hlg, pq) = (TransferFunction::Hlg, TransferFunction::Pq);
        assert_eq!(images, [("i1", hlg), ("i2", pq)]);
        assert!(found.unreadable.is_empty(), "{:?}", found.unreadable);
    }

    #[tokio::test]
    async fn a_plan_tries_stills_as_a_render_does() {
        let dir = tempfile::tempdir().unwrap();
        let mut json = crate::spec::testing::sample(dir.path(), json!({}));
        // PQ, and no picture follows its tags.
        let file = b"\0\0\0\x1cftypavif\0\0\0\x13colrnclx\0\x09\0\x10\0\x09\x80";
        std::fs::write(dir.path().join("0.avif"), file).unwrap();
        let image = json!({"id": "i0", "src": "0.avif", "start": 0, "end": 1});
        json["composition"]["media"] = json!({ "images": [image] });
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        assert_eq!(hdr_facts_of(&spec).await.unwrap().images.len(), 1);
        let plan = crate::job::explain(spec).await.unwrap();
        assert!(!plan.hdr.hdr);
        let [warning] = &plan.hdr.warnings[..] else {
            panic!("{:?}", plan.hdr.warnings)
        };
        assert!(warning.contains("cannot be decoded by ffmpeg"), "{warning}");
    }

    #[tokio::test]
    async fn nothing_is_looked_at_where_the_user_wants_sdr() {
        let dir = tempfile::tempdir().unwrap();
        let spec = spec(dir.path(), json!({"hdrMode": "force-sdr"}), &[png(16)]);
        assert!(hdr_facts_of(&spec).await.unwrap().images.is_empty());
    }

    #[tokio::test]
    async fn scaled_hdr_has_a_code_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let spec = spec(dir.path(), json!({"deviceScaleFactor": 2}), &[png(16)]);
        let found = hdr_facts_of(&spec).await.unwrap();
        let refused = RenderError::from(decide_hdr(&spec, found).unwrap_err());
        assert_eq!(refused.code(), "HF_NATIVE_HDR_SCALING");
    }
}
