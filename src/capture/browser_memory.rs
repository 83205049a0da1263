//! The memory of a worker's browser, watched while it captures.
//!
//! Chrome keeps what it may need again, up to 512 MiB of decoded images alone, and garbage as long as nobody asks
//! for the memory; a page may keep more with every frame. So a browser that holds more than its share is asked
//! to give memory back between two frames, and is replaced if that is not enough. One that holds too much when
//! it has captured its first frames is large, not grown, and a fresh one would be as large: it is let be.

use std::convert::Infallible;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::memory_policy::{BrowserRoom, Excess, Look, MemoryPolicy, Need};
use crate::browser::{BrowserError, PageSession};
use crate::process::{group_members, memory_bytes, resident_set_bytes};
use crate::sync::IgnorePoison;

/// A page may keep tens of megabytes a frame, and draw thirty frames a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Looks after which the browser's processes are looked for again.
const LOOKS: u32 = 8;
/// Frames after which a browser is as large as its page, and before which it is not replaced.
const FIRST_FRAMES: u64 = 8;
/// Chrome answers first, and its processes give memory back after that.
const GIVING_BACK: Duration = Duration::from_millis(100);

/// Who can be asked for memory.
pub(super) trait GivesBack {
    /// Garbage is collected.
    async fn collect(&self);
    /// Garbage is collected, and what can be made again is dropped.
    async fn give_back(&self);
}

impl GivesBack for PageSession {
    async fn collect(&self) {
        note_failure(self.collect_garbage().await);
    }

    async fn give_back(&self) {
        note_failure(self.give_memory_back().await);
    }
}

/// A browser that does not do so is replaced when it has grown; one that has died is noticed by the next frame.
fn note_failure(asked: Result<(), BrowserError>) {
    if let Err(error) = asked {
        tracing::debug!(%error, "the browser gives no memory back");
    }
}

/// What was found when a browser's memory was looked after.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Checked {
    /// Nothing had to be done.
    Fine,
    /// It was asked to give memory back, or to collect garbage.
    Asked,
    /// It is to be replaced.
    Grown(Excess),
}

/// What a worker's browsers hold, one after the other.
#[derive(Debug, Default)]
pub(super) struct BrowserMemory {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// The process group of the browser; 0 while none is watched.
    group: u32,
    policy: MemoryPolicy,
}

impl BrowserMemory {
    /// Asks the `browser`, whose room that is, for memory if it holds much now that it has captured so many
    /// frames. One that is not `renewable` is never to be replaced.
    pub async fn check(
        &self,
        (frames, renewable): (u64, bool),
        room: impl Fn() -> BrowserRoom,
        browser: &impl GivesBack,
    ) -> Checked {
        match frames {
            FIRST_FRAMES => return self.settle(room(), browser).await,
            ..FIRST_FRAMES => return Checked::Fine,
            _ => {}
        }
        match self.with(|state| state.policy.need(room(), renewable, Instant::now())) {
            None => return Checked::Fine,
            Some(Need::Collect) => browser.collect().await,
            Some(Need::GiveBack) => browser.give_back().await,
            Some(Need::Renew(excess)) => return Checked::Grown(excess),
        }
        self.with(|state| state.policy.answered());
        Checked::Asked
    }

    /// Makes room for a page that needs more than that.
    async fn settle(&self, room: BrowserRoom, browser: &impl GivesBack) -> Checked {
        let held_mib = self.held_above(self.room(room).share_mib).await;
        if held_mib.is_none() {
            return Checked::Fine;
        }
        browser.give_back().await;
        tokio::time::sleep(GIVING_BACK).await;
        let held_mib = self.held_above(self.room(room).limit_mib).await;
        self.with(|state| {
            state.policy.answered();
            if let Some(held_mib) = held_mib {
                state.policy.fit(held_mib, room);
            }
        });
        Checked::Asked
    }

    /// What the browser holds, MiB, if that is more than `most_mib`.
    async fn held_above(&self, most_mib: u64) -> Option<u64> {
        let group = self.with(|state| state.group);
        let looking = tokio::task::spawn_blocking(move || Eye::on(group).look(most_mib));
        looking.await.ok()?.held_mib
    }

    /// Watches the browser that leads process group `group`, whose room `room` tells, for ever; to be
    /// raced against its work.
    pub async fn watch(&self, group: u32, room: impl Fn() -> BrowserRoom) -> Infallible {
        self.with(|state| {
            state.group = group;
            state.policy.begin();
        });
        let mut eye = Eye::default();
        for number in 0_u32.. {
            tokio::time::sleep(LOOK_EVERY).await;
            let share_mib = self.room(room()).share_mib;
            let requests = self.with(|state| state.policy.requests());
            let looking = tokio::task::spawn_blocking(move || {
                if number % LOOKS == 0 {
                    eye.pids = Eye::on(group).pids;
                }
                let look = eye.look(share_mib);
                (eye, look)
            });
            eye = match looking.await {
                Ok((eye, look)) => {
                    self.with(|state| state.policy.note(requests, look));
                    eye
                }
                // The runtime ends.
                Err(_) => Eye::default(),
            };
        }
        std::future::pending().await
    }

    fn room(&self, room: BrowserRoom) -> BrowserRoom {
        self.with(|state| state.policy.room(room))
    }

    fn with<T>(&self, work: impl FnOnce(&mut State) -> T) -> T {
        work(&mut self.state.lock().ignore_poison())
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

    /// What they hold, told exactly if that is more than `most_mib`. Page tables, which say what they share,
    /// take milliseconds to read, so that is done only where the resident sets say too much.
    fn look(&mut self, most_mib: u64) -> Look {
        let most = most_mib << 20;
        let resident = resident_set_bytes(&self.pids);
        let mut look = Look {
            resident_mib: resident >> 20,
            held_mib: None,
        };
        if resident.saturating_sub(self.shared_bytes) > most {
            let held = memory_bytes(&self.pids);
            self.shared_bytes = resident.saturating_sub(held);
            look.held_mib = (held > most).then_some(held >> 20);
        }
        look
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Counts what it is asked for, and holds what it held.
    #[derive(Default)]
    struct Asked {
        collected: AtomicU32,
        gave_back: AtomicU32,
    }

    impl GivesBack for Asked {
        async fn collect(&self) {
            self.collected.fetch_add(1, Ordering::Relaxed);
        }

        async fn give_back(&self) {
            self.gave_back.fetch_add(1, Ordering::Relaxed);
        }
    }

    impl Asked {
        fn count(&self) -> (u32, u32) {
            (
                self.collected.load(Ordering::Relaxed),
                self.gave_back.load(Ordering::Relaxed),
            )
        }
    }

    fn room(mib: u64) -> impl Fn() -> BrowserRoom {
        move || BrowserRoom {
            share_mib: mib,
            limit_mib: mib,
        }
    }

    /// Of this process's own group, which holds some MiB.
    fn this_group() -> u32 {
        #[cfg(unix)]
        let group = u32::try_from(nix::unistd::getpgrp().as_raw()).unwrap();
        #[cfg(windows)]
        let group = std::process::id();
        group
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_page_that_is_large_from_the_start_is_asked_once_and_let_be() {
        let (memory, browser) = (BrowserMemory::default(), Asked::default());
        memory.with(|state| state.group = this_group());
        let first = (FIRST_FRAMES, true);
        let checked = memory.check(first, room(1), &browser).await;
        assert_eq!(checked, Checked::Asked);
        assert_eq!(browser.count(), (0, 1));
        let large = memory.room(room(1)());
        assert!(large.limit_mib > 1, "it was doubled until the browser fits");
        let checked = memory.check(first, room(1 << 30), &browser).await;
        assert_eq!(checked, Checked::Fine, "a browser that fits");
        assert_eq!(browser.count(), (0, 1));
        assert_eq!(memory.room(room(1)()), large);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn one_that_holds_too_much_is_asked_for_it_and_then_replaced() {
        let (memory, browser) = (BrowserMemory::default(), Asked::default());
        let seen = async {
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let checked = memory.check((100, true), room(0), &browser).await;
                if let Checked::Grown(excess) = checked {
                    return excess;
                }
            }
        };
        let excess = tokio::select! {
            excess = seen => excess,
            never = memory.watch(this_group(), room(0)) => match never {},
            () = tokio::time::sleep(Duration::from_secs(20)) => panic!("nothing was seen"),
        };
        assert!(excess.held_mib > 0);
        assert_eq!(browser.count(), (0, 1));
        let (wide, browser) = (BrowserMemory::default(), Asked::default());
        let watched = wide.watch(this_group(), room(1 << 30));
        assert!(
            tokio::time::timeout(LOOK_EVERY * 3, watched).await.is_err(),
            "it never ends"
        );
        let checked = wide.check((100, true), room(1 << 30), &browser).await;
        assert_eq!(checked, Checked::Fine);
        assert_eq!(browser.count(), (0, 0));
    }
}
