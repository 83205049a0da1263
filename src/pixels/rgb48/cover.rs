//! How a layer covers what is below it, and where.

use super::rounded::Radii;

/// From this on a layer counts as opaque (upstream's figure, docs/upstream.md#blits).
const OPAQUE: f64 = 0.999;

/// A rectangle of whole pixels, right and bottom edge exclusive; empty when they are not beyond
/// left and top. Any numbers will do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rect {
    /// Left edge.
    pub x0: i64,
    /// Top edge.
    pub y0: i64,
    /// Right edge.
    pub x1: i64,
    /// Bottom edge.
    pub y1: i64,
}

/// A rectangle within a picture: `left <= right`, `top <= bottom`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inside {
    pub(super) left: usize,
    pub(super) top: usize,
    pub(super) right: usize,
    pub(super) bottom: usize,
}

impl Rect {
    /// What of the rectangle lies within a picture of that size.
    pub(super) fn within(self, width: usize, height: usize) -> Inside {
        // A slice has at most `isize::MAX` elements, so sizes of pictures fit.
        let cut = |from: i64, to: i64, size: usize| {
            let size = i64::try_from(size).unwrap_or(i64::MAX);
            let from = from.clamp(0, size);
            (from as usize, to.clamp(from, size) as usize)
        };
        let (left, right) = cut(self.x0, self.x1, width);
        let (top, bottom) = cut(self.y0, self.y1, height);
        Inside {
            left,
            top,
            right,
            bottom,
        }
    }

    /// What both rectangles have in common.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            x0: self.x0.max(other.x0),
            y0: self.y0.max(other.y0),
            x1: self.x1.min(other.x1),
            y1: self.y1.min(other.y1),
        }
    }
}

impl Inside {
    pub(super) fn width(self) -> usize {
        self.right - self.left
    }

    pub(super) fn height(self) -> usize {
        self.bottom - self.top
    }

    pub(super) fn is_empty(self) -> bool {
        self.width() == 0 || self.height() == 0
    }
}

/// How a layer covers what is below it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cover {
    /// 0 for nothing, 0.999 and more for all of it.
    pub opacity: f64,
    /// Rounded corners of the layer, in its own pixels.
    pub radii: Option<Radii>,
    /// Nothing is drawn outside of this rectangle of the canvas. It does not move the corners;
    /// for those of the clipping element, cut the layer itself with
    /// [`Rgb48::crop`](super::Rgb48::crop), as upstream always does.
    pub clip: Option<Rect>,
}

impl Default for Cover {
    fn default() -> Self {
        Self {
            opacity: 1.0,
            radii: None,
            clip: None,
        }
    }
}

impl Cover {
    /// Whether anything is to be drawn. Not for an opacity that is no number.
    pub(super) fn shows(&self) -> bool {
        self.opacity > 0.0
    }
}

/// Whether this much of a layer hides what is below.
pub(super) fn hides(share: f64) -> bool {
    share >= OPAQUE
}
