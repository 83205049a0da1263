//! Pictures by key, oldest out first, under two bounds.

use std::hash::Hash;

use bytes::Bytes;
use lru::LruCache;
use serde::Serialize;

/// Counters of a cache.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "FrameSourceCacheStats"))]
pub struct CacheStats {
    /// Entries held.
    pub entries: u64,
    /// Bytes held.
    pub bytes: u64,
    /// Most bytes held so far; never above the bound.
    pub peak_bytes: u64,
    /// Requests answered from memory, or by a load that another request had begun.
    pub hits: u64,
    /// Requests that loaded.
    pub misses: u64,
    /// Entries dropped to make room.
    pub evictions: u64,
    /// Entries larger than the whole budget: handed out, never held.
    pub oversized: u64,
}

/// The bookkeeping of a cache, without its loads.
#[derive(Debug)]
pub(super) struct FrameLru<K: Hash + Eq> {
    held: LruCache<K, Bytes>,
    most_entries: u64,
    most_bytes: u64,
    pub(super) stats: CacheStats,
}

impl<K: Hash + Eq> FrameLru<K> {
    pub(super) fn new(most_entries: u64, most_bytes: u64) -> Self {
        Self {
            held: LruCache::unbounded(),
            most_entries,
            most_bytes,
            stats: CacheStats::default(),
        }
    }

    /// The picture, which becomes the newest.
    pub(super) fn get(&mut self, key: &K) -> Option<Bytes> {
        self.held.get(key).cloned()
    }

    /// Holds `picture` as the newest, in place of any other of that key.
    pub(super) fn insert(&mut self, key: K, picture: Bytes) {
        let bytes = picture.len() as u64;
        self.remove(&key);
        if bytes > self.most_bytes {
            self.stats.oversized += 1;
            return;
        }
        // Room is made first: the bounds hold at every moment.
        while self.stats.bytes + bytes > self.most_bytes
            || self.stats.entries + 1 > self.most_entries
        {
            let Some((_, oldest)) = self.held.pop_lru() else {
                return;
            };
            self.forget(&oldest);
            self.stats.evictions += 1;
        }
        self.held.put(key, picture);
        self.stats.entries += 1;
        self.stats.bytes += bytes;
        self.stats.peak_bytes = self.stats.peak_bytes.max(self.stats.bytes);
    }

    /// Drops a picture that will not be asked for again.
    pub(super) fn remove(&mut self, key: &K) {
        if let Some(picture) = self.held.pop(key) {
            self.forget(&picture);
        }
    }

    fn forget(&mut self, picture: &Bytes) {
        self.stats.entries -= 1;
        self.stats.bytes -= picture.len() as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone)]
    enum Step {
        Get(u8),
        Insert(u8, usize),
        Remove(u8),
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            (0u8..12).prop_map(Step::Get),
            (0u8..12, 0usize..120).prop_map(|(key, size)| Step::Insert(key, size)),
            (0u8..12).prop_map(Step::Remove),
        ];
        proptest::collection::vec(step, 0..200)
    }

    proptest! {
        /// Against a list ordered from oldest to newest.
        #[test]
        fn it_is_a_list_with_two_bounds(steps in steps(), entries in 1u64..8, bytes in 1u64..300) {
            let mut cache = FrameLru::new(entries, bytes);
            let mut model: Vec<(u8, usize)> = Vec::new();
            let mut evicted = 0;
            for step in steps {
                match step {
                    Step::Get(key) => {
                        let at = model.iter().position(|(k, _)| *k == key);
                        let found = cache.get(&key).map(|picture| picture.len());
                        prop_assert_eq!(found, at.map(|at| model[at].1));
                        if let Some(at) = at {
                            let entry = model.remove(at);
                            model.push(entry);
                        }
                    }
                    Step::Insert(key, size) => {
                        cache.insert(key, vec![0; size].into());
                        model.retain(|(k, _)| *k != key);
                        if size as u64 <= bytes {
                            model.push((key, size));
                        }
                        let total = |model: &[(u8, usize)]| {
                            model.iter().map(|(_, size)| *size as u64).sum::<u64>()
                        };
                        while total(&model) > bytes || model.len() as u64 > entries {
                            model.remove(0);
                            evicted += 1;
                        }
                    }
                    Step::Remove(key) => {
                        cache.remove(&key);
                        model.retain(|(k, _)| *k != key);
                    }
                }
                let held: Vec<(u8, usize)> = cache.held.iter().rev().map(|(k, p)| (*k, p.len())).collect();
                prop_assert_eq!(&held, &model);
                prop_assert!(cache.stats.peak_bytes <= bytes && cache.stats.entries <= entries);
                prop_assert_eq!(cache.stats.evictions, evicted);
            }
        }
    }
}
