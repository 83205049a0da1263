//! Rounded corners, with upstream's edge (docs/upstream.md#blits): coverage falls over one pixel
//! around each circle, and a pixel is where its top left point is, not its middle.

use std::ops::Range;

/// Radii of the four corners in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Radii {
    top_left: f64,
    top_right: f64,
    bottom_right: f64,
    bottom_left: f64,
}

impl Radii {
    /// Radii in the order of CSS: top left, then clockwise. What is negative or no number counts
    /// as 0; `None` when no corner is left.
    pub fn new(radii: [f64; 4]) -> Option<Self> {
        let sane = radii.map(|r| if r.is_finite() { r.max(0.0) } else { 0.0 });
        let [top_left, top_right, bottom_right, bottom_left] = sane;
        sane.iter().any(|r| *r > 0.0).then_some(Self {
            top_left,
            top_right,
            bottom_right,
            bottom_left,
        })
    }

    /// How much of the point (`x`, `y`) of a `width` x `height` rectangle is inside: 0 to 1.
    /// Where corners overlap the first one counts, clockwise from the top left.
    pub fn coverage(&self, x: f64, y: f64, width: f64, height: f64) -> f64 {
        let Self {
            top_left: tl,
            top_right: tr,
            bottom_right: br,
            bottom_left: bl,
        } = *self;
        if x < tl && y < tl {
            within_circle(x - tl, y - tl, tl)
        } else if x >= width - tr && y < tr {
            within_circle(x - (width - tr), y - tr, tr)
        } else if x >= width - br && y >= height - br {
            within_circle(x - (width - br), y - (height - br), br)
        } else if x < bl && y >= height - bl {
            within_circle(x - bl, y - (height - bl), bl)
        } else {
            1.0
        }
    }

    /// Whole columns of row `y` of a `width` x `height` rectangle that no corner touches.
    pub(super) fn plain_columns(&self, y: usize, width: usize, height: usize) -> Range<usize> {
        let (y, columns, height) = (y as f64, width as f64, height as f64);
        let reach = |top: f64, bottom: f64| {
            let top = if y < top { top } else { 0.0 };
            let bottom = if y >= height - bottom { bottom } else { 0.0 };
            top.max(bottom)
        };
        let left = reach(self.top_left, self.bottom_left).ceil() as usize;
        let right = (columns - reach(self.top_right, self.bottom_right)).ceil() as usize;
        left.min(width)..right.clamp(left.min(width), width)
    }
}

/// Coverage of a point at that distance from the middle of a corner's circle.
fn within_circle(dx: f64, dy: f64, radius: f64) -> f64 {
    let distance = (dx * dx + dy * dy).sqrt();
    (radius + 0.5 - distance).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn no_radius_is_no_mask() {
        assert_eq!(Radii::new([0.0, -4.0, f64::NAN, f64::INFINITY]), None);
    }

    #[test]
    fn coverage_falls_over_one_pixel() {
        let radii = Radii::new([6.0, 3.0, 5.0, 0.0]).unwrap();
        let at = |x, y| radii.coverage(x, y, 20.0, 14.0);
        assert_eq!((at(0.0, 0.0), at(6.0, 0.0), at(10.0, 7.0)), (0.0, 1.0, 1.0));
        assert!((at(4.0, 0.0) - 0.175_444_679_663_240_95).abs() < 1e-12);
        assert_eq!(at(0.0, 13.0), 1.0, "a corner without radius is square");
    }

    proptest! {
        #[test]
        fn plain_columns_are_covered(
            radii in prop::array::uniform4(0.0f64..40.0),
            width in 1usize..50,
            height in 1usize..50,
        ) {
            let Some(radii) = Radii::new(radii) else { return Ok(()) };
            for y in 0..height {
                let plain = radii.plain_columns(y, width, height);
                prop_assert!(plain.start <= plain.end && plain.end <= width);
                for x in plain {
                    let covered =
                        radii.coverage(x as f64, y as f64, width as f64, height as f64);
                    prop_assert_eq!(covered, 1.0);
                }
            }
        }
    }
}
