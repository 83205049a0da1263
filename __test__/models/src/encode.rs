//! The fence.

#[path = "../../../src/encode/fence.rs"]
mod fence;
pub use fence::{Fence, FenceClosed};
