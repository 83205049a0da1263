//! Frames of a composition one at a time.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use napi::bindgen_prelude::{Buffer, Function, Result, block_on, within_runtime_if_available};
use napi_derive::napi;
use tokio_util::sync::CancellationToken;

use super::{events, reply, runtime};
use crate::job::{FrameSession as Session, RenderError};
use crate::spec::RenderSpec;
use crate::sync::IgnorePoison;
use crate::wire::FrameRequest;

/// How long a process that ends waits for the end of a session.
const ABANDON_DEADLINE: Duration = Duration::from_millis(500);

/// Answer to a request for a frame.
#[napi(object)]
pub struct FrameAnswer {
    /// JSON of `NativeReply`, without a value.
    pub reply: String,
    /// The picture file, where that is ok.
    pub picture: Option<Buffer>,
}

/// A composition that stays open in a browser. See `renderFrame()` for the API made for people.
#[napi]
pub struct FrameSession {
    session: Arc<Session>,
    /// Requests that somebody waits for, by the caller's number.
    asked: Arc<Mutex<HashMap<u32, CancellationToken>>>,
}

#[napi]
impl FrameSession {
    /// Opens the composition of `specJson`; `onEvent` gets each event as JSON text.
    /// Throws with `code` HF_NATIVE_INVALID_SPEC when the spec is not usable.
    #[napi(constructor, catch_unwind)]
    pub fn new(spec_json: String, on_event: Function<'_, String, ()>) -> Result<Self> {
        runtime::start_logging();
        let spec = RenderSpec::parse(&spec_json).map_err(|e| reply::to_napi(e.into()))?;
        let sink = events::sink(on_event)?;
        let session = within_runtime_if_available(|| Session::start(spec, sink));
        Ok(Self {
            session: Arc::new(session),
            asked: Arc::default(),
        })
    }

    /// Waits until the page is open. Never rejects: JSON of `NativeReply` with `SessionFacts`.
    #[napi]
    pub async fn opened(&self) -> String {
        // A thread of Node that ends drops this under its requests.
        let session = Arc::clone(&self.session);
        let facts = session.facts().await;
        reply::of_session(&session, facts)
    }

    /// A frame as a picture file; takes JSON of `FrameRequest`, and a number by which
    /// [`Self::forget`] finds it. Never rejects.
    #[napi]
    pub async fn frame(&self, request_json: String, number: u32) -> FrameAnswer {
        let session = Arc::clone(&self.session);
        let forgotten = CancellationToken::new();
        let asked = Arc::clone(&self.asked);
        asked
            .lock()
            .ignore_poison()
            .insert(number, forgotten.clone());
        let asks = Arc::clone(&session);
        let work = runtime::guarded(async move {
            let request = FrameRequest::parse(&request_json)?;
            let picture = forgotten.run_until_cancelled(request.picture(&asks));
            let forgotten = || Err(Arc::new(RenderError::FrameForgotten));
            picture.await.unwrap_or_else(forgotten)
        });
        let picture = work.await;
        asked.lock().ignore_poison().remove(&number);
        match picture {
            Ok(picture) => FrameAnswer {
                reply: reply::of_session(&session, Ok(())),
                picture: Some(picture.into()),
            },
            Err(error) => FrameAnswer {
                reply: reply::of_session::<()>(&session, Err(error)),
                picture: None,
            },
        }
    }

    /// Nobody waits for the frame of that number any more: it is not captured if it was not yet.
    #[napi(catch_unwind)]
    pub fn forget(&self, number: u32) {
        if let Some(asked) = self.asked.lock().ignore_poison().get(&number) {
            asked.cancel();
        }
    }

    /// Closes it in a process that is about to end: returns within half a second.
    #[napi(catch_unwind)]
    pub fn abandon(&self) {
        let closing = self.session.close();
        block_on(async { tokio::time::timeout(ABANDON_DEADLINE, closing).await.ok() });
    }

    /// Closes it; requests that wait get HF_NATIVE_FRAME_CLOSED. Resolves when its processes are
    /// gone; may be called again.
    #[napi]
    pub async fn close(&self) {
        let session = Arc::clone(&self.session);
        session.close().await;
    }
}
