//! The plan: every decision of a render, made in one place from facts, and printable. A plan never
//! changes; new facts make a new one.

use std::path::Path;

use serde::Serialize;

use super::budget::MemoryBudget;
use super::capture_plan::CapturePlan;
use super::facts::{Confinement, Facts, Learnt};
use super::hdr::{HdrPlan, HdrTold};
use super::lane::{FrameNeed, Lane};
use super::memory::budget;
use super::segments::{SegmentPlan, segments};
use super::sizing::{RasterThreads, Sizing, SizingFacts, size};
use crate::composition::{FrameRange, MotionBlur};
use crate::encode::OutputFormat;
use crate::machine::{Granted, Host};
use crate::spec::{Environment, RenderSpec};

/// What a render is going to do.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RenderPlan {
    /// Kind of pipeline.
    pub route: &'static str,
    /// How pages are captured.
    pub capture: CapturePlan,
    /// What holds pages.
    #[serde(flatten)]
    pub confinement: Confinement,
    /// Whether the output is HDR, and why.
    pub hdr: HdrTold,
    /// Workers and what bound them; for the length that the compile stage found until the page was
    /// asked.
    pub sizing: Sizing,
    /// Threads that raster pages.
    pub raster_threads: RasterThreads,
    /// Memory.
    pub budget: MemoryBudget,
    /// What the ledger of the process gave the job to begin with, and why; absent before it was asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub granted: Option<Granted>,
    /// Output width, pixels.
    pub output_width: u32,
    /// Output height, pixels.
    pub output_height: u32,
    /// Output container.
    pub format: OutputFormat,
    /// Frames of the composition, 0 while unknown.
    pub total_frames: u64,
    /// Those that are rendered: all, or those of a chunk. A chunk's page is captured from the frame
    /// before on ([`FrameRange::with_lead`]): what Chrome draws of a frame can depend on the one
    /// before, as the scale does at which it rasters a layer.
    pub frames: FrameRange,
    /// The encoder's command line; empty where no ffmpeg encodes.
    pub encoder: Vec<String>,
    /// How the encode is divided, so that a render that ends early can be gone on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub segments: Option<SegmentPlan>,
    /// How frames are blurred; absent when they are not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub motion_blur: Option<MotionBlur>,
    /// What the environment of the process said.
    pub environment: Environment,
    #[serde(skip)]
    pub(super) facts: Facts,
}

impl RenderPlan {
    /// Its frames without the first `begin`, which a render that ended early has left.
    pub fn rest(&self, begin: u64) -> FrameRange {
        FrameRange {
            from: self.frames.from + begin,
            ..self.frames
        }
    }

    /// Decides everything from `facts`.
    pub fn from_facts(facts: Facts) -> Self {
        let spec = &*facts.spec;
        let (output_width, output_height) = spec.output_size();
        let need = frame_need(spec, facts.hdr.plan.is_some());
        let budget = budget(&facts, need);
        let total_frames = spec.fps.frame_count(facts.seconds());
        let frames = spec.frames.unwrap_or(FrameRange::whole(total_frames));
        let workers = sizing(spec, facts.host, &budget, frames.count());
        let sizing = match facts.learnt.source_workers {
            Some(most) => workers.bound_by_memory(most),
            None => workers,
        };
        let begins = facts.learnt.initial_workers;
        let sizing = begins.map_or(sizing, |most| sizing.begun_with(most));
        let is_unknown = spec.composition.static_duration <= 0.0;
        let before_length = is_unknown.then(|| self::sizing(spec, facts.host, &budget, 0));
        let capture = capture(&facts, need);
        let mut plan = Self {
            segments: segments(&facts, &capture, total_frames),
            route: match facts.hdr.plan {
                Some(_) => "native_hdr_layers",
                None => "native_streaming",
            },
            capture,
            confinement: facts.confinement(),
            hdr: facts.hdr.told.clone(),
            sizing,
            raster_threads: RasterThreads::of(facts.host, &sizing, before_length.as_ref()),
            budget,
            granted: facts.learnt.granted,
            output_width,
            output_height,
            format: spec.output.format,
            total_frames,
            frames,
            encoder: Vec::new(),
            motion_blur: spec.motion_blur,
            environment: spec.environment.clone(),
            facts,
        };
        let written = plan.format.facts().packaging.written();
        plan.encoder = plan.encoder_line(Path::new(written.unwrap_or_default()));
        plan
    }

    /// The plan of a render of `seconds`, as the page has them.
    pub fn with_length(&self, seconds: f64) -> Self {
        self.with(|learnt| learnt.seconds = Some(seconds))
    }

    /// The plan in another lane, for that reason. Source frames are planned anew.
    pub fn in_lane(&self, lane: Lane, reason: String) -> Self {
        self.with(|learnt| {
            learnt.lane = Some(lane);
            learnt.source_workers = None;
            learnt.initial_workers = None;
            learnt.lane_reasons.push(reason);
        })
    }

    /// The plan with at most `workers` workers, which is all that there are source frames for.
    pub fn with_source_workers(&self, workers: u64) -> Self {
        self.with(|learnt| learnt.source_workers = Some(workers))
    }

    /// The plan that begins with at most `workers` workers: other jobs of the process have the rest.
    pub fn with_initial_workers(&self, workers: u64) -> Self {
        self.with(|learnt| learnt.initial_workers = Some(workers))
    }

    pub(super) fn with(&self, learn: impl FnOnce(&mut Learnt)) -> Self {
        let mut facts = self.facts.clone();
        learn(&mut facts.learnt);
        Self::from_facts(facts)
    }

    /// The HDR render that it is, if it is one.
    pub fn hdr_plan(&self) -> Option<&HdrPlan> {
        self.facts.hdr.plan.as_ref()
    }
}

fn frame_need(spec: &RenderSpec, is_hdr: bool) -> FrameNeed {
    if is_hdr || spec.output.format.facts().keeps_alpha {
        FrameNeed::Alpha
    } else if spec.transitions.is_some() || spec.motion_blur.is_some() {
        FrameNeed::Raw
    } else {
        FrameNeed::Opaque {
            jpeg_quality: spec.encode.quality.jpeg_quality(),
        }
    }
}

fn capture(facts: &Facts, need: FrameNeed) -> CapturePlan {
    let is_hdr = facts.hdr.plan.is_some();
    let mut capture = CapturePlan::choose(&facts.spec, facts.browser, need, is_hdr);
    if let Some(lane) = facts.learnt.lane {
        capture = capture.in_lane(lane);
    }
    let reasons = facts.learnt.lane_reasons.iter().cloned();
    capture.reasons.extend(reasons);
    capture
}

/// Worker count for `total_frames` frames.
fn sizing(spec: &RenderSpec, host: Host, budget: &MemoryBudget, total_frames: u64) -> Sizing {
    let demand = SizingFacts {
        frames: total_frames,
        explicit: spec.workers,
        concurrency: spec.engine.concurrency,
        min_parallel_frames: spec.engine.min_parallel_frames,
        cores_per_worker: spec
            .engine
            .cores_per_worker
            .filter(|_| total_frames >= spec.engine.large_render_threshold),
        low_memory: spec.engine.low_memory_mode,
        page_state: spec.composition.is_stateful(),
    };
    size(host, budget, demand)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;

    use super::super::hdr::HdrDecision;
    use super::super::lane::LaneFault;
    use super::super::sizing::BoundBy;
    use super::*;
    use crate::browser::{BrowserKind, LaunchMode};
    use crate::composition::Hint;
    use crate::spec::LaneDemand;

    const HOST: Host = Host {
        cores: 8,
        memory_mib: 24_000,
    };

    fn spec(patch: serde_json::Value) -> RenderSpec {
        let dir = tempfile::tempdir().unwrap();
        let json = crate::spec::testing::sample(dir.path(), patch);
        RenderSpec::parse(&json.to_string()).unwrap()
    }

    fn planned(spec: RenderSpec, browser: BrowserKind) -> RenderPlan {
        let hdr = HdrDecision::default();
        RenderPlan::from_facts(Facts::new(Arc::new(spec), HOST, Some(browser), hdr))
    }

    fn plan(patch: serde_json::Value) -> RenderPlan {
        planned(spec(patch), BrowserKind::HeadlessShell)
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn begin_frame_is_the_default_and_each_reason_is_told() {
        let usual = plan(json!({}));
        assert_eq!(usual.capture.lane.launch_mode(), LaunchMode::BeginFrame);
        assert_eq!((usual.total_frames, usual.sizing.workers), (120, 4));
        let forced = |key: &str| spec(json!({ "engine": { key: true } }));
        for (spec, browser, word) in [
            (spec(json!({})), BrowserKind::Chrome, "headless shell"),
            (
                forced("forceScreenshot"),
                BrowserKind::HeadlessShell,
                "force",
            ),
            (
                forced("lowMemoryMode"),
                BrowserKind::HeadlessShell,
                "low memory",
            ),
        ] {
            let CapturePlan { lane, reasons, .. } = planned(spec, browser).capture;
            assert_eq!(lane.launch_mode(), LaunchMode::Screenshot);
            assert!(reasons[0].contains(word), "{reasons:?}");
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_demanded_lane_is_kept_to_as_far_as_frames_allow() {
        let webm = json!({"output": {"path": "/o.webm", "format": "webm"}});
        let scenes = json!({"transitions": "preview"});
        for (demand, patch, lane) in [
            (None, json!({}), "surface"),
            (Some(LaneDemand::Reference), json!({}), "reference"),
            (Some(LaneDemand::Lossless), json!({}), "lossless"),
            (Some(LaneDemand::Reference), webm, "lossless"),
            (Some(LaneDemand::Reference), scenes, "lossless"),
        ] {
            let mut spec = spec(patch);
            spec.environment.lane = demand;
            let plan = planned(spec, BrowserKind::HeadlessShell);
            assert_eq!(plan.capture.lane.name(), lane, "{demand:?}");
        }
    }

    fn hinted(codes: &[&str], patch: serde_json::Value) -> RenderSpec {
        let mut spec = spec(patch);
        let hints = &mut spec.composition.hints;
        hints.recommend_screenshot = true;
        hints.reasons = codes
            .iter()
            .map(|code| Hint {
                code: (*code).to_owned(),
                message: String::new(),
            })
            .collect();
        spec
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn pages_that_ask_for_screenshots_are_driven_where_a_witness_can_tell() {
        let lane = |spec| {
            let CapturePlan {
                lane,
                reasons,
                witnessed,
            } = planned(spec, BrowserKind::HeadlessShell).capture;
            assert_eq!(
                witnessed.is_none(),
                lane.launch_mode() == LaunchMode::Screenshot
            );
            assert_eq!(witnessed.is_none(), !reasons.is_empty(), "{reasons:?}");
            lane.name()
        };
        let raf = ["requestAnimationFrame"];
        let webm = json!({"output": {"path": "/o.webm", "format": "webm"}});
        assert_eq!(lane(hinted(&raf, json!({}))), "surface");
        assert_eq!(lane(hinted(&["iframe", raf[0]], webm)), "surface");
        assert_eq!(
            lane(hinted(&["iframe", "htmlInCanvas"], json!({}))),
            "screenshot"
        );
        assert_eq!(lane(hinted(&["ofALaterVersion"], json!({}))), "screenshot");
        assert_eq!(lane(hinted(&[], json!({}))), "screenshot");
        let scenes = json!({"transitions": "preview"});
        assert_eq!(lane(hinted(&raf, scenes)), "screenshot");
        let transparent = json!({
            "output": {"path": "/o.webm", "format": "webm"},
            "transitions": "preview",
        });
        assert_eq!(lane(hinted(&raf, transparent)), "screenshot");
        let low = json!({ "engine": { "lowMemoryMode": true } });
        assert_eq!(lane(hinted(&raf, low)), "screenshot");
        let mut compared = hinted(&raf, json!({}));
        compared.environment.lane = Some(LaneDemand::Lossless);
        let lossless = planned(compared.clone(), BrowserKind::HeadlessShell);
        assert_eq!(lossless.capture.lane.jpeg_quality(), None);
        assert_eq!(lane(compared), "screenshot");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_driven_page_is_photographed_after_any_fault_of_the_lane() {
        let first = planned(hinted(&["iframe"], json!({})), BrowserKind::HeadlessShell);
        assert_eq!(first.capture.witnessed.as_deref(), Some("iframe"));
        for fault in [
            LaneFault::Surface,
            LaneFault::Compositor,
            LaneFault::Driving,
        ] {
            let next = first.capture.next_best(fault).unwrap();
            let second = first.in_lane(next, "it differs".into()).capture;
            assert_eq!(second.lane.name(), "screenshot");
            assert_eq!(
                (second.witnessed, second.reasons),
                (None, vec!["it differs".into()])
            );
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn another_lane_makes_another_plan_with_all_reasons() {
        let first = plan(json!({}));
        let fall_back = |plan: &RenderPlan, why, reason: &str| {
            let next = plan.capture.next_best(why).unwrap();
            plan.in_lane(next, reason.to_owned())
        };
        let second = fall_back(&first, LaneFault::Surface, "no surface");
        let third = fall_back(&second, LaneFault::Compositor, "stalled");
        assert_eq!(first.capture.lane.name(), "surface");
        assert!(first.capture.reasons.is_empty());
        assert!(first.encoder.contains(&"rawvideo".to_owned()));
        assert!(second.encoder.contains(&"mjpeg".to_owned()));
        assert_eq!(third.capture.lane.name(), "screenshot");
        assert_eq!(third.capture.reasons, ["no surface", "stalled"]);
    }

    #[test]
    fn a_length_that_the_page_tells_makes_another_plan() {
        let dir = tempfile::tempdir().unwrap();
        let mut json = crate::spec::testing::sample(dir.path(), json!({}));
        json["composition"]["staticDuration"] = json!(0.0);
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        let unknown = planned(spec, BrowserKind::HeadlessShell);
        assert_eq!((unknown.total_frames, unknown.sizing.workers), (0, 1));
        let told = unknown.with_length(20.0);
        assert_eq!((told.total_frames, told.sizing.workers), (600, 8));
        let (before, after) = (unknown.raster_threads, told.raster_threads);
        assert_eq!((before.each, before.before_length), (4, Some(4)));
        assert_eq!((after.each, after.before_length), (2, Some(4)));
        let known = plan(json!({})).with_length(4.0);
        assert_eq!(known.raster_threads.before_length, None);
    }

    #[test]
    fn a_chunk_is_sized_by_its_own_frames_and_has_one_key_frame() {
        let chunk = plan(json!({ "frames": { "from": 60, "to": 90 } }));
        assert_eq!((chunk.total_frames, chunk.frames.count()), (120, 30));
        let line = chunk.encoder.join(" ");
        assert!(line.contains(" -g 30 -keyint_min 30 "), "{line}");
        let whole = plan(json!({}));
        assert_eq!(whole.frames, FrameRange::whole(120));
        assert!(!whole.encoder.contains(&"-g".to_owned()));
    }

    #[test]
    fn source_frames_bound_workers_until_the_facts_change() {
        let plan = plan(json!({}));
        let bound = plan.with_source_workers(1);
        assert_eq!((plan.sizing.workers, bound.sizing.workers), (4, 1));
        assert_eq!(bound.sizing.bound_by, BoundBy::Memory);
        assert_eq!(bound.raster_threads.each, 4);
        assert_eq!(plan.with_source_workers(99).sizing, plan.sizing);
        let again = bound.in_lane(bound.capture.lane, "stalled".into());
        assert_eq!(again.sizing, plan.sizing);
    }
}
