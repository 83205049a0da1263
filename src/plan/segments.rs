//! Whether an encode is divided into segments, from whose end another process may go on.

use serde::Serialize;

use super::capture_plan::CapturePlan;
use super::facts::Facts;
use crate::composition::Fps;
use crate::encode::{CodecOptions, Packaging};

/// Frames of a segment where no other number is asked for: beside so many the start and the end of an
/// encoder are small (docs/performance.md#segments), and they last whole milliseconds at all usual rates.
const SEGMENT_FRAMES: u64 = 720;
/// A segment may be so many times as long as is asked for, where a rate needs it.
const MOST_TIMES: u64 = 3;

/// How an encode is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SegmentPlan {
    /// Frames of each segment but the last.
    pub frames: u64,
    /// They stay after a render that succeeded.
    pub keep: bool,
}

/// The division of a render of `total_frames` frames; `None` where it is not worth it, or where the
/// joined file would not be that of the same segments encoded at a time.
pub(super) fn segments(
    facts: &Facts,
    capture: &CapturePlan,
    total_frames: u64,
) -> Option<SegmentPlan> {
    let spec = &*facts.spec;
    let asked = spec.resume?;
    let frames = asked.segment_frames.unwrap_or(SEGMENT_FRAMES);
    let frames = whole_milliseconds(frames, spec.fps)?;
    let is_long = total_frames > frames && spec.fps.duration_of(total_frames) >= asked.min_seconds;
    let options = CodecOptions {
        vp9_cpu_used: spec.engine.vp9_cpu_used,
    };
    let format = spec.output.format;
    let codec = format.codec(None, options)?;
    let is_one_file = matches!(format.facts().packaging, Packaging::Video { .. });
    let can_be_joined = is_one_file
        && codec.can_be_joined()
        && facts.hdr.plan.is_none()
        && (facts.gpu.is_none() || !codec.has_gpu_encoders());
    // Of frames that are there already a witness would hear nothing.
    let is_plain = capture.witnessed.is_none();
    // Chunks have their own way of being joined.
    let is_whole = spec.frames.is_none();
    (is_long && can_be_joined && is_plain && is_whole).then_some(SegmentPlan {
        frames,
        keep: asked.keep,
    })
}

/// The least number of frames, `frames` or more, that lasts whole milliseconds: in those ffmpeg's concat
/// demuxer counts where the next file begins. `None` where it is too far off.
fn whole_milliseconds(frames: u64, fps: Fps) -> Option<u64> {
    let (num, den) = (u64::from(fps.num), u64::from(fps.den));
    let rounded = frames.checked_next_multiple_of(num / gcd(num, 1000 * den))?;
    (rounded <= frames.saturating_mul(MOST_TIMES)).then_some(rounded)
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

impl super::RenderPlan {
    /// Whether the encode is divided, or may be once the length of the render is known.
    pub fn may_be_divided(&self) -> bool {
        let spec = &*self.facts.spec;
        let is_one_file = matches!(
            spec.output.format.facts().packaging,
            Packaging::Video { .. }
        );
        let asks_page = self.total_frames == 0 && is_one_file && spec.resume.is_some();
        asks_page || self.segments.is_some()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::super::{HdrDecision, RenderPlan};
    use super::*;
    use crate::browser::BrowserKind;
    use crate::machine::Host;
    use crate::spec::RenderSpec;

    /// The plan of 120 frames at 30 a second.
    fn plan(patch: Value) -> RenderPlan {
        plan_of(patch, 4.0)
    }

    fn plan_of(patch: Value, seconds: f64) -> RenderPlan {
        let dir = tempfile::tempdir().unwrap();
        let mut json = crate::spec::testing::sample(dir.path(), patch);
        json["composition"]["staticDuration"] = json!(seconds);
        let spec = Arc::new(RenderSpec::parse(&json.to_string()).unwrap());
        let host = Host {
            cores: 4,
            memory_mib: 24_000,
        };
        let browser = Some(BrowserKind::HeadlessShell);
        RenderPlan::from_facts(Facts::new(spec, host, browser, HdrDecision::default()))
    }

    fn asked(frames: u64, seconds: f64) -> Value {
        json!({ "resume": { "segmentFrames": frames, "minSeconds": seconds } })
    }

    #[test]
    fn long_renders_are_divided() {
        let divided = |patch| plan(patch).segments.map(|segments| segments.frames);
        assert_eq!(divided(json!({})), None);
        assert_eq!(divided(asked(51, 4.0)), Some(51));
        assert_eq!(divided(asked(51, 4.1)), None, "too short");
        assert_eq!(divided(asked(120, 0.0)), None, "one segment");
        assert_eq!(
            divided(asked(118, 0.0)),
            None,
            "one segment, once it is rounded"
        );
        assert_eq!(divided(asked(117, 0.0)), Some(117));
    }

    #[test]
    fn segments_last_whole_milliseconds() {
        let rounded = |frames, num, den| whole_milliseconds(frames, Fps::new(num, den).unwrap());
        let usual = [
            (24, 1),
            (25, 1),
            (30, 1),
            (48, 1),
            (50, 1),
            (60, 1),
            (120, 1),
        ];
        for (num, den) in usual
            .into_iter()
            .chain([(24_000, 1001), (30_000, 1001), (60_000, 1001)])
        {
            assert_eq!(
                rounded(SEGMENT_FRAMES, num, den),
                Some(SEGMENT_FRAMES),
                "{num}/{den}"
            );
        }
        assert_eq!(rounded(250, 30_000, 1001), Some(270));
        assert_eq!(rounded(250, 25, 2), Some(250));
        assert_eq!(rounded(250, 2997, 100), None);
        assert_eq!(rounded(1000, 2997, 100), Some(2997));
        assert_eq!(rounded(u64::MAX, 30, 1), Some(u64::MAX), "a multiple of 3");
    }

    #[test]
    fn only_files_whose_frames_stay_in_order_are_divided() {
        for (format, is_divided) in [
            ("mp4", true),
            ("mov", true),
            ("webm", false),
            ("gif", false),
            ("png-sequence", false),
            ("hls", false),
        ] {
            let mut patch = asked(51, 0.0);
            patch["output"] = json!({ "path": "/o", "format": format });
            assert_eq!(plan(patch).segments.is_some(), is_divided, "{format}");
        }
    }

    #[test]
    fn what_only_the_page_knows_is_waited_for() {
        assert!(plan(asked(51, 0.0)).may_be_divided());
        let unknown = plan_of(asked(51, 0.0), 0.0);
        assert!(unknown.segments.is_none() && unknown.may_be_divided());
        assert!(unknown.with_length(4.0).segments.is_some());
        assert!(!plan(json!({})).may_be_divided());
    }
}
