//! Draws one HDR element's picture on a canvas, where the page has the element
//! (docs/upstream.md#hdr-elements).

use crate::page::Element;
use crate::pixels::{
    Affine, Cover, MAX_SIDE, Radii, Rect, Rgb48, Rgb48Error, Rgb48Mut, blit_affine, blit_moved,
    blit_region,
};

/// A matrix whose linear part differs by less from the identity's only moves the picture (upstream's
/// figure).
const NEARLY_STRAIGHT: f64 = 1e-3;
/// A matrix whose linear part differs by less from the identity's moves an image by less than a
/// hundredth of a pixel otherwise than a move, whatever the image's size.
const STRAIGHT: f64 = 1e-6;
/// Opacity from which on a layer counts as opaque (upstream's figure).
const OPAQUE: f64 = 0.999;

/// What an element is, which decides how its pictures are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HdrKind {
    /// Moves by whole pixels, as upstream moves video.
    Video,
    /// Moves by fractions of a pixel.
    Image,
}

/// Draws `picture` over `canvas` with the place, opacity, corners and clip of `element`. Unlike
/// upstream, a clip applies also to a picture that is rotated or scaled, and rounds no corners.
pub fn draw_element(
    canvas: &mut Rgb48Mut<'_>,
    picture: &Rgb48<'_>,
    element: &Element,
    kind: HdrKind,
) {
    let cover = Cover {
        opacity: element.opacity,
        radii: Radii::new(element.border_radius),
        clip: element.clip_rect.map(|clip| Rect {
            x0: clip.x as i64,
            y0: clip.y as i64,
            x1: (clip.x + clip.width) as i64,
            y1: (clip.y + clip.height) as i64,
        }),
    };
    match placement(element, kind) {
        Placement::At(x, y) => blit_region(canvas, picture, x, y, &cover),
        Placement::Moved(x, y) => blit_moved(canvas, picture, x, y, &cover),
        Placement::Through(matrix) => blit_affine(canvas, picture, matrix, &cover),
    }
}

enum Placement {
    At(i64, i64),
    Moved(f64, f64),
    Through(Affine),
}

fn placement(element: &Element, kind: HdrKind) -> Placement {
    let place = Placement::At(element.place.x as i64, element.place.y as i64);
    match element.transform {
        Some(matrix) if kind == HdrKind::Image && is_straight(matrix, STRAIGHT) => {
            let [.., x, y] = matrix.numbers;
            Placement::Moved(x, y)
        }
        Some(matrix) if kind == HdrKind::Image || !is_straight(matrix, NEARLY_STRAIGHT) => {
            Placement::Through(matrix)
        }
        _ => place,
    }
}

fn is_straight(matrix: Affine, off: f64) -> bool {
    let [a, b, c, d, ..] = matrix.numbers;
    [a - 1.0, b, c, d - 1.0].iter().all(|part| part.abs() < off)
}

/// Whether the element covers a canvas of `width` x `height` pixels and is opaque. Its picture has
/// the size of its layout box.
pub fn covers_canvas(element: &Element, width: f64, height: f64) -> bool {
    let straight = element
        .transform
        .is_none_or(|matrix| is_straight(matrix, NEARLY_STRAIGHT));
    let place = element.place;
    let over = |x: f64, y: f64, right: f64, bottom: f64| {
        x <= 0.0 && y <= 0.0 && right >= width && bottom >= height
    };
    let covers = over(
        place.x,
        place.y,
        place.x + element.layout_width.min(place.width),
        place.y + element.layout_height.min(place.height),
    );
    // Its box is rounded; an image that is moved by less lets its border be seen through.
    let unmoved = element.transform.is_none_or(|matrix| {
        let [.., x, y] = matrix.numbers;
        over(x, y, x + element.layout_width, y + element.layout_height)
    });
    let unclipped = element
        .clip_rect
        .is_none_or(|clip| over(clip.x, clip.y, clip.x + clip.width, clip.y + clip.height));
    straight
        && covers
        && unmoved
        && unclipped
        && element.opacity >= OPAQUE
        && Radii::new(element.border_radius).is_none()
}

/// A box whose pictures take more memory than there is for them.
#[derive(Debug, thiserror::Error)]
#[error(
    "its box of {}x{} pixels takes {} MiB, and there are {} for it: make the box smaller",
    size.0, size.1, needed >> 20, most >> 20
)]
pub(super) struct BoxTooLarge {
    /// Of the box, pixels.
    pub size: (usize, usize),
    /// Bytes that its pictures take.
    pub needed: u64,
    /// Bytes there are.
    pub most: u64,
}

/// The size of an element's pictures, in pixels: that of its layout box, or of the canvas where it
/// has none.
///
/// # Errors
/// [`Rgb48Error::TooLarge`] when a side is longer than [`MAX_SIDE`].
pub fn picture_size(
    element: &Element,
    canvas: (usize, usize),
) -> Result<(usize, usize), Rgb48Error> {
    let size = (
        element.layout_width.round() as usize,
        element.layout_height.round() as usize,
    );
    let (width, height) = if size.0 > 0 && size.1 > 0 {
        size
    } else {
        canvas
    };
    let most = MAX_SIDE;
    if width.max(height) > most {
        return Err(Rgb48Error::TooLarge {
            width,
            height,
            most,
        });
    }
    Ok((width, height))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Picture;
    use crate::testing::patched;

    /// An element that fills a canvas of 8 x 6 pixels.
    fn element(patch: serde_json::Value) -> Element {
        let full = serde_json::json!({
            "width": 8, "height": 6, "layoutWidth": 8, "layoutHeight": 6,
            "transform": [1, 0, 0, 1, 0, 0]
        });
        crate::page::testing::element(patched(full, patch))
    }

    fn drawn(patch: serde_json::Value, kind: HdrKind) -> Vec<u16> {
        let picture = Picture::of(vec![9; 8 * 6 * 3], 8, 6).unwrap();
        let mut canvas = Picture::black(8, 6).unwrap();
        draw_element(&mut canvas.canvas(), &picture.view(), &element(patch), kind);
        canvas.samples().iter().step_by(3).copied().collect()
    }

    #[test]
    fn an_element_is_drawn_where_it_is() {
        let moved = serde_json::json!({"x": 2, "y": 1, "transform": [1, 0, 0, 1, 2, 1]});
        for kind in [HdrKind::Video, HdrKind::Image] {
            let canvas = drawn(moved.clone(), kind);
            let count = canvas.iter().filter(|sample| **sample == 9).count();
            assert_eq!((count, canvas[10], canvas[9]), (6 * 5, 9, 0), "{kind:?}");
        }
    }

    #[test]
    fn an_image_moves_by_fractions_of_a_pixel_and_a_video_does_not() {
        let moved = serde_json::json!({"transform": [1, 0, 0, 1, 0.25, 0]});
        assert_eq!(drawn(moved.clone(), HdrKind::Video)[..2], [9, 9]);
        assert_eq!(drawn(moved, HdrKind::Image)[..2], [7, 9]);
    }

    #[test]
    fn an_element_without_a_matrix_is_drawn_at_its_box() {
        let canvas = drawn(
            serde_json::json!({"x": 2, "y": 1, "transform": null}),
            HdrKind::Image,
        );
        assert_eq!(canvas.iter().filter(|sample| **sample == 9).count(), 6 * 5);
    }

    #[test]
    fn what_is_scaled_is_clipped_as_well() {
        let half = serde_json::json!({
            "width": 4, "height": 3, "transform": [0.5, 0, 0, 0.5, 0, 0],
            "clipRect": {"x": 0, "y": 0, "width": 2, "height": 9}
        });
        let canvas = drawn(half, HdrKind::Video);
        assert_eq!(canvas[..4], [9, 9, 0, 0]);
    }

    #[test]
    fn only_a_whole_opaque_element_covers() {
        let covers = |patch| covers_canvas(&element(patch), 8.0, 6.0);
        assert!(covers(serde_json::json!({})));
        assert!(covers(
            serde_json::json!({"clipRect": {"x": 0, "y": 0, "width": 8, "height": 6}})
        ));
        for patch in [
            serde_json::json!({"opacity": 0.9}),
            serde_json::json!({"x": 1}),
            serde_json::json!({"width": 7}),
            serde_json::json!({"borderRadius": [0, 1, 0, 0]}),
            serde_json::json!({"transform": [0.9, 0, 0, 1, 0, 0]}),
            serde_json::json!({"transform": [1, 0, 0, 1, 0.25, 0]}),
            serde_json::json!({"clipRect": {"x": 0, "y": 0, "width": 8, "height": 5}}),
        ] {
            assert!(!covers(patch.clone()), "{patch}");
        }
    }

    #[test]
    fn sizes_are_those_of_the_layout() {
        let size = |patch| picture_size(&element(patch), (320, 180));
        assert_eq!(size(serde_json::json!({})).unwrap(), (8, 6));
        let none = serde_json::json!({"layoutWidth": 0, "layoutHeight": 0});
        assert_eq!(size(none).unwrap(), (320, 180));
        assert!(size(serde_json::json!({"layoutWidth": 1e9})).is_err());
    }
}
