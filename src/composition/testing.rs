//! Compositions for tests.

use std::path::Path;

use serde_json::{Value, json};

/// The JSON of a composition of 1920 x 1080 pixels and 4 s, whose document is written to `dir`.
pub(crate) fn sample(dir: &Path) -> Value {
    let document = dir.join("document.html");
    std::fs::write(&document, "<html></html>").unwrap();
    json!({
        "schemaVersion": 1, "producer": {"package": "hyperframes", "version": "0.8.170"},
        "projectDir": dir, "compiledDir": dir, "documentPath": document,
        "preHead": "", "entryFile": "index.html", "width": 1920, "height": 1080,
        "staticDuration": 4.0
    })
}
