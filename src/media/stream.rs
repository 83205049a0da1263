//! The frames of one decode, by number. Decoding only goes forward; a few frames stay held for
//! workers that ask out of order, and only a request for an earlier one starts over.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, Semaphore};

use super::budget::{FrameBudget, HeldBytes};
use super::decode::{DecodeSpec, Decoder};
use super::error::MediaError;
use super::rgba::RawFrame;

/// Frames of one source at one sampling.
#[derive(Debug)]
pub struct SourceStream {
    spec: DecodeSpec,
    /// Numbers that will be asked for, rising; those behind the end stand for the last frame.
    needed: Vec<u64>,
    /// How many frames are held for requests out of order.
    depth: usize,
    /// How many decoders may be read at once, over all streams.
    turns: Arc<Semaphore>,
    budget: FrameBudget,
    state: Mutex<State>,
    decoded: AtomicU64,
    restarts: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    decoder: Option<Decoder>,
    /// Number of the frame the decoder gives next.
    next: u64,
    /// How many there are, once the end was seen.
    total: Option<u64>,
    held: VecDeque<(u64, RawFrame, HeldBytes)>,
}

/// A frame, and which one it really is.
#[derive(Debug, Clone)]
pub struct Sourced {
    /// At most the number asked for: behind the end the last frame holds.
    pub index: u64,
    /// Its pixels.
    pub frame: RawFrame,
}

impl SourceStream {
    /// A stream that starts decoding with its first request. Of the frames decoded, those in
    /// `needed` (rising) are held, `depth` of them, at least 1.
    pub fn new(
        spec: DecodeSpec,
        needed: Vec<u64>,
        depth: usize,
        turns: Arc<Semaphore>,
        budget: FrameBudget,
    ) -> Self {
        Self {
            spec,
            needed,
            depth: depth.max(1),
            turns,
            budget,
            state: Mutex::default(),
            decoded: AtomicU64::new(0),
            restarts: AtomicU64::new(0),
        }
    }

    /// What it decodes.
    pub fn spec(&self) -> &DecodeSpec {
        &self.spec
    }

    /// Frames decoded so far, repeats included.
    pub fn decoded(&self) -> u64 {
        self.decoded.load(Ordering::Relaxed)
    }

    /// How often decoding began again.
    pub fn restarts(&self) -> u64 {
        self.restarts.load(Ordering::Relaxed)
    }

    /// Frame `index`, or the last one when there are not so many; `None` when there are none.
    ///
    /// # Errors
    /// [`MediaError`] of the decoder; what it gave before stays available.
    pub async fn frame(&self, index: u64) -> Result<Option<Sourced>, MediaError> {
        let mut state = self.state.lock().await;
        loop {
            let wanted = match state.total {
                Some(0) => return Ok(None),
                Some(total) => index.min(total - 1),
                None => index,
            };
            if let Some((number, frame, _)) = state.held.iter().find(|held| held.0 == wanted) {
                let index = *number;
                return Ok(Some(Sourced {
                    index,
                    frame: frame.clone(),
                }));
            }
            if wanted < state.next && state.decoder.is_some() {
                state.decoder = None;
            }
            self.advance(&mut state).await?;
        }
    }

    /// How many frames there are, once the end was seen.
    pub async fn total(&self) -> Option<u64> {
        self.state.lock().await.total
    }

    /// Ends its ffmpeg and lets go of its frames; it starts over if asked again.
    pub async fn close(&self) {
        let mut state = self.state.lock().await;
        state.decoder = None;
        state.held.clear();
    }

    async fn advance(&self, state: &mut State) -> Result<(), MediaError> {
        let decoder = match &mut state.decoder {
            Some(decoder) => decoder,
            none => {
                if state.next > 0 {
                    self.restarts.fetch_add(1, Ordering::Relaxed);
                }
                state.next = 0;
                none.insert(Decoder::start(&self.spec).await?)
            }
        };
        let turn = self.turns.acquire().await;
        let frame = decoder.next().await;
        drop(turn);
        match frame? {
            Some(frame) => {
                self.decoded.fetch_add(1, Ordering::Relaxed);
                // The newest is held in any case: it may turn out to be the last.
                let is_needed = |number: &u64| self.needed.binary_search(number).is_ok();
                if state
                    .held
                    .back()
                    .is_some_and(|(number, ..)| !is_needed(number))
                {
                    state.held.pop_back();
                }
                while state.held.len() >= self.depth {
                    state.held.pop_front();
                }
                let bytes = self.budget.hold(frame.data.len() as u64);
                state.held.push_back((state.next, frame, bytes));
                state.next += 1;
            }
            None => {
                // Exit is seen; the process is gone. What is held includes the last frame.
                state.total = Some(state.next);
                state.decoder = None;
            }
        }
        Ok(())
    }
}
