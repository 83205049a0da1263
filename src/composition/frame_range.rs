//! A run of output frames: all of a render, or those of one chunk of it.

use serde::{Deserialize, Serialize};

/// The output frames from `from` to before `to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct FrameRange {
    /// Number of the first frame.
    pub from: u64,
    /// Number after the last frame.
    pub to: u64,
}

impl FrameRange {
    /// The first `total` frames.
    pub fn whole(total: u64) -> Self {
        Self { from: 0, to: total }
    }

    /// How many frames it has.
    pub fn count(self) -> u64 {
        self.to.saturating_sub(self.from)
    }

    /// Number of its last frame, or of its first where it has none.
    pub fn last(self) -> u64 {
        self.to.saturating_sub(1).max(self.from)
    }

    /// The same with the frame before, if there is one.
    pub fn with_lead(self) -> Self {
        let from = self.from.saturating_sub(1);
        Self { from, ..self }
    }

    /// The frame at `place`, from 0; `None` behind its last one.
    pub fn at(self, place: u64) -> Option<u64> {
        (place < self.count()).then(|| self.from + place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_keep_their_numbers() {
        let range = FrameRange { from: 40, to: 43 };
        let frames: Vec<_> = (0..9).map_while(|place| range.at(place)).collect();
        assert_eq!(frames, [40, 41, 42]);
        assert_eq!((range.count(), range.last()), (3, 42));
        assert_eq!(FrameRange::whole(3).at(2), Some(2));
        assert_eq!(range.with_lead(), FrameRange { from: 39, to: 43 });
        assert_eq!(FrameRange::whole(3).with_lead(), FrameRange::whole(3));
    }

    #[test]
    fn one_without_frames_has_none() {
        for empty in [FrameRange::whole(0), FrameRange { from: 7, to: 2 }] {
            assert_eq!((empty.count(), empty.at(0)), (0, None));
            assert_eq!(empty.last(), empty.from.max(empty.to.saturating_sub(1)));
        }
    }
}
