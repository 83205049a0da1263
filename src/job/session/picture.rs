//! Finished frames on their way to who asked for them, and how many there are at a time.

use std::ops::Deref;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::plan::MOST_OUT;

/// A finished frame: straight RGBA. It takes its place until the last copy of it drops.
#[derive(Debug, Clone)]
pub struct Picture {
    data: Bytes,
    _place: Arc<Option<OwnedSemaphorePermit>>,
}

impl Deref for Picture {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.data
    }
}

/// The places of such frames.
#[derive(Debug)]
pub(super) struct Places(Arc<Semaphore>);

impl Default for Places {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MOST_OUT)))
    }
}

impl Places {
    /// Waits for a place. It is free once a file of another frame is made, or nobody waits for that.
    pub async fn place(&self) -> Place {
        // It is never closed.
        Place(Arc::clone(&self.0).acquire_owned().await.ok())
    }
}

/// Where a frame may go.
#[derive(Debug)]
pub(super) struct Place(Option<OwnedSemaphorePermit>);

impl Place {
    pub fn put(self, data: Bytes) -> Picture {
        Picture {
            data,
            _place: Arc::new(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    #[tokio::test]
    async fn a_place_is_free_when_the_last_copy_is_gone() {
        let places = Places::default();
        let mut out = Vec::new();
        for _ in 0..MOST_OUT {
            out.push(places.place().await.put(Bytes::from_static(b"rgba")));
        }
        let copy = out[0].clone();
        assert_eq!(&*copy, b"rgba");
        out.remove(0);
        let waits = timeout(Duration::from_millis(20), places.place());
        assert!(waits.await.is_err(), "one copy is left");
        drop(copy);
        timeout(Duration::from_secs(10), places.place())
            .await
            .unwrap();
    }
}
