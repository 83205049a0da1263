//! The contract with the page: opening, readiness, seeking, scenes, layers, probes, diagnostics.
//! Page scripts are `.js` files in `scripts/`, embedded when the addon is built (`scripts.rs`).

mod activity;
mod audio_effects;
mod diagnostics;
mod dialogs;
mod error;
mod open;
mod played;
mod readiness;
mod scenes;
mod script_failures;
mod scripts;
mod stacking;
#[cfg(test)]
pub(crate) mod testing;
mod warm_up_frames;

pub use audio_effects::{EffectsRun, EffectsSound, run_effects, write_effects_page};
pub use diagnostics::{Diagnostics, PageNews};
pub use error::{PageError, PageWarning};
pub use open::{
    InjectionConfig, PageOptions, ReadyPage, Seek, SourceClip, VolumeWatch, equip, is_opaque, load,
    open, open_again, sets_volume, show_sample, visit_every_frame, visits_every_frame,
};
pub use played::{AskedVolume, MediaLook, PlayedPage, PlayedSpan, ScriptedVolume, SeenClip};
pub use scenes::{PageScenes, PageTransition, ScenePart, show_part};
pub use stacking::{Element, HdrElement, LayerMask, LayerRect, Stack, look_at_part, show_layer};
