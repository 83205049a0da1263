//! The sound of a composition. ffmpeg decodes what is heard, each sample is placed where its
//! timestamp puts it, effects and gains over time are applied, and all is summed into one AAC file
//! of exact length. Levels, fades, speeds and effects are upstream's (0.8.170).

mod aac;
mod chain;
mod cuts;
mod decoder;
mod deliver;
mod effects;
mod effects_browser;
mod envelope;
mod error;
mod gain;
mod gapless_reader;
#[cfg(test)]
mod heard;
mod js_number;
mod looped;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod matrix_formats;
mod mix;
mod pcm;
mod placing;
mod shaping;
mod soundtrack;
mod source;
mod source_facts;
mod sources;
mod tempo;
#[cfg(test)]
mod testing;
mod tool;
mod track;
mod voices;
mod warning;
mod wav;

pub use deliver::CEILING_DBFS;
pub use effects_browser::EffectsBrowserSettings;
pub use envelope::MAX_GAIN;
pub use error::AudioError;
pub use soundtrack::{Delivery, Sound, Soundtrack, SoundtrackSettings};
pub use tool::AudioTools;
pub use warning::AudioWarning;

/// Reads a chain of effects, and for how long it is heard.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz_effects(chain: &str, automation: Option<&crate::composition::Automation>) {
    if let Ok(chain) = chain::Chain::parse(chain) {
        let seconds = [chain.tail(automation), chain.memory()];
        assert!(seconds.iter().all(|seconds| *seconds >= 0.0), "{seconds:?}");
    }
}
