//! Where a decode begins, so that the first frame that is due is among what it gives. Nobody's
//! seek is trusted: what comes out tells whether it landed behind that, and then the next
//! one goes further back, at last to the beginning of the file.

use super::late_run::SURE_AFTER;
use crate::probe::VideoFacts;

/// How near to its beginning a file is read from there, seconds.
const NEAR: f64 = 0.3;
/// How long before the first time that is due frames go on to be read, seconds: what a frame may last before
/// decoding has to begin again with more.
const KEPT_BEFORE: f64 = 0.25;
/// How far a seek goes back at first where a file lists no key frames, seconds.
const FIRST_BACK: f64 = 1.0;
/// How much further back each of the next ones goes.
const FURTHER: f64 = 4.0;
/// Frames before the end of the stream to which a seek goes back, at least. Of an open group of
/// pictures, libavcodec's H.264 gives nothing of what it still holds at the end of the file if its
/// first picture was not given by then, and it may hold 16.
const BEFORE_THE_END: f64 = 20.0;
/// Frames a second where they are not known.
const USUAL: f64 = 20.0;

/// Where to begin. Seconds of the file's own clock.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DecodeStart {
    /// Where to seek; `None` for the beginning of the file.
    pub seek: Option<f64>,
    /// Before which decoded frames are dropped.
    pub keep: Option<f64>,
    /// How far `seek` lies before the first time that is due.
    pub back: f64,
}

impl DecodeStart {
    /// All of the file.
    pub const WHOLE: Self = Self {
        seek: None,
        keep: None,
        back: 0.0,
    };

    /// The first one to try where `target` is the first time that is due.
    pub fn first(target: f64, facts: &VideoFacts) -> Self {
        // What has to be counted is counted from the beginning.
        if target - facts.stream_start < NEAR || facts.lag > 0 {
            return Self::WHOLE;
        }
        let back = if facts.indexed { 0.0 } else { FIRST_BACK };
        let end = facts.stream_start + facts.stream_duration;
        let fps = if facts.fps > 0.0 { facts.fps } else { USUAL };
        let back = back.max(BEFORE_THE_END / fps - (end - target));
        if facts.sparse_times {
            // All that comes is looked at, because it tells which times are right.
            let back = back.max(SURE_AFTER);
            return Self::seeking(target, back, target - 2.0 * back, facts);
        }
        Self::seeking(target, back, target - KEPT_BEFORE, facts)
    }

    fn seeking(target: f64, back: f64, keep: f64, facts: &VideoFacts) -> Self {
        let seek = target - back;
        Self {
            seek: (seek > facts.stream_start + NEAR).then_some(seek),
            keep: Some(keep),
            back,
        }
    }

    /// The next one, when this one began too late.
    pub fn earlier(self, target: f64, facts: &VideoFacts) -> Self {
        let back = (self.back * FURTHER).max(FIRST_BACK);
        match self.seek {
            Some(_) => Self::seeking(target, back, self.keep.unwrap_or(target), facts),
            None => Self::WHOLE,
        }
    }

    /// The next one, when nothing of the frame that is due was given: it begins at `before`
    /// if it was decoded at all.
    pub fn for_frame(self, before: Option<f64>, target: f64, facts: &VideoFacts) -> Self {
        // The text has microseconds.
        match (before.map(|time| time - 1e-5), self.keep) {
            (Some(time), Some(kept)) if time < kept => Self {
                keep: Some(time),
                ..self
            },
            // It should have been given: its clock can't be trusted.
            (Some(_), _) => Self::WHOLE,
            (None, _) => self.earlier(target, facts),
        }
    }

    /// Whether all of the file is decoded and nothing dropped: earlier frames there are not.
    pub fn is_whole(self) -> bool {
        self.seek.is_none() && self.keep.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::facts;

    #[test]
    fn seeks_go_further_back_until_the_file_begins() {
        let mut facts = facts(100.0);
        facts.stream_start = 10.0;
        assert!(DecodeStart::first(10.2, &facts).is_whole());
        let mut start = DecodeStart::first(60.0, &facts);
        let mut seeks = vec![start.seek];
        while !start.is_whole() {
            assert_eq!(start.keep, Some(59.75));
            start = start.earlier(60.0, &facts);
            seeks.push(start.seek);
        }
        assert_eq!(
            seeks,
            [Some(60.0), Some(59.0), Some(56.0), Some(44.0), None, None]
        );
        facts.fps = 10.0;
        assert_eq!(
            DecodeStart::first(109.5, &facts).seek,
            Some(108.0),
            "the end"
        );
        facts.indexed = false;
        assert_eq!(DecodeStart::first(60.0, &facts).seek, Some(59.0));
        facts.sparse_times = true;
        let sparse = DecodeStart::first(60.0, &facts);
        assert_eq!((sparse.seek, sparse.keep), (Some(58.5), Some(57.0)));
        facts.sparse_times = false;
        let first = DecodeStart::first(60.0, &facts);
        let longer = first.for_frame(Some(42.0), 60.0, &facts);
        assert!(
            longer
                .keep
                .is_some_and(|keep| (41.99..42.0).contains(&keep))
        );
        assert!(longer.for_frame(Some(42.0), 60.0, &facts).is_whole());
        assert_eq!(first.for_frame(None, 60.0, &facts).seek, Some(56.0));
    }
}
