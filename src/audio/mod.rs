//! The sound of a composition: every sounding element is decoded by ffmpeg to PCM of its own
//! window, gets its effects and its gains over time, and is mixed into one AAC file of exact
//! length. Command lines and arithmetic repeat upstream 0.8.170's, so that both mixes are equal.

mod aac;
mod chain;
mod deliver;
mod effects;
mod effects_browser;
mod envelope;
mod error;
mod graph;
mod mix;
mod number;
mod prepare;
mod probe;
mod soundtrack;
mod tempo;
mod tool;
mod track;
mod warning;
mod wav;

pub use deliver::CEILING_DBFS;
pub use effects_browser::EffectsBrowserSettings;
pub use envelope::MAX_GAIN;
pub use error::AudioError;
pub use soundtrack::{Delivery, Sound, Soundtrack, SoundtrackSettings};
pub use tool::AudioTools;
pub use warning::AudioWarning;
