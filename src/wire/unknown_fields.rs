//! What JavaScript sends and Rust does not know is refused, but for what is upstream's.

use serde_json::{Value, json};

use crate::job::WarmRequest;
use crate::spec::{RenderSpec, testing::sample};

/// Our own objects in a render's specification, by JSON pointer.
const OBJECTS: [&str; 8] = [
    "",
    "/output",
    "/fps",
    "/encode",
    "/engine",
    "/composition",
    "/composition/producer",
    "/composition/hints",
];

fn full(dir: &std::path::Path) -> Value {
    let mut spec = sample(dir, json!({"engine": {"lowMemoryMode": true}}));
    spec["composition"]["hints"] = json!({
        "recommendScreenshot": true, "reasons": [{"code": "iframe", "message": "an iframe"}],
        "shaderTransitions": false, "scriptedVolume": true, "untimedClips": true,
    });
    spec["composition"]["media"] = json!({
        "videos": [{"id": "v", "src": "v.mp4", "start": 0, "new": 1}],
        "audios": [{"id": "a", "src": "a.mp3", "new": 1}],
        "images": [{"id": "i", "src": "i.png", "new": 1}],
        "masterFxChain": "[]",
    });
    spec
}

#[test]
fn unknown_fields_of_ours_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let others = ["/composition/media", "/composition/hints/reasons/0"];
    for object in OBJECTS.into_iter().chain(others) {
        let mut spec = full(dir.path());
        spec.pointer_mut(object).unwrap()["dropped"] = json!(1);
        let text = RenderSpec::parse(&spec.to_string())
            .unwrap_err()
            .to_string();
        assert!(text.contains("unknown field `dropped`"), "{object}: {text}");
    }
}

#[test]
fn what_upstream_lists_may_have_more_fields() {
    let dir = tempfile::tempdir().unwrap();
    RenderSpec::parse(&full(dir.path()).to_string()).unwrap();
}

#[test]
fn a_warm_request_is_read_as_strictly() {
    let read = |text: &str| serde_json::from_str::<WarmRequest>(text).map_err(|e| e.to_string());
    assert!(read(r#"{"width":1,"height":1,"engine":{}}"#).is_ok());
    for text in [
        r#"{"width":1,"height":1,"scale":2}"#,
        r#"{"width":1,"height":1,"engine":{"scale":2}}"#,
    ] {
        assert!(read(text).unwrap_err().contains("unknown field `scale`"));
    }
}
