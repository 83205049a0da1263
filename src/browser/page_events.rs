//! The events of a page, and who hears of them.

use serde::Deserialize;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::dialogs::{self, Dialog, DialogAnswers};
use super::error::BrowserError;
use super::listener::RawEvent;
use super::shadow_roots::{self, ShadowRoots};

/// An event of the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageEvent {
    /// `console.*`.
    Console {
        /// `log`, `warning`, `error` …
        kind: String,
        /// The arguments joined by spaces.
        text: String,
    },
    /// An uncaught exception.
    Exception {
        /// Its description.
        text: String,
        /// Addresses of the scripts on its stack, where they are known.
        sources: Vec<String>,
    },
    /// A browser-side log line, such as a failed request.
    Log {
        /// `error`, `warning` …
        level: String,
        /// The line.
        text: String,
        /// The resource concerned, or empty.
        url: String,
    },
    /// A dialog, which was answered.
    Dialog(Dialog),
}

/// Takes the events of a page to those who wait for them.
pub(super) struct EventSorter {
    /// What the page says.
    pub events: mpsc::Sender<PageEvent>,
    /// Counts DOMContentLoaded.
    pub loads: watch::Sender<u64>,
    /// Cancelled when the page's process ends.
    pub crashed: CancellationToken,
    /// Answers dialogs.
    pub answers: DialogAnswers,
    /// Gives shadow roots to scripts of ours.
    pub shadow_roots: ShadowRoots,
}

impl EventSorter {
    /// Until the session ends.
    pub async fn run(self, mut raw: mpsc::Receiver<RawEvent>) {
        while let Some(event) = raw.recv().await {
            match event.method.as_str() {
                "Page.domContentEventFired" => self.loads.send_modify(|count| *count += 1),
                "Inspector.targetCrashed" => self.crashed.cancel(),
                dialogs::OPENING => {
                    if let Some(dialog) = Dialog::parse(&event) {
                        self.tell(PageEvent::Dialog(dialog.clone()));
                        self.answers.answer(dialog);
                    }
                }
                shadow_roots::ASKED => self.shadow_roots.answer(&event),
                _ => {
                    if let Some(parsed) = parse_event(&event) {
                        self.tell(parsed);
                    }
                }
            }
        }
    }

    /// A slow reader loses lines; the renderer never waits for it.
    fn tell(&self, event: PageEvent) {
        let _ = self.events.try_send(event);
    }
}

/// Reads an event whose name is the first line.
#[cfg(any(test, fuzzing))]
pub(crate) fn fuzz_events(data: &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let (method, message) = data.split_at(end.unwrap_or(data.len()));
    let method = String::from_utf8_lossy(method).into_owned();
    super::requests::Requests::default().note(&method, message);
    let message = message.to_vec();
    parse_event(&RawEvent { method, message });
}

fn parse_event(event: &RawEvent) -> Option<PageEvent> {
    #[derive(Deserialize)]
    struct Envelope<P> {
        params: P,
    }
    #[derive(Deserialize)]
    struct ConsoleCall {
        r#type: String,
        args: Vec<RemoteObject>,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Thrown {
        exception_details: ExceptionDetails,
    }
    #[derive(Deserialize)]
    struct Logged {
        entry: LogEntry,
    }
    #[derive(Deserialize)]
    struct LogEntry {
        level: String,
        text: String,
        #[serde(default)]
        url: String,
    }
    let json = &event.message;
    match event.method.as_str() {
        "Runtime.consoleAPICalled" => {
            let call = serde_json::from_slice::<Envelope<ConsoleCall>>(json)
                .ok()?
                .params;
            let words: Vec<String> = call.args.into_iter().map(RemoteObject::into_text).collect();
            Some(PageEvent::Console {
                kind: call.r#type,
                text: words.join(" "),
            })
        }
        "Runtime.exceptionThrown" => {
            let thrown = serde_json::from_slice::<Envelope<Thrown>>(json)
                .ok()?
                .params;
            Some(PageEvent::Exception {
                sources: thrown.exception_details.sources(),
                text: thrown.exception_details.into_text(),
            })
        }
        "Log.entryAdded" => {
            let entry = serde_json::from_slice::<Envelope<Logged>>(json)
                .ok()?
                .params
                .entry;
            Some(PageEvent::Log {
                level: entry.level,
                text: entry.text,
                url: entry.url,
            })
        }
        _ => None,
    }
}

/// What a script threw.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct ExceptionDetails {
    text: String,
    #[serde(default)]
    exception: Option<RemoteObject>,
    #[serde(default)]
    stack_trace: Option<StackTrace>,
    #[serde(default)]
    url: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct StackTrace {
    call_frames: Vec<CallFrame>,
}

#[derive(Deserialize)]
struct CallFrame {
    url: String,
}

#[derive(Deserialize)]
struct RemoteObject {
    #[serde(default)]
    description: Option<String>,
    #[serde(default)]
    value: Option<serde_json::Value>,
}

impl RemoteObject {
    fn into_text(self) -> String {
        match (self.value, self.description) {
            (Some(serde_json::Value::String(text)), _) | (None, Some(text)) => text,
            (Some(value), _) => value.to_string(),
            (None, None) => String::new(),
        }
    }
}

impl ExceptionDetails {
    /// The scripts on the stack. Of a promise without a stack nobody knows whose it is.
    fn sources(&self) -> Vec<String> {
        let frames = self.stack_trace.as_ref().map(|stack| &stack.call_frames);
        match frames {
            Some(frames) if !frames.is_empty() => {
                frames.iter().map(|frame| frame.url.clone()).collect()
            }
            _ if self.text.starts_with("Uncaught (in promise)") => Vec::new(),
            _ => vec![self.url.clone()],
        }
    }

    fn into_text(self) -> String {
        self.exception
            .map(RemoteObject::into_text)
            .filter(|t| !t.is_empty())
            .unwrap_or(self.text)
    }

    /// As an error of an evaluation.
    pub(super) fn into_error(self) -> BrowserError {
        BrowserError::Evaluation {
            message: self.into_text(),
        }
    }
}
