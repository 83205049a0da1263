//! Frames of a composition one at a time.

use std::sync::Arc;
use std::time::Duration;

use napi::bindgen_prelude::{Buffer, Function, Result, block_on, within_runtime_if_available};
use napi_derive::napi;

use super::{events, reply, runtime};
use crate::job::FrameSession as Session;
use crate::spec::RenderSpec;
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
        })
    }

    /// Waits until the page is open. Never rejects: JSON of `NativeReply` with `SessionFacts`.
    #[napi]
    pub async fn opened(&self) -> String {
        reply::of_session(&self.session, self.session.facts().await)
    }

    /// A frame as a picture file; takes JSON of `FrameRequest`. Never rejects.
    #[napi]
    pub async fn frame(&self, request_json: String) -> FrameAnswer {
        let session = Arc::clone(&self.session);
        let work =
            runtime::guarded(
                async move { FrameRequest::parse(&request_json)?.picture(&session).await },
            );
        match work.await {
            Ok(picture) => FrameAnswer {
                reply: reply::of_session(&self.session, Ok(())),
                picture: Some(picture.into()),
            },
            Err(error) => FrameAnswer {
                reply: reply::of_session::<()>(&self.session, Err(error)),
                picture: None,
            },
        }
    }

    /// The same for a process that is about to end: returns within half a second.
    #[napi(catch_unwind)]
    pub fn abandon(&self) {
        let closing = self.session.close();
        block_on(async { tokio::time::timeout(ABANDON_DEADLINE, closing).await.ok() });
    }

    /// Closes it; requests that wait get HF_NATIVE_FRAME_CLOSED. Resolves when its processes are
    /// gone; may be called again.
    #[napi]
    pub async fn close(&self) {
        self.session.close().await;
    }
}
