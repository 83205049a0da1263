//! What the stages of a job share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::events::{EventSink, Level};
use super::job_share::JobShare;
use super::memory_watch::MemoryWatch;
use super::open_decoders::OpenDecoders;
use super::progress::Progress;
use super::transaction::Transaction;
use crate::browser::Scratch;
use crate::page::{Diagnostics, PageNews};
use crate::spec::RenderSpec;
use crate::sync::{Awaits, Pulse};

/// What the stages of a job share. Nothing in it is decided by one of them.
pub(super) struct JobContext<'a> {
    /// When the render began.
    pub started: Instant,
    pub spec: &'a Arc<RenderSpec>,
    pub progress: Arc<Progress>,
    pub diagnostics: Diagnostics,
    pub memory: MemoryWatch,
    /// Whether its frames move.
    pub pulse: Pulse,
    pub scratch: &'a Scratch,
    pub decoders: &'a OpenDecoders,
    pub transaction: &'a Transaction,
    pub share: &'a JobShare,
}

/// Where a job keeps what it makes and takes on its way.
#[derive(Clone, Copy)]
pub(super) struct Places<'a> {
    pub scratch: &'a Scratch,
    pub decoders: &'a OpenDecoders,
    pub transaction: &'a Transaction,
    pub share: &'a JobShare,
}

impl<'a> JobContext<'a> {
    /// That of a job which begins now. What its pages tell goes to `sink`.
    pub fn new(
        spec: &'a Arc<RenderSpec>,
        sink: EventSink,
        diagnostics: Diagnostics,
        places: Places<'a>,
    ) -> Self {
        let progress = Arc::new(Progress::new(sink, diagnostics.awaits().clone()));
        let told = Arc::clone(&progress);
        diagnostics.on_news(move |news| match news {
            PageNews::Warning(warning) => told.event(&warning.into()),
            PageNews::Waiting(text) => {
                let line = format!("[Native] {text}");
                told.log(Level::Info, line, serde_json::Value::Null);
            }
        });
        Self {
            started: Instant::now(),
            spec,
            progress,
            diagnostics,
            memory: MemoryWatch::default(),
            pulse: Pulse::new(frame_patience(spec)),
            scratch: places.scratch,
            decoders: places.decoders,
            transaction: places.transaction,
            share: places.share,
        }
    }

    /// Where its waits are listed.
    pub fn awaits(&self) -> &Awaits {
        self.diagnostics.awaits()
    }

    /// Tells the caller of something that was given up on.
    pub fn warn(&self, note: &str) {
        let line = format!("[Native] {note}");
        self.progress
            .log(Level::Warn, line, serde_json::Value::Null);
    }
}

/// How long nothing of the frames may move: twice what a fresh browser may take to its first one.
fn frame_patience(spec: &RenderSpec) -> Duration {
    let engine = &spec.engine;
    let open = engine.browser_timeout_ms
        + engine.page_navigation_timeout_ms
        + engine.player_ready_timeout_ms;
    (Duration::from_millis(open) + spec.protocol_timeout()) * 2
}
