//! Elements of a page for tests.

use serde_json::{Value, json};

use super::stacking::Element;
use crate::testing::patched;

/// A visible HDR element of 4 x 4 pixels at the upper left corner, with the members of `patch` in
/// place of its own.
///
/// # Errors
/// What serde says of the patched element.
pub(crate) fn try_element(patch: Value) -> Result<Element, serde_json::Error> {
    let json = json!({
        "id": "element", "isHdr": true, "x": 0, "y": 0, "width": 4, "height": 4, "zIndex": 0,
        "layoutWidth": 4, "layoutHeight": 4, "opacity": 1, "visible": true
    });
    // As text, because that is how it arrives.
    serde_json::from_str(&patched(json, patch).to_string())
}

/// [`try_element`] of a patch that is known to be right.
pub(crate) fn element(patch: Value) -> Element {
    try_element(patch).unwrap()
}
