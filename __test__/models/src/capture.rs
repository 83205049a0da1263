//! Capture, as far as its frames go anywhere.

#[allow(dead_code)] // Pages fill them, and none takes part.
#[path = "../../../src/capture/captures.rs"]
mod captures;
#[path = "../../../src/capture/sink.rs"]
mod sink;
pub use crate::stand_ins::passes::FramePasses;
pub use captures::{CapturedPart, Captures};
pub use sink::{FrameSink, SinkClosed};
