//! Layers of one frame, from the elements the page reports: in the order they are stacked, each
//! HDR element by itself, neighbours that Chrome can draw together (spec/composite.md 2.4).

use std::collections::HashSet;

use serde::Deserialize;

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

impl Element {
    /// Whether Chrome has anything to draw for it. A clip's own element is hidden while the image
    /// of its frame stands in.
    fn shows(&self) -> bool {
        self.opacity > 0.0 && (self.visible || self.render_frame_visible)
    }
}

/// One layer, to be laid over those before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer<'a> {
    /// An HDR element.
    Hdr(&'a Element),
    /// Elements that Chrome draws in one photograph.
    Dom {
        /// Ids of the elements with something to show; not empty.
        show: Vec<&'a str>,
        /// Ids of all elements that must not be on the photograph.
        hide: Vec<&'a str>,
    },
}

/// Layers of the elements that `keep` names, lowest first.
///
/// Elements are ordered by z-index, those of equal z-index as in the document; hidden ones have
/// their place too, because a clip's element is hidden while its image shows. `hide` names all
/// elements of other layers, kept or not. Layers in which nothing shows are left out, and HDR
/// elements without opacity do not part their neighbours.
pub fn layers<'a>(elements: &'a [Element], keep: impl Fn(&Element) -> bool) -> Vec<Layer<'a>> {
    let kept = |element: &&Element| keep(element) && !(element.is_hdr && element.opacity <= 0.0);
    let mut order: Vec<&Element> = elements.iter().filter(kept).collect();
    order.sort_by_key(|element| element.z_index);
    order
        .chunk_by(|below, above| !below.is_hdr && !above.is_hdr)
        .filter_map(|group| layer_of(group, elements))
        .collect()
}

fn layer_of<'a>(group: &[&'a Element], all: &'a [Element]) -> Option<Layer<'a>> {
    if let [hdr] = group
        && hdr.is_hdr
    {
        return Some(Layer::Hdr(hdr));
    }
    let id = |element: &&'a Element| element.id.as_str();
    let show: Vec<&str> = group.iter().filter(|e| e.shows()).map(id).collect();
    let own: HashSet<&str> = group.iter().map(id).collect();
    let others = all.iter().map(|element| element.id.as_str());
    (!show.is_empty()).then(|| Layer::Dom {
        show,
        hide: others.filter(|id| !own.contains(id)).collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(id: &str, z_index: i32, is_hdr: bool) -> Element {
        serde_json::from_value(serde_json::json!({
            "id": id, "zIndex": z_index, "isHdr": is_hdr, "x": 0, "y": 0, "width": 4, "height": 4,
            "layoutWidth": 4, "layoutHeight": 4, "opacity": 1, "visible": true
        }))
        .unwrap()
    }

    fn dom<'a>(show: &[&'a str], hide: &[&'a str]) -> Layer<'a> {
        Layer::Dom {
            show: show.to_vec(),
            hide: hide.to_vec(),
        }
    }

    #[test]
    fn an_hdr_element_parts_its_neighbours() {
        let all = [
            element("caption", 5, false),
            element("back", 0, false),
            element("film", 2, true),
            element("title", 5, false),
            element("shade", 2, false),
        ];
        assert_eq!(
            layers(&all, |_| true),
            [
                dom(&["back"], &["caption", "film", "title", "shade"]),
                Layer::Hdr(&all[2]),
                dom(&["shade", "caption", "title"], &["back", "film"]),
            ]
        );
    }

    #[test]
    fn a_frame_without_hdr_is_one_layer() {
        let all = [element("b", 9, false), element("a", -1, false)];
        assert_eq!(layers(&all, |_| true), [dom(&["a", "b"], &[])]);
        assert_eq!(layers(&[], |_| true), []);
    }

    #[test]
    fn what_does_not_show_is_neither_shown_nor_hidden_in_its_own_layer() {
        let mut all = [
            element("clip", 0, false),
            element("gone", 0, false),
            element("clear", 0, false),
            element("film", 1, true),
        ];
        (all[0].visible, all[0].render_frame_visible) = (false, true);
        all[1].visible = false;
        all[2].opacity = 0.0;
        all[3].opacity = 0.0;
        assert_eq!(layers(&all, |_| true), [dom(&["clip"], &["film"])]);
        all[0].render_frame_visible = false;
        assert_eq!(layers(&all, |_| true), []);
    }

    #[test]
    fn an_hdr_element_without_opacity_parts_nobody() {
        let mut all = [
            element("a", 0, false),
            element("film", 0, true),
            element("b", 0, false),
        ];
        all[1].opacity = 0.0;
        assert_eq!(layers(&all, |_| true), [dom(&["a", "b"], &["film"])]);
    }

    #[test]
    fn elements_that_are_not_kept_are_hidden() {
        let all = [
            element("one", 0, false),
            element("film", 0, true),
            element("two", 0, false),
            element("watermark", 9, false),
        ];
        let scene = layers(&all, |element| {
            element.id != "film" && element.id != "watermark"
        });
        assert_eq!(scene, [dom(&["one", "two"], &["film", "watermark"])]);
    }

    proptest! {
        /// Every element that shows is in one layer, in order, and hidden in all the others.
        #[test]
        fn each_element_is_in_one_layer(
            given in prop::collection::vec((-3i32..3, any::<bool>()), 0..12),
        ) {
            let all: Vec<Element> = given
                .iter()
                .enumerate()
                .map(|(at, (z, hdr))| element(&format!("e{at}"), *z, *hdr))
                .collect();
            let layers = layers(&all, |_| true);
            let mut seen = Vec::new();
            for layer in &layers {
                match layer {
                    Layer::Hdr(element) => seen.push(element.id.as_str()),
                    Layer::Dom { show, hide } => {
                        prop_assert_eq!(show.len() + hide.len(), all.len());
                        prop_assert!(show.iter().all(|id| !hide.contains(id)));
                        seen.extend(show);
                    }
                }
            }
            let mut sorted: Vec<&Element> = all.iter().collect();
            sorted.sort_by_key(|element| element.z_index);
            prop_assert!(seen.into_iter().eq(sorted.iter().map(|element| element.id.as_str())));
        }
    }
}
