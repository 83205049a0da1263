//! Drawing a picture over another, moved by fractions of a pixel.

use super::affine::{Affine, blit_affine};
use super::cover::{Cover, Rect};
use super::picture::{Rgb48, Rgb48Mut};

/// Farthest that a layer is moved, pixels: beyond, no canvas shows it.
const FARTHEST: f64 = i32::MAX as f64;

/// Columns or rows of a canvas that show a layer in one way.
struct Part {
    from: i64,
    end: i64,
    /// Where the layer's first pixel is for them.
    at: f64,
    /// How much of each of them the layer covers, 0 to 1.
    share: f64,
}

/// The parts of a layer of `size` pixels that begins at `at`: a pixel that it covers in part, those that
/// it covers, and the pixel that it ends in.
fn parts(at: f64, size: usize) -> Vec<Part> {
    let first = at.floor();
    let (rest, from) = (at - first, first as i64);
    let end = from + size as i64;
    let part = |from, end, at, share| Part {
        from,
        end,
        at,
        share,
    };
    if rest == 0.0 {
        return vec![part(from, end, at, 1.0)];
    }
    vec![
        part(from, from + 1, first, 1.0 - rest),
        part(from + 1, end, at, 1.0),
        part(end, end + 1, first + 1.0, rest),
    ]
}

/// Draws `layer` over `canvas` with its top left corner at `x` and `y` pixels. Pixels that it covers in
/// part are mixed by that part, as Chrome does it; upstream leaves them out at the left and the top, and
/// fills them at the right and the bottom, so that edges jump.
pub fn blit_moved(canvas: &mut Rgb48Mut<'_>, layer: &Rgb48<'_>, x: f64, y: f64, cover: &Cover) {
    if !(x.abs() < FARTHEST && y.abs() < FARTHEST) {
        return;
    }
    let (width, height) = layer.size();
    let rows = parts(y, height);
    for across in parts(x, width) {
        for down in &rows {
            let part = Rect {
                x0: across.from,
                y0: down.from,
                x1: across.end,
                y1: down.end,
            };
            let cover = Cover {
                opacity: cover.opacity * across.share * down.share,
                clip: Some(cover.clip.map_or(part, |clip| part.and(clip))),
                ..*cover
            };
            let matrix = Affine {
                numbers: [1.0, 0.0, 0.0, 1.0, across.at, down.at],
            };
            blit_affine(canvas, layer, matrix, &cover);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::Picture;

    fn filled(value: u16, width: usize, height: usize) -> Picture {
        Picture::of(vec![value; width * height * 3], width, height).unwrap()
    }

    /// The first samples of a row.
    fn row(picture: &Picture, y: usize, width: usize) -> Vec<u16> {
        let row = &picture.samples()[y * width * 3..][..width * 3];
        row.iter().step_by(3).copied().collect()
    }

    #[test]
    fn edges_cover_as_much_of_a_pixel_as_they_lie_in() {
        let layer = filled(1000, 3, 2);
        let mut canvas = filled(0, 6, 4);
        blit_moved(
            &mut canvas.canvas(),
            &layer.view(),
            1.25,
            1.5,
            &Cover::default(),
        );
        assert_eq!(row(&canvas, 0, 6), [0; 6]);
        assert_eq!(row(&canvas, 1, 6), [0, 375, 500, 500, 125, 0]);
        assert_eq!(row(&canvas, 2, 6), [0, 750, 1000, 1000, 250, 0]);
        assert_eq!(row(&canvas, 3, 6), [0, 375, 500, 500, 125, 0]);
    }

    #[test]
    fn what_lies_inside_is_interpolated() {
        let samples: Vec<u16> = (0..4).flat_map(|x| [x * 100; 3]).collect();
        let layer = Picture::of(samples, 4, 1).unwrap();
        let mut canvas = filled(0, 5, 1);
        blit_moved(
            &mut canvas.canvas(),
            &layer.view(),
            -0.5,
            0.0,
            &Cover::default(),
        );
        assert_eq!(row(&canvas, 0, 5), [50, 150, 250, 150, 0]);
    }

    #[test]
    fn whole_moves_and_moves_without_end_are_safe() {
        let layer = filled(9, 2, 1);
        let mut canvas = filled(0, 4, 1);
        for nowhere in [f64::NAN, f64::INFINITY, -1e300, 1e9] {
            blit_moved(
                &mut canvas.canvas(),
                &layer.view(),
                nowhere,
                0.0,
                &Cover::default(),
            );
        }
        assert_eq!(row(&canvas, 0, 4), [0; 4]);
        let clip = Some(Rect {
            x0: 0,
            y0: 0,
            x1: 2,
            y1: 1,
        });
        let cover = Cover {
            clip,
            ..Cover::default()
        };
        blit_moved(&mut canvas.canvas(), &layer.view(), 1.0, 0.0, &cover);
        assert_eq!(row(&canvas, 0, 4), [0, 9, 0, 0]);
    }
}
