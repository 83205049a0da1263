//! A queue of blends. They run one after the other, each with all threads, because rows of one
//! frame share caches better than different frames do. The queue has no bound of its own: callers
//! limit the frames in it with a [`FrameRing`](crate::pixels::FrameRing).

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use tokio::sync::oneshot;

use super::blender::{Blender, BlenderOptions, Form, Frames};
use super::error::BlendError;
use super::size::FrameSize;
use super::style::Look;
use crate::sync::IgnorePoison;

/// The owner of the frames of a blend while it waits and runs.
pub trait FrameOwner: Send + 'static {
    /// The three frames.
    ///
    /// # Errors
    /// When their memory cannot be used as samples.
    fn frames(&mut self) -> Result<Frames<'_>, BlendError>;
}

/// Frames in vectors.
#[derive(Debug, Clone, Default)]
pub struct OwnedFrames {
    /// The outgoing picture.
    pub from: Vec<u16>,
    /// The incoming picture.
    pub to: Vec<u16>,
    /// The blended one.
    pub out: Vec<u16>,
}

impl FrameOwner for OwnedFrames {
    fn frames(&mut self) -> Result<Frames<'_>, BlendError> {
        Ok(Frames {
            from: &self.from,
            to: &self.to,
            out: &mut self.out,
        })
    }
}

/// One frame to blend.
#[derive(Debug)]
pub struct BlendRequest<O> {
    /// Which transition, and how far it has come.
    pub look: Look,
    /// Width and height of all three frames.
    pub size: FrameSize,
    /// The frames; returned when the blend has ended.
    pub owner: O,
}

/// Counters of a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct BlendPoolStats {
    /// Threads that draw.
    pub threads: usize,
    /// Blends waiting or running now.
    pub in_flight: usize,
    /// The most of them so far.
    pub peak_in_flight: usize,
    /// Blends that succeeded.
    pub blended: u64,
    /// Blends that ended with an error.
    pub failed: u64,
    /// Bytes of noise fields that are kept.
    pub cached_bytes: usize,
}

/// A queue of blends before a [`Blender`]. Dropping it closes it.
#[derive(Debug)]
pub struct BlendPool {
    shared: Arc<Shared>,
    worker: Mutex<Option<JoinHandle<()>>>,
}

#[derive(Debug)]
struct Shared {
    blender: Blender,
    state: Mutex<State>,
    /// Notified when a blend is queued, a blend has ended, or the pool is closed.
    changed: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Box<dyn Waiting>>,
    running: usize,
    closed: bool,
    peak: usize,
    blended: u64,
    failed: u64,
}

impl std::fmt::Debug for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{} waiting, {} running, closed: {}",
            self.waiting.len(),
            self.running,
            self.closed
        )
    }
}

impl State {
    fn in_flight(&self) -> usize {
        self.waiting.len() + self.running
    }
}

impl BlendPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`BlendError::Threads`]
    pub fn new(options: BlenderOptions) -> Result<Self, BlendError> {
        let shared = Arc::new(Shared {
            blender: Blender::new(options)?,
            state: Mutex::default(),
            changed: Condvar::new(),
        });
        let works = Arc::clone(&shared);
        let worker = std::thread::Builder::new()
            .name("hf-blend-queue".to_owned())
            .spawn(move || works.work())
            .map_err(|error| BlendError::Threads(error.to_string()))?;
        Ok(Self {
            shared,
            worker: Mutex::new(Some(worker)),
        })
    }

    /// Queues a blend. `on_done` gets the frames back on the queue's thread. It must not wait for
    /// the pool.
    ///
    /// # Errors
    /// [`BlendError::Closed`]; `on_done` is then not called.
    pub fn queue<O: FrameOwner>(
        &self,
        request: BlendRequest<O>,
        on_done: impl FnOnce(O, Result<(), BlendError>) + Send + 'static,
    ) -> Result<(), BlendError> {
        let mut state = self.shared.state();
        if state.closed {
            return Err(BlendError::Closed);
        }
        state.waiting.push_back(Box::new(Job { request, on_done }));
        state.peak = state.peak.max(state.in_flight());
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Queues a blend, waits for it and returns its frames. The blend stays in the queue when the
    /// future is dropped.
    ///
    /// # Errors
    /// [`BlendError`] of the blend, [`BlendError::Closed`].
    pub async fn blend<O: FrameOwner>(&self, request: BlendRequest<O>) -> Result<O, BlendError> {
        let (send, done) = oneshot::channel();
        self.queue(request, move |owner, outcome| {
            let answer = match outcome {
                Ok(()) => Ok(owner),
                Err(error) => {
                    // Dropped before the caller can pass the same memory again.
                    drop(owner);
                    Err(error)
                }
            };
            // The caller may have gone.
            let _ = send.send(answer);
        })?;
        done.await.unwrap_or(Err(BlendError::Closed))
    }

    /// Waiting blends end with [`BlendError::Closed`]. Returns when the running one has ended. Must
    /// not be called from an `on_done`.
    pub fn close(&self) {
        let waiting = {
            let mut state = self.shared.state();
            state.closed = true;
            let waiting = std::mem::take(&mut state.waiting);
            state.failed += waiting.len() as u64;
            waiting
        };
        self.shared.changed.notify_all();
        for job in waiting {
            job.give_up();
        }
        // The lock is held meanwhile, so that a second call waits as long.
        let mut worker = self.worker.lock().ignore_poison();
        if let Some(worker) = worker.take() {
            // Panics of blends are caught where they happen.
            let _ = worker.join();
        }
    }

    /// What the pool has done so far.
    pub fn stats(&self) -> BlendPoolStats {
        let state = self.shared.state();
        BlendPoolStats {
            threads: self.shared.blender.threads(),
            in_flight: state.in_flight(),
            peak_in_flight: state.peak,
            blended: state.blended,
            failed: state.failed,
            cached_bytes: self.shared.blender.cached_bytes(),
        }
    }
}

impl Drop for BlendPool {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().ignore_poison()
    }

    /// Runs on the queue's thread until the pool is closed.
    fn work(&self) {
        loop {
            let idle = |state: &mut State| !state.closed && state.waiting.is_empty();
            let state = self.changed.wait_while(self.state(), idle);
            let mut state = state.ignore_poison();
            let Some(job) = state.waiting.pop_front() else {
                return;
            };
            state.running = 1;
            drop(state);
            // An `on_done` may panic; the queue continues.
            let _ = catch_unwind(AssertUnwindSafe(|| job.run(self)));
        }
    }

    /// Called before the caller is told, so that the statistics are right when the caller reads
    /// them.
    fn ended(&self, outcome: &Result<(), BlendError>) {
        let mut state = self.state();
        state.running = 0;
        match outcome {
            Ok(()) => state.blended += 1,
            Err(_) => state.failed += 1,
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// A queued blend, without the type of its owner.
trait Waiting: Send {
    fn run(self: Box<Self>, pool: &Shared);
    fn give_up(self: Box<Self>);
}

struct Job<O, F> {
    request: BlendRequest<O>,
    on_done: F,
}

impl<O, F> Waiting for Job<O, F>
where
    O: FrameOwner,
    F: FnOnce(O, Result<(), BlendError>) + Send + 'static,
{
    fn run(self: Box<Self>, pool: &Shared) {
        let Self {
            mut request,
            on_done,
        } = *self;
        let BlendRequest { look, size, .. } = request;
        let blend = AssertUnwindSafe(|| {
            let frames = request.owner.frames()?;
            pool.blender.blend(look, Form::Fast, frames, size)
        });
        let outcome = catch_unwind(blend)
            .unwrap_or_else(|panic| Err(BlendError::Panicked(panic_text(panic.as_ref()))));
        pool.ended(&outcome);
        on_done(request.owner, outcome);
    }

    fn give_up(self: Box<Self>) {
        (self.on_done)(self.request.owner, Err(BlendError::Closed));
    }
}

/// The text of a panic that was caught.
pub fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without words".to_owned())
}

#[cfg(test)]
mod tests;
