//! Frames of source video.

#[path = "../../../src/video/budget.rs"]
mod budget;
#[path = "../../../src/video/stream.rs"]
mod stream;
#[path = "../../../src/video/stream_share.rs"]
mod stream_share;
pub use crate::stand_ins::decoder::{DecodeSpec, DecoderLog, MediaError, SourceTime};
use crate::stand_ins::{
    decoder as decode, decoder as decode_spec, decoder as error, decoder as raw_frame,
    decoder as source_time, decoder as decode_start,
};
pub use budget::FrameBudget;
pub use stream::SourceStream;
pub use stream_share::StreamShare;
