//! How the timed elements of a page with HDR sources are stacked in one frame, and the page with
//! only one layer of them on it (docs/upstream.md#stacking, docs/upstream.md#layer-mask).

use serde::{Deserialize, Serialize};

use super::scenes::ScenePart;
use crate::browser::{BrowserError, PageSession};
use crate::pixels::{Affine, Anchor, ObjectFit};

/// A rectangle of the page, CSS pixels.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct LayerRect {
    /// Left edge.
    pub x: f64,
    /// Top edge.
    pub y: f64,
    /// Width.
    pub width: f64,
    /// Height.
    pub height: f64,
}

/// A timed element, as the page script reports it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Element {
    /// Render id of a clip, or the element's own id.
    pub id: String,
    /// z-index of the nearest positioned element that has one: itself or an ancestor; else 0.
    #[serde(default)]
    pub z_index: i32,
    /// Its box on the page after transforms, rounded.
    #[serde(flatten)]
    pub place: LayerRect,
    /// Width of its layout box, before transforms, CSS pixels.
    pub layout_width: f64,
    /// Height of its layout box.
    pub layout_height: f64,
    /// Product of its own opacity and its ancestors', 0 to 1.
    pub opacity: f64,
    /// It is visible and has a size.
    pub visible: bool,
    /// The stand-in that shows a clip's source frame is visible and has a size.
    #[serde(default)]
    pub render_frame_visible: bool,
    /// Its source is HDR: it is drawn natively, not by Chrome.
    #[serde(default)]
    pub is_hdr: bool,
    /// From the element's own pixels to the page's, reduced to two dimensions. HDR elements have
    /// one unless its numbers are not finite.
    #[serde(default)]
    pub transform: Option<Affine>,
    /// Radii of its corners, or of those of the nearest clipping ancestor that has any, clockwise
    /// from the top left, CSS pixels.
    #[serde(default)]
    pub border_radius: [f64; 4],
    /// What clipping ancestors leave of the page.
    #[serde(default)]
    pub clip_rect: Option<LayerRect>,
    /// CSS `object-fit`.
    #[serde(default)]
    pub object_fit: ObjectFit,
    /// CSS `object-position`: across and down.
    #[serde(default)]
    pub object_position: (Anchor, Anchor),
}

/// What a page shows in one frame, or in one pass of a transition's frame.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stack {
    /// Its timed elements, in document order.
    pub elements: Vec<Element>,
    /// Something is painted that belongs to no timed element: a background, untimed elements.
    pub has_base: bool,
    /// Something is painted above the scenes of the frame's transition.
    #[serde(default)]
    pub has_above: bool,
}

/// What a page script has to know about an HDR source before the page loads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HdrElement {
    /// Render id.
    pub id: String,
    /// Natural width, pixels; 0 for images, which are not stubbed.
    pub width: u32,
    /// Natural height, pixels; 0 for images.
    pub height: u32,
    /// Length in seconds; 0 for images.
    pub duration: f64,
}

/// Which elements one layer shows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerMask {
    /// Ids of its timed elements.
    pub ids: Vec<String>,
    /// It also shows everything that belongs to no timed element.
    pub base: bool,
}

/// Leaves only `part` of a transition's frame on the page, and returns how that is stacked.
///
/// # Errors
/// [`BrowserError`].
pub async fn look_at_part(session: &PageSession, part: ScenePart) -> Result<Stack, BrowserError> {
    let call = format!("__hfNativeLayers.look({:?})", part.name());
    session.evaluate(&call).await
}

/// Leaves only layer `shown` of `layers` on the page, until the next call or seek. Without
/// `layers`, those of the last call with any are meant.
///
/// # Errors
/// [`BrowserError`].
pub async fn show_layer(
    session: &PageSession,
    layers: Option<&[LayerMask]>,
    shown: usize,
) -> Result<(), BrowserError> {
    // JSON is a JavaScript expression.
    let layers = serde_json::json!(layers);
    let call = format!("__hfNativeLayers.show({layers}, {shown})");
    session.evaluate::<bool>(&call).await.map(drop)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{element, try_element};
    use super::*;

    #[test]
    fn matrices_are_six_numbers_or_none() {
        let transform = |patch| try_element(patch).map(|element| element.transform);
        for numbers in [
            [0.5, 0.1, -0.1, 0.5, 12.5, -3.0],
            [1.0, 0.0, 0.0, 1.0, 30.0, 40.0],
            // Needs 17 digits.
            [
                0.999_999_999_999_999_9,
                0.107_870_722_625_458_49,
                0.0,
                1.0,
                0.0,
                0.0,
            ],
        ] {
            let read = transform(json!({"transform": numbers})).unwrap();
            assert_eq!(read, Some(Affine { numbers }));
        }
        for none in [json!({}), json!({"transform": null})] {
            assert_eq!(transform(none).unwrap(), None);
        }
        for wrong in [
            json!([1, 0, 0, 1, 0]),
            json!([1, 0, 0, 1, 0, 0, 0]),
            json!([1, 0, 0, 1, 0, null]),
            json!("matrix(1, 0, 0, 1, 0, 0)"),
        ] {
            assert!(transform(json!({"transform": wrong})).is_err(), "{wrong}");
        }
    }

    #[test]
    fn fits_are_the_words_of_css() {
        let fit = |patch| try_element(patch).map(|element| element.object_fit);
        for (word, expected) in [
            ("fill", ObjectFit::Fill),
            ("cover", ObjectFit::Cover),
            ("contain", ObjectFit::Contain),
            ("none", ObjectFit::None),
            ("scale-down", ObjectFit::ScaleDown),
        ] {
            assert_eq!(fit(json!({"objectFit": word})).unwrap(), expected);
        }
        assert_eq!(fit(json!({})).unwrap(), ObjectFit::Fill);
        assert!(fit(json!({"objectFit": "revert"})).is_err());
    }

    #[test]
    fn positions_are_an_anchor_per_axis() {
        let position = |patch| element(patch).object_position;
        let anchor = |fraction, pixels| Anchor { fraction, pixels };
        let given = json!({"objectPosition": [
            {"fraction": 1, "pixels": -10.5}, {"fraction": 0.75, "pixels": 0}
        ]});
        assert_eq!(position(given), (anchor(1.0, -10.5), anchor(0.75, 0.0)));
        assert_eq!(position(json!({})), (anchor(0.5, 0.0), anchor(0.5, 0.0)));
    }

    #[test]
    fn a_stack_reads_what_only_some_elements_have() {
        let rect = json!({"x": 0, "y": 0, "width": 4, "height": 4});
        let full = element(json!({"clipRect": rect, "borderRadius": [1, 2.5, 3, 4]}));
        assert_eq!(full.border_radius, [1.0, 2.5, 3.0, 4.0]);
        assert_eq!(full.clip_rect, Some(full.place));
        let plain = element(json!({"clipRect": null}));
        assert_eq!((plain.border_radius, plain.clip_rect), ([0.0; 4], None));
    }
}
