//! Injection: which source frame is due in each clip of an output frame, and handing all of them
//! to the page in one answer. A clip's source is decoded once, in order, by one ffmpeg that all
//! workers share; nothing is written to disk.

mod answer;
mod body;
mod clips;
mod decode_budget;
mod injector;
mod pictures;
mod prepare;
mod query;
mod report;
mod source_schedule;

pub use clips::{Injection, as_seen, config_without_frames, frame_deadline};
pub use injector::{Decoders, Injector};
pub use prepare::{InjectionPlan, Limits, Sources, prepare, source_facts};
pub use report::InjectionReport;
