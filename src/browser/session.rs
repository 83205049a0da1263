//! One page of a browser: typed calls, each with a deadline, and its events.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chromiumoxide::Command;
use chromiumoxide::cdp::browser_protocol::emulation::SetDeviceMetricsOverrideParams;
use chromiumoxide::cdp::browser_protocol::memory::{
    PressureLevel, SimulatePressureNotificationParams,
};
use chromiumoxide::cdp::browser_protocol::network;
use chromiumoxide::cdp::browser_protocol::page::{
    AddScriptToEvaluateOnNewDocumentParams, NavigateParams, SetBypassCspParams,
};
use chromiumoxide::cdp::js_protocol::heap_profiler::CollectGarbageParams;
use chromiumoxide::cdp::js_protocol::runtime::{AddBindingParams, EvaluateParams};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::dialogs::DialogAnswers;
use super::documents::Document;
use super::error::BrowserError;
use super::listener::Heard;
use super::page_events::{EventSorter, ExceptionDetails, PageEvent};
use super::page_link::PageLink;
use super::requests::{OpenRequests, Requests};
use super::shadow_roots::ShadowRoots;
use super::transport::{Transport, parse_reply};

/// Console lines and errors that are kept for a slow reader.
const PAGE_EVENT_QUEUE: usize = 512;
/// For an answer that is under way when the page has gone to another document, and for the news of
/// the document when the answer comes first.
const LATE_ANSWER: Duration = Duration::from_secs(1);
/// A heap of gigabytes takes seconds to collect.
const GIVE_BACK_DEADLINE: Duration = Duration::from_secs(10);
/// Time to wait for a page to close; a page that takes longer is given up.
const CLOSE_DEADLINE: Duration = Duration::from_millis(250);

/// An attached page.
#[derive(Debug)]
pub struct PageSession {
    transport: Arc<Transport>,
    id: String,
    pub(super) deadline: Duration,
    crashed: CancellationToken,
    dom_loads: watch::Receiver<u64>,
    events: Option<mpsc::Receiver<PageEvent>>,
    requests: Arc<Requests>,
    documents: watch::Receiver<Document>,
    /// The number of the only document whose answers are taken, 0 for any.
    kept: AtomicU64,
}

/// Wraps an attached session and starts sorting its events.
pub(super) fn attach(transport: Arc<Transport>, id: String, deadline: Duration) -> PageSession {
    let Heard {
        events: raw,
        requests,
        documents,
    } = transport.listen(&id);
    let (events_in, events) = mpsc::channel(PAGE_EVENT_QUEUE);
    let (loads_in, dom_loads) = watch::channel(0);
    let crashed = CancellationToken::new();
    let link = PageLink {
        transport: Arc::downgrade(&transport),
        session: id.clone(),
        deadline,
    };
    let sorter = EventSorter {
        events: events_in,
        loads: loads_in,
        crashed: crashed.clone(),
        answers: DialogAnswers(link.clone()),
        shadow_roots: ShadowRoots(link),
    };
    tokio::spawn(sorter.run(raw));
    PageSession {
        transport,
        id,
        deadline,
        crashed,
        dom_loads,
        events: Some(events),
        requests,
        documents,
        kept: AtomicU64::new(0),
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
        self.execute_within(command, self.deadline).await
    }

    async fn execute_within<C: Command>(
        &self,
        command: C,
        deadline: Duration,
    ) -> Result<C::Response, BrowserError> {
        let method = command.identifier();
        let reply = self.call_raw(&method, &command, deadline).await?;
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

    /// Gives scripts of documents that are loaded from now on a function on `window`, called `name`,
    /// by which they ask for the shadow roots of Chrome's own elements. It takes an expression whose
    /// value is `{ elements, take }`: `take(roots)` is called later, with a root or null for each.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn offer_shadow_roots(&self, name: &str) -> Result<(), BrowserError> {
        self.execute(AddBindingParams::new(name)).await.map(drop)
    }

    /// Counts the requests that the page makes from now on, or no longer.
    ///
    /// # Errors
    /// As [`Self::execute`].
    pub async fn count_requests(&self, on: bool) -> Result<(), BrowserError> {
        if !on {
            return self.execute(network::DisableParams {}).await.map(drop);
        }
        // Chrome keeps no bodies for us.
        let params = network::EnableParams {
            max_total_buffer_size: Some(0),
            max_resource_buffer_size: Some(0),
            ..Default::default()
        };
        self.execute(params).await.map(drop)
    }

    /// Has the garbage of the page's scripts collected.
    ///
    /// # Errors
    /// As [`Self::execute`], but after seconds.
    pub async fn collect_garbage(&self) -> Result<(), BrowserError> {
        let collect = CollectGarbageParams::default();
        self.execute_within(collect, GIVE_BACK_DEADLINE)
            .await
            .map(drop)
    }

    /// Has all processes of the browser drop what they can make again, as on a machine without memory:
    /// decoded images, fonts, buffers, garbage.
    ///
    /// # Errors
    /// As [`Self::execute`], but after seconds.
    pub async fn give_memory_back(&self) -> Result<(), BrowserError> {
        let pressure = SimulatePressureNotificationParams::new(PressureLevel::Critical);
        self.execute_within(pressure, GIVE_BACK_DEADLINE)
            .await
            .map(drop)
    }

    /// The requests that are under way, of those that are counted.
    pub fn open_requests(&self) -> OpenRequests {
        self.requests.open()
    }

    /// Navigates and waits for DOMContentLoaded.
    ///
    /// # Errors
    /// [`BrowserError::Navigation`] when the request fails, [`BrowserError::PageCrashed`] when that is
    /// why, [`BrowserError::NavigationTimeout`] after `deadline`.
    pub async fn navigate(&self, url: &str, deadline: Duration) -> Result<(), BrowserError> {
        self.keep(0);
        let expired = || BrowserError::NavigationTimeout {
            ms: deadline.as_millis(),
        };
        let mut loads = self.dom_loads.clone();
        loads.mark_unchanged();
        let visit = async {
            let reply = self.execute(NavigateParams::new(url)).await?;
            if let Some(reason) = reply.error_text {
                // Chrome calls a page aborted whose process died, and tells of the death later.
                let dead = timeout(LATE_ANSWER, self.crashed.cancelled()).await;
                return Err(match dead {
                    Ok(()) => BrowserError::PageCrashed,
                    Err(_) => BrowserError::Navigation {
                        reason,
                        url: url.to_owned(),
                    },
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
    /// [`BrowserError::Evaluation`] with the page's exception, [`BrowserError::LeftPage`] from another
    /// document than the kept one, or as [`Self::execute`].
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
        let answer = self.answer_of(expression, deadline).await;
        let kept = self.kept.load(Ordering::Relaxed);
        if kept != 0 && answer.as_ref().is_err_and(BrowserError::is_navigation) {
            // The news of the document may be under way.
            let mut documents = self.documents.clone();
            let left = documents.wait_for(|shown| shown.number != kept);
            let _ = timeout(LATE_ANSWER, left).await;
        }
        self.check_document()?;
        answer
    }

    async fn answer_of<T: DeserializeOwned>(
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
            .in_one_document(self.call_raw(METHOD, &params, deadline.min(self.deadline)))
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

    /// How many documents the page has shown so far.
    pub fn documents(&self) -> u64 {
        self.documents.borrow().number
    }

    /// Takes answers of the document of that number only, until the page is told to go elsewhere.
    pub fn keep(&self, document: u64) {
        self.kept.store(document, Ordering::Relaxed);
    }

    /// Whether the page still shows the document that is kept, if one is.
    ///
    /// # Errors
    /// [`BrowserError::LeftPage`].
    pub fn check_document(&self) -> Result<(), BrowserError> {
        let kept = self.kept.load(Ordering::Relaxed);
        let shown = self.documents.borrow();
        match kept == 0 || kept == shown.number {
            true => Ok(()),
            false => Err(BrowserError::LeftPage {
                url: shown.url.clone(),
            }),
        }
    }

    /// Ends a call when the page goes to another document: Chrome then may never answer it.
    async fn in_one_document<T>(
        &self,
        call: impl Future<Output = Result<T, BrowserError>>,
    ) -> Result<T, BrowserError> {
        let mut documents = self.documents.clone();
        documents.mark_unchanged();
        tokio::pin!(call);
        tokio::select! {
            answer = &mut call => return answer,
            Ok(()) = documents.changed() => {}
        }
        let late = timeout(LATE_ANSWER, call).await;
        late.unwrap_or(Err(BrowserError::ContextLost))
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
