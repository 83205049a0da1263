//! Reading pictures between their pixels. `(u, v)` goes from 0 to 1 over a picture and is clamped
//! to it. [`super::grid`] says at which coordinates output pixels read and at which pixels are. In
//! the engine style only transitions that do not use coordinates can return an input unchanged.
//!
//! [`exact`] is upstream's arithmetic. The others are for the fast forms: they work on blocks of
//! [`BLOCK`] pixels in `f32`. Instead of coordinates they use offsets in pixels from the place of
//! the block, for which `f32` has enough digits.

pub mod block;
pub mod exact;
pub mod gather;
pub mod rest;
pub mod stretch;

/// Pixels that the fast forms work on at a time. Narrower pictures use the exact form.
pub const BLOCK: usize = 64;

/// Samples of a block.
pub const PACKED: usize = 3 * BLOCK;

/// One value per pixel of a block.
pub type F32Block = [f32; BLOCK];

/// One value per sample of a block: R, G, B of its first pixel, then of its second.
pub type Packed = [f32; PACKED];
