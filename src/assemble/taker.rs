//! Where finished frames go.

use bytes::Bytes;
use futures::future::BoxFuture;

use crate::capture::SinkClosed;
use crate::encode::{Fence, FenceClosed};

/// Where finished frames go.
pub trait FrameTaker: Send + Sync {
    /// Waits until work on frame `index` may begin.
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>>;

    /// Takes a finished frame that was admitted.
    fn put(&self, index: u64, frame: Bytes);

    /// No more frames come, because one could not be made.
    fn abort(&self);
}

impl FrameTaker for Fence<Bytes> {
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>> {
        Box::pin(async move {
            let admitted = Self::admit(self, index).await;
            admitted.map_err(|FenceClosed| SinkClosed)
        })
    }

    fn put(&self, index: u64, frame: Bytes) {
        Self::put(self, index, frame);
    }

    fn abort(&self) {
        Self::abort(self);
    }
}
