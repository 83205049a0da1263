//! The cache of converted source frames: one per job, shared by all its workers.

mod lru;
mod shared;

pub use lru::CacheStats;
pub use shared::FrameSourceCache;
