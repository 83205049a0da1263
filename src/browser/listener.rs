//! The events of a session, kept until its listener takes them.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use super::documents::{self, Document};
use super::requests::{self, Requests};
use super::shadow_roots;

/// Events that are kept for a slow listener; newer ones are dropped.
const EVENT_QUEUE: usize = 512;
/// Places of that queue that what a page says cannot take, so that a flood of lines never hides what
/// became of the page.
const KEPT_FREE: usize = 64;
/// Domains whose events are only what a page says, but for a script of ours that asks for something.
const CHATTER: [&str; 2] = ["Runtime.", "Log."];

/// An event of one session.
#[derive(Debug)]
pub(super) struct RawEvent {
    pub method: String,
    /// The whole message, JSON.
    pub message: Vec<u8>,
}

/// What is done with the events of a session.
#[derive(Debug)]
pub(super) struct Listener {
    events: mpsc::Sender<RawEvent>,
    /// Counted as they come, because none may be lost.
    requests: Arc<Requests>,
    /// Likewise: whoever has the answer of a document knows of those before.
    documents: watch::Sender<Document>,
}

/// What is heard of a session.
pub(super) struct Heard {
    /// Its events, but for those of requests, which are counted.
    pub events: mpsc::Receiver<RawEvent>,
    pub requests: Arc<Requests>,
    pub documents: watch::Receiver<Document>,
}

impl Listener {
    /// With what is heard by it.
    pub fn new() -> (Self, Heard) {
        let (events, receiver) = mpsc::channel(EVENT_QUEUE);
        let requests = Arc::new(Requests::default());
        let (documents, shown) = watch::channel(Document::default());
        let heard = Heard {
            events: receiver,
            requests: Arc::clone(&requests),
            documents: shown,
        };
        let listener = Self {
            events,
            requests,
            documents,
        };
        (listener, heard)
    }

    /// Takes an event, a whole message.
    pub fn take(&self, method: String, message: Vec<u8>) {
        tracing::trace!(method, "event");
        if method.starts_with(requests::DOMAIN) {
            self.requests.note(&method, &message);
            return;
        }
        if method == documents::SHOWN {
            documents::note(&self.documents, &message);
            return;
        }
        // The queue is bounded: when a page floods the console, lines are lost, not memory.
        let is_chatter = method != shadow_roots::ASKED
            && CHATTER.iter().any(|domain| method.starts_with(domain));
        if !is_chatter || self.events.capacity() > KEPT_FREE {
            let _ = self.events.try_send(RawEvent { method, message });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_lines_does_not_hide_a_dialog() {
        let (listener, heard) = Listener::new();
        let Heard {
            mut events,
            requests,
            ..
        } = heard;
        let take = |method: &str| listener.take(method.to_owned(), b"{}".to_vec());
        for _ in 0..EVENT_QUEUE * 2 {
            take("Runtime.consoleAPICalled");
        }
        take("Page.javascriptDialogOpening");
        let mut last = None;
        while let Ok(event) = events.try_recv() {
            last = Some(event.method);
        }
        assert_eq!(last.as_deref(), Some("Page.javascriptDialogOpening"));
        let begun = br#"{"params":{"requestId":"1","request":{"url":"a"}}}"#.to_vec();
        listener.take("Network.requestWillBeSent".to_owned(), begun);
        assert_eq!(requests.open().addresses, ["a"]);
    }
}
