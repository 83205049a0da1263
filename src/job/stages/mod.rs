//! The stages of a render. Each takes what the ones before it found out and hands over a result
//! with a name; the job's pipeline puts them in order.

mod admit;
mod assembly;
mod capture;
mod confine;
mod first_browser;
mod frames;
mod gpu;
mod hdr_facts;
mod hdr_stills;
mod learn;
mod listen;
mod output;
mod prepare;
mod segments;
mod sound;
mod source_frames;
mod watch_media;
mod worker_reporter;

pub(super) use admit::staffing;
pub(super) use assembly::assembly_options;
pub(super) use first_browser::start_first_browser;
pub(super) use frames::{Frames, make_frames};
pub(super) use gpu::gpu_encoder_of;
pub(super) use hdr_facts::hdr_facts_of;
pub(super) use hdr_stills::hdr_stills;
pub(super) use learn::learn;
pub(super) use output::{Finished, Output};
pub(super) use prepare::Prepared;
pub(super) use segments::{InputDigest, segment_writer};
pub(super) use source_frames::{ClipSources, prepare_source_frames};
pub use watch_media::WatchedMedia;
pub(super) use watch_media::watch_media;
pub(super) use worker_reporter::WorkerReporter;
