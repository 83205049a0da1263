//! Why a page cannot be captured, and problems in spite of which it is captured.

use crate::browser::BrowserError;

/// Why a page cannot be captured.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PageError {
    /// The browser failed.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// `window.__hf` never appeared.
    #[error(
        "[FrameCapture] window.__hf not ready after {ms}ms. Page must expose window.__hf = {{ duration, seek }}. {state}"
    )]
    NotReady {
        /// The deadline in milliseconds.
        ms: u128,
        /// What the page looked like at the end.
        state: String,
    },
    /// The composition has no length.
    #[error(
        "[FrameCapture] Composition has zero duration. {state}. Give the root element data-duration, or register a timeline in window.__timelines under its data-composition-id"
    )]
    ZeroDuration {
        /// What the page looked like.
        state: String,
        /// Whether the page runtime had finished starting.
        runtime_ready: bool,
    },
    /// HyperFrames' page runtime did not start.
    #[error("{text}")]
    Startup {
        /// What it says of that.
        text: String,
    },
    /// An effect chain failed.
    #[error(
        "A VFX chain failed, so its frames would render without the effect ({detail}). Correct the chain, or remove its data-vfx-chain"
    )]
    Vfx {
        /// What the page said.
        detail: String,
    },
    /// Samples of a sound on their way to its effects or back could not be read or written.
    #[error("the samples of the sound: {detail}")]
    Samples {
        /// What the file system said.
        detail: String,
    },
    /// Tailwind's browser build did not finish.
    #[error(
        "[FrameCapture] window.__tailwindReady not resolved after {ms}ms. Tailwind browser runtime must finish before frame capture starts."
    )]
    Tailwind {
        /// The deadline in milliseconds.
        ms: u128,
    },
}

impl PageError {
    /// True when a fresh browser may do better.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Browser(error) => error.is_transient(),
            Self::ZeroDuration { runtime_ready, .. } => !runtime_ready,
            Self::NotReady { .. }
            | Self::Startup { .. }
            | Self::Vfx { .. }
            | Self::Samples { .. }
            | Self::Tailwind { .. } => false,
        }
    }
}

/// A problem that may be visible in the output, although the render goes on. Codes are upstream's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageWarning {
    /// Stable code.
    pub code: &'static str,
    /// What happened, and what can be done about it.
    pub message: String,
    /// What kind of media it is about: upstream's word.
    pub media_type: Option<&'static str>,
    /// Files or names concerned.
    pub sources: Vec<String>,
    /// How long the page was waited for, milliseconds.
    pub timeout_ms: Option<u64>,
}
