//! The sound of a composition. ffmpeg decodes every element that has sound to PCM as long as the
//! element; effects and gains over time are applied; all are mixed into one AAC file of exact
//! length. Command lines and arithmetic are those of upstream 0.8.170, so that both mixes are
//! equal.

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
