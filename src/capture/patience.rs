//! How often a page may answer that it is not at the frame that it was to be brought to.

use super::lane::LaneError;
use super::passes::Refusal;

/// How often a page may have to be opened again for one frame. Once would do: from then on it is
/// brought to every frame.
const OPENINGS: u32 = 2;

/// What is left of a worker's patience with a page on its way to one frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    frame: u64,
    /// Each frame on the way may have to be drawn once.
    draws: u64,
    openings: u32,
}

impl Patience {
    /// With a page that is to be brought to `frame`.
    pub fn for_frame(frame: u64) -> Self {
        Self {
            frame,
            draws: frame,
            openings: OPENINGS,
        }
    }

    /// Counts that the page refused.
    ///
    /// # Errors
    /// [`LaneError::NotThere`] when it did so more often than there can be a reason for.
    pub fn spend(&mut self, refusal: Refusal) -> Result<(), LaneError> {
        let left = match refusal {
            Refusal::Draw => self.draws.checked_sub(1).map(|draws| self.draws = draws),
            Refusal::OpenAgain => self.openings.checked_sub(1).map(|openings| {
                // It begins anew.
                self.draws = self.frame;
                self.openings = openings;
            }),
        };
        left.ok_or(LaneError::NotThere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_frame_on_the_way_is_drawn_once_for_every_opening() {
        let mut patience = Patience::for_frame(3);
        for _ in 0..=OPENINGS {
            for _ in 0..3 {
                patience.spend(Refusal::Draw).unwrap();
            }
            let mut more = patience;
            assert!(matches!(
                more.spend(Refusal::Draw),
                Err(LaneError::NotThere)
            ));
            let _ = patience.spend(Refusal::OpenAgain);
        }
        let refused = patience.spend(Refusal::OpenAgain);
        assert!(matches!(refused, Err(LaneError::NotThere)));
        // Nothing lies before the first frame.
        assert!(Patience::for_frame(0).spend(Refusal::Draw).is_err());
    }
}
