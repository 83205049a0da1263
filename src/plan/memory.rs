//! What a render takes of the memory that all jobs of a process share, and the budget that it makes of
//! what it got.

use super::budget::{FrameBytes, MemoryBudget};
use super::facts::Facts;
use super::lane::FrameNeed;
use super::render_plan::RenderPlan;
use super::sizing::MAX_WORKERS;
use crate::machine::{Ask, Granted, GrantedFor};
use crate::pixels::FrameFormat;

/// An encoder without any picture, MiB.
const ENCODER_BASE_MIB: u64 = 32;
/// Bytes an encoder holds for each pixel of a frame: x264 with `medium` looks 40 frames ahead, and takes
/// 420 MiB at 1080p (docs/performance.md).
const ENCODER_BYTES: u64 = 200;
/// Part of the budget that HDR images may take.
const IMAGE_SHARE: u64 = 4;
/// A render with clips is not begun with less, MiB: their frames would have to be decoded again.
const LEAST_WITH_SOURCES_MIB: u64 = 1024;

/// What the job may plan with, MiB: all that the process has, unless others left less than it needs then.
fn total_mib(facts: &Facts) -> u64 {
    let all = facts.host.budget_mib();
    let granted = facts.learnt.granted;
    let little = granted.filter(|granted| granted.granted_for == GrantedFor::LeftByOthers);
    little.map_or(all, |granted| granted.memory_mib.min(all))
}

/// The memory budget for frames of that `need`.
pub(super) fn budget(facts: &Facts, need: FrameNeed) -> MemoryBudget {
    let spec = &*facts.spec;
    let has_transitions = spec.transitions.is_some();
    let frame_bytes = match (facts.hdr.plan.is_some(), need) {
        // Each of the three passes of a transition is photographed on two backdrops; both scenes
        // may show a source, and each pass becomes a frame.
        (true, _) if has_transitions => FrameBytes::layered(6, 5),
        // Two backdrops; a source's picture and the frame.
        (true, _) => FrameBytes::layered(2, 2),
        (false, FrameNeed::Alpha) => FrameBytes::whole(FrameFormat::Rgba),
        (false, FrameNeed::Opaque { .. } | FrameNeed::Raw) => {
            FrameBytes::whole(FrameFormat::Yuv420)
        }
    };
    let (width, height) = spec.output_size();
    let mut budget = MemoryBudget::of(total_mib(facts), width, height, frame_bytes);
    if !spec.composition.media.videos.is_empty() {
        budget = budget.with_source_frames(spec.engine.frame_cache_mib);
    }
    if has_transitions {
        budget = budget.with_transitions();
    }
    if spec.motion_blur.is_some() {
        budget = budget.with_motion_blur(width, height);
    }
    budget
}

impl RenderPlan {
    /// What the job asks the ledger of its process for; `workers` draw as long as it lasts.
    ///
    /// A render whose parts must fit into a share of the budget (blended frames, HDR pictures) asks for
    /// all that it takes with the whole budget: with a smaller one it might fail.
    pub fn ask(&self, workers: u64) -> Ask {
        let most_mib = self.held_mib();
        let is_fixed = self.facts.hdr.plan.is_some() || self.facts.spec.transitions.is_some();
        let least_mib = match is_fixed {
            true => most_mib,
            false => self.least_mib().min(most_mib),
        };
        Ask {
            least_mib,
            most_mib,
            workers,
        }
    }

    /// The plan with what the job got.
    pub fn with_grant(&self, granted: Granted) -> Self {
        self.with(|learnt| learnt.granted = Some(granted))
    }

    /// What is held from the job's beginning on, MiB: all but the workers beside the first.
    pub fn held_mib(&self) -> u64 {
        let budget = &self.budget;
        let ahead = budget.look_ahead_frames(self.most_workers()) * budget.frame_bytes;
        self.fixed_mib()
            + ahead.div_ceil(1 << 20)
            + budget.source_frames_mib
            + budget.blending_mib
            + self.images_mib()
    }

    /// The least total with which the plan stays inside it, MiB. Frames that wait take an eighth, or one
    /// for each worker; source frames take a quarter.
    fn least_mib(&self) -> u64 {
        let frames = self.most_workers() * self.budget.frame_bytes;
        let fixed = self.fixed_mib() + frames.div_ceil(1 << 20);
        match self.budget.source_frames_mib {
            0 => (fixed * 8).div_ceil(7),
            _ => (fixed * 8).div_ceil(5).max(LEAST_WITH_SOURCES_MIB),
        }
    }

    /// Of the first worker, the witness beside it and the encoder, MiB.
    fn fixed_mib(&self) -> u64 {
        let browsers = 1 + u64::from(self.capture.witnessed.is_some());
        let pixels = u64::from(self.output_width) * u64::from(self.output_height);
        let encoder = match self.encoder.is_empty() {
            true => 0,
            false => ENCODER_BASE_MIB + ((pixels * ENCODER_BYTES) >> 20),
        };
        browsers * self.budget.per_worker_mib + encoder
    }

    /// Of HDR images, MiB.
    fn images_mib(&self) -> u64 {
        let has_images = self.hdr_plan().is_some_and(|hdr| !hdr.images.is_empty());
        let asked = self.facts.spec.engine.hdr_image_bytes >> 20;
        match has_images {
            true => asked.min(self.budget.total_mib / IMAGE_SHARE),
            false => 0,
        }
    }

    /// Workers there may be in the end, also where the length is not known yet.
    fn most_workers(&self) -> u64 {
        let sizing = &self.sizing;
        if self.total_frames > 0 {
            return sizing.workers;
        }
        let automatic = sizing.cpu_based_workers.min(sizing.memory_based_workers);
        let explicit = self.facts.spec.workers.map(u64::from);
        let most = explicit.unwrap_or(automatic.min(sizing.effective_max_workers));
        most.clamp(1, MAX_WORKERS)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::browser::BrowserKind;
    use crate::machine::Host;
    use crate::plan::HdrDecision;
    use crate::spec::RenderSpec;

    fn plan(patch: serde_json::Value, memory_mib: u64) -> RenderPlan {
        let dir = tempfile::tempdir().unwrap();
        let json = crate::spec::testing::sample(dir.path(), patch);
        let spec = RenderSpec::parse(&json.to_string()).unwrap();
        let host = Host {
            cores: 8,
            memory_mib,
        };
        let browser = Some(BrowserKind::HeadlessShell);
        RenderPlan::from_facts(Facts::new(
            Arc::new(spec),
            host,
            browser,
            HdrDecision::default(),
        ))
    }

    fn granted(memory_mib: u64, granted_for: GrantedFor) -> Granted {
        Granted {
            memory_mib,
            process_mib: 12_000,
            other_jobs: 1,
            granted_for,
            waited_ms: 0,
        }
    }

    #[test]
    fn a_job_alone_plans_as_if_there_was_no_ledger() {
        for patch in [json!({}), json!({"transitions": "preview"})] {
            let before = plan(patch, 24_000);
            for why in [GrantedFor::Alone, GrantedFor::RoomForAll] {
                let after = before.with_grant(granted(before.held_mib(), why));
                assert_eq!((after.budget, after.sizing), (before.budget, before.sizing));
                assert_eq!(after.held_mib(), before.held_mib());
                assert!(after.granted.is_some() && before.granted.is_none());
            }
        }
    }

    #[test]
    fn what_must_fit_into_a_share_is_not_begun_with_less() {
        let ask = plan(json!({"transitions": "preview"}), 24_000).ask(1);
        assert_eq!(ask.least_mib, ask.most_mib);
        assert!(ask.most_mib > 12_000 * 3 / 16);
    }

    #[test]
    fn all_that_a_job_starts_is_asked_for() {
        let plain = plan(json!({}), 24_000);
        let pictures = json!({"output": {"path": "/o", "format": "png-sequence"}});
        let pictures = plan(pictures, 24_000);
        assert!(plain.ask(1).most_mib > plain.budget.per_worker_mib + ENCODER_BASE_MIB);
        assert!(pictures.fixed_mib() < plain.fixed_mib(), "no encoder");
    }

    #[test]
    fn fewer_workers_to_begin_with_may_become_more() {
        let plan = plan(json!({"workers": 4}), 24_000);
        let begun = plan.with_initial_workers(1);
        assert_eq!((plan.sizing.initial_workers, plan.sizing.workers), (4, 4));
        assert_eq!((begun.sizing.initial_workers, begun.sizing.workers), (1, 4));
        let again = begun.in_lane(begun.capture.lane, "stalled".into());
        assert_eq!(again.sizing, plan.sizing);
    }

    proptest! {
        #[test]
        fn a_job_stays_inside_what_others_left(
            memory in 2048u64..262_144, part in 0.0f64..1.0, scale in 1u32..4,
            has_clips in any::<bool>(), workers in proptest::option::of(1u32..30),
            unknown in any::<bool>(),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let mut json = crate::spec::testing::sample(dir.path(), json!({
                "deviceScaleFactor": f64::from(scale), "workers": workers,
            }));
            if unknown {
                json["composition"]["staticDuration"] = json!(0.0);
            }
            let spec = RenderSpec::parse(&json.to_string()).unwrap();
            let host = Host { cores: 8, memory_mib: memory };
            let facts = Facts::new(Arc::new(spec), host, None, HdrDecision::default());
            let mut plan = RenderPlan::from_facts(facts);
            if has_clips {
                plan.budget = plan.budget.with_source_frames(1500);
            }
            let ask = plan.ask(1);
            prop_assert!(ask.least_mib <= ask.most_mib);
            let spread = (ask.most_mib - ask.least_mib) as f64;
            let given = ask.least_mib + (spread * part) as u64;
            if given < ask.most_mib {
                let mut less = plan.with_grant(granted(given, GrantedFor::LeftByOthers));
                if has_clips {
                    less.budget = less.budget.with_source_frames(1500);
                }
                prop_assert!(less.held_mib() <= given, "{} > {given}: {:?}", less.held_mib(), less.budget);
                prop_assert!(less.sizing.workers <= plan.sizing.workers);
            }
        }
    }
}
