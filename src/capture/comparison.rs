//! What workers captured of some frames, held against the screenshots of a witness.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio::sync::Notify;
use tokio::task::spawn_blocking;

use super::likeness::Likeness;
use crate::sync::IgnorePoison;

/// The frames that are compared, and what is known of them.
pub(super) struct Comparison {
    /// Numbers of the frames, rising.
    samples: Vec<u64>,
    likeness: Likeness,
    /// What workers captured and was not compared.
    heard: Mutex<BTreeMap<u64, Bytes>>,
    /// No worker captures any more.
    is_over: AtomicBool,
    news: Notify,
}

impl Comparison {
    /// Of the frames `samples`, which rise.
    pub fn new(samples: Vec<u64>, likeness: Likeness) -> Self {
        Self {
            samples,
            likeness,
            heard: Mutex::default(),
            is_over: AtomicBool::new(false),
            news: Notify::new(),
        }
    }

    /// Numbers of the frames, rising.
    pub fn samples(&self) -> &[u64] {
        &self.samples
    }

    /// Takes note of what a worker captured.
    pub fn hear(&self, frame: u64, picture: &Bytes) {
        if self.samples.binary_search(&frame).is_ok() {
            let mut heard = self.heard.lock().ignore_poison();
            heard.insert(frame, picture.clone());
            self.news.notify_one();
        }
    }

    /// No worker captures any more: what was not heard of by now never will be.
    pub fn no_more(&self) {
        self.is_over.store(true, Ordering::Release);
        self.news.notify_one();
    }

    /// Compares those of the `screenshots` whose frames were captured by now, and takes them out.
    /// Returns how many they were.
    ///
    /// # Errors
    /// Why they are not known to be alike.
    pub async fn compare(&self, screenshots: &mut BTreeMap<u64, Bytes>) -> Result<usize, String> {
        let mut compared = 0;
        while let Some(entry) = screenshots.first_entry() {
            let frame = *entry.key();
            let heard = self.heard.lock().ignore_poison().remove(&frame);
            let Some(captured) = heard else { break };
            let (screenshot, likeness) = (entry.remove(), self.likeness);
            let judging = spawn_blocking(move || likeness.judge(&screenshot, &captured));
            let judged = judging.await;
            let judged = judged.map_err(|e| format!("frame {frame} cannot be compared: {e}"))?;
            judged.map_err(|how| format!("frame {frame} is not what a screenshot shows: {how}"))?;
            compared += 1;
        }
        Ok(compared)
    }

    /// Compares all `screenshots`, as soon as their frames were captured.
    ///
    /// # Errors
    /// Why they are not known to be alike, also when the workers end without a frame.
    pub async fn compare_all(&self, mut screenshots: BTreeMap<u64, Bytes>) -> Result<(), String> {
        loop {
            // Asked first: what was heard before the end is compared.
            let is_over = self.is_over.load(Ordering::Acquire);
            self.compare(&mut screenshots).await?;
            let Some((frame, _)) = screenshots.first_key_value() else {
                return Ok(());
            };
            if is_over {
                return Err(format!("frame {frame} was not captured whole"));
            }
            self.news.notified().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::pixels::FrameFormat;

    const SOON: Duration = Duration::from_secs(10);

    fn pictures(frames: &[u64]) -> BTreeMap<u64, Bytes> {
        let picture = |frame: &u64| (*frame, Bytes::from(vec![*frame as u8; 6]));
        frames.iter().map(picture).collect()
    }

    fn comparison(width: usize) -> Comparison {
        let likeness = Likeness::of(FrameFormat::Yuv420, width);
        Comparison::new(vec![0, 1, 8], likeness)
    }

    #[tokio::test]
    async fn nothing_is_waited_for_when_no_worker_captures_any_more() {
        let workers = comparison(2);
        for (frame, picture) in pictures(&[0, 8]) {
            workers.hear(frame, &picture);
        }
        let capturing = async {
            tokio::task::yield_now().await;
            workers.no_more();
        };
        let comparing = workers.compare_all(pictures(&[0, 1, 8]));
        let both = async { tokio::join!(comparing, capturing).0 };
        let compared = timeout(SOON, both).await.unwrap();
        assert_eq!(compared, Err("frame 1 was not captured whole".to_owned()));
    }

    #[tokio::test]
    async fn what_was_captured_before_the_end_is_compared_after_it() {
        let workers = comparison(2);
        for (frame, picture) in pictures(&[0, 1, 3, 8]) {
            workers.hear(frame, &picture);
        }
        workers.no_more();
        let comparing = workers.compare_all(pictures(&[0, 1, 8]));
        assert_eq!(timeout(SOON, comparing).await.unwrap(), Ok(()));
    }

    #[tokio::test]
    async fn a_comparison_that_panics_ends_it() {
        // Pictures without a width have no rows to name.
        let workers = comparison(0);
        workers.hear(0, &Bytes::from_static(&[99; 6]));
        let comparing = workers.compare_all(pictures(&[0]));
        let compared = timeout(SOON, comparing).await.unwrap();
        let why = compared.unwrap_err();
        assert!(why.starts_with("frame 0 cannot be compared"), "{why}");
    }
}
