//! Source video: which frames of a file a clip shows, decoding them, and keeping the ones that are
//! needed again. One pipeline for the clips that pages show and for HDR layers.

mod budget;
mod cache;
mod clip_frames;
mod clip_plan;
mod colour;
mod colour_change;
mod colour_space;
mod conversion;
mod decode;
mod decode_spec;
mod decode_start;
mod dialect;
mod due_finder;
mod error;
mod filters;
mod frame_count;
mod frame_lines;
mod frame_pipe;
mod frame_placer;
mod frame_rule;
mod halving;
mod hdr_plan;
mod hdr_source;
mod hdr_streams;
#[cfg(test)]
mod in_points;
mod late_run;
mod millis;
mod opening;
mod page_colours;
#[cfg(test)]
mod pixel_formats;
mod raw_frame;
mod resolve;
mod rgb48_samples;
mod rgba;
mod source_file;
mod source_schedule;
mod source_time;
mod sources;
mod stream;
mod stream_share;
#[cfg(test)]
pub(crate) mod testing;
mod thinning;
mod tone_map;

pub use budget::{FrameBudget, HeldBytes};
pub use cache::{CacheStats, FrameSourceCache};
pub use clip_frames::ClipFrames;
pub use clip_plan::{ClipPlan, Extraction, Planned, TailPlan, plan_clip};
pub use colour::{Colour, Matrix};
pub use conversion::decoded_bytes;
pub use decode::{Decoder, DueFrame};
pub use decode_spec::{DecodeOutput, DecodeSpec};
pub use error::MediaError;
pub use filters::has_filter;
#[cfg(any(test, fuzzing))]
pub(crate) use frame_lines::fuzz_frame_lines;
pub use halving::halvings;
pub use hdr_plan::{HdrClip, HdrOutput, HdrSources, StreamLoad};
pub use hdr_source::{HDR_PICTURES, HdrSource, PictureBox, SourcePicture};
pub use page_colours::PageColours;
pub use raw_frame::{Layout, RawFrame};
pub use resolve::{is_remote, resolve_source};
pub use rgb48_samples::Samples;
pub use rgba::{ConvertError, rgba_bytes};
pub use source_file::{SourceFault, is_text_document, source_fault};
pub use source_schedule::{Busiest, SourceSchedule, share_streams};
pub use source_time::{DueTimes, SourceTime};
pub use sources::{OutputFrames, Sources, decoder_threads};
pub use stream::{SourceFrame, SourceStream};
pub use stream_share::StreamShare;
