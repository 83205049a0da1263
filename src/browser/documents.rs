//! The documents that the top frame of a page has shown, counted as Chrome tells of them.

use serde::Deserialize;
use tokio::sync::watch;

/// The event that tells of one.
pub(super) const SHOWN: &str = "Page.frameNavigated";
/// Characters of an address that are kept: a `data:` address is as long as its content.
const ADDRESS_CHARS: usize = 200;

/// The document that a page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Document {
    /// How many there were, with this one.
    pub number: u64,
    /// Its address.
    pub url: String,
}

#[derive(Deserialize)]
struct Envelope {
    params: Params,
}

#[derive(Deserialize)]
struct Params {
    frame: Frame,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Frame {
    #[serde(default)]
    parent_id: Option<String>,
    url: String,
}

/// Takes an event, a whole message.
pub(super) fn note(shown: &watch::Sender<Document>, message: &[u8]) {
    let Ok(Envelope { params }) = serde_json::from_slice::<Envelope>(message) else {
        return;
    };
    let Frame { parent_id, url } = params.frame;
    if parent_id.is_none() {
        shown.send_modify(|document| {
            document.number += 1;
            document.url = url.chars().take(ADDRESS_CHARS).collect();
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_of_the_top_frame_are_counted() {
        let (shown, seen) = watch::channel(Document::default());
        let navigated = |frame: &str| {
            let event = format!(r#"{{"method":"{SHOWN}","params":{{"frame":{frame}}}}}"#);
            note(&shown, event.as_bytes());
        };
        navigated(r#"{"id":"A","url":"http://localhost:1/"}"#);
        navigated(r#"{"id":"B","parentId":"A","url":"about:srcdoc"}"#);
        note(&shown, b"{}");
        assert_eq!(seen.borrow().number, 1);
        navigated(&format!(
            r#"{{"id":"A","url":"data:{}"}}"#,
            "é".repeat(9999)
        ));
        let document = seen.borrow().clone();
        assert_eq!(document.number, 2);
        assert_eq!(document.url.chars().count(), ADDRESS_CHARS);
    }
}
