//! Drawing rows in parallel: bands of rows are distributed to the threads of the rayon pool that
//! the caller runs in.

use rayon::prelude::*;

/// Samples in a band: few enough for a thread's cache, and enough work to be worth distributing
/// (about 0.1 ms of the cheapest kernel).
const BAND_SAMPLES: usize = 128 * 1024;

/// Calls `draw` for each row of `samples` with the row's number, counted from `first`. Rows have
/// `length` samples. Nothing happens when there are no rows.
pub(super) fn for_each_row(
    samples: &mut [u16],
    length: usize,
    first: usize,
    draw: impl Fn(usize, &mut [u16]) + Sync,
) {
    if length == 0 {
        return;
    }
    let rows_per_band = (BAND_SAMPLES / length).max(1);
    let band = |(index, band): (usize, &mut [u16])| {
        for (y, row) in band.chunks_exact_mut(length).enumerate() {
            draw(first + index * rows_per_band + y, row);
        }
    };
    if samples.len() <= BAND_SAMPLES {
        band((0, samples));
    } else {
        samples
            .par_chunks_mut(rows_per_band * length)
            .enumerate()
            .for_each(band);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_drawn_once_whatever_the_number_of_threads() {
        for (length, rows) in [(1, 1), (7, 300), (3 * 1920, 200), (200_000, 3)] {
            let draw = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
                let mut samples = vec![0u16; length * rows];
                pool.build().unwrap().install(|| {
                    for_each_row(&mut samples, length, 5, |y, row| {
                        for (x, sample) in row.iter_mut().enumerate() {
                            *sample += (y * 31 + x) as u16;
                        }
                    });
                });
                samples
            };
            let once: Vec<u16> = (0..length * rows)
                .map(|at| ((at / length + 5) * 31 + at % length) as u16)
                .collect();
            assert!(draw(1) == once && draw(3) == once, "{length}x{rows}");
        }
    }

    #[test]
    fn no_rows_are_no_work() {
        for_each_row(&mut [], 0, 0, |_, _| panic!("drawn"));
    }
}
