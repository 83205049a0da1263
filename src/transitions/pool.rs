//! Blends in a queue: one after the other, each with all threads, without its caller waiting.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;

use super::blender::{Blender, BlenderOptions, Form, Frames};
use super::error::BlendError;
use super::size::FrameSize;
use super::style::Look;
use super::transition::Transition;
use crate::sync::IgnorePoison;

/// Whoever owns the samples of a blend while it waits and runs.
pub trait FrameOwner: Send + 'static {
    /// The three frames.
    ///
    /// # Errors
    /// When they cannot be had as samples.
    fn frames(&mut self) -> Result<Frames<'_>, BlendError>;
}

/// Frames in memory of our own.
#[derive(Debug, Clone)]
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
    /// The transition.
    pub transition: Transition,
    /// Width and height of all three frames.
    pub size: FrameSize,
    /// 0 to 1; clamped.
    pub progress: f64,
    /// The frames; given back when the blend is done.
    pub owner: O,
}

/// Bounds of a [`BlendPool`].
#[derive(Debug, Clone, Copy)]
pub struct BlendPoolOptions {
    /// Threads and noise fields.
    pub blender: BlenderOptions,
    /// Most blends that wait and run at a time; at least 1.
    pub in_flight: usize,
}

/// What a pool has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BlendPoolStats {
    /// Threads that draw.
    pub threads: usize,
    /// Blends waiting and running now.
    pub in_flight: usize,
    /// The most there ever were.
    pub peak_in_flight: usize,
    /// Frames blended.
    pub blended: u64,
    /// Blends that ended with an error.
    pub failed: u64,
    /// Bytes of noise fields held.
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
    most: usize,
    state: Mutex<State>,
    /// Rung when a blend came, ended, or the pool was closed.
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
    pub fn new(options: BlendPoolOptions) -> Result<Self, BlendError> {
        let shared = Arc::new(Shared {
            blender: Blender::new(options.blender)?,
            most: options.in_flight.max(1),
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

    /// Queues a blend, waiting while as many are in flight as may be. `on_done` gets the frames
    /// back, on a thread of the pool, and must not wait for the pool itself.
    ///
    /// # Errors
    /// [`BlendError::Closed`]; `on_done` is not called then.
    pub fn submit<O: FrameOwner>(
        &self,
        request: BlendRequest<O>,
        on_done: impl FnOnce(O, Result<(), BlendError>) + Send + 'static,
    ) -> Result<(), BlendError> {
        let full = |state: &mut State| !state.closed && state.in_flight() >= self.shared.most;
        let state = self.shared.changed.wait_while(self.shared.state(), full);
        self.queue(state.ignore_poison(), request, on_done)
    }

    /// As [`Self::submit`], without waiting.
    ///
    /// # Errors
    /// [`BlendError::Busy`], [`BlendError::Closed`]; `on_done` is not called then.
    pub fn try_submit<O: FrameOwner>(
        &self,
        request: BlendRequest<O>,
        on_done: impl FnOnce(O, Result<(), BlendError>) + Send + 'static,
    ) -> Result<(), BlendError> {
        let state = self.shared.state();
        if !state.closed && state.in_flight() >= self.shared.most {
            return Err(BlendError::Busy(self.shared.most));
        }
        self.queue(state, request, on_done)
    }

    fn queue<O: FrameOwner>(
        &self,
        mut state: MutexGuard<'_, State>,
        request: BlendRequest<O>,
        on_done: impl FnOnce(O, Result<(), BlendError>) + Send + 'static,
    ) -> Result<(), BlendError> {
        if state.closed {
            return Err(BlendError::Closed);
        }
        state.waiting.push_back(Box::new(Job { request, on_done }));
        state.peak = state.peak.max(state.in_flight());
        drop(state);
        self.shared.changed.notify_all();
        Ok(())
    }

    /// Ends those that wait with [`BlendError::Closed`], and returns when the one that runs is
    /// done. Must not be called by an `on_done`.
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
        // Held meanwhile, so that whoever closes as well waits as long.
        let mut worker = self.worker.lock().ignore_poison();
        if let Some(worker) = worker.take() {
            // Its panics are caught where they happen.
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

    /// The queue's thread, until the pool is closed.
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
            // A caller's answer may panic as well; the queue goes on.
            let _ = catch_unwind(AssertUnwindSafe(|| job.run(self)));
        }
    }

    /// Before the caller hears of it, so that whoever hears of it finds the place free.
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

/// A queued blend, whoever owns its frames.
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
        let BlendRequest {
            transition,
            size,
            progress,
            ..
        } = request;
        let blend = AssertUnwindSafe(|| {
            let frames = request.owner.frames()?;
            let look = Look::engine(transition, progress);
            pool.blender.blend(look, Form::Fast, frames, size)
        });
        let outcome = catch_unwind(blend)
            .unwrap_or_else(|panic| Err(BlendError::Panicked(message_of(panic.as_ref()))));
        pool.ended(&outcome);
        on_done(request.owner, outcome);
    }

    fn give_up(self: Box<Self>) {
        (self.on_done)(self.request.owner, Err(BlendError::Closed));
    }
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests;
