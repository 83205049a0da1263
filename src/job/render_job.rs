//! A job from outside: run, publish or discard, cancel.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::context::JobContext;
use super::error::RenderError;
use super::events::{EventSink, Level};
use super::job_share::JobShare;
use super::memory_watch::MemoryWatch;
use super::open_decoders::OpenDecoders;
use super::pipeline::run;
use super::progress::Progress;
use super::stages::{WatchedMedia, watch_media};
use super::summary::Summary;
use super::transaction::Transaction;
use crate::browser::Scratch;
use crate::capture::{render_begins, render_ended};
use crate::composition::MediaLists;
use crate::page::{Diagnostics, PageNews};
use crate::spec::RenderSpec;
use crate::sync::IgnorePoison;

/// One render job.
pub struct RenderJob {
    spec: Arc<RenderSpec>,
    sink: EventSink,
    diagnostics: Diagnostics,
    cancel: CancellationToken,
    reason: Mutex<String>,
    staged: Mutex<Option<Transaction>>,
}

/// What a job has that goes when it ends, in this order: processes, files, and its share of the machine.
struct Belongings {
    decoders: OpenDecoders,
    scratch: Scratch,
    share: JobShare,
}

impl RenderJob {
    /// A job that has not started.
    pub fn new(spec: RenderSpec, sink: EventSink) -> Self {
        Self {
            spec: Arc::new(spec),
            sink,
            diagnostics: Diagnostics::default(),
            cancel: CancellationToken::new(),
            reason: Mutex::default(),
            staged: Mutex::default(),
        }
    }

    /// Renders to a staged artefact that [`Self::publish`] moves to its place.
    ///
    /// Every child process is dead and every temporary file gone when an error comes back.
    ///
    /// # Errors
    /// The root [`RenderError`]; a panic becomes [`RenderError::Panic`].
    pub async fn run(&self) -> Result<Summary, RenderError> {
        let (summary, transaction) = self
            .in_scratch(|job, belongings| job.render(belongings).boxed())
            .await?;
        *self.staged.lock().ignore_poison() = Some(transaction);
        if self.cancel.is_cancelled() {
            self.discard();
        }
        Ok(summary)
    }

    /// Plays a page of the composition, and returns the media that its scripts make or change.
    /// Nothing is rendered or staged. Ends as [`Self::run`] does.
    ///
    /// # Errors
    /// As of [`Self::run`].
    pub async fn watch_media(&self) -> Result<WatchedMedia, RenderError> {
        self.in_scratch(|job, belongings| job.watch(belongings).boxed())
            .await
    }

    /// Does `work` in a folder of its own until it is done, fails, panics or the job is cancelled,
    /// and then ends and removes all that it left.
    async fn in_scratch<T, F>(&self, work: F) -> Result<T, RenderError>
    where
        F: for<'a> FnOnce(&'a Self, &'a Belongings) -> BoxFuture<'a, Result<T, RenderError>>,
    {
        render_begins();
        let outcome = self.until_cancelled(work).await;
        render_ended().await;
        outcome
    }

    async fn until_cancelled<T, F>(&self, work: F) -> Result<T, RenderError>
    where
        F: for<'a> FnOnce(&'a Self, &'a Belongings) -> BoxFuture<'a, Result<T, RenderError>>,
    {
        let scratch = Scratch::create().map_err(|source| RenderError::Io {
            what: "cannot create a scratch folder",
            source,
        })?;
        let belongings = Belongings {
            scratch,
            decoders: OpenDecoders::default(),
            share: JobShare::of_render(),
        };
        let guarded = AssertUnwindSafe(work(self, &belongings)).catch_unwind();
        let outcome = tokio::select! {
            biased;
            () = self.cancel.cancelled() => {
                Err(RenderError::Cancelled { reason: self.reason.lock().ignore_poison().clone() })
            }
            outcome = guarded => outcome.unwrap_or_else(|panic| Err(RenderError::panicked(&*panic))),
        };
        let Belongings {
            scratch,
            decoders,
            share,
        } = belongings;
        decoders.end().await;
        scratch.remove().await;
        // Other jobs may begin.
        drop(share);
        outcome
    }

    async fn render(&self, belongings: &Belongings) -> Result<(Summary, Transaction), RenderError> {
        let transaction = self.begin()?;
        let context = self.context(&self.spec, belongings, &transaction);
        let (progress, memory) = (Arc::clone(&context.progress), context.memory.clone());
        let summary = tokio::select! {
            summary = run(context) => summary,
            never = progress.heartbeat() => match never {},
            never = memory.sample() => match never {},
        }?;
        Ok((summary, transaction))
    }

    async fn watch(&self, belongings: &Belongings) -> Result<WatchedMedia, RenderError> {
        let transaction = self.begin()?;
        let mut spec = RenderSpec::clone(&self.spec);
        // The page is to load its media by itself.
        spec.composition.media = MediaLists::default();
        let spec = Arc::new(spec);
        watch_media(&self.context(&spec, belongings, &transaction)).await
    }

    fn begin(&self) -> Result<Transaction, RenderError> {
        let output = &self.spec.output;
        Transaction::begin(&output.path, output.format.is_folder())
    }

    fn context<'a>(
        &self,
        spec: &'a Arc<RenderSpec>,
        belongings: &'a Belongings,
        transaction: &'a Transaction,
    ) -> JobContext<'a> {
        let progress = Arc::new(Progress::new(Arc::clone(&self.sink)));
        let told = Arc::clone(&progress);
        self.diagnostics.on_news(move |news| match news {
            PageNews::Warning(warning) => told.event(&warning.into()),
            PageNews::Waiting(text) => {
                let line = format!("[Native] {text}");
                told.log(Level::Info, line, serde_json::Value::Null);
            }
        });
        JobContext {
            started: Instant::now(),
            spec,
            progress,
            diagnostics: self.diagnostics.clone(),
            memory: MemoryWatch::default(),
            scratch: &belongings.scratch,
            decoders: &belongings.decoders,
            transaction,
            share: &belongings.share,
        }
    }

    /// Moves the staged artefact to its destination, atomically.
    ///
    /// # Errors
    /// [`RenderError::Output`], or [`RenderError::NothingStaged`] before a successful run.
    pub fn publish(&self) -> Result<(), RenderError> {
        let staged = self
            .staged
            .lock()
            .ignore_poison()
            .take()
            .ok_or(RenderError::NothingStaged)?;
        staged.publish()
    }

    /// Throws the staged artefact away. Does nothing when there is none.
    pub fn discard(&self) {
        drop(self.staged.lock().ignore_poison().take());
    }

    /// Ends the run, and throws away what is staged; `reason` comes back in the run's error.
    pub fn cancel(&self, reason: &str) {
        reason.clone_into(&mut self.reason.lock().ignore_poison());
        self.cancel.cancel();
        self.discard();
    }

    /// The last `count` lines the pages said.
    pub fn console_tail(&self, count: usize) -> Vec<String> {
        self.diagnostics.tail(count)
    }
}
