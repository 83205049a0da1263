//! The ring.

#[path = "../../../src/pixels/ring.rs"]
mod ring;
pub use ring::{FrameRing, RingClosed};
