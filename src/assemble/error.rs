//! Why a frame could not be assembled.

use std::path::PathBuf;

use crate::composition::TooManyFrames;
use crate::pixels::Rgb48Error;
use crate::sync::Stopped;
use crate::transitions::BlendError;
use crate::video::MediaError;

/// Why a frame could not be assembled.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// A transition could not be blended.
    #[error("transition: {0}")]
    Blend(#[from] BlendError),
    /// The render is too long for a table of its transitions.
    #[error(transparent)]
    Transitions(#[from] TooManyFrames),
    /// Layers do not fit together.
    #[error("HDR layers: {0}")]
    Layers(#[from] Rgb48Error),
    /// The source of an HDR clip failed.
    #[error(transparent)]
    Video(#[from] MediaError),
    /// An HDR image of the page cannot be used.
    #[error(
        "HDR image \"{id}\", {}: {detail}. Give a 16-bit RGB or RGBA PNG, or render with --sdr",
        path.display()
    )]
    HdrImage {
        /// Its render id.
        id: String,
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// An HDR clip of the page cannot be used.
    #[error(
        "HDR clip \"{id}\", {}: {detail}. Make its element smaller, or render with --sdr",
        path.display()
    )]
    HdrClip {
        /// Its render id.
        id: String,
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        detail: String,
    },
    /// A frame came without a capture that it needs.
    #[error("frame {frame} lacks a capture")]
    MissingPass {
        /// The output frame.
        frame: u64,
    },
    /// A frame waited for others, and nothing moved.
    #[error("frame {frame} waits for {awaited}, and nothing of the render has moved for {ms} ms")]
    Stalled {
        /// The output frame.
        frame: u64,
        /// What it waits for.
        awaited: &'static str,
        /// Milliseconds.
        ms: u64,
    },
    /// A bug of ours.
    #[error("{0}")]
    Panicked(String),
}

impl AssembleError {
    /// Of a frame whose wait was given up.
    pub(super) fn stalled(frame: u64, awaited: &'static str, Stopped { ms }: Stopped) -> Self {
        Self::Stalled { frame, awaited, ms }
    }

    /// The error of work on another thread that did not come to its end.
    pub(super) fn broken(frame: u64, done: &str, failure: &tokio::task::JoinError) -> Self {
        Self::Panicked(format!("frame {frame} could not be {done}: {failure}"))
    }
}
