//! The decoders that a job has running: they do not end by being dropped.

use std::sync::Mutex;

use futures::future::{BoxFuture, join_all};

use crate::sync::IgnorePoison;

/// The decoders of a job, of all its attempts.
#[derive(Default)]
pub(super) struct OpenDecoders(Mutex<Vec<BoxFuture<'static, ()>>>);

impl OpenDecoders {
    /// Remembers how some are ended.
    pub fn add(&self, ending: impl Future<Output = ()> + Send + 'static) {
        self.0.lock().ignore_poison().push(Box::pin(ending));
    }

    /// Ends all; returns when their processes are gone.
    pub async fn end(&self) {
        let endings = std::mem::take(&mut *self.0.lock().ignore_poison());
        join_all(endings).await;
    }
}
