//! The frame cache for callers who feed frames themselves.

use std::path::PathBuf;
use std::sync::Arc;

use napi::bindgen_prelude::{Buffer, Result};
use napi_derive::napi;

use super::reply;
use crate::video::FrameSourceCache as Cache;

/// Files by path under a bound of entries and one of bytes, oldest out first. Each file is read
/// once however many ask for it at a time; one larger than the whole budget is handed out and not
/// kept.
#[napi]
pub struct FrameSourceCache {
    cache: Arc<Cache<PathBuf, std::io::Error>>,
}

#[napi]
impl FrameSourceCache {
    /// A cache of at most `entries` files and `bytes` bytes, both at least 1.
    #[napi(constructor, catch_unwind)]
    pub fn new(entries: f64, bytes: f64) -> Result<Self> {
        for (name, value) in [("entries", entries), ("bytes", bytes)] {
            if !(value.is_finite() && value >= 1.0) {
                let text = format!("HF_NATIVE_INVALID_OPTION: {name} is {value}; give at least 1");
                return Err(reply::plain(&text));
            }
        }
        Ok(Self {
            cache: Arc::new(Cache::new(entries as u64, bytes as u64)),
        })
    }

    /// The bytes of the file at `path`. Rejects with the path and the cause when it can't be read.
    #[napi]
    pub async fn get(&self, path: String) -> Result<Buffer> {
        let file = PathBuf::from(&path);
        let source = file.clone();
        let read = async move {
            // A pipe would be waited for until somebody writes into it.
            if !tokio::fs::metadata(&source).await?.is_file() {
                return Err(std::io::Error::other("it is no file"));
            }
            let bytes = tokio::fs::read(&source).await;
            bytes.map(bytes::Bytes::from)
        };
        // A thread of Node that ends drops this under what is read.
        let cache = Arc::clone(&self.cache);
        let bytes = cache.get_or_load(file, read).await;
        let failed = |error| reply::plain(&format!("HF_NATIVE_IO: cannot read {path}: {error}"));
        Ok(Buffer::from(bytes.map_err(failed)?.to_vec()))
    }

    /// JSON of `FrameSourceCacheStats`.
    #[napi(catch_unwind)]
    pub fn stats(&self) -> String {
        serde_json::to_string(&self.cache.stats()).unwrap_or_default()
    }
}
