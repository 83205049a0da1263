//! Specifications for tests.

use std::path::Path;

use serde_json::{Value, json};

use crate::composition::testing::sample as sample_composition;
use crate::testing::patched;

/// The JSON of a specification whose composition lies in `dir`, with the members of `patch` in
/// place of its own.
pub(crate) fn sample(dir: &Path, patch: Value) -> Value {
    let spec = json!({
        "jobId": "j", "output": {"path": dir.join("o.mp4"), "format": "mp4"},
        "fps": {"num": 30, "den": 1},
        "encode": {"quality": "standard", "crf": 16, "rendererVersion": "0.8.170"},
        "composition": sample_composition(dir)
    });
    patched(spec, patch)
}
