//! A table of the lattice's values, because a transition needs each of them thousands of times a
//! frame.

use std::sync::LazyLock;

use crate::transitions::style::TransitionStyle;
use crate::transitions::{arithmetic, webgl_sine};

/// Coordinates from `-REACH` to below `REACH` are in the table: the range of `domain-warp`, which
/// has the largest.
const REACH: i32 = 320;
const SIDE: usize = 2 * REACH as usize;

/// The values of one style; 3.3 MB, made once per process.
pub(super) struct Lattice {
    hash: fn(f64, f64) -> f64,
    table: Vec<f64>,
}

static ENGINE: LazyLock<Lattice> = LazyLock::new(|| Lattice::new(arithmetic::lattice_hash));
static PREVIEW: LazyLock<Lattice> =
    LazyLock::new(|| Lattice::new(|i, j| webgl_sine::lattice_hash(i as f32, j as f32).into()));

impl Lattice {
    pub fn of(style: TransitionStyle) -> &'static Self {
        match style {
            TransitionStyle::Engine => &ENGINE,
            TransitionStyle::Preview => &PREVIEW,
        }
    }

    fn new(hash: fn(f64, f64) -> f64) -> Self {
        let along = || -REACH..REACH;
        let row = |j: i32| along().map(move |i| hash(f64::from(i), f64::from(j)));
        let table = along().flat_map(row).collect();
        Self { hash, table }
    }

    /// Values at the corners of the cell (i, j): upper left, upper right, lower left, lower right.
    #[inline(always)]
    pub fn at(&self, i: f64, j: f64) -> [f64; 4] {
        let inside = |v: f64| v >= f64::from(-REACH) && v < f64::from(REACH - 1);
        if inside(i) && inside(j) {
            let index = (j as i32 + REACH) as usize * SIDE + (i as i32 + REACH) as usize;
            let table = &self.table;
            return [
                table[index],
                table[index + 1],
                table[index + SIDE],
                table[index + SIDE + 1],
            ];
        }
        let hash = self.hash;
        [
            hash(i, j),
            hash(i + 1.0, j),
            hash(i, j + 1.0),
            hash(i + 1.0, j + 1.0),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_what_is_beyond_it_agree_with_the_hash() {
        for style in [TransitionStyle::Engine, TransitionStyle::Preview] {
            let lattice = Lattice::of(style);
            let hash = lattice.hash;
            for (i, j) in [
                (-320, -320),
                (-1, 7),
                (0, 0),
                (318, 318),
                (319, 0),
                (0, 319),
                (-321, 5),
            ] {
                let (i, j) = (f64::from(i), f64::from(j));
                let [here, right, below, across] = lattice.at(i, j);
                assert_eq!(here, hash(i, j));
                assert_eq!(right, hash(i + 1.0, j));
                assert_eq!(below, hash(i, j + 1.0));
                assert_eq!(across, hash(i + 1.0, j + 1.0));
            }
        }
    }
}
