//! What a page has still to do. A page that is quiet has nothing to come: its document is complete, no
//! request is under way, and none of its timers, workers and fonts is awaited any more.

use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::time::sleep;

use super::diagnostics::Diagnostics;
use crate::browser::{BrowserError, PageSession};
use crate::sync::Listed;

/// How long nothing may happen before a page counts as quiet. What scripts do after an answer has
/// come takes a moment, and what the browser does for them besides cannot be seen.
const QUIET: Duration = Duration::from_millis(500);
/// An answer that took longer came from a page that was busy.
const BUSY: Duration = Duration::from_millis(100);
/// Time between looks. A look costs about a millisecond; upstream waits 100 to 150 ms.
const LONGEST_PAUSE: Duration = Duration::from_millis(20);
/// The first pause; each is twice as long as the one before, because most pages are nearly ready.
const FIRST_PAUSE: Duration = Duration::from_millis(2);
/// How long a page is waited for before it is said what is awaited.
const TELL_AFTER: Duration = Duration::from_secs(1);
/// Addresses of requests that are named.
const NAMED: usize = 3;

/// A page's own answer.
#[derive(Debug, Deserialize)]
struct Pending {
    awaited: Vec<String>,
    events: u64,
}

/// Watches one page while something is waited for.
pub(super) struct Activity<'a> {
    page: &'a PageSession,
    diagnostics: &'a Diagnostics,
    quiet: QuietTime,
    /// What the page is waited for, in words.
    what: &'static str,
    until: Instant,
    pause: Duration,
    tell_at: Instant,
    told: String,
    _listed: Listed,
}

/// Since when nothing has happened.
#[derive(Debug, Default)]
struct QuietTime {
    since: Option<Instant>,
    events: (u64, u64),
}

impl QuietTime {
    /// Takes a look at the page at `now`: whether something is `awaited`, how often something has
    /// happened, whether it was busy. Returns whether it is quiet.
    fn look(&mut self, now: Instant, awaited: bool, events: (u64, u64), was_busy: bool) -> bool {
        if awaited || was_busy || self.events != events {
            self.since = None;
            self.events = events;
        }
        if awaited {
            return false;
        }
        now.duration_since(*self.since.get_or_insert(now)) >= QUIET
    }
}

impl<'a> Activity<'a> {
    /// For a wait for `what` that ends after `deadline`.
    pub fn new(
        page: &'a PageSession,
        diagnostics: &'a Diagnostics,
        what: &'static str,
        deadline: Duration,
    ) -> Self {
        let now = Instant::now();
        Self {
            page,
            diagnostics,
            quiet: QuietTime::default(),
            what,
            until: now + deadline,
            pause: FIRST_PAUSE,
            tell_at: now + TELL_AFTER,
            told: String::new(),
            _listed: diagnostics
                .awaits()
                .list(format!("{what} of the page"), Some(deadline)),
        }
    }

    /// Whether the wait has lasted as long as it may.
    pub fn is_over(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Returns when it is time for the next look.
    pub async fn pause(&mut self) {
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
    }

    /// Looks at the page, and says after a while what is awaited: of `missing`, and until when.
    /// Returns whether the page is quiet.
    ///
    /// # Errors
    /// [`BrowserError`].
    pub async fn is_quiet(&mut self, missing: &[String]) -> Result<bool, BrowserError> {
        let asked = Instant::now();
        let patience = self.until.saturating_duration_since(asked).max(BUSY);
        let answer = self.page.evaluate_within("__hfNative.pending()", patience);
        let pending: Pending = match answer.await {
            // It is too busy to answer.
            Err(BrowserError::Timeout { .. }) => return Ok(false),
            answer => answer?,
        };
        let requests = self.page.open_requests();
        let now = Instant::now();
        let mut awaited = pending.awaited;
        let more = requests.addresses.len().saturating_sub(NAMED);
        awaited.extend(requests.addresses.into_iter().take(NAMED));
        if more > 0 {
            awaited.push(format!("{more} more requests"));
        }
        let events = (pending.events, requests.events);
        let was_busy = now.duration_since(asked) > BUSY;
        let is_quiet = self.quiet.look(now, !awaited.is_empty(), events, was_busy);
        if now >= self.tell_at && !awaited.is_empty() {
            self.tell(missing, &awaited);
            self.tell_at = now + TELL_AFTER;
        }
        Ok(is_quiet)
    }

    fn tell(&mut self, missing: &[String], awaited: &[String]) {
        let text = format!(
            "waiting for {} ({}), which may still come from {}",
            self.what,
            missing.join(", "),
            awaited.join(", "),
        );
        if text == self.told {
            return;
        }
        let left = self.until.saturating_duration_since(Instant::now());
        self.diagnostics
            .say(&format!("{text}; at most {} s more", left.as_secs()));
        self.told = text;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_quiet_after_a_time_without_anything() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut quiet = QuietTime::default();
        assert!(!quiet.look(at(0), true, (1, 0), false));
        assert!(!quiet.look(at(600), false, (1, 0), false), "only now");
        assert!(!quiet.look(at(1000), false, (1, 0), false));
        assert!(!quiet.look(at(1090), false, (1, 1), false), "a request");
        assert!(!quiet.look(at(1200), false, (2, 1), false), "a timer");
        assert!(!quiet.look(at(1650), false, (2, 1), true), "busy");
        assert!(!quiet.look(at(2100), false, (2, 1), false));
        assert!(quiet.look(at(2150), false, (2, 1), false));
        assert!(!quiet.look(at(2160), true, (3, 1), false));
    }
}
