//! A clip's part of its source and of the timeline, as it was planned.

use crate::composition::Rate;

/// What to decode. Times in seconds of the source, from the file's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extraction {
    /// The frames that are due in it.
    Range {
        /// First.
        start: f64,
        /// Length.
        duration: f64,
    },
    /// One frame.
    Single {
        /// When it shows.
        at: f64,
    },
}

/// A clip's part of its source and of the timeline.
#[derive(Debug, Clone, PartialEq)]
pub struct ClipPlan {
    /// What to decode.
    pub extraction: Extraction,
    /// Second of the timeline at which the extraction begins to show.
    pub start: f64,
    /// End on the timeline.
    pub end: f64,
    /// Where the extraction begins in the source, seconds.
    pub media_start: f64,
    /// Source seconds per timeline second, from `start` on.
    pub rate: Rate,
    /// Playable source seconds, when the clip starts over at their end.
    pub cycle: Option<f64>,
    /// How much later than the file its picture starts, seconds.
    pub lead: f64,
    /// Expected frames, at the output's rate; fewer make an incomplete source.
    pub expected_frames: u64,
    /// Frames of the extraction, at the output's rate, if the source is as long as it says.
    pub promised_frames: u64,
}
