//! The memory of a worker's browser, watched while it captures.
//!
//! A page may keep more with every frame: then the browser grows until the system ends it, or something else.
//! So a browser that holds more than its share is replaced between two frames. One that does so when it has
//! captured its first frames is large, not grown, and a fresh one would be as large: its share is doubled until it
//! fits.

use std::convert::Infallible;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use crate::process::{group_members, memory_bytes, resident_set_bytes};

/// A page may keep tens of megabytes a frame, and draw thirty frames a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Looks after which the browser's processes are looked for again.
const LOOKS: u32 = 8;
/// Frames after which a browser is as large as its page, and before which it is not replaced.
const FIRST_FRAMES: u64 = 8;
/// Doublings after which the share has no end.
const MOST_DOUBLINGS: u32 = 16;

/// Why a browser is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// What it held, MiB.
    pub held_mib: u64,
    /// What it may hold, MiB.
    pub limit_mib: u64,
}

/// What a worker's browsers hold, one after the other.
#[derive(Debug, Default)]
pub(super) struct BrowserMemory {
    /// The process group of the browser; 0 while none is watched.
    group: AtomicU32,
    /// What the browser was last seen to hold, MiB; 0 while that is within its limit.
    held_mib: AtomicU64,
    /// How often the share was doubled.
    doublings: AtomicU32,
}

impl BrowserMemory {
    /// Whether the browser, whose share that is, is to be replaced, now that it has captured so many frames.
    pub async fn excess(&self, frames: u64, share_mib: impl Fn() -> u64) -> Option<Excess> {
        if frames == FIRST_FRAMES {
            self.fit(share_mib()).await;
        }
        let held_mib = self.held_mib.load(Ordering::Relaxed);
        if held_mib == 0 || frames <= FIRST_FRAMES {
            return None;
        }
        let limit_mib = self.limit(share_mib());
        (held_mib > limit_mib).then_some(Excess {
            held_mib,
            limit_mib,
        })
    }

    /// Doubles the share until the browser fits.
    async fn fit(&self, share_mib: u64) {
        let group = self.group.load(Ordering::Relaxed);
        let limit_mib = self.limit(share_mib);
        let looking = tokio::task::spawn_blocking(move || Eye::on(group).held_above(limit_mib));
        let Ok(Some(held_mib)) = looking.await else {
            return;
        };
        let doubled = held_mib.div_ceil(limit_mib.max(1)).next_power_of_two();
        let doublings = self.doublings.load(Ordering::Relaxed) + doubled.trailing_zeros();
        let doublings = doublings.min(MOST_DOUBLINGS);
        self.doublings.store(doublings, Ordering::Relaxed);
    }

    /// Watches the browser that leads process group `group`, whose share `share_mib` tells, for ever; to be
    /// raced against its work.
    pub async fn watch(&self, group: u32, share_mib: impl Fn() -> u64) -> Infallible {
        self.group.store(group, Ordering::Relaxed);
        self.held_mib.store(0, Ordering::Relaxed);
        let mut eye = Eye::default();
        for look in 0_u32.. {
            tokio::time::sleep(LOOK_EVERY).await;
            let limit_mib = self.limit(share_mib());
            let looking = tokio::task::spawn_blocking(move || {
                if look % LOOKS == 0 {
                    eye.pids = Eye::on(group).pids;
                }
                let held_mib = eye.held_above(limit_mib);
                (eye, held_mib)
            });
            eye = match looking.await {
                Ok((eye, held_mib)) => {
                    self.note(held_mib);
                    eye
                }
                // The runtime ends.
                Err(_) => Eye::default(),
            };
        }
        std::future::pending().await
    }

    fn limit(&self, share_mib: u64) -> u64 {
        share_mib << self.doublings.load(Ordering::Relaxed)
    }

    fn note(&self, held_mib: Option<u64>) {
        self.held_mib
            .store(held_mib.unwrap_or_default(), Ordering::Relaxed);
    }
}

/// Reads what some processes hold.
#[derive(Debug, Default)]
struct Eye {
    pids: Vec<u32>,
    /// What their resident sets count more than once, as of the last time that was found out.
    shared_bytes: u64,
}

impl Eye {
    /// On a process group.
    fn on(group: u32) -> Self {
        Self {
            pids: group_members(group),
            shared_bytes: 0,
        }
    }

    /// What they hold, MiB, if that is more than `limit_mib`. Page tables, which say what they share, take
    /// milliseconds to read, so that is done only where the resident sets say too much.
    fn held_above(&mut self, limit_mib: u64) -> Option<u64> {
        let limit = limit_mib << 20;
        let resident = resident_set_bytes(&self.pids);
        if resident.saturating_sub(self.shared_bytes) <= limit {
            return None;
        }
        let held = memory_bytes(&self.pids);
        self.shared_bytes = resident.saturating_sub(held);
        (held > limit).then_some(held >> 20)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of this process's own group, which holds some MiB.
    fn of_this_group() -> (BrowserMemory, u32) {
        #[cfg(unix)]
        let group = u32::try_from(nix::unistd::getpgrp().as_raw()).unwrap();
        #[cfg(windows)]
        let group = std::process::id();
        let memory = BrowserMemory::default();
        memory.group.store(group, Ordering::Relaxed);
        (memory, group)
    }

    #[tokio::test]
    async fn a_browser_is_replaced_when_it_has_grown() {
        let memory = BrowserMemory::default();
        assert_eq!(memory.excess(100, || 800).await, None, "it holds little");
        memory.note(Some(900));
        let wanted = Excess {
            held_mib: 900,
            limit_mib: 800,
        };
        assert_eq!(memory.excess(100, || 800).await, Some(wanted));
        assert_eq!(memory.excess(FIRST_FRAMES - 1, || 800).await, None);
        assert_eq!(memory.excess(100, || 1000).await, None, "others left more");
        memory.note(None);
        assert_eq!(memory.excess(100, || 800).await, None, "it gave some back");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_page_that_is_large_from_the_start_is_let_be() {
        let (memory, _) = of_this_group();
        assert_eq!(memory.excess(FIRST_FRAMES, || 1).await, None);
        let share = memory.limit(1);
        assert!(share > 1, "it was doubled until the browser fits");
        memory.note(Some(share));
        assert_eq!(memory.excess(100, || 1).await, None);
        memory.note(Some(share + 1));
        assert!(memory.excess(100, || 1).await.is_some(), "it grew beyond");
        assert_eq!(memory.excess(FIRST_FRAMES, || 1 << 30).await, None);
        assert_eq!(memory.limit(1), share, "a browser that fits");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn what_processes_hold_above_their_share_is_seen() {
        let (memory, group) = of_this_group();
        let seen = async {
            while memory.excess(100, || 0).await.is_none() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = seen => {}
            never = memory.watch(group, || 0) => match never {},
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("nothing was seen"),
        }
        let wide = BrowserMemory::default();
        let watched = wide.watch(group, || 1 << 30);
        assert!(
            tokio::time::timeout(LOOK_EVERY * 3, watched).await.is_err(),
            "it never ends"
        );
        assert_eq!(wide.excess(100, || 0).await, None);
    }
}
