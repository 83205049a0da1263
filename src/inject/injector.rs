//! Feeds the pages of one job: opens the address they ask at, and ends what it started.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use futures::future::join_all;
use tokio_util::sync::CancellationToken;

use super::page_memory::PageMemory;
use super::pictures::Pictures;
use super::prepare::InjectionPlan;
use super::report::InjectionReport;
use crate::page::InjectionConfig;
use crate::serve::FrameServer;
use crate::sync::IgnorePoison;
use crate::video::{MediaError, SourceStream};

/// Feeds the pages of one job.
#[derive(Debug)]
pub struct Injector {
    shared: Arc<Shared>,
    server: FrameServer,
}

/// What all answers of a job have in common.
#[derive(Debug)]
pub(super) struct Shared {
    pub plan: InjectionPlan,
    pub pictures: Pictures,
    pub memory: PageMemory,
    failure: Mutex<Option<MediaError>>,
    notes: Mutex<BTreeSet<String>>,
    pub served_bytes: AtomicU64,
    pub served_frames: AtomicU64,
    pub placed_answers: AtomicU64,
}

/// The decoders of an injection, to be ended when its job is over.
#[derive(Debug)]
pub struct Decoders {
    streams: Vec<Arc<SourceStream>>,
    stop: CancellationToken,
}

impl Decoders {
    /// Ends them; returns when their processes are gone. Requests that wait for a frame fail
    /// because the render is over.
    pub async fn end(&self) {
        self.stop.cancel();
        join_all(self.streams.iter().map(|stream| stream.close())).await;
    }
}

impl Injector {
    /// Opens the server that pages ask.
    ///
    /// # Errors
    /// [`MediaError::Listen`].
    pub async fn start(plan: InjectionPlan) -> Result<Self, MediaError> {
        let shared = Arc::new(Shared::new(plan));
        let answering = Arc::clone(&shared);
        let handler = Box::new(move |query: String| {
            let shared = Arc::clone(&answering);
            Box::pin(async move { shared.answer(&query).await }) as _
        });
        let server = FrameServer::start(handler).await;
        let server = server.map_err(|error| MediaError::Listen(error.to_string()))?;
        Ok(Self { shared, server })
    }

    /// Starts the decoders of what the first output frame shows.
    pub fn decode_first(&self) {
        self.shared.decode_first();
    }

    /// Port of 127.0.0.1 on which pages ask.
    pub fn port(&self) -> u16 {
        self.server.port()
    }

    /// What pages are told.
    pub fn source_frames(&self) -> InjectionConfig {
        let clips = self.shared.plan.clips.iter();
        let clips = clips.map(|clip| clip.source.clone()).collect();
        InjectionConfig {
            url: Some(self.server.url().to_owned()),
            clips,
        }
    }

    /// Workers that its frames have room for, at most as many as it was planned for.
    pub fn workers(&self) -> u64 {
        self.shared.plan.limits.workers
    }

    #[cfg(test)]
    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Its decoders, which outlive it unless they are ended.
    pub fn decoders(&self) -> Decoders {
        let InjectionPlan { streams, stop, .. } = &self.shared.plan;
        Decoders {
            streams: streams.iter().map(|s| Arc::clone(&s.source)).collect(),
            stop: stop.clone(),
        }
    }

    /// Why pages got no frames, if that happened.
    pub fn failure(&self) -> Option<MediaError> {
        self.shared.failure.lock().ignore_poison().clone()
    }

    /// What callers should know about their sources.
    pub fn notes(&self) -> Vec<String> {
        self.shared
            .notes
            .lock()
            .ignore_poison()
            .iter()
            .cloned()
            .collect()
    }

    /// What it did so far.
    pub fn report(&self) -> InjectionReport {
        let Shared {
            plan,
            pictures,
            served_bytes,
            served_frames,
            placed_answers,
            ..
        } = &*self.shared;
        let sum = |count: fn(&SourceStream) -> u64| {
            plan.streams
                .iter()
                .map(|stream| count(&stream.source))
                .sum()
        };
        InjectionReport {
            clips: plan.clips.len(),
            streams: plan.streams.len(),
            decoded_frames: sum(|stream| stream.decoded()),
            restarts: sum(|stream| stream.restarts()),
            injected_frames: served_frames.load(Ordering::Relaxed),
            injected_bytes: served_bytes.load(Ordering::Relaxed),
            placed_answers: placed_answers.load(Ordering::Relaxed),
            cache: pictures.stats(),
            peak_bytes: plan.budget.peak(),
            budget_bytes: plan.budget.limit(),
        }
    }
}

impl Drop for Injector {
    /// Reads in progress would keep their ffmpeg alive until its next frame.
    fn drop(&mut self) {
        self.shared.plan.stop.cancel();
    }
}

impl Shared {
    pub(super) fn new(plan: InjectionPlan) -> Self {
        let pictures = Pictures::new(plan.budget.clone(), plan.shares, plan.limits.entries);
        Self {
            plan,
            pictures,
            memory: PageMemory::default(),
            failure: Mutex::default(),
            notes: Mutex::default(),
            served_bytes: AtomicU64::new(0),
            served_frames: AtomicU64::new(0),
            placed_answers: AtomicU64::new(0),
        }
    }

    /// Keeps the first failure: pages only know that their frames did not come.
    pub(super) fn fail(&self, error: MediaError) {
        if !matches!(error, MediaError::Stopped) {
            self.failure.lock().ignore_poison().get_or_insert(error);
        }
    }

    /// Keeps what callers should know, once.
    pub(super) fn note(&self, note: String) {
        self.notes.lock().ignore_poison().insert(note);
    }
}
