//! Injection: which source frame is due in each clip of an output frame, and handing all of them
//! to the page in one answer. A clip's source is decoded once, in order, by one ffmpeg that all
//! workers share; nothing is written to disk.

mod injector;
mod prepare;
mod query;
mod sharing;

pub use injector::{InjectionReport, Injector};
pub use prepare::{InjectionPlan, Limits, Sources, has_hdr, prepare};
