//! What a render takes of the memory that all jobs of a process share, and the budget that it makes of
//! what it got.

use std::path::Path;

use super::budget::{FrameBytes, MOST_OUT, MemoryBudget};
use super::decoders::Decoders;
use super::encoder_memory::EncoderMemory;
use super::facts::Facts;
use super::lane::FrameNeed;
use super::render_plan::RenderPlan;
use super::sizing::MAX_WORKERS;
use crate::encode::{EncodeSettings, EncoderLimits};
use crate::machine::{Ask, Granted, GrantedFor};
use crate::pixels::FrameFormat;

/// Of Node with the addon, beside what is planned, MiB (measured: 120 to 200).
const NODE_MIB: u64 = 200;
/// Part of the machine's memory that stays free: files that the system keeps in memory, buffers of pipes.
const SLACK_PART: u64 = 10;
/// Frames that picture files of single frames are made of, and those on the way to the file.
const STILL_FRAMES: u64 = MOST_OUT as u64 + 3;
/// Parts of eight of a budget that frames before the encoder may fill.
const AHEAD_EIGHTHS: u64 = 1;
/// Those that source frames may fill.
const SOURCE_EIGHTHS: u64 = 2;
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
        let decoders = Decoders::of(facts);
        let wanted = spec.engine.frame_cache_mib.max(decoders.hdr_pictures_mib);
        budget = budget.with_source_frames(wanted);
        // What HDR clips hold beyond that room is held all the same.
        let beyond = decoders
            .hdr_pictures_mib
            .saturating_sub(budget.source_frames_mib);
        budget = budget.with_decoders(decoders.processes_mib + beyond);
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
        let is_open = workers == 0;
        let most_mib = self.held_mib(is_open);
        let is_fixed = self.facts.hdr.plan.is_some() || self.facts.spec.transitions.is_some();
        let least_mib = match is_fixed {
            true => most_mib,
            false => self.least_mib(is_open).min(most_mib),
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
    fn held_mib(&self, is_open: bool) -> u64 {
        let budget = &self.budget;
        let at_once = budget.frames_at_once(self.output_width, self.output_height) as u64;
        let at_once = u64::from(is_open) * at_once * self.raw_bytes();
        self.fixed_mib(is_open)
            + (self.ahead_bytes() + at_once).div_ceil(1 << 20)
            + budget.source_frames_mib
            + budget.blending_mib
            + self.images_mib()
    }

    /// The least total with which the plan stays inside it, MiB: beside what it takes anyway there are the
    /// shares, and one frame of each kind.
    fn least_mib(&self, is_open: bool) -> u64 {
        let frames = self.most_workers() * self.budget.frame_bytes;
        let frames = frames + u64::from(is_open) * self.raw_bytes();
        let fixed = self.fixed_mib(is_open) + frames.div_ceil(1 << 20);
        let has_sources = self.budget.source_frames_mib > 0;
        let shares =
            AHEAD_EIGHTHS * (1 + u64::from(is_open)) + SOURCE_EIGHTHS * u64::from(has_sources);
        let least = (fixed * 8).div_ceil(8 - shares);
        match has_sources {
            true => least.max(LEAST_WITH_SOURCES_MIB),
            false => least,
        }
    }

    /// Of the first worker, the witness beside it, and what makes files of frames, MiB.
    fn fixed_mib(&self, is_open: bool) -> u64 {
        let browsers = 1 + self.witnesses();
        let files = match (is_open, self.encoder.is_empty()) {
            (true, _) => (STILL_FRAMES * self.raw_bytes()) >> 20,
            (false, true) => 0,
            (false, false) => self.encoder_mib() * self.encoders(),
        };
        browsers * self.budget.per_worker_mib + files + self.budget.decoders_mib
    }

    /// Of one encoder, MiB.
    fn encoder_mib(&self) -> u64 {
        let encoder = self.unlimited_settings(Path::new(""));
        encoder.map_or(0, |settings| {
            EncoderMemory::of(&settings, self.facts.host.cores).mib(self.encoder_limits(&settings))
        })
    }

    /// What the encoder of those settings is held to so that all fits into the machine's memory; `None`
    /// where it does anyhow.
    pub(super) fn encoder_limits(&self, settings: &EncodeSettings) -> Option<EncoderLimits> {
        let host = self.facts.host;
        let of_others = host.budget_mib().saturating_sub(self.budget.total_mib);
        let browsers = (self.most_workers() + self.witnesses()) * self.budget.per_worker_mib;
        let beside = NODE_MIB
            + host.memory_mib / SLACK_PART
            + of_others
            + browsers
            + self.budget.decoders_mib
            + self.budget.source_frames_mib
            + self.budget.blending_mib
            + self.images_mib()
            + (self.ahead_bytes() >> 20);
        let room = host.memory_mib.saturating_sub(beside) / self.encoders();
        EncoderMemory::of(settings, host.cores).limits(room)
    }

    /// Browsers beside those of the workers.
    fn witnesses(&self) -> u64 {
        u64::from(self.capture.witnessed.is_some())
    }

    /// Encoders at a time: one segment may still be ended while the next one begins.
    fn encoders(&self) -> u64 {
        1 + u64::from(self.may_be_divided())
    }

    /// Of frames that wait for the encoder.
    fn ahead_bytes(&self) -> u64 {
        self.budget.look_ahead_frames(self.most_workers()) * self.budget.frame_bytes
    }

    fn pixels(&self) -> u64 {
        u64::from(self.output_width) * u64::from(self.output_height)
    }

    fn raw_bytes(&self) -> u64 {
        self.pixels() * 4
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
                let after = before.with_grant(granted(before.held_mib(false), why));
                assert_eq!((after.budget, after.sizing), (before.budget, before.sizing));
                assert_eq!(after.held_mib(false), before.held_mib(false));
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
        assert!(plain.ask(1).most_mib > plain.budget.per_worker_mib + plain.encoder_mib());
        assert!(
            pictures.fixed_mib(false) < plain.fixed_mib(false),
            "no encoder"
        );
        let encoder = |quality: &str| {
            plan(
                json!({"encode": {"quality": quality, "rendererVersion": "0.8.170"}}),
                24_000,
            )
            .encoder_mib()
        };
        assert!(encoder("draft") < encoder("standard") && encoder("standard") < encoder("high"));
    }

    #[test]
    fn an_encoder_holds_less_where_memory_is_short() {
        let large = json!({
            "deviceScaleFactor": 2.0,
            "encode": {"quality": "standard", "rendererVersion": "0.8.170"},
        });
        let line = |memory_mib| plan(large.clone(), memory_mib).encoder.join(" ");
        assert!(!line(24_000).contains("rc-lookahead"), "{}", line(24_000));
        let short = line(2048);
        assert!(short.contains("rc-lookahead=5"), "{short}");
        assert!(short.contains("-threads:v 3 "), "{short}");
        let (short, usual) = (plan(large.clone(), 2048), plan(large, 24_000));
        assert!(short.encoder_mib() * 2 < usual.encoder_mib());
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
            unknown in any::<bool>(), is_open in any::<bool>(),
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
            let ask = plan.ask(u64::from(!is_open));
            prop_assert!(ask.least_mib <= ask.most_mib);
            let spread = (ask.most_mib - ask.least_mib) as f64;
            let given = ask.least_mib + (spread * part) as u64;
            if given < ask.most_mib {
                let mut less = plan.with_grant(granted(given, GrantedFor::LeftByOthers));
                if has_clips {
                    less.budget = less.budget.with_source_frames(1500);
                }
                let held = less.held_mib(is_open);
                prop_assert!(held <= given, "{held} > {given}: {:?}", less.budget);
                prop_assert!(less.sizing.workers <= plan.sizing.workers);
            }
        }
    }
}
