//! A session from outside: its facts, its frames, its end.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use serde::Serialize;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::asks::Asks;
use super::picture::{Picture, Places as PicturePlaces};
use super::serving::serve;
use crate::browser::Scratch;
use crate::capture::{Rendering, render_begins};
use crate::composition::Fps;
use crate::job::context::{JobContext, Places};
use crate::job::error::RenderError;
use crate::job::events::EventSink;
use crate::job::job_share::JobShare;
use crate::job::open_decoders::OpenDecoders;
use crate::job::transaction::Transaction;
use crate::page::Diagnostics;
use crate::spec::RenderSpec;
use crate::sync::IgnorePoison;

/// What is known of a session whose page is open.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SessionFacts {
    /// Length, seconds.
    pub duration_seconds: f64,
    /// Frames.
    pub total_frames: u64,
    /// Frame rate.
    pub fps: Fps,
    /// Width of frames, pixels.
    pub width: u32,
    /// Height of frames, pixels.
    pub height: u32,
    /// How frames are captured.
    pub lane: &'static str,
}

/// A composition that stays open, and gives frames of it. The browser is gone when it is closed or
/// dropped, or when this process dies.
pub struct FrameSession {
    shared: Arc<Shared>,
    running: tokio::sync::Mutex<Option<tokio::task::JoinHandle<()>>>,
}

/// What a session and its task have in common.
pub(super) struct Shared {
    pub asks: Asks,
    pub facts: watch::Sender<Option<SessionFacts>>,
    pub diagnostics: Diagnostics,
    pub places: PicturePlaces,
    stop: CancellationToken,
    /// Counts as a render until its page is open: then no browser is kept ready for it any more.
    opening: Mutex<Option<Rendering>>,
}

impl FrameSession {
    /// Opens the composition of `spec`, whose output must be a folder of pictures: nothing is written
    /// to it. Called within the runtime.
    pub fn start(spec: RenderSpec, sink: EventSink) -> Self {
        let shared = Arc::new(Shared {
            asks: Asks::default(),
            facts: watch::Sender::new(None),
            diagnostics: Diagnostics::default(),
            places: PicturePlaces::default(),
            stop: CancellationToken::new(),
            opening: Mutex::new(Some(render_begins())),
        });
        let running = tokio::spawn(run(Arc::clone(&shared), Arc::new(spec), sink));
        Self {
            shared,
            running: tokio::sync::Mutex::new(Some(running)),
        }
    }

    /// The facts, once the page is open.
    ///
    /// # Errors
    /// Why the session has ended.
    pub async fn facts(&self) -> Result<SessionFacts, Arc<RenderError>> {
        let mut facts = self.shared.facts.subscribe();
        let known = facts.wait_for(Option::is_some);
        let known = self.shared.stop.run_until_cancelled(known).await;
        let facts = known.and_then(Result::ok).and_then(|facts| *facts);
        facts.ok_or_else(|| self.why_ended())
    }

    /// Frame `frame`. Few are given out at a time: who has one makes something of it, and drops it.
    /// Frames that are asked for side by side are captured in the order in which that is soonest done.
    ///
    /// # Errors
    /// [`RenderError::NoSuchFrame`], [`RenderError::SessionBusy`], or why the session has ended.
    pub async fn frame(&self, frame: u64) -> Result<Picture, Arc<RenderError>> {
        let SessionFacts { total_frames, .. } = self.facts().await?;
        if frame >= total_frames {
            return Err(Arc::new(RenderError::NoSuchFrame {
                frame,
                total_frames,
            }));
        }
        let waits = self.shared.asks.ask(frame)?;
        waits.await.unwrap_or_else(|_| Err(self.why_ended()))
    }

    /// Ends the session. Returns when its processes are gone; may be called again, also while it ends.
    pub async fn close(&self) {
        self.shared.end(RenderError::SessionClosed);
        // Kept until it has ended: whoever comes meanwhile, or after one who gave up, waits for it too.
        let mut running = self.running.lock().await;
        if let Some(task) = running.as_mut() {
            // A panic in there has been told to who waited.
            let _ = task.await;
        }
        *running = None;
    }

    /// The last lines that the page wrote to the console, oldest first.
    pub fn console_tail(&self, count: usize) -> Vec<String> {
        self.shared.diagnostics.tail(count)
    }

    fn why_ended(&self) -> Arc<RenderError> {
        match self.shared.asks.ask(0) {
            Err(why) => why,
            Ok(_) => Arc::new(RenderError::SessionClosed),
        }
    }
}

impl Drop for FrameSession {
    fn drop(&mut self) {
        self.shared.end(RenderError::SessionClosed);
    }
}

impl Shared {
    /// The page is open, or will not be.
    pub async fn opened(&self) {
        let opening = self.opening.lock().ignore_poison().take();
        if let Some(rendering) = opening {
            rendering.ended().await;
        }
    }

    /// Ends the session for that reason.
    pub fn end(&self, why: RenderError) {
        self.asks.end(why);
        self.stop.cancel();
    }
}

async fn run(shared: Arc<Shared>, spec: Arc<RenderSpec>, sink: EventSink) {
    let ended = run_in_scratch(&shared, &spec, sink).await;
    shared.end(ended.err().unwrap_or(RenderError::SessionClosed));
    shared.opened().await;
}

async fn run_in_scratch(
    shared: &Shared,
    spec: &Arc<RenderSpec>,
    sink: EventSink,
) -> Result<(), RenderError> {
    let scratch = Scratch::create().map_err(|source| RenderError::Io {
        what: "cannot create a scratch folder",
        source,
    })?;
    let (decoders, share) = (OpenDecoders::default(), JobShare::of_frames());
    // Stages that serve renders and sessions alike know where a file would be staged.
    let transaction = Transaction::begin(&spec.output.path, true)?;
    let places = Places {
        scratch: &scratch,
        decoders: &decoders,
        transaction: &transaction,
        share: &share,
    };
    let context = JobContext::new(spec, sink, shared.diagnostics.clone(), places);
    let serving = AssertUnwindSafe(serve(&context, shared)).catch_unwind();
    let ended = shared.stop.run_until_cancelled(serving).await;
    decoders.end().await;
    scratch.remove().await;
    match ended {
        None => Err(RenderError::SessionClosed),
        Some(Ok(served)) => served,
        Some(Err(panic)) => Err(RenderError::panicked(&*panic)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;
    use tokio::time::{sleep, timeout};

    fn shared() -> Arc<Shared> {
        Arc::new(Shared {
            asks: Asks::default(),
            facts: watch::Sender::new(None),
            diagnostics: Diagnostics::default(),
            places: PicturePlaces::default(),
            stop: CancellationToken::new(),
            opening: Mutex::default(),
        })
    }

    #[tokio::test]
    async fn all_who_close_a_session_wait_for_its_end() {
        let (shared, has_ended) = (shared(), Arc::new(AtomicBool::new(false)));
        let ended = Arc::clone(&has_ended);
        let running = tokio::spawn(async move {
            sleep(Duration::from_millis(80)).await;
            ended.store(true, Ordering::Relaxed);
        });
        let session = FrameSession {
            shared,
            running: tokio::sync::Mutex::new(Some(running)),
        };
        let gives_up = timeout(Duration::from_millis(10), session.close()).await;
        assert!(gives_up.is_err());
        tokio::join!(session.close(), session.close());
        assert!(has_ended.load(Ordering::Relaxed));
        session.close().await;
    }
}
