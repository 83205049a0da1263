//! Reading pictures between their pixels. `(u, v)` runs from 0 to 1 over a picture and is clamped
//! to it; pixel (x, y) asks at `u = x / W`, `v = y / H`, while the picture's own pixels lie at
//! `x / (W - 1)`: unmoved pictures are therefore read up to a pixel to the left and above, and only
//! transitions that read no coordinates give back an input untouched. That is upstream's
//! convention and kept.
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
pub type Lane = [f32; BLOCK];

/// One value per sample of a block: R, G, B of its first pixel, then of its second.
pub type Packed = [f32; PACKED];
