//! Source media: sound; what a video file holds, which of its frames a clip shows, decoding them,
//! and keeping the ones that are needed again.

pub mod audio;
mod budget;
mod cache;
mod colour;
mod decode;
mod error;
mod facts;
mod ffprobe;
mod hdr_stream;
mod pipe;
mod resolve;
mod rgba;
mod stream;
#[cfg(test)]
pub(crate) mod testing;
mod window;

pub use budget::{FrameBudget, HeldBytes};
pub use cache::{CacheStats, FrameSourceCache};
pub use colour::{Colour, Matrix};
pub use decode::{DecodeSpec, Decoder, decoded_bytes};
pub use error::MediaError;
pub use facts::VideoFacts;
pub use ffprobe::{MediaFacts, final_frame_time, probe};
pub use hdr_stream::{HdrDecode, HdrFrame, HdrStream, Samples};
pub use resolve::{is_text_document, resolve_source};
pub use rgba::{ConvertError, Layout, RawFrame, halvings, rgba_bytes, to_rgba};
pub use stream::{SourceStream, Sourced, StreamShare};
pub use window::{ClipPlan, Extraction, Planned, TailPlan, frame_count, plan_clip};
