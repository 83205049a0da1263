//! CSS `object-position`, by the rules of CSS. Upstream reads a lone `top` or `bottom` as a place
//! across, knows no lengths, and cuts percentages off at 0 and 100; the page's own pictures do
//! none of that, so neither do ours.

use crate::pixels::Anchor;

/// The places across and down that a computed or written `object-position` names; the middle for
/// what is no such value, which is the property's initial value.
///
/// Lengths are those of computed values: pixels, and `calc()` of a percentage and pixels.
pub fn object_position(css: &str) -> (Anchor, Anchor) {
    let css = css.trim().to_ascii_lowercase();
    words(&css)
        .and_then(|words| placed(&words))
        .unwrap_or_default()
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Word {
    /// `left` or `right`: 0 or 1.
    Across(f64),
    /// `top` or `bottom`.
    Down(f64),
    Center,
    /// A percentage, pixels, or both.
    Offset(Anchor),
}

fn placed(words: &[Word]) -> Option<(Anchor, Anchor)> {
    use Word::{Across, Center, Down, Offset};
    let edge = |fraction| Anchor {
        fraction,
        pixels: 0.0,
    };
    let middle = edge(0.5);
    Some(match *words {
        [] => (middle, middle),
        [Across(x)] => (edge(x), middle),
        [Down(y)] => (middle, edge(y)),
        [Center] => (middle, middle),
        [Offset(x)] => (x, middle),
        [Across(x), Center] | [Center, Across(x)] => (edge(x), middle),
        [Down(y), Center] | [Center, Down(y)] => (middle, edge(y)),
        [Center, Center] => (middle, middle),
        [Across(x), Down(y)] | [Down(y), Across(x)] => (edge(x), edge(y)),
        [Across(x), Offset(y)] => (edge(x), y),
        [Offset(x), Down(y)] => (x, edge(y)),
        [Center, Offset(y)] => (middle, y),
        [Offset(x), Center] => (x, middle),
        [Offset(x), Offset(y)] => (x, y),
        // From here on offsets are counted from the edge before them.
        [Across(x), Offset(by), Down(y)] | [Down(y), Across(x), Offset(by)] => {
            (from_edge(x, by), edge(y))
        }
        [Across(x), Offset(by), Center] | [Center, Across(x), Offset(by)] => {
            (from_edge(x, by), middle)
        }
        [Across(x), Down(y), Offset(by)] | [Down(y), Offset(by), Across(x)] => {
            (edge(x), from_edge(y, by))
        }
        [Center, Down(y), Offset(by)] | [Down(y), Offset(by), Center] => (middle, from_edge(y, by)),
        [Across(x), Offset(by_x), Down(y), Offset(by_y)]
        | [Down(y), Offset(by_y), Across(x), Offset(by_x)] => {
            (from_edge(x, by_x), from_edge(y, by_y))
        }
        _ => return None,
    })
}

/// `by` counted from an edge, inwards.
fn from_edge(edge: f64, by: Anchor) -> Anchor {
    if edge == 0.0 {
        return by;
    }
    Anchor {
        fraction: 1.0 - by.fraction,
        pixels: -by.pixels,
    }
}

/// `None` when a word is none of the known.
fn words(css: &str) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut rest = css;
    while !rest.is_empty() {
        // A `calc()` has spaces of its own.
        let end = if rest.starts_with("calc(") {
            rest.find(')')? + 1
        } else {
            rest.find(char::is_whitespace).unwrap_or(rest.len())
        };
        let (first, after) = rest.split_at(end);
        words.push(word(first)?);
        rest = after.trim_start();
    }
    Some(words)
}

fn word(text: &str) -> Option<Word> {
    Some(match text {
        "left" => Word::Across(0.0),
        "right" => Word::Across(1.0),
        "top" => Word::Down(0.0),
        "bottom" => Word::Down(1.0),
        "center" => Word::Center,
        _ => Word::Offset(match text.strip_prefix("calc(") {
            Some(sum) => calc(sum.strip_suffix(')')?)?,
            None => length(text)?,
        }),
    })
}

/// A sum as Chrome writes computed ones: terms with a lone `+` or `-` between them.
fn calc(sum: &str) -> Option<Anchor> {
    let mut total = Anchor {
        fraction: 0.0,
        pixels: 0.0,
    };
    let mut sign = Some(1.0);
    for part in sum.split_whitespace() {
        match (part, sign) {
            ("+", None) => sign = Some(1.0),
            ("-", None) => sign = Some(-1.0),
            (term, Some(by)) => {
                let term = length(term)?;
                total.fraction += by * term.fraction;
                total.pixels += by * term.pixels;
                sign = None;
            }
            _ => return None,
        }
    }
    sign.is_none().then_some(total)
}

fn length(text: &str) -> Option<Anchor> {
    let number = |text: &str| text.parse().ok().filter(|n: &f64| n.is_finite());
    if let Some(percent) = text.strip_suffix('%') {
        return Some(Anchor {
            fraction: number(percent)? / 100.0,
            pixels: 0.0,
        });
    }
    let pixels = match text.strip_suffix("px") {
        Some(pixels) => number(pixels)?,
        // The only length that needs no unit.
        None => number(text).filter(|n| *n == 0.0)?,
    };
    Some(Anchor {
        fraction: 0.0,
        pixels,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anchors(x: (f64, f64), y: (f64, f64)) -> (Anchor, Anchor) {
        let anchor = |(fraction, pixels)| Anchor { fraction, pixels };
        (anchor(x), anchor(y))
    }

    #[test]
    fn one_word_leaves_the_other_axis_in_the_middle() {
        for (css, x, y) in [
            ("left", 0.0, 0.5),
            ("right", 1.0, 0.5),
            ("top", 0.5, 0.0),
            ("Bottom", 0.5, 1.0),
            ("center", 0.5, 0.5),
            ("25%", 0.25, 0.5),
            ("", 0.5, 0.5),
        ] {
            assert_eq!(object_position(css), anchors((x, 0.0), (y, 0.0)), "{css}");
        }
    }

    #[test]
    fn words_may_change_places() {
        for css in ["top right", "right top", "100% 0%", "right 0", "100% top"] {
            assert_eq!(
                object_position(css),
                anchors((1.0, 0.0), (0.0, 0.0)),
                "{css}"
            );
        }
        assert_eq!(
            object_position("center bottom"),
            object_position("bottom center")
        );
        assert_eq!(
            object_position("150% -20%"),
            anchors((1.5, 0.0), (-0.2, 0.0))
        );
    }

    #[test]
    fn lengths_are_counted_from_their_edge() {
        for css in [
            "right 10px bottom 25%",
            "bottom 25% right 10px",
            "calc(100% - 10px) 75%",
        ] {
            assert_eq!(
                object_position(css),
                anchors((1.0, -10.0), (0.75, 0.0)),
                "{css}"
            );
        }
        assert_eq!(
            object_position("10px 2.5px"),
            anchors((0.0, 10.0), (0.0, 2.5))
        );
        assert_eq!(
            object_position("left 3px center"),
            anchors((0.0, 3.0), (0.5, 0.0))
        );
        assert_eq!(
            object_position("center top -3px"),
            anchors((0.5, 0.0), (0.0, -3.0))
        );
    }

    #[test]
    fn what_is_no_position_is_the_middle() {
        for css in [
            "left right",
            "10px left",
            "12",
            "3em 4em",
            "calc(1px",
            "calc()",
            "calc(1px 2px)",
            "a b c d e",
        ] {
            assert_eq!(
                object_position(css),
                anchors((0.5, 0.0), (0.5, 0.0)),
                "{css}"
            );
        }
    }
}
