//! Which source frame each output frame shows, as data: evidence for whoever looks for a wrong one.

use serde::Serialize;

use super::clip_frames::ClipFrames;

/// What a clip shows in one output frame.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExplainedFrame {
    /// The output frame.
    pub frame: u64,
    /// Its second on the timeline.
    pub time: f64,
    /// The clip's render id.
    pub clip: String,
    /// The frame of the clip's extraction that is due. Behind the source's end the last one, or, in
    /// loops of HDR clips, an earlier one stands for it.
    pub source_frame: u64,
    /// Its second of the source, from the file's start.
    pub source_time: f64,
}

/// What `clips` show in output frames 0 to `total`, frame by frame, clips in their order.
pub fn explain_frames(clips: &[ClipFrames], total: u64) -> Vec<ExplainedFrame> {
    let of_clip = |frame: u64, clip: &ClipFrames| {
        let source_frame = clip.due_inside(frame)?;
        Some(ExplainedFrame {
            frame,
            time: clip.plan.time_of(frame, clip.fps),
            clip: clip.id.clone(),
            source_frame,
            source_time: clip.plan.source_time_of(source_frame, clip.fps),
        })
    };
    (0..total)
        .flat_map(|frame| clips.iter().filter_map(move |clip| of_clip(frame, clip)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::{clip, fps30, ready};

    #[test]
    fn every_frame_of_every_clip_is_told() {
        let frames = |id: &str, start: f64, end: f64| {
            let plan = ready(&clip(start, end), 10.0, 5.0);
            ClipFrames::new(id.into(), plan, fps30(), None)
        };
        let clips = [frames("a", 0.0, 0.1), frames("b", 0.05, 4.0)];
        let told = explain_frames(&clips, 4);
        let told: Vec<_> = told
            .iter()
            .map(|found| (found.frame, found.clip.as_str(), found.source_frame))
            .collect();
        assert_eq!(
            told,
            [
                (0, "a", 0),
                (1, "a", 1),
                (2, "a", 2),
                (2, "b", 0),
                (3, "b", 1)
            ]
        );
        let last = explain_frames(&clips, 4).pop().unwrap();
        assert_eq!((last.time, last.source_time), (0.1, 1.0 / 30.0));
    }
}
