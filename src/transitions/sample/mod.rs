//! Reading pictures between their pixels. `(u, v)` runs from 0 to 1 over a picture and is clamped
//! to it. Where pixels ask and where they lie is [`super::grid`]'s; in the engine's style
//! only transitions that read no coordinates give back an input untouched.
//!
//! [`exact`] is upstream's arithmetic. The others are the parts of the fast forms: they work on
//! blocks of [`super::block::BLOCK`] pixels in `f32`, on offsets in pixels from where the block lies instead of
//! coordinates, because those keep enough digits.

pub mod exact;
pub mod gather;
pub mod rest;
pub mod stretch;
