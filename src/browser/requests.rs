//! The requests of a page that are under way.

use std::collections::HashMap;
use std::sync::Mutex;

use serde::Deserialize;

use crate::sync::IgnorePoison;

/// Domain of the events that are counted.
pub(super) const DOMAIN: &str = "Network.";

/// Requests kept; a page with more has others besides.
const MOST_OPEN: usize = 1024;
/// Characters of an address that are kept: a `data:` address is as long as its content.
const ADDRESS_CHARS: usize = 200;
/// Kinds that have no end, or whose end no script waits for.
const ENDLESS: [&str; 5] = ["Media", "EventSource", "WebSocket", "Ping", "Prefetch"];

/// What is under way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OpenRequests {
    /// Addresses.
    pub addresses: Vec<String>,
    /// Rises with every request that begins or ends.
    pub events: u64,
}

/// Counts the requests of one page.
#[derive(Debug, Default)]
pub(super) struct Requests(Mutex<Counted>);

#[derive(Debug, Default)]
struct Counted {
    /// Addresses by Chrome's ids.
    open: HashMap<String, String>,
    events: u64,
}

#[derive(Deserialize)]
struct Envelope {
    params: Params,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Params {
    request_id: String,
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    request: Option<Request>,
}

#[derive(Deserialize)]
struct Request {
    url: String,
}

impl Requests {
    /// Takes an event of the domain, a whole message.
    pub fn note(&self, method: &str, message: &[u8]) {
        let begins = match method {
            "Network.requestWillBeSent" => true,
            "Network.loadingFinished" | "Network.loadingFailed" => false,
            _ => return,
        };
        let Ok(Envelope { params }) = serde_json::from_slice(message) else {
            return;
        };
        let mut counted = self.0.lock().ignore_poison();
        if !begins {
            if counted.open.remove(&params.request_id).is_some() {
                counted.events += 1;
            }
            return;
        }
        let is_endless = params
            .r#type
            .is_some_and(|kind| ENDLESS.contains(&kind.as_str()));
        let address = params
            .request
            .map(|request| request.url)
            .unwrap_or_default();
        if is_endless || address.starts_with("data:") || counted.open.len() >= MOST_OPEN {
            return;
        }
        let address = address.chars().take(ADDRESS_CHARS).collect();
        counted.events += 1;
        counted.open.insert(params.request_id, address);
    }

    /// What is under way.
    pub fn open(&self) -> OpenRequests {
        let counted = self.0.lock().ignore_poison();
        OpenRequests {
            addresses: counted.open.values().cloned().collect(),
            events: counted.events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn begin(requests: &Requests, id: &str, kind: &str, url: &str) {
        let message = format!(
            r#"{{"params":{{"requestId":"{id}","type":"{kind}","request":{{"url":"{url}"}}}}}}"#
        );
        requests.note("Network.requestWillBeSent", message.as_bytes());
    }

    fn end(requests: &Requests, how: &str, id: &str) {
        let message = format!(r#"{{"params":{{"requestId":"{id}","timestamp":1}}}}"#);
        requests.note(how, message.as_bytes());
    }

    #[test]
    fn what_has_begun_and_not_ended_is_open() {
        let requests = Requests::default();
        begin(&requests, "1", "Fetch", "http://localhost/a.json");
        begin(&requests, "2", "Script", "http://localhost/b.js");
        // A redirection begins again under the same id.
        begin(&requests, "2", "Script", "http://localhost/c.js");
        end(&requests, "Network.loadingFinished", "1");
        assert_eq!(requests.open().addresses, ["http://localhost/c.js"]);
        let before = requests.open().events;
        end(&requests, "Network.loadingFailed", "2");
        assert_eq!(requests.open().addresses, [""; 0]);
        assert!(requests.open().events > before);
    }

    #[test]
    fn streams_and_data_are_not_counted_and_the_list_is_bounded() {
        let requests = Requests::default();
        for kind in ENDLESS {
            begin(&requests, kind, kind, "http://localhost/stream");
        }
        begin(&requests, "d", "Image", "data:image/png;base64,AAAA");
        assert_eq!(requests.open(), OpenRequests::default());
        for id in 0..MOST_OPEN * 2 {
            begin(&requests, &id.to_string(), "Fetch", &"x".repeat(5000));
        }
        let open = requests.open().addresses;
        assert_eq!(open.len(), MOST_OPEN);
        assert!(open.iter().all(|address| address.len() == ADDRESS_CHARS));
    }
}
