//! A job from outside: run, publish or discard, cancel.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio_util::sync::CancellationToken;

use super::context::{JobContext, Places};
use super::error::RenderError;
use super::events::EventSink;
use super::job_share::JobShare;
use super::open_decoders::OpenDecoders;
use super::pipeline::run;
use super::stages::{WatchedMedia, watch_media};
use super::summary::Summary;
use super::transaction::Transaction;
use crate::browser::Scratch;
use crate::capture::render_begins;
use crate::composition::MediaLists;
use crate::machine::OomKills;
use crate::page::Diagnostics;
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

impl Belongings {
    fn places<'a>(&'a self, transaction: &'a Transaction) -> Places<'a> {
        Places {
            scratch: &self.scratch,
            decoders: &self.decoders,
            transaction,
            share: &self.share,
        }
    }
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
        let rendering = render_begins();
        let kills = OomKills::now();
        let outcome = async {
            let scratch = Scratch::create().map_err(|source| RenderError::Io {
                what: "cannot create a scratch folder",
                source,
            })?;
            let belongings = Belongings {
                decoders: OpenDecoders::default(),
                scratch,
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
            let Belongings { decoders, scratch, share } = belongings;
            decoders.end().await;
            scratch.remove().await;
            // Other jobs may begin.
            drop(share);
            outcome
        }
        .await;
        rendering.ended().await;
        outcome.map_err(|error| error.with_memory(kills))
    }

    async fn render(&self, belongings: &Belongings) -> Result<(Summary, Transaction), RenderError> {
        let transaction = self.begin()?;
        let places = belongings.places(&transaction);
        let context = self.context(&self.spec, places);
        let (progress, memory) = (Arc::clone(&context.progress), context.memory.clone());
        let summary = tokio::select! {
            summary = run(context) => summary,
            never = progress.heartbeat() => match never {},
            never = memory.sample() => match never {},
        };
        match summary {
            Ok(summary) => Ok((summary, transaction)),
            Err(error) => Err(transaction.with_cause(error)),
        }
    }

    async fn watch(&self, belongings: &Belongings) -> Result<WatchedMedia, RenderError> {
        let transaction = self.begin()?;
        let mut spec = RenderSpec::clone(&self.spec);
        // The page is to load its media by itself, and nothing is encoded.
        spec.composition.media = MediaLists::default();
        spec.encode.use_gpu = false;
        let spec = Arc::new(spec);
        let places = belongings.places(&transaction);
        let context = self.context(&spec, places);
        let watched = async {
            match watch_media(&context).await {
                // Whoever waited for a turn in vain has waited long enough.
                Err(error) if error.retryable() && !matches!(error, RenderError::Ledger(_)) => {
                    context.warn(&format!("media are looked for once more: {error}"));
                    watch_media(&context).await
                }
                watched => watched,
            }
        };
        tokio::select! {
            watched = watched => watched,
            never = context.progress.heartbeat() => match never {},
        }
    }

    fn begin(&self) -> Result<Transaction, RenderError> {
        let output = &self.spec.output;
        Transaction::begin(&output.path, output.format.is_folder())
    }

    fn context<'a>(&self, spec: &'a Arc<RenderSpec>, places: Places<'a>) -> JobContext<'a> {
        JobContext::new(
            spec,
            Arc::clone(&self.sink),
            self.diagnostics.clone(),
            places,
        )
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
        if let Some(staged) = self.staged.lock().ignore_poison().take() {
            // All frames were made, and they are not wanted.
            staged.drop_segments();
        }
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
