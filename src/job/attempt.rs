//! Tries at capturing a render's frames: each is made in one lane, and a failure may lead to
//! another.

use serde::{Serialize, Serializer};

use super::context::JobContext;
use super::error::RenderError;
use crate::plan::RenderPlan;

/// One try at capturing all frames, and what it used.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    /// The plan it follows: another one with each fact that is learnt.
    pub plan: RenderPlan,
    /// Workers that captured; 0 when it ended before.
    pub workers: usize,
    /// The encoder's command line; empty where no ffmpeg encodes.
    pub encoder: Vec<String>,
    /// What was given up on, in order; why the try failed, if it did, comes last.
    pub notes: Vec<String>,
}

/// What is tried after a failure.
#[derive(Debug, Clone)]
pub(super) struct NextTry {
    /// The plan it follows.
    pub plan: RenderPlan,
    /// It may go on behind the segments that are whole: only the encoder was lost. Frames of a lane that
    /// failed are captured again.
    pub may_go_on: bool,
}

impl Attempt {
    /// A try that begins with that plan.
    pub fn new(plan: RenderPlan) -> Self {
        Self {
            plan,
            workers: 0,
            encoder: Vec::new(),
            notes: Vec::new(),
        }
    }

    /// Tells the caller of something that was given up on, and keeps it.
    pub fn warn(&mut self, job: &JobContext<'_>, note: String) {
        job.warn(&note);
        self.notes.push(note);
    }

    /// What to try next after this failure; `None` when no other lane is free of it. An encoder that
    /// was lost gets another one with the same plan, where that `may_help`: what ends each of them would
    /// go on for ever.
    pub fn next_try(&self, error: &RenderError, may_help: bool) -> Option<NextTry> {
        let error = match error {
            RenderError::Capture(error) => error,
            RenderError::Encode(error) if error.is_lost() => {
                return may_help.then(|| NextTry {
                    plan: self.plan.clone(),
                    may_go_on: true,
                });
            }
            _ => return None,
        };
        let fault = error.lane_fault()?;
        let lane = self.plan.capture.next_best(fault)?;
        Some(NextTry {
            plan: self.plan.in_lane(lane, error.to_string()),
            may_go_on: false,
        })
    }
}

impl Serialize for Attempt {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Printed<'a> {
            lane: &'static str,
            workers: usize,
            encoder: &'a [String],
            notes: &'a [String],
        }
        let printed = Printed {
            lane: self.plan.capture.lane.name(),
            workers: self.workers,
            encoder: &self.encoder,
            notes: &self.notes,
        };
        printed.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    #[cfg(target_os = "linux")]
    use crate::browser::BrowserError;
    use crate::browser::BrowserKind;
    use crate::capture::{CaptureError, LaneError};
    use crate::encode::EncodeError;
    use crate::machine::Host;
    use crate::plan::{Facts, HdrDecision};
    use crate::process::Exit;
    use crate::spec::RenderSpec;

    fn attempt() -> Attempt {
        let dir = tempfile::tempdir().unwrap();
        let json = crate::spec::testing::sample(dir.path(), serde_json::json!({}));
        let spec = Arc::new(RenderSpec::parse(&json.to_string()).unwrap());
        let host = Host {
            cores: 4,
            memory_mib: 24_000,
        };
        let browser = Some(BrowserKind::HeadlessShell);
        let facts = Facts::new(spec, host, browser, HdrDecision::default());
        Attempt::new(RenderPlan::from_facts(facts))
    }

    fn frame_error(source: LaneError) -> RenderError {
        let (worker, frame) = (0, 7);
        RenderError::Capture(CaptureError::Frame {
            worker,
            frame,
            source,
        })
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn only_a_failure_of_the_lane_leads_to_another() {
        let attempt = attempt();
        let mismatch = frame_error(LaneError::SurfaceMismatch("3 pixels".into()));
        let next = attempt.next_try(&mismatch, true).unwrap();
        assert!(!next.may_go_on);
        let next = next.plan;
        assert_eq!(next.capture.lane.name(), "reference");
        let [reason] = &next.capture.reasons[..] else {
            panic!("{:?}", next.capture.reasons);
        };
        assert!(reason.contains("3 pixels"), "{reason}");
        let again = Attempt::new(next);
        assert!(again.next_try(&mismatch, false).is_none());
        let lost = frame_error(LaneError::SurfaceLost("unmapped".into()));
        assert!(attempt.next_try(&lost, true).is_none());
        let stalled = BrowserError::Timeout {
            method: "HeadlessExperimental.beginFrame".into(),
            ms: 1,
        };
        let stalled = CaptureError::Page(stalled.into());
        let next = again.next_try(&stalled.into(), false).unwrap().plan;
        assert_eq!(next.capture.lane.name(), "screenshot");
        assert_eq!(next.capture.reasons.len(), 2, "none is lost");
    }

    #[test]
    fn a_lost_encoder_gets_another_one_once() {
        let attempt = attempt();
        let lane = attempt.plan.capture.lane.name();
        let failed = |signal, code| {
            let exit = Exit { code, signal };
            let (what, stderr) = ("Streaming encode", String::new());
            RenderError::Encode(EncodeError::Failed { what, exit, stderr })
        };
        let killed = failed(Some(9), None);
        let next = attempt.next_try(&killed, true).unwrap();
        assert!(next.may_go_on);
        assert_eq!(next.plan.capture.lane.name(), lane);
        assert!(attempt.next_try(&killed, false).is_none());
        let frozen = RenderError::Encode(EncodeError::Inactive { ms: 8000 });
        assert!(attempt.next_try(&frozen, true).is_some());
        assert!(attempt.next_try(&failed(None, Some(1)), true).is_none());
    }

    #[test]
    fn what_was_used_is_printed() {
        let attempt = Attempt {
            workers: 2,
            notes: vec!["no surface".into()],
            ..attempt()
        };
        let printed = serde_json::json!(attempt);
        let lane = attempt.plan.capture.lane.name();
        let wanted = serde_json::json!({
            "lane": lane, "workers": 2, "encoder": [], "notes": ["no surface"],
        });
        assert_eq!(printed, wanted);
    }
}
