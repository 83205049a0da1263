//! How one output frame is made of its captures.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::error::AssembleError;
use crate::capture::{Captures, FramePasses};

/// A way of making output frames: which captures a frame needs ([`FramePasses::take`]), and how
/// they become one frame. A frame that is captured whole is not assembled.
pub trait Recipe: FramePasses {
    /// Makes output frame `frame`, in the format of the job, of its captures.
    fn assemble(
        self: Arc<Self>,
        frame: u64,
        captures: Captures,
    ) -> BoxFuture<'static, Result<Bytes, AssembleError>>;

    /// Ends the processes that the recipe started; returns when they are gone.
    fn end(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}
