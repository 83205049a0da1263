//! When a worker's browser is asked to give memory back, and when it is replaced.

use std::time::{Duration, Instant};

/// Between two requests to give memory back that leave nothing else to try: what Chrome drops (decoded images,
/// fonts) has to be made again.
const ASK_EVERY: Duration = Duration::from_secs(2);
/// Growth after which garbage is collected, MiB. V8 lets the heap of a page that makes objects in every frame
/// become tens of MiB larger over an hour.
const GARBAGE_MIB: u64 = 24;
/// Between two collections: one takes 10 to 100 ms, more in a large heap.
const COLLECT_EVERY: Duration = Duration::from_secs(20);
/// Doublings after which what a browser may hold has no end.
const MOST_DOUBLINGS: u32 = 16;

/// Why a browser is replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excess {
    /// What it held, MiB.
    pub held_mib: u64,
    /// What it may hold, MiB.
    pub limit_mib: u64,
}

/// What a browser may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BrowserRoom {
    /// Before it is asked to give memory back, MiB.
    pub share_mib: u64,
    /// Before it is replaced, MiB; no less than the share.
    pub limit_mib: u64,
}

impl BrowserRoom {
    fn doubled(self, times: u32) -> Self {
        Self {
            share_mib: self.share_mib << times,
            limit_mib: self.limit_mib << times,
        }
    }
}

/// What a look at a browser showed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    /// Resident sets of its processes, MiB; what they share is counted more than once.
    pub resident_mib: u64,
    /// What it holds, MiB, where that is more than its share.
    pub held_mib: Option<u64>,
}

/// What is to be done about a browser's memory between two frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// It has grown within its share: garbage is collected, caches stay.
    Collect,
    /// It holds more than its share: it drops all that it can make again.
    GiveBack,
    /// It holds too much also after that.
    Renew(Excess),
}

/// What is known of a worker's browsers, one after the other.
#[derive(Debug, Default)]
pub(super) struct MemoryPolicy {
    /// How often the room was doubled, for pages that are large from their first frames on.
    doublings: u32,
    browser: Known,
}

/// What is known of the present browser.
#[derive(Debug, Default)]
struct Known {
    /// Requests so far; a look that began before the last one says nothing.
    requests: u32,
    /// The last look since then.
    last: Option<Look>,
    /// What it is asked for at the moment.
    asked: Option<Need>,
    /// The next look is the first one after it gave memory back.
    has_given_back: bool,
    /// What that look showed, until that is judged.
    after_giving: Option<Look>,
    gave_back_at: Option<Instant>,
    /// Resident sets when garbage was collected, or of the first look.
    grown_from_mib: Option<u64>,
    collected_at: Option<Instant>,
}

impl MemoryPolicy {
    /// Another browser takes the place of the one before.
    pub fn begin(&mut self) {
        let requests = self.browser.requests + 1;
        self.browser = Known {
            requests,
            ..Known::default()
        };
    }

    /// To be given to [`Self::note`] by a look that begins now.
    pub fn requests(&self) -> u32 {
        self.browser.requests
    }

    /// What the browser may hold, of that room.
    pub fn room(&self, room: BrowserRoom) -> BrowserRoom {
        room.doubled(self.doublings)
    }

    /// A look that began after so many requests.
    pub fn note(&mut self, requests: u32, look: Look) {
        let browser = &mut self.browser;
        if browser.asked.is_some() || requests != browser.requests {
            return;
        }
        browser.last = Some(look);
        browser.grown_from_mib.get_or_insert(look.resident_mib);
        if std::mem::take(&mut browser.has_given_back) {
            browser.after_giving = Some(look);
        }
    }

    /// Doubles the room until a browser that holds so much fits.
    pub fn fit(&mut self, held_mib: u64, room: BrowserRoom) {
        let limit_mib = self.room(room).limit_mib.max(1);
        let doubled = held_mib.div_ceil(limit_mib).next_power_of_two();
        self.doublings = (self.doublings + doubled.trailing_zeros()).min(MOST_DOUBLINGS);
    }

    /// What is to be done at `now`. A page that depends on the frames before is not `renewable`.
    pub fn need(&mut self, room: BrowserRoom, renewable: bool, now: Instant) -> Option<Need> {
        let room = self.room(room);
        let browser = &mut self.browser;
        let since = |then: Option<Instant>, wait| then.is_none_or(|then| now >= then + wait);
        let held_after = browser.after_giving.take().and_then(|look| look.held_mib);
        if let Some(held_mib) = held_after.filter(|held| renewable && *held > room.limit_mib) {
            return Some(Need::Renew(Excess {
                held_mib,
                limit_mib: room.limit_mib,
            }));
        }
        let look = browser.last?;
        let held_mib = look.held_mib.unwrap_or_default();
        let is_urgent = renewable && held_mib > room.limit_mib;
        if is_urgent || (held_mib > room.share_mib && since(browser.gave_back_at, ASK_EVERY)) {
            browser.gave_back_at = Some(now);
            browser.asked = Some(Need::GiveBack);
            return browser.asked;
        }
        let grown_mib = look.resident_mib.saturating_sub(browser.grown_from_mib?);
        if grown_mib >= GARBAGE_MIB && since(browser.collected_at, COLLECT_EVERY) {
            browser.collected_at = Some(now);
            browser.asked = Some(Need::Collect);
            return browser.asked;
        }
        None
    }

    /// The browser has answered: looks that began before say nothing, and it grows from what it holds next.
    pub fn answered(&mut self) {
        let browser = &mut self.browser;
        browser.has_given_back = browser.asked.take() == Some(Need::GiveBack);
        browser.requests += 1;
        browser.last = None;
        browser.grown_from_mib = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: BrowserRoom = BrowserRoom {
        share_mib: 500,
        limit_mib: 800,
    };

    /// A look at a browser that holds more than its share.
    fn above(held_mib: u64) -> Look {
        Look {
            resident_mib: held_mib + 300,
            held_mib: Some(held_mib),
        }
    }

    /// A look at one that does not.
    fn within(resident_mib: u64) -> Look {
        Look {
            resident_mib,
            held_mib: None,
        }
    }

    /// A browser of which that look is known.
    fn seen(look: Look) -> MemoryPolicy {
        let mut policy = MemoryPolicy::default();
        policy.begin();
        policy.note(policy.requests(), look);
        policy
    }

    fn note(policy: &mut MemoryPolicy, look: Look) {
        policy.note(policy.requests(), look);
    }

    /// A request that was answered at once.
    fn need(policy: &mut MemoryPolicy, renewable: bool, now: Instant) -> Option<Need> {
        let need = policy.need(ROOM, renewable, now);
        if let Some(Need::Collect | Need::GiveBack) = need {
            policy.answered();
        }
        need
    }

    #[test]
    fn a_browser_above_its_share_gives_back_now_and_then() {
        let now = Instant::now();
        let mut policy = seen(above(501));
        assert_eq!(need(&mut policy, true, now), Some(Need::GiveBack));
        assert_eq!(need(&mut policy, true, now), None, "nothing was seen since");
        note(&mut policy, above(501));
        let soon = now + ASK_EVERY / 2;
        assert_eq!(need(&mut policy, true, soon), None, "it has just done so");
        assert_eq!(
            need(&mut policy, true, now + ASK_EVERY),
            Some(Need::GiveBack)
        );
        note(&mut policy, within(700));
        assert_eq!(need(&mut policy, true, now + 2 * ASK_EVERY), None);
    }

    #[test]
    fn one_that_holds_too_much_after_giving_back_is_replaced() {
        let now = Instant::now();
        let mut policy = seen(above(900));
        assert_eq!(need(&mut policy, true, now), Some(Need::GiveBack));
        note(&mut policy, above(810));
        // Later looks do not hide what the first one showed.
        note(&mut policy, above(790));
        let excess = Excess {
            held_mib: 810,
            limit_mib: 800,
        };
        assert_eq!(need(&mut policy, true, now), Some(Need::Renew(excess)));
        let mut grows_again = seen(above(900));
        assert_eq!(need(&mut grows_again, true, now), Some(Need::GiveBack));
        note(&mut grows_again, above(600));
        assert_eq!(need(&mut grows_again, true, now), None);
        note(&mut grows_again, above(900));
        assert_eq!(
            need(&mut grows_again, true, now),
            Some(Need::GiveBack),
            "at once, for it may be replaced next"
        );
    }

    #[test]
    fn one_that_cannot_be_replaced_gives_back_now_and_then() {
        let now = Instant::now();
        let mut policy = seen(above(900));
        assert_eq!(need(&mut policy, false, now), Some(Need::GiveBack));
        note(&mut policy, above(900));
        assert_eq!(need(&mut policy, false, now), None);
        let later = now + ASK_EVERY;
        assert_eq!(need(&mut policy, false, later), Some(Need::GiveBack));
    }

    #[test]
    fn a_look_that_began_before_a_request_says_nothing() {
        let now = Instant::now();
        let mut policy = seen(above(900));
        let before = policy.requests();
        assert_eq!(policy.need(ROOM, true, now), Some(Need::GiveBack));
        note(&mut policy, above(900));
        policy.answered();
        policy.note(before, above(900));
        assert_eq!(need(&mut policy, true, now), None);
        note(&mut policy, within(600));
        assert_eq!(need(&mut policy, true, now), None, "it gave enough back");
        let before = policy.requests();
        policy.begin();
        policy.note(before, above(900));
        assert_eq!(need(&mut policy, true, now), None, "of another browser");
    }

    #[test]
    fn garbage_is_collected_when_a_browser_has_grown_within_its_share() {
        let now = Instant::now();
        let mut policy = seen(within(400));
        note(&mut policy, within(400 + GARBAGE_MIB - 1));
        assert_eq!(need(&mut policy, true, now), None);
        note(&mut policy, within(400 + GARBAGE_MIB));
        assert_eq!(need(&mut policy, true, now), Some(Need::Collect));
        // What is left after that is no garbage.
        note(&mut policy, within(410));
        note(&mut policy, within(400 + GARBAGE_MIB));
        let later = now + COLLECT_EVERY;
        assert_eq!(need(&mut policy, true, later), None);
        note(&mut policy, within(410 + GARBAGE_MIB));
        assert_eq!(need(&mut policy, true, now), None, "it was just collected");
        assert_eq!(need(&mut policy, true, later), Some(Need::Collect));
    }

    #[test]
    fn a_page_that_is_large_from_the_start_is_let_be() {
        let mut policy = MemoryPolicy::default();
        policy.fit(800, ROOM);
        assert_eq!(policy.room(ROOM), ROOM, "it fits");
        policy.fit(801, ROOM);
        assert_eq!(policy.room(ROOM), ROOM.doubled(1));
        policy.fit(6401, ROOM);
        assert_eq!(policy.room(ROOM), ROOM.doubled(4));
        policy.begin();
        assert_eq!(policy.room(ROOM), ROOM.doubled(4), "its pages are alike");
        policy.fit(u64::MAX, ROOM);
        assert_eq!(policy.doublings, MOST_DOUBLINGS);
    }
}
