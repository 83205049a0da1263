//! Dense sources: of eight frames of slow motion one is due, and the others need not go through
//! filters and the pipe. ffmpeg's `select` leaves them out where due times are evenly spaced, by how
//! long frames usually last. It is not trusted: all frames that were decoded are told of, and when a
//! frame that was left out turns out to be due, decoding begins again without it.

use std::collections::VecDeque;

use super::decode_spec::DecodeSpec;
use super::due_finder::first_due;
use super::frame_placer::Timed;
use super::source_time::DueTimes;

/// Source frames between two due times from which on thinning pays.
const DENSE: f64 = 3.0;
/// How much earlier than its time a frame may be due, seconds ([`super::due_finder`] forgives 0.55 ms).
const EARLY: f64 = 0.001;
/// How long a frame may last, of what they usually last.
const LONG: f64 = 1.5;

/// What `select` is told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Thinning {
    /// The first due time, seconds of the file's clock.
    first: f64,
    /// Seconds between due times.
    step: f64,
    /// Seconds that a frame lasts, at most.
    lasts: f64,
}

impl Thinning {
    /// That of `spec`, where its source is dense and its due times are evenly spaced.
    pub fn of(spec: &DecodeSpec) -> Option<Self> {
        let facts = &spec.facts;
        let is_even = facts.fps > 0.0 && !facts.variable_rate;
        if !is_even || facts.lag > 0 || facts.sparse_times {
            return None;
        }
        let step = spec.times.even_step()?;
        (step * facts.fps >= DENSE).then(|| Self {
            first: first_due(spec),
            step,
            lasts: LONG / facts.fps,
        })
    }

    /// ffmpeg's filter, which keeps frames without a time.
    pub fn filter(&self) -> String {
        let Self { first, step, lasts } = self;
        let next =
            format!("max(0\\,ceil((t-{first:.9}-{EARLY})/{step:.12}))*{step:.12}+{first:.9}");
        format!("select=not(gte({next}\\,t+{lasts:.9}))")
    }
}

/// The frames that were decoded and not yet given.
#[derive(Debug, Default)]
pub(super) struct LeftOut {
    /// Their timestamps, and the first numbers at which they may be due.
    pending: VecDeque<(Option<i64>, i64)>,
}

impl LeftOut {
    /// `timed` was decoded.
    pub fn decoded(&mut self, timed: &Timed) {
        self.pending.push_back((timed.line.pts, timed.from));
    }

    /// Whether none of the frames before the one with this timestamp, which is given, was due.
    pub fn allows(&mut self, given: Option<i64>) -> bool {
        let Some(at) = self.pending.iter().position(|(pts, _)| *pts == given) else {
            return false;
        };
        let gone = at > 0 && self.pending[0].1 < self.pending[at].1;
        self.pending.drain(..=at);
        given.is_some() && !gone
    }

    /// Whether none of those that are left when the source ends is due at one of `times`.
    pub fn allows_end(&self, times: &DueTimes) -> bool {
        let first = self.pending.front();
        first.is_none_or(|(_, from)| *from >= times.count() as i64)
    }
}
