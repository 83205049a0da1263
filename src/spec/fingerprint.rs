//! What a render is asked to do, as one checksum that is the same in every process.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::SpecError;
use crate::composition::CompiledComposition;

/// Fields of a specification that no picture depends on, or whose files are looked at by themselves.
const ASIDE: [&str; 14] = [
    "/jobId",
    "/workers",
    "/resume",
    "/audioEffects",
    "/output/path",
    "/composition/projectDir",
    "/composition/compiledDir",
    "/composition/documentPath",
    "/engine/browserPath",
    "/engine/ffmpegPath",
    "/engine/ffprobePath",
    "/engine/concurrency",
    "/engine/frameCacheMib",
    "/engine/frameCacheEntries",
];

/// SHA-256 of the specification `json`, whose `composition` was read already. The folders that it names
/// do not count: a compiled composition lies in another one each time.
///
/// # Errors
/// [`SpecError::Field`] when it is no JSON.
pub(super) fn fingerprint(
    json: &str,
    composition: &CompiledComposition,
) -> Result<String, SpecError> {
    let mut spec: Value =
        serde_json::from_str(json).map_err(|e| SpecError::Field(e.to_string()))?;
    for path in ASIDE {
        let (parent, name) = path.rsplit_once('/').unwrap_or_default();
        if let Some(Value::Object(fields)) = spec.pointer_mut(parent) {
            fields.remove(name);
        }
    }
    let mut text = spec.to_string();
    let folders = [&composition.compiled_dir, &composition.project_dir];
    for (folder, name) in folders.into_iter().zip(["<compiled>", "<project>"]) {
        let written = Value::from(folder.to_string_lossy()).to_string();
        let written = written.trim_matches('"');
        if !written.is_empty() {
            text = text.replace(written, name);
        }
    }
    Ok(format!("{:x}", Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::super::RenderSpec;
    use super::super::testing::sample;
    use super::*;

    fn of(dir: &Path, patch: Value) -> String {
        let json = sample(dir, patch).to_string();
        RenderSpec::parse(&json).unwrap().fingerprint
    }

    #[test]
    fn it_depends_on_what_is_asked_for_and_not_on_where_things_lie() {
        let (dir, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let usual = of(dir.path(), json!({}));
        assert_eq!(usual, of(other.path(), json!({})));
        let same = [
            json!({ "jobId": "k", "workers": 2 }),
            json!({ "output": { "path": "/elsewhere.mp4", "format": "mp4" } }),
            json!({ "resume": { "segmentFrames": 9, "minSeconds": 1 } }),
        ];
        for patch in same {
            assert_eq!(usual, of(dir.path(), patch.clone()), "{patch}");
        }
        let others = [
            json!({ "fps": { "num": 25, "den": 1 } }),
            json!({ "variables": { "title": "Hello" } }),
            json!({ "encode": { "quality": "high", "rendererVersion": "0.8.170" } }),
            json!({ "engine": { "forceScreenshot": true } }),
        ];
        for patch in others {
            assert_ne!(usual, of(dir.path(), patch.clone()), "{patch}");
        }
    }
}
