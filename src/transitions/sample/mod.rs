//! Reading pictures between their pixels. `(u, v)` runs from 0 to 1 over a picture and is clamped
//! to it. Where pixels ask and where they lie is [`super::grid`]'s; in the engine's style
//! only transitions that read no coordinates give back an input untouched.
//!
//! [`exact`] is upstream's arithmetic. The others are the parts of the fast forms: they work on
//! blocks of [`BLOCK`] pixels in `f32`, on offsets in pixels from where the block lies instead of
//! coordinates, because those keep enough digits.

pub mod block;
pub mod exact;
pub mod gather;
pub mod rest;
pub mod stretch;

/// Pixels that the fast forms work on at a time. Narrower pictures take the exact form.
pub const BLOCK: usize = 64;

/// Samples of a block.
pub const PACKED: usize = 3 * BLOCK;

/// One value per pixel of a block.
pub type F32Block = [f32; BLOCK];

/// One value per sample of a block: R, G, B of its first pixel, then of its second.
pub type Packed = [f32; PACKED];
