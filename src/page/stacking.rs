//! What is stacked on a page of HDR sources: its timed elements as they are in one frame, and the
//! page with only some of them on it (spec/composite.md 2.3 and 2.5).

use serde::{Deserialize, Serialize};

use super::scenes::ScenePart;
use crate::browser::{BrowserError, PageSession};

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

/// A timed element as the page's stacking query reports it, in document order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Element {
    /// Render id of a clip, or the element's own id.
    pub id: String,
    /// Of the nearest element, itself or an ancestor, that has one.
    #[serde(default)]
    pub z_index: i32,
    /// Where it shows.
    #[serde(flatten)]
    pub place: LayerRect,
    /// Its own width before transforms, CSS pixels.
    pub layout_width: f64,
    /// Its own height before transforms.
    pub layout_height: f64,
    /// Product of the opacities of itself and its ancestors.
    pub opacity: f64,
    /// It is displayed and has a size.
    pub visible: bool,
    /// The image that stands for a clip's present frame is displayed and has a size.
    #[serde(default)]
    pub render_frame_visible: bool,
    /// Its source is HDR and drawn by us, not by Chrome.
    #[serde(default)]
    pub is_hdr: bool,
    /// CSS matrix from the element's own pixels to the page's, for HDR elements.
    #[serde(default)]
    pub transform: String,
    /// Radii of its corners, clockwise from the top left, CSS pixels.
    #[serde(default)]
    pub border_radius: [f64; 4],
    /// What ancestors clip it to.
    #[serde(default)]
    pub clip_rect: Option<LayerRect>,
    /// CSS `object-fit`.
    #[serde(default)]
    pub object_fit: String,
    /// CSS `object-position`.
    #[serde(default)]
    pub object_position: String,
}

/// What a page shows in one frame, or in a part of one that shows a transition.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Stack {
    /// Its timed elements, in document order.
    pub elements: Vec<Element>,
    /// It paints something that belongs to none of them: a background, untimed elements.
    pub has_base: bool,
    /// Something lies above the scenes of the frame's transition.
    #[serde(default)]
    pub has_above: bool,
}

/// A source that is HDR, as the page has to know it before it loads.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HdrElement {
    /// Render id.
    pub id: String,
    /// Natural width, pixels; 0 for images, which tell it themselves.
    pub width: u32,
    /// Natural height.
    pub height: u32,
    /// Length in seconds.
    pub duration: f64,
}

/// Elements that are photographed together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LayerMask {
    /// Ids of the timed elements.
    pub ids: Vec<String>,
    /// With everything that belongs to no timed element.
    pub base: bool,
}

/// Reports the page's stack with only `part` of a transition's frame on it.
///
/// # Errors
/// [`BrowserError`].
pub async fn look_at_part(session: &PageSession, part: ScenePart) -> Result<Stack, BrowserError> {
    let call = format!("__hfNativeLayers.look({:?})", part.name());
    session.evaluate(&call).await
}

/// Leaves only layer `shown` of `layers` on the page, until the next call or seek. The first call
/// of a frame hands `layers` over; later ones need not.
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
