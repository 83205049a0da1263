//! Program streams (MPG, VOB) give a time to only some of their frames, and the others are counted
//! from those. One that is given to the frame before its own makes a run of frames a frame late,
//! until the next one: a step over a frame, and a step to the same time behind it. Behind a seek, the
//! frames before the first such time are guessed, and a step over a frame there ends the guessing.

/// The longest run, seconds: program streams give a time at least this often (ISO/IEC 13818-1,
/// 2.7.4). What lasts longer is a frame that is missing.
const LONGEST: f64 = 0.7;
/// How long a decode takes until its times are sure, behind a seek: until they are no guesses, and a run
/// that began by then is over. Seconds, with some to spare.
pub(super) const SURE_AFTER: f64 = 2.0 * LONGEST + 0.1;

/// Finds such runs. All times in ticks.
#[derive(Debug)]
pub(super) struct LateRun {
    /// The time of the frame before, as it was told.
    last: Option<i64>,
    /// Times are guesses at first.
    is_guessed: bool,
    /// Until when they are.
    guessed_until: Option<i64>,
    /// By how much frames are late now, and when that ends at the latest.
    now: Option<(i64, i64)>,
}

impl LateRun {
    /// Before the first frame of a decode, which begins behind a seek or not.
    pub fn new(behind_a_seek: bool) -> Self {
        Self {
            last: None,
            is_guessed: behind_a_seek,
            guessed_until: None,
            now: None,
        }
    }

    /// The time of the next frame, which was told to begin at `told`, of those that last `usual`.
    pub fn mended(&mut self, told: i64, usual: i64, per_second: f64) -> i64 {
        let step = self.last.map(|last| told.saturating_sub(last));
        self.last = Some(told);
        let most = (LONGEST * per_second) as i64;
        let guessed_until = *self.guessed_until.get_or_insert(told.saturating_add(most));
        let is_guessed = self.is_guessed && told <= guessed_until;
        let near = |step: i64, frames: i64| (step - frames * usual).abs() <= usual / 4;
        match (self.now, step) {
            (None, Some(step)) if near(step, 2) && !is_guessed => {
                self.now = Some((step - usual, told.saturating_add(most)));
            }
            (Some(_), Some(step)) if near(step, 0) => self.now = None,
            (Some((_, until)), _) if told > until => self.now = None,
            _ => {}
        }
        told - self.now.map_or(0, |(late, _)| late)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Frames of one tick at ten a second.
    fn mended(told: &[i64]) -> Vec<i64> {
        let mut run = LateRun::new(false);
        told.iter().map(|at| run.mended(*at, 4, 40.0)).collect()
    }

    #[test]
    fn a_step_over_a_frame_that_is_made_up_for_was_none() {
        let told = [0, 4, 12, 16, 20, 20, 24, 32, 32];
        assert_eq!(mended(&told), [0, 4, 8, 12, 16, 20, 24, 28, 32]);
    }

    #[test]
    fn behind_a_seek_a_step_ends_the_guessing() {
        let mut run = LateRun::new(true);
        let told = [0, 4, 12, 16, 32, 36, 44, 48, 48];
        let found = told.map(|at| run.mended(at, 4, 40.0));
        assert_eq!(found, [0, 4, 12, 16, 32, 36, 40, 44, 48]);
    }

    #[test]
    fn a_missing_frame_stays_missing() {
        let told: Vec<i64> = (0..20).filter(|n| *n != 3).map(|n| 4 * n).collect();
        let found = mended(&told);
        assert_eq!(found[..3], [0, 4, 8]);
        assert_eq!(found[11..], told[11..]);
        assert_eq!(mended(&[0, 4, 20, 24]), [0, 4, 20, 24], "a longer gap");
        assert_eq!(
            mended(&[0, 6, 10, 16]),
            [0, 6, 10, 16],
            "fields that repeat"
        );
    }
}
