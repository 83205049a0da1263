//! Comparing what was read with Chrome's own picture of the same frame.

use tokio::task::{JoinHandle, spawn_blocking};

use crate::capture::lane::LaneError;

/// A comparison in the background; at most one a lane.
#[derive(Default)]
pub(in crate::capture) struct Proof(Option<JoinHandle<Result<(), LaneError>>>);

impl Proof {
    /// Starts another one when the one before is through.
    pub async fn start(
        &mut self,
        work: impl FnOnce() -> Result<(), LaneError> + Send + 'static,
    ) -> Result<(), LaneError> {
        self.settle().await?;
        self.0 = Some(spawn_blocking(work));
        Ok(())
    }

    /// Waits for its outcome.
    pub async fn settle(&mut self) -> Result<(), LaneError> {
        match self.0.take() {
            None => Ok(()),
            Some(running) => running.await.unwrap_or_else(|e| Err(stopped(e))),
        }
    }
}

pub(super) fn stopped(error: tokio::task::JoinError) -> LaneError {
    LaneError::SurfaceLost(error.to_string())
}

/// How two pictures of four bytes a pixel differ.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pixels: usize,
    largest: u8,
    /// The first pair of pixels.
    first: Option<(Vec<u8>, Vec<u8>)>,
    columns: Option<(usize, usize)>,
    rows: Option<(usize, usize)>,
}

impl Difference {
    /// Compares the colours of two opaque pictures `width` pixels wide, to the bit.
    pub fn opaque(a: &[u8], b: &[u8], width: usize) -> Self {
        Self::find(a, b, width, |a, b| a[..3] == b[..3])
    }

    /// Compares two pictures of straight RGBA `width` pixels wide. What a pixel adds to whatever
    /// is behind it may differ by 1 of 255 and what it hides of that by 2, see
    /// [`crate::pixels::solve_alpha`]; dividing by a small alpha magnifies that in the straight
    /// colour.
    pub fn transparent(a: &[u8], b: &[u8], width: usize) -> Self {
        Self::find(a, b, width, |a, b| {
            let added = |p: &[u8], c: usize| f32::from(p[c]) * f32::from(p[3]) / 255.0;
            a[3].abs_diff(b[3]) <= 2 && (0..3).all(|c| (added(a, c) - added(b, c)).abs() < 1.5)
        })
    }

    fn find(a: &[u8], b: &[u8], width: usize, alike: impl Fn(&[u8], &[u8]) -> bool) -> Self {
        let mut difference = Self::default();
        if a == b {
            return difference;
        }
        let pairs = a.chunks_exact(4).zip(b.chunks_exact(4)).enumerate();
        for (pixel, (a, b)) in pairs.filter(|(_, (a, b))| !alike(a, b)) {
            difference.note(pixel % width, pixel / width, a, b);
        }
        difference
    }

    fn note(&mut self, x: usize, y: usize, a: &[u8], b: &[u8]) {
        let grown = |span: Option<(usize, usize)>, at: usize| {
            Some(span.map_or((at, at), |(low, high)| (low.min(at), high.max(at))))
        };
        let largest = a.iter().zip(b).map(|(a, b)| a.abs_diff(*b)).max();
        self.first.get_or_insert_with(|| (a.to_vec(), b.to_vec()));
        self.pixels += 1;
        self.largest = self.largest.max(largest.unwrap_or(0));
        self.columns = grown(self.columns, x);
        self.rows = grown(self.rows, y);
    }

    /// # Errors
    /// [`LaneError::SurfaceMismatch`] when a pixel differs.
    pub fn none_or_mismatch(self) -> Result<(), LaneError> {
        match self.pixels {
            0 => Ok(()),
            _ => Err(LaneError::SurfaceMismatch(self.to_string())),
        }
    }
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ((left, right), (top, bottom)) = (
            self.columns.unwrap_or_default(),
            self.rows.unwrap_or_default(),
        );
        let (expected, read) = self.first.clone().unwrap_or_default();
        write!(
            f,
            "{} pixels differ from Chrome's own picture, by up to {}, in columns {left} to {right}, rows {top} to {bottom} ({read:?} instead of {expected:?})",
            self.pixels, self.largest
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_pixel_is_told_with_its_place() {
        let right = vec![5; 4 * 6];
        let mut wrong = right.clone();
        wrong[4 * 4 + 1] = 9;
        wrong[3] = 0;
        let text = Difference::opaque(&right, &wrong, 3)
            .none_or_mismatch()
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("1 pixels") && text.contains("by up to 4"),
            "{text}"
        );
        assert!(text.contains("columns 1 to 1, rows 1 to 1"), "{text}");
        wrong[4 * 4 + 1] = 5;
        assert!(
            Difference::opaque(&right, &wrong, 3)
                .none_or_mismatch()
                .is_ok()
        );
    }

    #[test]
    fn straight_colours_count_by_what_they_add() {
        let same = |a: [u8; 4], b: [u8; 4]| {
            Difference::transparent(&a, &b, 1)
                .none_or_mismatch()
                .is_ok()
        };
        assert!(
            same([100, 0, 0, 16], [116, 0, 0, 16]),
            "1 of 255 over anything"
        );
        assert!(!same([100, 0, 0, 255], [102, 0, 0, 255]));
        assert!(same([0, 0, 0, 10], [0, 0, 0, 12]) && !same([0, 0, 0, 10], [0, 0, 0, 13]));
        assert!(same([0, 0, 0, 0], [200, 9, 3, 0]), "nothing is nothing");
    }
}
