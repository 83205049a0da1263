//! The lattice's values, tabulated: a transition asks for each of them thousands of times a frame.

use std::sync::LazyLock;

use crate::blend::arithmetic::lattice_hash;

/// Coordinates from `-REACH` to below `REACH` are in the table: what `domain-warp`, which strays
/// the farthest, asks for.
const REACH: i32 = 320;
const SIDE: usize = 2 * REACH as usize;

/// 3.3 MB, made once per process.
static TABLE: LazyLock<Vec<f64>> = LazyLock::new(|| {
    let along = || -REACH..REACH;
    let row = |j: i32| along().map(move |i| lattice_hash(f64::from(i), f64::from(j)));
    along().flat_map(row).collect()
});

/// Values at the corners of the cell (i, j): here, right, below, below right.
pub(super) fn at(i: f64, j: f64) -> [f64; 4] {
    let inside = |v: f64| v >= f64::from(-REACH) && v < f64::from(REACH - 1);
    if inside(i) && inside(j) {
        let index = (j as i32 + REACH) as usize * SIDE + (i as i32 + REACH) as usize;
        let table = &*TABLE;
        return [
            table[index],
            table[index + 1],
            table[index + SIDE],
            table[index + SIDE + 1],
        ];
    }
    [
        lattice_hash(i, j),
        lattice_hash(i + 1.0, j),
        lattice_hash(i, j + 1.0),
        lattice_hash(i + 1.0, j + 1.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_what_is_beyond_it_agree_with_the_hash() {
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
            let [here, right, below, across] = at(i, j);
            assert_eq!(here, lattice_hash(i, j));
            assert_eq!(right, lattice_hash(i + 1.0, j));
            assert_eq!(below, lattice_hash(i, j + 1.0));
            assert_eq!(across, lattice_hash(i + 1.0, j + 1.0));
        }
    }
}
