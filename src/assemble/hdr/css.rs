//! CSS values of an element, as `blend` takes them.

use crate::pixels::{Affine, ObjectFit};

/// Terms of a 3-D matrix smaller than this are rounding (upstream's figure).
const FLAT: f64 = 1e-6;

/// A CSS matrix as far as a flat layer can follow it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Transform {
    /// Its 2-D part.
    pub matrix: Affine,
    /// It turns the layer out of the page or has perspective, which is lost: worth one warning.
    /// A move along the line of sight alone changes nothing and does not count.
    pub flattened: bool,
}

/// The matrix of a computed `matrix(…)` or `matrix3d(…)`; `None` for `none` and for everything
/// else, wrong counts and numbers that are none included.
pub fn transform(css: &str) -> Option<Transform> {
    let (name, arguments) = css.trim().strip_suffix(')')?.split_once('(')?;
    let numbers: Vec<f64> = arguments
        .split(',')
        .map(|number| number.trim().parse().ok().filter(|n: &f64| n.is_finite()))
        .collect::<Option<_>>()?;
    match (name, &numbers[..]) {
        ("matrix", &[a, b, c, d, x, y]) => Some(Transform {
            matrix: Affine {
                numbers: [a, b, c, d, x, y],
            },
            flattened: false,
        }),
        // Column by column.
        ("matrix3d", &[a, b, c1, d1, c, d, c2, d2, a3, b3, c3, d3, x, y, _, d4]) => {
            let turned = [c1, d1, c2, d2, a3, b3, c3 - 1.0, d3, d4 - 1.0];
            Some(Transform {
                matrix: Affine {
                    numbers: [a, b, c, d, x, y],
                },
                flattened: turned.iter().any(|term| term.abs() > FLAT),
            })
        }
        _ => None,
    }
}

/// The value of a computed `object-fit`; everything unknown stretches, as the property's initial
/// value does.
pub fn object_fit(css: &str) -> ObjectFit {
    match css.trim().to_ascii_lowercase().as_str() {
        "cover" => ObjectFit::Cover,
        "contain" => ObjectFit::Contain,
        "none" => ObjectFit::None,
        "scale-down" => ObjectFit::ScaleDown,
        _ => ObjectFit::Fill,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn matrices_are_read_and_others_are_not() {
        let numbers = |css| transform(css).map(|transform| transform.matrix.numbers);
        assert_eq!(
            numbers("matrix(0.5,0.1,-0.1,0.5,12.5,-3)"),
            Some([0.5, 0.1, -0.1, 0.5, 12.5, -3.0])
        );
        assert_eq!(
            numbers("matrix3d(1,0,0,0,0,1,0,0,0,0,1,0,30,40,50,1)"),
            Some([1.0, 0.0, 0.0, 1.0, 30.0, 40.0])
        );
        for css in [
            "none",
            "",
            "matrix(1,0,0,1,0)",
            "matrix3d(1,2,3)",
            "rotate(3deg)",
            "matrix(a,0,0,1,0,0)",
            "matrix(1,0,0,1,0,NaN)",
            "matrix(1,0,0,1,0,inf)",
            "matrix()",
            "matrix(1,0,0,1,0,0",
        ] {
            assert_eq!(numbers(css), None, "{css}");
        }
    }

    #[test]
    fn depth_is_said_to_be_lost_but_not_for_a_move_in_depth() {
        let flattened = |css| transform(css).unwrap().flattened;
        assert!(!flattened("matrix3d(1,0,0,0,0,1,0,0,0,0,1,0,30,40,50,1)"));
        assert!(flattened(
            "matrix3d(0.5,0,-0.8,0,0,1,0,0,0.8,0,0.5,0,0,0,0,1)"
        ));
        assert!(flattened("matrix3d(1,0,0,0,0,1,0,0,0,0,1,-0.002,0,0,0,1)"));
    }

    #[test]
    fn unknown_fits_stretch() {
        assert_eq!(object_fit(" Scale-Down"), ObjectFit::ScaleDown);
        assert_eq!(object_fit("revert"), ObjectFit::Fill);
    }

    proptest! {
        #[test]
        fn any_text_is_safe(css in "(matrix|matrix3d)?\\(?[-0-9a-z.,() %+]{0,60}\\)?") {
            let _ = transform(&css);
            let _ = object_fit(&css);
            let _ = crate::assemble::hdr::object_position::object_position(&css);
        }
    }
}
