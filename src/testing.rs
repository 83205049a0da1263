//! What the tests of several rooms share.

#[path = "../__test__/rust/support/noise.rs"]
mod noise;

pub use noise::noise;
use serde_json::Value;

/// `json` with the members of the object `patch` in place of its own.
pub fn patched(mut json: Value, patch: Value) -> Value {
    for (key, value) in patch.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}
