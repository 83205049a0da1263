//! Transitions, as far as a panic in one is told.

pub use crate::stand_ins::passes::panic_text;
