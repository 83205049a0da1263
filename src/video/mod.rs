//! Source video: which frames of a file a clip shows, decoding them, and keeping the ones that are
//! needed again.

mod budget;
mod cache;
mod clip_plan;
mod colour;
mod decode;
mod error;
mod hdr_stream;
mod pipe;
mod resolve;
mod rgba;
mod stream;
#[cfg(test)]
pub(crate) mod testing;

pub use budget::{FrameBudget, HeldBytes};
pub use cache::{CacheStats, FrameSourceCache};
pub use clip_plan::{ClipPlan, Extraction, Planned, TailPlan, frame_count, plan_clip};
pub use colour::{Colour, Matrix};
pub use decode::{DecodeSpec, Decoder, decoded_bytes};
pub use error::MediaError;
pub use hdr_stream::{HdrDecode, HdrFrame, HdrStream, Samples};
pub use resolve::{is_remote, is_text_document, resolve_source};
pub use rgba::{ConvertError, Layout, RawFrame, halvings, rgba_bytes, to_rgba};
pub use stream::{SourceFrame, SourceStream, StreamShare};
