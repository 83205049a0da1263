//! Clips for tests.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clip_plan::{ClipPlan, Extraction, Planned, plan_clip};
use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::source_time::{DueTimes, SourceTime};
use super::sources::Sources;
use crate::composition::{Fps, RateSpec, VideoClip};
use crate::probe::VideoFacts;
use crate::process::Groups;

/// `name` on the search path.
pub(crate) fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut dirs = std::env::split_paths(&path);
    dirs.find_map(|dir| Some(dir.join(name)).filter(|path| path.is_file()))
        .unwrap()
}

/// `clip.mkv` in `dir`, without loss, of what ffmpeg's generator `source` draws.
pub(crate) fn make_clip(dir: &Path, source: &str) -> PathBuf {
    let path = dir.join("clip.mkv");
    let made = std::process::Command::new(tool("ffmpeg"))
        .args(["-v", "error", "-f", "lavfi", "-i", source])
        .args(["-c:v", "ffv1", "-y"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    path
}

/// An executable shell script in `dir`.
pub(crate) fn script(dir: &Path, text: &str) -> PathBuf {
    crate::testing::shell_program(&dir.join("tool"), text)
}

/// Lines of a shell script that does as ffmpeg would with `frames` frames of `side` x `side` pixels
/// at 10 a second, all black.
pub(crate) fn given(frames: u32, side: u32) -> String {
    let bytes = side * side + side.div_ceil(2).pow(2) * 2;
    let filter = "[showinfo@given @ 0x1] [info]";
    let mut lines = format!("echo '{filter} config in time_base: 1/10, frame_rate: 10/1' >&2");
    for n in 0..frames {
        let frame = format!("n: {n} pts: {n} duration: 1 fmt:yuv420p sar:1/1 s:{side}x{side} i:P");
        lines += &format!("\necho '{filter} {frame}' >&2; head -c {bytes} /dev/zero");
    }
    lines
}

/// So many times, one every `step` seconds from the in-point on.
pub(crate) fn every(step: f64, count: u64) -> DueTimes {
    DueTimes::rising((0..count).map(|n| SourceTime::of_seconds(n as f64 * step)))
}

/// All of the one second at `path`, at 10 frames a second, for pages.
pub(crate) fn decode_spec(path: PathBuf) -> DecodeSpec {
    DecodeSpec {
        ffmpeg: tool("ffmpeg"),
        path,
        facts: facts(1.0),
        extraction: Extraction::Range {
            start: 0.0,
            duration: 1.0,
        },
        times: every(0.1, 10),
        output: DecodeOutput::Page { filter: None },
        threads: 1,
        deadline: Duration::from_secs(20),
        groups: Groups::default(),
    }
}

/// Facts about an H.264 source of so many seconds.
pub(crate) fn facts(duration: f64) -> VideoFacts {
    VideoFacts {
        codec: "h264".into(),
        pixel_format: "yuv420p".into(),
        width: 2,
        height: 2,
        pixel_aspect: (1, 1),
        turned: false,
        stream_duration: duration,
        own_duration: Some(duration),
        frames: None,
        stream_start: 0.0,
        lead: 0.0,
        lag: 0,
        sparse_times: false,
        fps: 0.0,
        indexed: true,
        variable_rate: false,
        alpha: false,
        matrix: String::new(),
        range: String::new(),
        transfer: String::new(),
        primaries: String::new(),
        still: false,
    }
}

/// A clip from `start` to `end`, seconds.
pub(crate) fn clip(start: f64, end: f64) -> VideoClip {
    VideoClip {
        id: "v".into(),
        src: "v.mp4".into(),
        start,
        end,
        media_start: 0.0,
        playback_rate: RateSpec::default(),
        looped: false,
        has_audio: false,
        hidden: false,
    }
}

/// Sources in `dir`, decoded with the tools of this machine: `wide` for HDR.
pub(crate) fn sources_in(dir: &Path, wide: bool) -> Sources {
    Sources {
        project_dir: dir.to_owned(),
        compiled_dir: dir.to_owned(),
        ffmpeg: tool("ffmpeg"),
        ffprobe: tool("ffprobe"),
        deadline: Duration::from_secs(20),
        groups: Groups::default(),
        wide,
    }
}

/// 30 frames a second.
pub(crate) fn fps30() -> Fps {
    Fps::new(30, 1).unwrap()
}

/// `clip` planned over a timeline of `end` seconds, its source `duration` seconds long.
pub(crate) fn planned(clip: &VideoClip, duration: f64, end: f64) -> Planned {
    let path = Path::new("v.mp4");
    plan_clip(clip, &facts(duration), path, end, fps30()).unwrap()
}

/// The same for a clip whose plan needs no more facts.
pub(crate) fn ready(clip: &VideoClip, duration: f64, end: f64) -> ClipPlan {
    match planned(clip, duration, end) {
        Planned::Ready(plan) => plan,
        other => panic!("{other:?}"),
    }
}

/// A ramp over the clip's own time, as the compile stage lists it.
pub(crate) fn ramp(points: serde_json::Value) -> RateSpec {
    serde_json::from_value(serde_json::json!({"target": "rate", "points": points})).unwrap()
}
