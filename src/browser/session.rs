//! One page of a browser: typed calls, each with a deadline, and its events.

use std::sync::Arc;
use std::time::Duration;

use chromiumoxide::Command;
use chromiumoxide::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use chromiumoxide::cdp::browser_protocol::page::{
    AddScriptToEvaluateOnNewDocumentParams, NavigateParams, SetBypassCspParams,
};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::error::BrowserError;
use super::transport::{RawEvent, Transport, parse_reply};

/// Console lines and errors that are kept for a slow reader.
const PAGE_EVENT_QUEUE: usize = 512;
/// Time to wait for a page to close; a page that takes longer is given up.
const CLOSE_DEADLINE: Duration = Duration::from_millis(250);

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
}

/// An attached page.
#[derive(Debug)]
pub struct PageSession {
    transport: Arc<Transport>,
    id: String,
    pub(super) deadline: Duration,
    crashed: CancellationToken,
    dom_loads: watch::Receiver<u64>,
    events: Option<mpsc::Receiver<PageEvent>>,
}

/// Wraps an attached session and starts sorting its events.
pub(super) fn attach(transport: Arc<Transport>, id: String, deadline: Duration) -> PageSession {
    let raw = transport.listen(&id);
    let (events_in, events) = mpsc::channel(PAGE_EVENT_QUEUE);
    let (loads_in, dom_loads) = watch::channel(0);
    let crashed = CancellationToken::new();
    tokio::spawn(sort_events(raw, events_in, loads_in, crashed.clone()));
    PageSession {
        transport,
        id,
        deadline,
        crashed,
        dom_loads,
        events: Some(events),
    }
}

impl PageSession {
    /// The stream of page events; `None` from the second call on.
    pub fn take_events(&mut self) -> Option<mpsc::Receiver<PageEvent>> {
        self.events.take()
    }

    /// Calls a typed protocol command.
    ///
    /// # Errors
    /// The error that the browser answers, [`BrowserError::Timeout`] or
    /// [`BrowserError::PageCrashed`].
    pub async fn execute<C: Command>(&self, command: C) -> Result<C::Response, BrowserError> {
        let method = command.identifier();
        let reply = self.call_raw(&method, &command, self.deadline).await?;
        parse_reply(&method, &reply)
    }

    pub(super) async fn call_raw<P: serde::Serialize>(
        &self,
        method: &str,
        params: &P,
        deadline: Duration,
    ) -> Result<Vec<u8>, BrowserError> {
        tokio::select! {
            reply = self.transport.call_raw(Some(&self.id), method, params, deadline) => reply,
            () = self.crashed.cancelled() => Err(BrowserError::PageCrashed),
        }
    }

    pub(super) async fn prepare(
        &self,
        (width, height): (u32, u32),
        device_scale_factor: f64,
        window: (u32, u32),
    ) -> Result<(), BrowserError> {
        let empty = serde_json::json!({});
        for method in [
            "Page.enable",
            "Runtime.enable",
            "Log.enable",
            "Inspector.enable",
        ] {
            self.call_raw(method, &empty, self.deadline).await?;
        }
        let (css_width, css_height) = (i64::from(width), i64::from(height));
        let mut metrics =
            SetDeviceMetricsOverrideParams::new(css_width, css_height, device_scale_factor, false);
        if window != (width, height) {
            // The page keeps its CSS size, and its picture is scaled to the size of the window.
            // Chrome does the same for a scaled screenshot, so text is laid out as there.
            metrics.scale = Some(device_scale_factor);
            metrics.dont_set_visible_size = Some(true);
            metrics.screen_width = Some(css_width);
            metrics.screen_height = Some(css_height);
        }
        self.execute(metrics).await?;
        Ok(())
    }

    /// Runs `source` in every frame before any of its scripts.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn add_script(&self, source: &str) -> Result<(), BrowserError> {
        self.execute(AddScriptToEvaluateOnNewDocumentParams::new(source))
            .await
            .map(drop)
    }

    /// Makes documents that are loaded from now on ignore their content security policy.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn bypass_content_policy(&self) -> Result<(), BrowserError> {
        self.execute(SetBypassCspParams::new(true)).await.map(drop)
    }

    /// Navigates and waits for DOMContentLoaded.
    ///
    /// # Errors
    /// [`BrowserError::Navigation`] when the request fails, [`BrowserError::NavigationTimeout`]
    /// after `deadline`.
    pub async fn navigate(&self, url: &str, deadline: Duration) -> Result<(), BrowserError> {
        let expired = || BrowserError::NavigationTimeout {
            ms: deadline.as_millis(),
        };
        let mut loads = self.dom_loads.clone();
        loads.mark_unchanged();
        let visit = async {
            let reply = self.execute(NavigateParams::new(url)).await?;
            if let Some(reason) = reply.error_text {
                return Err(BrowserError::Navigation {
                    reason,
                    url: url.to_owned(),
                });
            }
            tokio::select! {
                changed = loads.changed() => changed.map_err(|_| BrowserError::Closed {
                    method: "Page.navigate".into(),
                    detail: "pipe ended".into(),
                }),
                () = self.crashed.cancelled() => Err(BrowserError::PageCrashed),
            }
        };
        timeout(deadline, visit).await.map_err(|_| expired())?
    }

    /// Evaluates `expression`, awaiting a promise, and parses its JSON value.
    ///
    /// # Errors
    /// [`BrowserError::Evaluation`] with the page's exception, or as [`Self::execute`].
    pub async fn evaluate<T: DeserializeOwned>(&self, expression: &str) -> Result<T, BrowserError> {
        self.evaluate_within(expression, self.deadline).await
    }

    /// As [`Self::evaluate`] with its own deadline.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub async fn evaluate_within<T: DeserializeOwned>(
        &self,
        expression: &str,
        deadline: Duration,
    ) -> Result<T, BrowserError> {
        const METHOD: &str = EvaluateParams::IDENTIFIER;
        let mut params = EvaluateParams::new(expression);
        params.await_promise = Some(true);
        params.return_by_value = Some(true);
        params.user_gesture = Some(true);
        let reply = self
            .call_raw(METHOD, &params, deadline.min(self.deadline))
            .await?;
        let evaluated: Evaluated<T> = match parse_reply(METHOD, &reply) {
            Ok(evaluated) => evaluated,
            // The `result` of an exception is the error object, which is rarely a `T`: report the
            // exception rather than the shape.
            Err(shape @ BrowserError::Reply { .. }) => {
                let thrown: Evaluated<IgnoredAny> = parse_reply(METHOD, &reply)?;
                return Err(thrown
                    .exception_details
                    .map_or(shape, ExceptionDetails::into_error));
            }
            Err(other) => return Err(other),
        };
        if let Some(details) = evaluated.exception_details {
            return Err(details.into_error());
        }
        match evaluated.result.value {
            Some(value) => Ok(value),
            // `undefined` has no JSON form; it is read as null.
            None => {
                serde_json::from_value(serde_json::Value::Null).map_err(|e| BrowserError::Reply {
                    method: METHOD.into(),
                    detail: e.to_string(),
                })
            }
        }
    }

    /// Closes the page.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn close(&self) -> Result<(), BrowserError> {
        let empty = serde_json::json!({});
        self.call_raw("Page.close", &empty, CLOSE_DEADLINE)
            .await
            .map(drop)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Evaluated<T> {
    result: RemoteValue<T>,
    #[serde(default)]
    exception_details: Option<ExceptionDetails>,
}

#[derive(Deserialize)]
struct RemoteValue<T> {
    #[serde(default = "Option::default")]
    value: Option<T>,
}

#[derive(Deserialize)]
struct ExceptionDetails {
    text: String,
    #[serde(default)]
    exception: Option<RemoteObject>,
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
    fn into_text(self) -> String {
        self.exception
            .map(RemoteObject::into_text)
            .filter(|t| !t.is_empty())
            .unwrap_or(self.text)
    }

    fn into_error(self) -> BrowserError {
        BrowserError::Evaluation {
            message: self.into_text(),
        }
    }
}

async fn sort_events(
    mut raw: mpsc::Receiver<RawEvent>,
    events: mpsc::Sender<PageEvent>,
    loads: watch::Sender<u64>,
    crashed: CancellationToken,
) {
    while let Some(event) = raw.recv().await {
        match event.method.as_str() {
            "Page.domContentEventFired" => loads.send_modify(|count| *count += 1),
            "Inspector.targetCrashed" => crashed.cancel(),
            _ => {
                if let Some(parsed) = parse_event(&event) {
                    // A slow reader loses lines; the renderer never waits for it.
                    let _ = events.try_send(parsed);
                }
            }
        }
    }
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
