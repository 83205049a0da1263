//! Coordinates of pixels, 0 to 1. One formula serves both styles: output pixel `x` of `W` reads at
//! the coordinate `(x + inset) / W`, and pixel `x` of a picture is at the coordinate `(x + inset) /
//! (W - 1 + 2 inset)`. Beyond its edges a picture repeats its outermost pixels.

use super::block::{BLOCK, F32Block};
use super::size::FrameSize;
use super::style::TransitionStyle;

/// The pixels of a frame in a style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Grid {
    size: FrameSize,
    style: TransitionStyle,
}

impl Grid {
    pub fn new(size: FrameSize, style: TransitionStyle) -> Self {
        Self { size, style }
    }

    pub fn size(self) -> FrameSize {
        self.size
    }

    pub fn style(self) -> TransitionStyle {
        self.style
    }

    /// Distance of a pixel's coordinate from its left and upper edge, pixels.
    pub fn inset(self) -> f64 {
        match self.style {
            TransitionStyle::Engine => 0.0,
            TransitionStyle::Preview => 0.5,
        }
    }

    /// The coordinate of column `x`.
    #[inline(always)]
    pub fn u(self, x: usize) -> f64 {
        (x as f64 + self.inset()) / self.size.width() as f64
    }

    /// The coordinate of row `y`.
    #[inline(always)]
    pub fn v(self, y: usize) -> f64 {
        (y as f64 + self.inset()) / self.size.height() as f64
    }

    /// The coordinates of the block from column `x` on.
    #[inline(always)]
    pub fn us(self, x: usize) -> F32Block {
        let (inset, width) = (self.inset() as f32, self.size.width() as f32);
        let mut places = [0.0; BLOCK];
        for (j, place) in places.iter_mut().enumerate() {
            *place = ((x + j) as f32 + inset) / width;
        }
        places
    }

    /// Pixels between the coordinates 0 and 1, horizontally and vertically.
    #[inline(always)]
    pub fn reach(self) -> [f64; 2] {
        let beyond = 1.0 - 2.0 * self.inset();
        [self.size.width(), self.size.height()].map(|count| count as f64 - beyond)
    }

    /// The position of (u, v) in the picture, in pixels from the first. It has a fraction, and is
    /// outside the picture when (u, v) is.
    #[inline(always)]
    pub fn position(self, u: f64, v: f64) -> [f64; 2] {
        let [across, down] = self.reach();
        [u * across - self.inset(), v * down - self.inset()]
    }

    /// Pixel `index` of an unmoved picture of `count` pixels is read `lag * index / count` pixels
    /// before itself.
    pub fn lag(self) -> f32 {
        match self.style {
            TransitionStyle::Engine => 1.0,
            TransitionStyle::Preview => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unmoved_pixels_are_read_where_the_style_says() {
        let size = FrameSize::new(200, 80).unwrap();
        for (style, read) in [
            (TransitionStyle::Engine, [39.8, 59.25]),
            (TransitionStyle::Preview, [40.0, 60.0]),
        ] {
            let grid = Grid::new(size, style);
            let position = grid.position(grid.u(40), grid.v(60));
            for (position, read) in position.into_iter().zip(read) {
                assert!((position - read).abs() < 1e-9, "{style:?}: {position}");
            }
            assert_eq!(grid.us(8)[32], grid.u(40) as f32);
        }
    }
}
