//! Where a picture lies in the box it is shown in, by the rules of CSS `object-fit` and
//! `object-position` (docs/upstream.md#object-fit).

use serde::Deserialize;

/// How a picture fills its box. Deserialized from the keywords of CSS.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObjectFit {
    /// Stretched to the box; the initial value of CSS.
    #[default]
    Fill,
    /// Scaled until the box is covered; the rest is cut off.
    Cover,
    /// Scaled until all of it fits.
    Contain,
    /// Not scaled.
    None,
    /// As `Contain`, but never enlarged.
    ScaleDown,
}

/// The position of a picture along one axis of its box: a share of the free space, plus pixels.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Anchor {
    /// 0 for left or top, 1 for right or bottom; any number is allowed.
    pub fraction: f64,
    /// Pixels to the right or down.
    pub pixels: f64,
}

impl Default for Anchor {
    /// The middle.
    fn default() -> Self {
        Self {
            fraction: 0.5,
            pixels: 0.0,
        }
    }
}

/// Width and height, pixels.
type Size = (usize, usize);

/// A picture in its box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Laid {
    pub(super) across: Span,
    pub(super) down: Span,
}

/// One axis of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    /// First and end of the pixels of the box that show the picture.
    pub first: usize,
    pub end: usize,
    /// The picture's own size in pixels.
    pub source: usize,
    /// Its scaled size, and where it begins in the box, pixels.
    pub drawn: f64,
    pub start: f64,
}

/// What a decoder makes of a picture: scaled to whole pixels, and a part of that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The size that the whole picture is scaled to.
    pub scaled: Size,
    /// The first pixel of the part, in the scaled picture.
    pub from: Size,
    /// The size of the part.
    pub size: Size,
}

impl Laid {
    /// A picture of the size `source` in a box of the size `to`, anchored across and down; `None` when
    /// no part of it is visible.
    pub fn new(source: Size, to: Size, fit: ObjectFit, anchors: (Anchor, Anchor)) -> Option<Self> {
        let drawn = drawn_size(source, to, fit);
        Self::drawn(source, to, drawn, anchors, |start| start)
    }

    /// The same in whole pixels, as decoders scale and cut.
    pub fn whole(
        source: Size,
        to: Size,
        fit: ObjectFit,
        anchors: (Anchor, Anchor),
    ) -> Option<Self> {
        let drawn = drawn_size(source, to, fit);
        let drawn = (drawn.0.round().max(1.0), drawn.1.round().max(1.0));
        // Rounded up, as ffmpeg cuts a picture in the middle.
        Self::drawn(source, to, drawn, anchors, f64::ceil)
    }

    /// A picture that is scaled to the size `drawn`, whose places in its box are `rounded`.
    fn drawn(
        source: Size,
        to: Size,
        drawn: (f64, f64),
        anchors: (Anchor, Anchor),
        rounded: fn(f64) -> f64,
    ) -> Option<Self> {
        let span = |source, to: usize, drawn: f64, anchor: Anchor| {
            let start = (to as f64 - drawn) * anchor.fraction + anchor.pixels;
            Span::new(source, to, drawn, rounded(start))
        };
        Some(Self {
            across: span(source.0, to.0, drawn.0, anchors.0)?,
            down: span(source.1, to.1, drawn.1, anchors.1)?,
        })
    }

    /// The first pixel of the box that shows it.
    pub fn at(&self) -> Size {
        (self.across.first, self.down.first)
    }

    /// The size of what is shown of it.
    pub fn size(&self) -> Size {
        (self.across.seen(), self.down.seen())
    }

    /// What a decoder makes of a picture that lies at [whole](Self::whole) pixels.
    pub fn cut(&self) -> Cut {
        let from = |span: Span| (span.first as f64 - span.start).max(0.0) as usize;
        Cut {
            scaled: (self.across.drawn as usize, self.down.drawn as usize),
            from: (from(self.across), from(self.down)),
            size: self.size(),
        }
    }
}

impl Cut {
    /// All of a picture, not scaled.
    pub fn all(size: Size) -> Self {
        Self {
            scaled: size,
            from: (0, 0),
            size,
        }
    }
}

impl Span {
    /// `None` when no part is visible.
    fn new(source: usize, to: usize, drawn: f64, start: f64) -> Option<Self> {
        let end = (start + drawn).ceil().min(to as f64);
        let first = start.floor().max(0.0);
        // The comparisons are false for NaN, so that NaN gives no picture.
        let seen = drawn > 0.0 && source > 0 && first < end && start.is_finite();
        seen.then_some(Self {
            first: first as usize,
            end: end as usize,
            source,
            drawn,
            start,
        })
    }

    fn seen(&self) -> usize {
        self.end - self.first
    }
}

/// Width and height of the scaled picture, pixels, including what lies outside the box.
fn drawn_size(source: Size, to: Size, fit: ObjectFit) -> (f64, f64) {
    let (source, to) = (
        (source.0 as f64, source.1 as f64),
        (to.0 as f64, to.1 as f64),
    );
    let (across, down) = (to.0 / source.0, to.1 / source.1);
    let scale = match fit {
        ObjectFit::Fill => return to,
        ObjectFit::None => return source,
        ObjectFit::Cover => across.max(down),
        ObjectFit::Contain => across.min(down),
        ObjectFit::ScaleDown => across.min(down).min(1.0),
    };
    (source.0 * scale, source.1 * scale)
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;
    use proptest::prelude::*;

    /// In the middle of the box.
    pub const MIDDLE: (Anchor, Anchor) = {
        let middle = Anchor {
            fraction: 0.5,
            pixels: 0.0,
        };
        (middle, middle)
    };

    /// Any way in which a picture may lie in its box.
    pub fn any_placement() -> impl Strategy<Value = (ObjectFit, (Anchor, Anchor))> {
        let fit = prop::sample::select(vec![
            ObjectFit::Fill,
            ObjectFit::Cover,
            ObjectFit::Contain,
            ObjectFit::None,
            ObjectFit::ScaleDown,
        ]);
        let numbers = prop::array::uniform4(prop_oneof![-2.0f64..2.0, prop::num::f64::ANY]);
        let anchor = |fraction, pixels| Anchor { fraction, pixels };
        (fit, numbers).prop_map(move |(fit, [x, px, y, py])| (fit, (anchor(x, px), anchor(y, py))))
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{MIDDLE, any_placement};
    use super::*;
    use proptest::prelude::*;

    /// What a decoder makes of a picture of 192x108, and where in the box it lies.
    fn cut(to: Size, fit: ObjectFit, anchors: (Anchor, Anchor)) -> ([Size; 3], Size) {
        let laid = Laid::whole((192, 108), to, fit, anchors).unwrap();
        let Cut { scaled, from, size } = laid.cut();
        ([scaled, from, size], laid.at())
    }

    #[test]
    fn decoders_scale_and_cut_as_css_fits() {
        use ObjectFit::{Contain, Cover, Fill, None, ScaleDown};
        for (to, fit, made, at) in [
            ((64, 36), Cover, [(64, 36), (0, 0), (64, 36)], (0, 0)),
            ((60, 60), Cover, [(107, 60), (23, 0), (60, 60)], (0, 0)),
            ((60, 60), Contain, [(60, 34), (0, 0), (60, 34)], (0, 13)),
            ((60, 60), Fill, [(60, 60), (0, 0), (60, 60)], (0, 0)),
            ((60, 60), None, [(192, 108), (66, 24), (60, 60)], (0, 0)),
            (
                (300, 200),
                ScaleDown,
                [(192, 108), (0, 0), (192, 108)],
                (54, 46),
            ),
            ((300, 90), None, [(192, 108), (0, 9), (192, 90)], (54, 0)),
        ] {
            assert_eq!(cut(to, fit, MIDDLE), (made, at), "{to:?} {fit:?}");
        }
    }

    #[test]
    fn pictures_are_cut_where_they_are_anchored() {
        let anchor = |fraction, pixels| Anchor { fraction, pixels };
        let right = (anchor(1.0, 0.0), anchor(0.0, 10.0));
        assert_eq!(
            cut((60, 60), ObjectFit::Cover, right),
            ([(107, 60), (47, 0), (60, 50)], (0, 10))
        );
    }

    proptest! {
        #[test]
        fn what_is_cut_lies_in_the_scaled_picture_and_in_the_box(
            source in (1usize..300, 1usize..300),
            to in (1usize..300, 1usize..300),
            (fit, anchors) in any_placement(),
        ) {
            let Some(laid) = Laid::whole(source, to, fit, anchors) else { return Ok(()) };
            let Cut { scaled, from, size } = laid.cut();
            prop_assert!(size.0 > 0 && size.1 > 0);
            prop_assert!(from.0 + size.0 <= scaled.0 && from.1 + size.1 <= scaled.1);
            let at = laid.at();
            prop_assert!(at.0 + size.0 <= to.0 && at.1 + size.1 <= to.1);
        }
    }
}
