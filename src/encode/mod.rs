//! From frames to a file: the fence that puts frames in order, the streaming ffmpeg process and its
//! arguments, folders of pictures, muxing, the check for truncation.

mod args;
mod encoder;
mod error;
mod fence;
mod format;
mod gif;
mod gif_blocks;
mod gif_parts;
mod gpu;
mod hls;
mod mp4_index;
mod mux;
mod png_sequence;
mod run;
mod segments;
mod tools;
mod verify;
mod writer;

pub use args::{Codec, EncodeSettings, EncoderLimits, Quality, encoder_args};
pub use encoder::{EncodeReport, StreamingEncoder};
pub use error::EncodeError;
pub use fence::{Fence, FenceClosed};
pub use format::{CodecOptions, FormatFacts, LastStep, OutputFormat, Packaging, SoundPlace};
pub use gif::{GifSettings, assemble_gif};
#[cfg(any(test, fuzzing))]
pub(crate) use gif_blocks::Disposals as GifDisposals;
pub use gpu::{GpuEncoder, NoGpuEncoder, find_gpu_encoder};
pub use hls::{HlsPackage, VIDEO_PLAYLIST, segment_frames};
#[cfg(any(test, fuzzing))]
pub(crate) use mp4_index::read_index;
pub use mux::{Container, EncodedVideo, Join, Mux};
pub use png_sequence::PictureFolder;
pub use segments::{
    SEGMENT_BYTES, SegmentFolder, SegmentLimits, SegmentNote, SegmentOptions, SegmentedEncoder,
    sweep_segments,
};
pub use tools::{FFMPEG_VARIABLE, FFPROBE_VARIABLE, ToolSearch, Tools, find_tools};
pub use verify::{VideoLength, check_not_truncated, video_length};
pub use writer::FrameWriter;
