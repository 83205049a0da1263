//! Reading pictures between their pixels. `(u, v)` goes from 0 to 1 over a picture and is clamped
//! to it. [`super::grid`] says at which coordinates output pixels read and at which pixels are. In
//! the engine style only transitions that do not use coordinates can return an input unchanged.
//!
//! [`exact`] is upstream's arithmetic. The others are for the fast forms: they work on blocks of
//! [`super::block::BLOCK`] pixels in `f32`. Instead of coordinates they use offsets in pixels from
//! the place of the block, for which `f32` has enough digits.

pub mod exact;
pub mod gather;
pub mod stretch;
pub mod unmoved;
