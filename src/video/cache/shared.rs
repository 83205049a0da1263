//! A cache for concurrent requests: the first request for a picture loads it, the others wait for it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, Weak};

use bytes::Bytes;
use tokio::sync::OnceCell;

use super::lru::{CacheStats, FrameLru};
use crate::sync::IgnorePoison;

/// Pictures by key under a bound of entries and one of bytes.
#[derive(Debug)]
pub struct FrameSourceCache<K: Hash + Eq> {
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K: Hash + Eq> {
    held: FrameLru<K>,
    loading: HashMap<K, Weak<OnceCell<Bytes>>>,
}

impl<K: Hash + Eq + Clone> FrameSourceCache<K> {
    /// A cache of at most `entries` pictures and `bytes` bytes.
    pub fn new(entries: u64, bytes: u64) -> Self {
        Self {
            state: Mutex::new(State {
                held: FrameLru::new(entries, bytes),
                loading: HashMap::new(),
            }),
        }
    }

    /// The picture of `key`: held, being loaded by another request, or loaded now by `load` and then
    /// held if it fits.
    ///
    /// # Errors
    /// Whatever `load` returns; nothing is remembered of a failure.
    pub async fn get_or_load<E>(
        &self,
        key: K,
        load: impl Future<Output = Result<Bytes, E>>,
    ) -> Result<Bytes, E> {
        let cell = {
            let mut state = self.lock();
            if let Some(picture) = state.held.get(&key) {
                state.held.stats.hits += 1;
                return Ok(picture);
            }
            match state.loading.get(&key).and_then(Weak::upgrade) {
                Some(cell) => {
                    state.held.stats.hits += 1;
                    cell
                }
                None => {
                    state.held.stats.misses += 1;
                    let cell = Arc::new(OnceCell::new());
                    // An asker that gave up leaves a dead entry behind.
                    state.loading.retain(|_, cell| cell.strong_count() > 0);
                    state.loading.insert(key.clone(), Arc::downgrade(&cell));
                    cell
                }
            }
        };
        let mut loaded = false;
        let load = async {
            let picture = load.await?;
            loaded = true;
            Ok(picture)
        };
        let picture = cell.get_or_try_init(|| load).await?.clone();
        if loaded {
            let mut state = self.lock();
            state.loading.remove(&key);
            state.held.insert(key, picture.clone());
        }
        Ok(picture)
    }

    /// Loads a picture that will not be asked for again: it is counted, and not held.
    ///
    /// # Errors
    /// Whatever `load` returns.
    pub async fn load_once<E>(
        &self,
        load: impl Future<Output = Result<Bytes, E>>,
    ) -> Result<Bytes, E> {
        self.lock().held.stats.misses += 1;
        load.await
    }

    /// Drops a picture that will not be asked for again.
    pub fn remove(&self, key: &K) {
        self.lock().held.remove(key);
    }

    /// How it did so far.
    pub fn stats(&self) -> CacheStats {
        self.lock().held.stats
    }

    fn lock(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().ignore_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::time::Duration;

    #[tokio::test]
    async fn many_askers_load_once() {
        let cache = FrameSourceCache::new(4, 100);
        let loads = AtomicU32::new(0);
        let ask = || {
            cache.get_or_load("a", async {
                loads.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, ()>(Bytes::from_static(b"picture"))
            })
        };
        let (one, two, three) = tokio::join!(ask(), ask(), ask());
        assert_eq!(
            (one.unwrap(), two.unwrap(), three.unwrap().len()),
            ("picture".into(), "picture".into(), 7)
        );
        assert_eq!(loads.load(Ordering::Relaxed), 1);
        let stats = cache.stats();
        assert_eq!((stats.hits, stats.misses, stats.bytes), (2, 1, 7));
    }

    #[tokio::test]
    async fn a_failure_and_a_quitter_leave_nothing_behind() {
        let cache = FrameSourceCache::new(4, 100);
        let failed = cache.get_or_load(1, async { Err::<Bytes, _>("no") }).await;
        assert_eq!(failed, Err("no"));
        let never = cache.get_or_load(1, std::future::pending::<Result<Bytes, ()>>());
        let quit = tokio::time::timeout(Duration::from_millis(5), never).await;
        assert!(quit.is_err());
        let loaded = cache.get_or_load(1, async { Ok::<_, ()>(Bytes::from_static(b"x")) });
        assert_eq!(loaded.await.unwrap(), "x");
    }

    #[tokio::test]
    async fn what_is_loaded_once_counts_and_is_not_held() {
        let cache = FrameSourceCache::<u8>::new(4, 100);
        let load = cache.load_once(async { Ok::<_, ()>(Bytes::from_static(b"x")) });
        assert_eq!(load.await.unwrap(), "x");
        let stats = cache.stats();
        assert_eq!((stats.misses, stats.entries, stats.bytes), (1, 0, 0));
    }

    #[tokio::test]
    async fn what_is_larger_than_the_budget_is_served_and_not_held() {
        let cache = FrameSourceCache::new(4, 3);
        for _ in 0..2 {
            let picture = cache.get_or_load(1, async { Ok::<_, ()>(Bytes::from_static(b"long")) });
            assert_eq!(picture.await.unwrap(), "long");
        }
        let stats = cache.stats();
        assert_eq!((stats.oversized, stats.misses, stats.entries), (2, 2, 0));
    }
}
