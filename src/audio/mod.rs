//! The sound of a composition: every sounding element is decoded by ffmpeg to PCM of its own
//! window, gets its effects and its gains over time, and is mixed into one AAC file of exact
//! length. Command lines and arithmetic repeat upstream 0.8.170's, so that both mixes are equal.

mod aac;
mod chain;
mod deliver;
mod effects;
mod envelope;
mod error;
mod graph;
mod mix;
mod number;
mod prepare;
mod probe;
mod tempo;
mod tool;
mod track;
mod wav;

pub use deliver::{CEILING_DBFS, DeliveredAudio, deliver};
pub use effects::{EffectsRenderer, EffectsRequest};
pub use envelope::MAX_GAIN;
pub use error::{AudioError, AudioFailure, AudioOwner, AudioReason, AudioStage, Ending};
pub use mix::{AudioJob, MixedAudio, mix};
pub use prepare::has_sound;
pub use tool::AudioTools;
pub use track::{AudioTrack, Keyframe, TrackKind};
