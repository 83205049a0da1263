//! Draws one HDR element's picture on a canvas, where the page has the element
//! (docs/upstream.md#hdr-elements).

use crate::page::Element;
use crate::pixels::{
    Affine, Cover, Laid, MAX_SIDE, ObjectFit, Radii, Rect, Rgb48, Rgb48Error, Rgb48Mut,
    blit_affine, blit_moved, blit_region,
};

/// A matrix whose linear part differs by less from the identity's moves a picture by less than a
/// hundredth of a pixel otherwise than a move, whatever its size.
const STRAIGHT: f64 = 1e-6;
/// Opacity from which on a layer counts as opaque (upstream's figure).
const OPAQUE: f64 = 0.999;

/// Draws `picture`, which begins at the pixel `at` of the box of `element`, over `canvas`, with the
/// place, opacity, corners and clip of the element. Unlike upstream's, all pictures move by fractions
/// of a pixel, and a clip applies also to a picture that is rotated or scaled, and rounds no corners.
pub fn draw_element(
    canvas: &mut Rgb48Mut<'_>,
    picture: &Rgb48<'_>,
    at: (usize, usize),
    element: &Element,
) {
    let cover = Cover {
        opacity: element.opacity,
        radii: Radii::new(radii_within(element, at, picture.size())),
        clip: element.clip_rect.map(|clip| Rect {
            x0: clip.x as i64,
            y0: clip.y as i64,
            x1: (clip.x + clip.width) as i64,
            y1: (clip.y + clip.height) as i64,
        }),
    };
    let (x, y) = (at.0 as f64, at.1 as f64);
    match element.transform {
        None => {
            let place = (element.place.x as i64, element.place.y as i64);
            let (x, y) = (place.0 + at.0 as i64, place.1 + at.1 as i64);
            blit_region(canvas, picture, x, y, &cover);
        }
        Some(matrix) if is_straight(matrix) => {
            let [.., left, top] = matrix.numbers;
            blit_moved(canvas, picture, left + x, top + y, &cover);
        }
        Some(matrix) => blit_affine(canvas, picture, behind(matrix, x, y), &cover),
    }
}

/// The matrix of what begins at `x` and `y` in the element.
fn behind(matrix: Affine, x: f64, y: f64) -> Affine {
    let [a, b, c, d, left, top] = matrix.numbers;
    Affine {
        numbers: [a, b, c, d, a * x + c * y + left, b * x + d * y + top],
    }
}

/// The radii of a picture of `size` pixels at `at` in the box: a corner of the box cuts off less of a
/// picture that stays away from it.
fn radii_within(element: &Element, at: (usize, usize), size: (usize, usize)) -> [f64; 4] {
    let away = |start: usize, size: usize, whole: usize| {
        [start as f64, whole.saturating_sub(start + size) as f64]
    };
    let (width, height) = layout_size(element);
    let [left, right] = away(at.0, size.0, width);
    let [top, bottom] = away(at.1, size.1, height);
    let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
    let mut radii = element.border_radius;
    for (radius, (across, down)) in radii.iter_mut().zip(corners) {
        *radius -= f64::max(across, down);
    }
    radii
}

fn is_straight(matrix: Affine) -> bool {
    let [a, b, c, d, ..] = matrix.numbers;
    [a - 1.0, b, c, d - 1.0]
        .iter()
        .all(|part| part.abs() < STRAIGHT)
}

/// Whether the element covers a canvas of `width` x `height` pixels and is opaque. `natural` is the
/// size of its picture where that is known, pixels.
pub fn covers_canvas(
    element: &Element,
    natural: Option<(usize, usize)>,
    width: f64,
    height: f64,
) -> bool {
    let straight = element.transform.is_none_or(is_straight);
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
    // Its box is rounded; a picture that is moved by less lets its border be seen through.
    let unmoved = element.transform.is_none_or(|matrix| {
        let [.., x, y] = matrix.numbers;
        over(x, y, x + element.layout_width, y + element.layout_height)
    });
    let unclipped = element
        .clip_rect
        .is_none_or(|clip| over(clip.x, clip.y, clip.x + clip.width, clip.y + clip.height));
    straight
        && fills_box(element, natural)
        && covers
        && unmoved
        && unclipped
        && element.opacity >= OPAQUE
        && Radii::new(element.border_radius).is_none()
}

/// The size of its layout box, whole pixels.
fn layout_size(element: &Element) -> (usize, usize) {
    let whole = |side: f64| side.round() as usize;
    (whole(element.layout_width), whole(element.layout_height))
}

/// Whether the picture fills the box.
fn fills_box(element: &Element, natural: Option<(usize, usize)>) -> bool {
    let size = layout_size(element);
    match (element.object_fit, natural) {
        (ObjectFit::Fill, _) => true,
        (_, None) => false,
        (fit, Some(natural)) => Laid::whole(natural, size, fit, element.object_position)
            .is_some_and(|laid| laid.size() == size),
    }
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
    let size = layout_size(element);
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

    fn drawn(patch: serde_json::Value) -> Vec<u16> {
        let picture = Picture::of(vec![9; 8 * 6 * 3], 8, 6).unwrap();
        let mut canvas = Picture::black(8, 6).unwrap();
        draw_element(
            &mut canvas.canvas(),
            &picture.view(),
            (0, 0),
            &element(patch),
        );
        canvas.samples().iter().step_by(3).copied().collect()
    }

    #[test]
    fn an_element_is_drawn_where_it_is() {
        let moved = serde_json::json!({"x": 2, "y": 1, "transform": [1, 0, 0, 1, 2, 1]});
        let canvas = drawn(moved);
        let count = canvas.iter().filter(|sample| **sample == 9).count();
        assert_eq!((count, canvas[10], canvas[9]), (6 * 5, 9, 0));
    }

    #[test]
    fn a_picture_moves_by_fractions_of_a_pixel() {
        let moved = serde_json::json!({"transform": [1, 0, 0, 1, 0.25, 0]});
        assert_eq!(drawn(moved)[..2], [7, 9]);
    }

    #[test]
    fn what_is_around_a_picture_in_its_box_stays_as_it_is() {
        let picture = Picture::of(vec![9; 4 * 6 * 3], 4, 6).unwrap();
        let row = |patch| {
            let mut canvas = Picture::black(8, 6).unwrap();
            let place = element(patch);
            draw_element(&mut canvas.canvas(), &picture.view(), (2, 0), &place);
            let samples: Vec<u16> = canvas.samples().iter().step_by(3).copied().collect();
            samples[..8].to_vec()
        };
        assert_eq!(row(serde_json::json!({})), [0, 0, 9, 9, 9, 9, 0, 0]);
        let without = serde_json::json!({"transform": null, "x": 1});
        assert_eq!(row(without), [0, 0, 0, 9, 9, 9, 9, 0]);
        let halved = serde_json::json!({"transform": [0.5, 0, 0, 1, 0, 0]});
        assert_eq!(row(halved), [0, 9, 9, 0, 0, 0, 0, 0]);
        // The corners of the box are two pixels away from it.
        let round = serde_json::json!({"borderRadius": [2, 2, 2, 2]});
        assert_eq!(row(round), [0, 0, 9, 9, 9, 9, 0, 0]);
    }

    #[test]
    fn an_element_without_a_matrix_is_drawn_at_its_box() {
        let canvas = drawn(serde_json::json!({"x": 2, "y": 1, "transform": null}));
        assert_eq!(canvas.iter().filter(|sample| **sample == 9).count(), 6 * 5);
    }

    #[test]
    fn what_is_scaled_is_clipped_as_well() {
        let half = serde_json::json!({
            "width": 4, "height": 3, "transform": [0.5, 0, 0, 0.5, 0, 0],
            "clipRect": {"x": 0, "y": 0, "width": 2, "height": 9}
        });
        let canvas = drawn(half);
        assert_eq!(canvas[..4], [9, 9, 0, 0]);
    }

    #[test]
    fn only_a_whole_opaque_element_covers() {
        let covers = |patch| covers_canvas(&element(patch), Some((8, 6)), 8.0, 6.0);
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
    fn only_a_picture_that_fills_its_box_covers() {
        let covers = |fit: &str, natural| {
            covers_canvas(
                &element(serde_json::json!({ "objectFit": fit })),
                natural,
                8.0,
                6.0,
            )
        };
        let wide = Some((16, 6));
        assert!(covers("fill", wide) && covers("cover", wide) && covers("contain", Some((4, 3))));
        assert!(covers("fill", None));
        assert!(!covers("contain", wide) && !covers("none", Some((4, 3))));
        assert!(!covers("contain", None));
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
