//! Source media of a composition: its sound.

pub mod audio;
