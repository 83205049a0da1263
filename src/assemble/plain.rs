//! The frame is the capture.

use std::sync::Arc;

use bytes::Bytes;
use futures::future::BoxFuture;

use super::error::AssembleError;
use super::recipe::Recipe;
use crate::capture::{Captures, FramePasses, PassError, PassRun};

/// Every frame is captured whole.
#[derive(Debug)]
pub(super) struct Plain;

impl FramePasses for Plain {
    fn take<'a>(&'a self, run: &'a mut PassRun<'_>) -> BoxFuture<'a, Result<(), PassError>> {
        Box::pin(run.whole())
    }
}

impl Recipe for Plain {
    fn assemble(
        self: Arc<Self>,
        frame: u64,
        captures: Captures,
    ) -> BoxFuture<'static, Result<Bytes, AssembleError>> {
        let whole = captures.whole().cloned();
        Box::pin(async move { whole.ok_or(AssembleError::MissingPass { frame }) })
    }
}
