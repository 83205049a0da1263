//! A cache for concurrent requests: the first request for a picture begins to load it, the others wait
//! for that. Loading goes on when who asked first has gone.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use futures::FutureExt;
use futures::future::{BoxFuture, Shared};

use super::lru::{CacheStats, FrameLru};
use crate::sync::IgnorePoison;

/// A picture that is being loaded.
type Loading<E> = Shared<BoxFuture<'static, Result<Bytes, Arc<E>>>>;

/// Pictures by key under a bound of entries and one of bytes. Loading fails with an `E`.
#[derive(Debug)]
pub struct FrameSourceCache<K: Hash + Eq, E> {
    state: Arc<Mutex<State<K, E>>>,
}

#[derive(Debug)]
struct State<K: Hash + Eq, E> {
    held: FrameLru<K>,
    loading: HashMap<K, Loading<E>>,
}

impl<K, E> FrameSourceCache<K, E>
where
    K: Hash + Eq + Clone + Send + 'static,
    E: Send + Sync + 'static,
{
    /// A cache of at most `entries` pictures and `bytes` bytes.
    pub fn new(entries: u64, bytes: u64) -> Self {
        Self {
            state: Arc::new(Mutex::new(State {
                held: FrameLru::new(entries, bytes),
                loading: HashMap::new(),
            })),
        }
    }

    /// The picture of `key`: held, being loaded for another request, or loaded now by `load` and then
    /// held if it fits. Whoever asks later waits as if it had asked when loading began: it does not
    /// begin anew, behind others, when the request that began is dropped.
    ///
    /// # Errors
    /// Whatever `load` returns; nothing is remembered of a failure.
    pub async fn get_or_load(
        &self,
        key: K,
        load: impl Future<Output = Result<Bytes, E>> + Send + 'static,
    ) -> Result<Bytes, Arc<E>> {
        let loading = {
            let mut state = self.lock();
            if let Some(picture) = state.held.get(&key) {
                state.held.stats.hits += 1;
                return Ok(picture);
            }
            match state.loading.get(&key).cloned() {
                Some(loading) => {
                    state.held.stats.hits += 1;
                    loading
                }
                None => {
                    state.held.stats.misses += 1;
                    let loading = self.begin(key.clone(), load);
                    state.loading.insert(key, loading.clone());
                    loading
                }
            }
        };
        loading.await
    }

    /// Loads on a task of its own. What `load` queues for at once is queued for when this returns.
    fn begin(
        &self,
        key: K,
        load: impl Future<Output = Result<Bytes, E>> + Send + 'static,
    ) -> Loading<E> {
        let state = Arc::clone(&self.state);
        // Caught, so that nothing is left of loading that panics.
        let mut load = Box::pin(std::panic::AssertUnwindSafe(load).catch_unwind());
        let early = (&mut load).now_or_never();
        let task = tokio::spawn(async move {
            let loaded = match early {
                Some(loaded) => loaded,
                None => load.await,
            };
            let mut state = state.lock().ignore_poison();
            state.loading.remove(&key);
            let loaded = loaded.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            if let Ok(picture) = &loaded {
                state.held.insert(key, picture.clone());
            }
            loaded.map_err(Arc::new)
        });
        let loading = async move {
            match task.await {
                Ok(loaded) => loaded,
                Err(failure) if failure.is_panic() => {
                    std::panic::resume_unwind(failure.into_panic())
                }
                // The runtime ends, and this task with it.
                Err(_) => std::future::pending().await,
            }
        };
        loading.boxed().shared()
    }

    /// Loads a picture that will not be asked for again: it is counted, and not held.
    ///
    /// # Errors
    /// Whatever `load` returns.
    pub async fn load_once<F>(
        &self,
        load: impl Future<Output = Result<Bytes, F>>,
    ) -> Result<Bytes, F> {
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

    fn lock(&self) -> MutexGuard<'_, State<K, E>> {
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
        let loads = Arc::new(AtomicU32::new(0));
        let ask = || {
            let loads = Arc::clone(&loads);
            cache.get_or_load("a", async move {
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
    async fn nothing_is_remembered_of_a_failure() {
        let cache = FrameSourceCache::new(4, 100);
        let failed = cache.get_or_load(1, async { Err("no") }).await;
        assert_eq!(failed, Err(Arc::new("no")));
        let loaded = cache.get_or_load(1, async { Ok(Bytes::from_static(b"x")) });
        assert_eq!(loaded.await.unwrap(), "x");
    }

    #[tokio::test]
    async fn what_a_quitter_began_is_had_by_the_next() {
        let cache = FrameSourceCache::<_, ()>::new(4, 100);
        let slow = async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            Ok(Bytes::from_static(b"first"))
        };
        let quit = tokio::time::timeout(Duration::from_millis(5), cache.get_or_load(1, slow)).await;
        assert!(quit.is_err());
        let loaded = cache.get_or_load(1, async { Ok(Bytes::from_static(b"second")) });
        assert_eq!(loaded.await.unwrap(), "first");
        assert!(cache.lock().loading.is_empty());
    }

    #[tokio::test]
    async fn what_is_loaded_once_counts_and_is_not_held() {
        let cache = FrameSourceCache::<u8, ()>::new(4, 100);
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
