//! Layers of one frame, from the elements the page reports: in the order they are stacked, each
//! HDR element by itself, neighbours that Chrome can draw together (docs/upstream.md#layer-order).

use crate::page::{Element, LayerMask, Stack};

/// Whether Chrome has anything to draw for it. A clip's own element is hidden while the image of
/// its frame stands in.
fn shows(element: &Element) -> bool {
    element.opacity > 0.0 && (element.visible || element.render_frame_visible)
}

/// One layer, to be laid over those before it.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer<'a> {
    /// An HDR element.
    Hdr(&'a Element),
    /// What Chrome draws in one photograph.
    Dom(LayerMask),
}

/// Layers of a page, lowest first.
///
/// Elements are ordered by z-index, those of equal z-index as in the document; hidden ones have
/// their place too, because a clip's element is hidden while its image shows. Layers in which
/// nothing shows are left out, and HDR elements that do not show do not part their neighbours.
/// What the page paints beside its timed elements is at the bottom. Nothing is photographed that
/// an HDR element hides by itself, as `hides` knows it.
pub fn layers<'a>(stack: &'a Stack, hides: impl Fn(&Element) -> bool) -> Vec<Layer<'a>> {
    let kept = |element: &&Element| !element.is_hdr || (element.opacity > 0.0 && element.visible);
    let mut order: Vec<&Element> = stack.elements.iter().filter(kept).collect();
    order.sort_by_key(|element| element.z_index);
    let lowest = order
        .iter()
        .rposition(|element| element.is_hdr && hides(element));
    let visible = &order[lowest.unwrap_or(0)..];
    let groups = visible.chunk_by(|below, above| !below.is_hdr && !above.is_hdr);
    let mut layers: Vec<Layer<'a>> = groups.filter_map(layer_of).collect();
    if stack.has_base && lowest.is_none() {
        match layers.first_mut() {
            Some(Layer::Dom(mask)) => mask.base = true,
            _ => layers.insert(
                0,
                Layer::Dom(LayerMask {
                    ids: Vec::new(),
                    base: true,
                }),
            ),
        }
    }
    layers
}

fn layer_of<'a>(group: &[&'a Element]) -> Option<Layer<'a>> {
    if let [hdr] = group
        && hdr.is_hdr
    {
        return Some(Layer::Hdr(hdr));
    }
    let ids = group.iter().map(|element| element.id.clone());
    group.iter().any(|element| shows(element)).then(|| {
        Layer::Dom(LayerMask {
            ids: ids.collect(),
            base: false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn element(id: &str, z_index: i32, is_hdr: bool) -> Element {
        let patch = serde_json::json!({"id": id, "zIndex": z_index, "isHdr": is_hdr});
        crate::page::testing::element(patch)
    }

    fn stack(elements: Vec<Element>, has_base: bool) -> Stack {
        Stack {
            elements,
            has_base,
            has_above: false,
        }
    }

    fn dom<'a>(ids: &[&str], base: bool) -> Layer<'a> {
        Layer::Dom(LayerMask {
            ids: ids.iter().map(ToString::to_string).collect(),
            base,
        })
    }

    fn never(_: &Element) -> bool {
        false
    }

    #[test]
    fn an_hdr_element_parts_its_neighbours() {
        let page = stack(
            vec![
                element("caption", 5, false),
                element("back", 0, false),
                element("film", 2, true),
                element("title", 5, false),
                element("shade", 2, false),
            ],
            true,
        );
        assert_eq!(
            layers(&page, never),
            [
                dom(&["back"], true),
                Layer::Hdr(&page.elements[2]),
                dom(&["shade", "caption", "title"], false),
            ]
        );
    }

    #[test]
    fn a_frame_without_hdr_is_one_layer() {
        let page = stack(vec![element("b", 9, false), element("a", -1, false)], false);
        assert_eq!(layers(&page, never), [dom(&["a", "b"], false)]);
        assert_eq!(layers(&stack(vec![], false), never), []);
        assert_eq!(layers(&stack(vec![], true), never), [dom(&[], true)]);
    }

    #[test]
    fn the_base_is_below_an_hdr_element_that_is_lowest() {
        let page = stack(vec![element("film", 0, true)], true);
        assert_eq!(
            layers(&page, never),
            [dom(&[], true), Layer::Hdr(&page.elements[0])]
        );
    }

    #[test]
    fn nothing_is_photographed_that_cannot_be_seen() {
        let page = stack(
            vec![
                element("back", 0, false),
                element("film", 0, true),
                element("inset", 1, true),
                element("caption", 2, false),
            ],
            true,
        );
        let film = |element: &Element| element.id == "film";
        assert_eq!(
            layers(&page, film),
            [
                Layer::Hdr(&page.elements[1]),
                Layer::Hdr(&page.elements[2]),
                dom(&["caption"], false),
            ]
        );
    }

    #[test]
    fn what_does_not_show_makes_no_layer() {
        let mut page = stack(
            vec![
                element("clip", 0, false),
                element("gone", 0, false),
                element("film", 1, true),
            ],
            false,
        );
        (
            page.elements[0].visible,
            page.elements[0].render_frame_visible,
        ) = (false, true);
        page.elements[1].visible = false;
        page.elements[2].visible = false;
        assert_eq!(layers(&page, never), [dom(&["clip", "gone"], false)]);
        page.elements[0].render_frame_visible = false;
        assert_eq!(layers(&page, never), []);
    }

    #[test]
    fn an_hdr_element_without_opacity_parts_nobody() {
        let mut page = stack(
            vec![
                element("a", 0, false),
                element("film", 0, true),
                element("b", 0, false),
            ],
            false,
        );
        page.elements[1].opacity = 0.0;
        assert_eq!(layers(&page, never), [dom(&["a", "b"], false)]);
    }

    proptest! {
        /// Every element that shows is in one layer, in order.
        #[test]
        fn each_element_is_in_one_layer(
            given in prop::collection::vec((-3i32..3, any::<bool>()), 0..12),
            has_base in any::<bool>(),
        ) {
            let all: Vec<Element> = given
                .iter()
                .enumerate()
                .map(|(at, (z, hdr))| element(&format!("e{at}"), *z, *hdr))
                .collect();
            let page = stack(all, has_base);
            let layers = layers(&page, never);
            let mut seen = Vec::new();
            let mut bases = 0;
            for layer in &layers {
                match layer {
                    Layer::Hdr(element) => seen.push(element.id.as_str()),
                    Layer::Dom(mask) => {
                        seen.extend(mask.ids.iter().map(String::as_str));
                        bases += usize::from(mask.base);
                    }
                }
            }
            let mut sorted: Vec<&Element> = page.elements.iter().collect();
            sorted.sort_by_key(|element| element.z_index);
            prop_assert!(seen.into_iter().eq(sorted.iter().map(|element| element.id.as_str())));
            prop_assert_eq!(bases, usize::from(has_base));
        }
    }
}
