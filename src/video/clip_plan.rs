//! A clip's part of its source and of the timeline, as it was planned.

use crate::composition::Rate;

/// How a source is sampled, and which of the sampled frames is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameRule {
    /// The last frame that has begun, as a player shows it (docs/upstream.md#source-frame-index).
    Begun,
    /// The nearest one in time, as upstream takes for HDR layers (docs/upstream.md#hdr-elements).
    Nearest,
}

/// What stands for frames behind the last one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// The last one is held.
    Hold,
    /// They start over at the first.
    Repeat,
}

/// What to decode. Times in seconds of the source, from the file's start.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extraction {
    /// Frames sampled at the output rate.
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
    /// Second of the timeline at which frame 0 of the extraction shows.
    pub start: f64,
    /// End on the timeline.
    pub end: f64,
    /// Source time of the extraction's frame 0.
    pub media_start: f64,
    /// Source seconds per timeline second, from `start` on.
    pub rate: Rate,
    /// Playable source seconds, when the clip starts over at their end.
    pub cycle: Option<f64>,
    /// How much later than the file its picture starts, seconds.
    pub lead: f64,
    /// How the extraction is sampled, and which of its frames is due.
    pub rule: FrameRule,
    /// Expected frames; fewer make an incomplete source.
    pub expected_frames: u64,
    /// Frames of the extraction if the source is as long as it says.
    pub promised_frames: u64,
}
