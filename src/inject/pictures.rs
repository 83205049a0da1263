//! Source frames as pages take them: converted when their turn to travel comes, within a bounded
//! number of bytes, and kept where they will be asked for again.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard};

use bytes::Bytes;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use crate::pixels::FramePool;
use crate::sync::IgnorePoison;
use crate::video::{
    CacheStats, ConvertError, FrameBudget, FrameSourceCache, PageColours, RawFrame, rgba_bytes,
};

/// Conversions take room by the kibibyte: a semaphore counts in 32 bits.
const UNIT: u64 = 1024;
/// Sizes of pictures whose buffers are kept to be used again.
const MOST_POOLS: usize = 8;

/// A converted picture: its stream, the source frame's number, how often it is halved.
pub(super) type PictureKey = (usize, u64, u32);

/// A picture to be made.
#[derive(Debug)]
pub(super) struct Order {
    pub key: PictureKey,
    pub frame: RawFrame,
    /// Brings it to the colours of pages.
    pub colours: Arc<PageColours>,
    /// The last output frame that shows it, when more than one clip or frame does.
    pub shared_until: Option<u64>,
}

impl Order {
    /// Bytes of the picture.
    pub fn bytes(&self) -> usize {
        let level = self.key.2;
        rgba_bytes(self.frame.width >> level, self.frame.height >> level)
    }

    /// Bytes there are at most while it is made.
    fn most_bytes(&self) -> u64 {
        let bytes = self.bytes();
        if self.key.2 == 0 || !self.colours.makes_whole_frames() {
            return bytes as u64;
        }
        (rgba_bytes(self.frame.width, self.frame.height) + bytes) as u64
    }
}

/// How a job's bytes of source frames are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shares {
    /// Pictures that are needed again.
    pub cache: u64,
    /// Pictures being made or on their way to pages.
    pub travel: u64,
}

/// Makes and keeps the pictures of one job.
#[derive(Debug)]
pub(super) struct Pictures {
    budget: FrameBudget,
    room: Arc<Semaphore>,
    most_room: u32,
    cache: FrameSourceCache<PictureKey, String>,
    /// Buffers by their size, the one used last at the end.
    pools: Mutex<Vec<(usize, FramePool)>>,
    /// Cached pictures by the last output frame that shows them.
    expiry: Mutex<BTreeSet<(u64, PictureKey)>>,
}

impl Pictures {
    /// At most `entries` pictures are kept.
    pub fn new(budget: FrameBudget, shares: Shares, entries: u64) -> Self {
        let most_room = u32::try_from(shares.travel / UNIT).unwrap_or(u32::MAX);
        let most_room = most_room.clamp(1, (Semaphore::MAX_PERMITS >> 3) as u32);
        Self {
            budget,
            room: Arc::new(Semaphore::new(most_room as usize)),
            most_room,
            cache: FrameSourceCache::new(entries, shares.cache),
            pools: Mutex::default(),
            expiry: Mutex::default(),
        }
    }

    /// The picture, from the cache where it is. Waits for room; who has begun to wait first gets
    /// it first, so that the pictures of one answer get it in the order they travel in, and an
    /// answer that has some can go on. A picture that is made for another request, too, keeps its
    /// place when that is dropped.
    ///
    /// # Errors
    /// [`ConvertError`]'s text.
    pub async fn make(&self, order: Order) -> Result<Bytes, String> {
        match order.shared_until {
            Some(last) => {
                let key = order.key;
                let picture = self.cache.get_or_load(key, self.convert(order)).await;
                let picture = picture.map_err(|text| text.to_string())?;
                self.expiry().insert((last, key));
                Ok(picture)
            }
            None => self.cache.load_once(self.convert(order)).await,
        }
    }

    fn convert(&self, order: Order) -> impl Future<Output = Result<Bytes, String>> + Send + use<> {
        let (bytes, most) = (order.bytes() as u64, order.most_bytes());
        let most_room = self.most_room;
        let units = move |bytes: u64| {
            let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX);
            units.min(most_room)
        };
        let room = Arc::clone(&self.room);
        let budget = self.budget.clone();
        let pool = self.pool(order.bytes());
        async move {
            let room = room.acquire_many_owned(units(most)).await;
            let mut room = room.map_err(|closed| closed.to_string())?;
            let kept = units(bytes) as usize;
            let converted = spawn_blocking(move || {
                let making = budget.hold(most);
                let mut rgba = pool.lend();
                let written = order
                    .colours
                    .write_rgba(&order.frame, order.key.2, rgba.bytes_mut());
                written.map_err(|e: ConvertError| e.to_string())?;
                drop((making, order.frame));
                // What is kept counts as the cache's.
                let travelling = match order.shared_until {
                    None => room.split(kept),
                    Some(_) => None,
                };
                Ok(budget.hold(bytes).around(rgba, travelling))
            });
            converted
                .await
                .unwrap_or_else(|panic| Err(panic.to_string()))
        }
    }

    /// Buffers of `bytes`.
    fn pool(&self, bytes: usize) -> FramePool {
        let mut pools = self.pools.lock().ignore_poison();
        let known = pools.iter().position(|(size, _)| *size == bytes);
        let pool = match known {
            Some(at) => pools.remove(at).1,
            None => FramePool::new(bytes),
        };
        if pools.len() >= MOST_POOLS {
            pools.remove(0);
        }
        pools.push((bytes, pool.clone()));
        pool
    }

    /// Drops pictures that no output frame from `frame` on shows.
    pub fn forget_before(&self, frame: u64) {
        let mut expiry = self.expiry();
        while let Some(&(last, key)) = expiry.first() {
            if last >= frame {
                break;
            }
            expiry.pop_first();
            self.cache.remove(&key);
        }
    }

    /// How the cache did so far.
    pub fn stats(&self) -> CacheStats {
        self.cache.stats()
    }

    fn expiry(&self) -> MutexGuard<'_, BTreeSet<(u64, PictureKey)>> {
        self.expiry.lock().ignore_poison()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::Layout;
    use std::time::Duration;

    fn order(index: u64, level: u32) -> Order {
        Order {
            key: (0, index, level),
            frame: RawFrame {
                width: 32,
                height: 32,
                layout: Layout::Rgba,
                data: vec![7; 4096].into(),
            },
            colours: Arc::new(PageColours::AsDecoded),
            shared_until: None,
        }
    }

    fn pictures(travel: u64) -> Pictures {
        let shares = Shares { cache: 0, travel };
        Pictures::new(FrameBudget::new(1 << 20), shares, 8)
    }

    #[tokio::test]
    async fn pictures_on_their_way_keep_others_waiting() {
        let pictures = pictures(8192);
        let first = pictures.make(order(0, 0)).await.unwrap();
        let second = pictures.make(order(1, 0)).await.unwrap();
        let third = pictures.make(order(2, 0));
        tokio::pin!(third);
        let waits = tokio::time::timeout(Duration::from_millis(50), &mut third).await;
        assert!(waits.is_err(), "two of 4 KiB fill 8");
        drop(first);
        assert_eq!(third.await.unwrap().len(), 4096);
        drop(second);
        assert!(pictures.budget.peak() <= 8192, "{}", pictures.budget.peak());
    }

    #[tokio::test]
    async fn a_picture_keeps_its_place_when_who_asked_first_is_gone() {
        let pictures = Pictures::new(
            FrameBudget::new(1 << 20),
            Shares {
                cache: 1 << 20,
                travel: 8192,
            },
            8,
        );
        let shared = || Order {
            shared_until: Some(9),
            ..order(0, 0)
        };
        let on_their_way = [
            pictures.make(order(7, 0)).await.unwrap(),
            pictures.make(order(8, 0)).await.unwrap(),
        ];
        let mut first = Box::pin(pictures.make(shared()));
        assert!(futures::poll!(&mut first).is_pending(), "no room");
        // Another answer shows the same picture, and two more behind it.
        let mut answer = Box::pin(async {
            let parts = [shared(), order(1, 0), order(2, 0)].map(|order| pictures.make(order));
            let parts = futures::stream::iter(parts);
            let mut parts = futures::StreamExt::buffered(parts, 3);
            // Pictures leave in order.
            let mut left = 0;
            while let Some(part) = futures::StreamExt::next(&mut parts).await {
                part.unwrap();
                left += 1;
            }
            left
        });
        assert!(futures::poll!(&mut answer).is_pending());
        drop(first);
        drop(on_their_way);
        let answered = tokio::time::timeout(Duration::from_secs(10), answer).await;
        assert_eq!(answered.expect("the answer waits for itself"), 3);
    }

    #[tokio::test]
    async fn what_is_larger_than_all_room_waits_for_all_of_it() {
        let pictures = pictures(1024);
        assert_eq!(pictures.make(order(0, 1)).await.unwrap().len(), 1024);
        assert_eq!(pictures.make(order(1, 0)).await.unwrap().len(), 4096);
        assert_eq!(
            pictures.budget.peak(),
            4096,
            "no more than the pictures themselves"
        );
    }
}
