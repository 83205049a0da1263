//! What a render is asked to do: the JSON that JavaScript hands over.

use std::path::PathBuf;
use std::time::Duration;

use serde::Deserialize;

use super::environment::Environment;
use super::error::SpecError;
use super::fingerprint::fingerprint;
use super::hdr_mode::HdrMode;
use super::page_limits::PageLimits;
use crate::browser::{BrowserSearch, GpuPreference};
use crate::composition::{CompiledComposition, Fps, FrameRange, MOST_SAMPLES, MotionBlur};
use crate::encode::{OutputFormat, Quality, SoundPlace, ToolSearch, segment_frames};
use crate::transitions::TransitionStyle;

/// One render.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct RenderSpec {
    /// The job's id, for logs and folder names.
    pub job_id: String,
    /// What to render.
    pub composition: CompiledComposition,
    /// Where to.
    pub output: Output,
    /// Output frame rate.
    pub fps: Fps,
    /// How to encode.
    pub encode: Encode,
    /// Output pixels per CSS pixel.
    #[serde(default = "one")]
    pub device_scale_factor: f64,
    /// Worker count; absent lets the plan decide.
    #[serde(default)]
    pub workers: Option<u32>,
    /// `window.__hfVariables`.
    #[serde(default)]
    #[cfg_attr(test, ts(optional, type = "Record<string, unknown>"))]
    pub variables: Option<serde_json::Value>,
    /// Script file of the producer's own audio effects; absent when no sound has effects.
    #[serde(default)]
    pub audio_effects: Option<PathBuf>,
    /// How transitions between scenes look; absent when the composition has none.
    #[serde(default)]
    pub transitions: Option<TransitionStyle>,
    /// Whether the output is to be HDR.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub hdr_mode: HdrMode,
    /// Frames are averages of several pictures; absent when each is one.
    #[serde(default)]
    pub motion_blur: Option<MotionBlur>,
    /// Only these frames, as a chunk of a render: without sound, and with one key frame, the first,
    /// so that chunks can be joined. Absent for all frames.
    #[serde(default)]
    pub frames: Option<FrameRange>,
    /// With `frames` of a `png-sequence`: the sound of all frames beside them, to be joined with
    /// chunks as a file of this format.
    #[serde(default)]
    pub sound_of_all: Option<OutputFormat>,
    /// Encode in segments that outlive a process that dies; absent when nothing is to be kept.
    #[serde(default)]
    pub resume: Option<Resume>,
    /// What its pages may reach.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub page_limits: PageLimits,
    /// Browser, tools and limits.
    #[serde(default)]
    pub engine: Engine,
    /// Of everything that is asked for, but not of where files lie.
    #[serde(skip)]
    pub fingerprint: String,
    /// What the environment of the process said when the spec was parsed.
    #[serde(skip)]
    pub environment: Environment,
}

/// The artefact.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "OutputSpec"))]
pub struct Output {
    /// Absolute path of the file.
    pub path: PathBuf,
    /// What it is.
    pub format: OutputFormat,
}

/// How renders that end early are gone on with.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "ResumeSpec", optional_fields))]
pub struct Resume {
    /// Frames of a segment, at least 1; absent when the plan is to choose.
    #[serde(default)]
    pub segment_frames: Option<u64>,
    /// Seconds that a render must last to be worth it.
    pub min_seconds: f64,
    /// Segments stay after a render that succeeded.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub keep: bool,
}

/// Encoder choices.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "EncodeSpec", optional_fields))]
pub struct Encode {
    /// Preset.
    pub quality: Quality,
    /// Constant rate factor instead of the preset's.
    #[serde(default)]
    pub crf: Option<f64>,
    /// Bit rate such as `8M`.
    #[serde(default)]
    pub video_bitrate: Option<String>,
    /// Encode H.264 and H.265 on a GPU, where one can.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub use_gpu: bool,
    /// How often a GIF plays, 0 for ever.
    #[serde(default)]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub gif_loop: u16,
    /// Seconds of an HLS segment.
    #[serde(default = "segment_seconds")]
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub hls_segment_seconds: u32,
    /// Version written into the file's tags.
    pub renderer_version: String,
}

/// Browser, tools and limits; times in milliseconds.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "EngineSpec", optional_fields))]
pub struct Engine {
    /// Browser executable.
    pub browser_path: Option<PathBuf>,
    /// ffmpeg executable.
    pub ffmpeg_path: Option<PathBuf>,
    /// ffprobe executable.
    pub ffprobe_path: Option<PathBuf>,
    /// GL backend.
    pub browser_gpu_mode: GpuPreference,
    /// Add `--disable-gpu`.
    pub disable_gpu: bool,
    /// Never drive the compositor.
    pub force_screenshot: bool,
    /// One worker, screenshots, small budgets.
    pub low_memory_mode: bool,
    /// Upper bound of automatic worker counts.
    pub concurrency: Option<u32>,
    /// Cores that each worker is to have in long renders; absent unless the user set it, or the
    /// threshold below.
    pub cores_per_worker: Option<f64>,
    /// Frames from which a render is long.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub large_render_threshold: u64,
    /// Frames from which there are at least two workers; absent unless the user set it.
    pub min_parallel_frames: Option<u64>,
    /// Browser start.
    pub browser_timeout_ms: u64,
    /// Any one protocol call.
    pub protocol_timeout_ms: u64,
    /// Each readiness step of a page.
    pub player_ready_timeout_ms: u64,
    /// Navigation until DOMContentLoaded.
    pub page_navigation_timeout_ms: u64,
    /// Short ffmpeg runs (mux).
    pub ffmpeg_process_timeout_ms: u64,
    /// How long the encoder may go without taking a frame; absent unless the user set it.
    pub ffmpeg_streaming_timeout_ms: Option<u64>,
    /// Each run that encodes frames from files: the passes of a GIF.
    pub ffmpeg_encode_timeout_ms: u64,
    /// Gain of the whole sound.
    pub audio_gain: f64,
    /// libvpx's speed for VP9, -8 to 8.
    pub vp9_cpu_used: i32,
    /// Demanded Chromium major version.
    pub expected_chromium_major: Option<u32>,
    /// Most memory for source frames, MiB.
    pub frame_cache_mib: u64,
    /// Most converted source frames kept.
    pub frame_cache_entries: u64,
    /// Frames of transitions that each worker may have in blending, at least 1.
    pub transition_ring_depth: Option<u64>,
    /// Most bytes of HDR images kept between frames.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub hdr_image_bytes: u64,
}

impl Default for Engine {
    /// Upstream's defaults (docs/upstream.md#engine-defaults).
    fn default() -> Self {
        Self {
            browser_path: None,
            ffmpeg_path: None,
            ffprobe_path: None,
            browser_gpu_mode: GpuPreference::Auto,
            disable_gpu: false,
            force_screenshot: false,
            low_memory_mode: false,
            concurrency: None,
            cores_per_worker: None,
            large_render_threshold: 1000,
            min_parallel_frames: None,
            browser_timeout_ms: 120_000,
            protocol_timeout_ms: 300_000,
            player_ready_timeout_ms: 45_000,
            page_navigation_timeout_ms: 60_000,
            ffmpeg_process_timeout_ms: 300_000,
            ffmpeg_streaming_timeout_ms: None,
            ffmpeg_encode_timeout_ms: 600_000,
            audio_gain: 1.0,
            vp9_cpu_used: 4,
            expected_chromium_major: None,
            frame_cache_mib: 1500,
            frame_cache_entries: 256,
            transition_ring_depth: None,
            hdr_image_bytes: 200 << 20,
        }
    }
}

/// Upstream's default.
fn segment_seconds() -> u32 {
    4
}

fn one() -> f64 {
    1.0
}

/// Protocol calls are never given longer than this by scaling.
const MAX_PROTOCOL_TIMEOUT_MS: f64 = 1_800_000.0;

impl RenderSpec {
    /// Parses and checks a spec, and reads the environment of this process.
    ///
    /// # Errors
    /// [`SpecError`] naming the field at fault.
    pub fn parse(json: &str) -> Result<Self, SpecError> {
        let mut spec: Self =
            serde_json::from_str(json).map_err(|e| SpecError::Field(e.to_string()))?;
        spec.environment = Environment::read();
        spec.fingerprint = fingerprint(json, &spec.composition)?;
        spec.check()?;
        Ok(spec)
    }

    fn check(&self) -> Result<(), SpecError> {
        self.composition.check()?;
        let refuse = |text: String| Err(SpecError::Field(text));
        if !(self.device_scale_factor > 0.0 && self.device_scale_factor <= 16.0) {
            return refuse(format!(
                "`deviceScaleFactor` is {}; give more than 0 and at most 16",
                self.device_scale_factor
            ));
        }
        if self.workers == Some(0) {
            return refuse("`workers` is 0; give at least 1, or leave it out".into());
        }
        if !self.output.path.is_absolute() {
            return refuse(format!(
                "`output.path` {} is not absolute",
                self.output.path.display()
            ));
        }
        if let Some(blur) = &self.motion_blur {
            let is_finite = blur.shutter_angle.is_finite() && blur.shutter_phase.is_finite();
            let samples = blur.samples_per_frame.unwrap_or(1);
            if !is_finite || !(1..=MOST_SAMPLES).contains(&samples) {
                return refuse(format!(
                    "`motionBlur` must have 1 to {MOST_SAMPLES} samples and finite angles"
                ));
            }
        }
        if let Some(frames) = self.frames {
            if frames.count() == 0 {
                let FrameRange { from, to } = frames;
                return refuse(format!(
                    "`frames` are {from} to {to}; give a `to` above `from`"
                ));
            }
            if !self.output.format.has_chunks() {
                return refuse(format!(
                    "`frames` cannot be given with `output.format` {}: its files cannot be joined",
                    self.output.format.facts().name
                ));
            }
        }
        let has_sound_beside = matches!(self.output.format.facts().sound, SoundPlace::Beside(_));
        if self.sound_of_all.is_some() && (self.frames.is_none() || !has_sound_beside) {
            return refuse("`soundOfAll` needs `frames` and `output.format` png-sequence".into());
        }
        if let Some(resume) = &self.resume {
            if resume.segment_frames == Some(0) {
                return refuse("`resume.segmentFrames` is 0; give at least 1".into());
            }
            if resume.min_seconds.is_nan() || resume.min_seconds < 0.0 {
                return refuse("`resume.minSeconds` must be 0 or more".into());
            }
        }
        if self.encode.hls_segment_seconds == 0 {
            return refuse("`encode.hlsSegmentSeconds` is 0; give at least 1".into());
        }
        let worst = self.output.format.facts().max_crf;
        if self
            .encode
            .crf
            .is_some_and(|crf| !(0.0..=worst).contains(&crf))
        {
            return refuse(format!("`encode.crf` must lie between 0 and {worst}"));
        }
        Ok(())
    }

    /// Frames between key frames, where they are locked: all of a chunk, those of a segment.
    pub fn locked_gop(&self) -> Option<u64> {
        let has_segments = self.output.format.has_segments();
        let segment = || segment_frames(self.fps, self.encode.hls_segment_seconds);
        match self.frames {
            Some(chunk) => Some(chunk.count()),
            None => has_segments.then(segment),
        }
    }

    /// Where its browser may be.
    pub fn browser_search(&self) -> BrowserSearch {
        let configured = self.engine.browser_path.as_deref();
        self.environment.browser_search(configured)
    }

    /// Where its ffmpeg and ffprobe may be.
    pub fn tool_search(&self) -> ToolSearch {
        let Engine {
            ffmpeg_path,
            ffprobe_path,
            ..
        } = &self.engine;
        self.environment
            .tool_search(ffmpeg_path.as_deref(), ffprobe_path.as_deref())
    }

    /// Width and height of the output in pixels.
    pub fn output_size(&self) -> (u32, u32) {
        let scaled = |css: u32| (f64::from(css) * self.device_scale_factor).round().max(1.0) as u32;
        (
            scaled(self.composition.width),
            scaled(self.composition.height),
        )
    }

    /// Deadline of one protocol call: longer for pictures larger than 1080p, as upstream scales it.
    pub fn protocol_timeout(&self) -> Duration {
        let base = self.engine.protocol_timeout_ms as f64;
        let (width, height) = self.output_size();
        let ratio = f64::from(width) * f64::from(height) / (1920.0 * 1080.0);
        let scaled = (base * ratio.max(1.0))
            .ceil()
            .min(base.max(MAX_PROTOCOL_TIMEOUT_MS));
        Duration::from_millis(scaled as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::sample;
    use super::*;

    #[test]
    fn faults_name_their_field() {
        let dir = tempfile::tempdir().unwrap();
        for (patch, word) in [
            (serde_json::json!({"workers": 0}), "workers"),
            (
                serde_json::json!({"deviceScaleFactor": -1}),
                "deviceScaleFactor",
            ),
            (
                serde_json::json!({"output": {"path": "o.mp4", "format": "mp4"}}),
                "output.path",
            ),
            (
                serde_json::json!({"output": {"path": "/o", "format": "avi"}}),
                "avi",
            ),
            (serde_json::json!({"fps": {"num": 0, "den": 1}}), "0/1"),
            (
                serde_json::json!({"frames": {"from": 9, "to": 9}}),
                "9 to 9",
            ),
            (
                serde_json::json!({
                    "frames": {"from": 0, "to": 9},
                    "output": {"path": "/o.gif", "format": "gif"},
                }),
                "gif",
            ),
            (serde_json::json!({"soundOfAll": "mp4"}), "soundOfAll"),
            (
                serde_json::json!({"encode": {"quality": "best", "rendererVersion": ""}}),
                "best",
            ),
        ] {
            let text = RenderSpec::parse(&sample(dir.path(), patch).to_string()).unwrap_err();
            assert!(text.to_string().contains(word), "{text}");
        }
    }

    #[test]
    fn an_unreadable_clip_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut json = sample(dir.path(), serde_json::json!({}));
        json["composition"]["media"] = serde_json::json!({"videos": [{"id": "a"}]});
        let text = RenderSpec::parse(&json.to_string())
            .unwrap_err()
            .to_string();
        assert!(
            text.contains("media.videos[0]") && text.contains("src"),
            "{text}"
        );
    }

    #[test]
    fn large_pictures_get_longer_calls() {
        let dir = tempfile::tempdir().unwrap();
        let timeout = |scale: f64| {
            let json = sample(dir.path(), serde_json::json!({"deviceScaleFactor": scale}));
            RenderSpec::parse(&json.to_string())
                .unwrap()
                .protocol_timeout()
                .as_secs()
        };
        assert_eq!(
            (timeout(1.0), timeout(2.0), timeout(4.0)),
            (300, 1200, 1800)
        );
    }
}
