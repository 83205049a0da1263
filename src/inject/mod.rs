//! Injection: which source frame is due in each clip of an output frame, and handing all of them
//! to the page in one answer. A clip's source is decoded once, in order, by one ffmpeg that all
//! workers share; nothing is written to disk.

mod answer;
mod body;
mod clip_colours;
mod clips;
mod decode_budget;
mod found_clips;
mod injector;
mod page_memory;
mod pictures;
mod prepare;
mod query;
mod report;

pub use clips::{Injection, as_seen, config_without_frames, frame_deadline};
pub use injector::{Decoders, Injector};
pub use prepare::{InjectionPlan, Limits, prepare};
pub use report::InjectionReport;

/// Reads what a page asks for.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz_query(text: &str) {
    drop(query::Query::parse(text));
}
