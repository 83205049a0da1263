//! What media files say of themselves: the one place that runs ffprobe and reads its answer into
//! typed facts, which are remembered while a file is the same; and the colour tags of image
//! files, which some ffprobes leave out.

mod answer;
mod error;
mod facts;
mod ffprobe;
mod image_tags;
mod interval;
mod last_sound;
mod packets;
mod png_tags;

pub use error::ProbeError;
pub use facts::{AudioFacts, Container, MediaFacts, VideoFacts};
pub use ffprobe::{probe_media, probe_written};
pub use image_tags::image_tags;
pub use interval::Interval;
pub use last_sound::{LastSound, last_sound};
pub use packets::final_frame_time;
#[cfg(any(test, fuzzing))]
pub(crate) use png_tags::png_tags;
pub use png_tags::strongest;
