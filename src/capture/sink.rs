//! Where captured frames go.

use futures::future::BoxFuture;

use super::captures::Captures;

/// Frames are not wanted any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SinkClosed;

/// Where captured frames go.
pub trait FrameSink: Send + Sync {
    /// Waits until frame `index` lies within the look-ahead window.
    fn admit(&self, index: u64) -> BoxFuture<'_, Result<(), SinkClosed>>;
    /// Hands over the captures of a frame that was admitted; waits while too many frames are being
    /// assembled.
    fn submit(&self, index: u64, captures: Captures) -> BoxFuture<'_, Result<(), SinkClosed>>;
}
