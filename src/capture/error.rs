//! Capture failures.

use super::lane::LaneError;
use crate::browser::BrowserError;
use crate::page::PageError;
use crate::plan::LaneFault;

/// Why frames could not be captured.
#[derive(Debug, Clone, thiserror::Error)]
pub enum CaptureError {
    /// The page could not be brought to its first frame.
    #[error(transparent)]
    Page(#[from] PageError),
    /// A worker's browser or page failed while capturing.
    #[error("[Parallel] Capture failed: Worker {worker}: frame {frame}: {source}")]
    Frame {
        /// Worker index, from 0.
        worker: usize,
        /// Frame index, from 0.
        frame: u64,
        /// The failure.
        source: LaneError,
    },
    /// Chrome gave no picture for a frame although it owed one.
    #[error("[Render] Capture completed but frame {frame} is missing (worker {worker})")]
    NoPicture {
        /// Worker index, from 0.
        worker: usize,
        /// Frame index, from 0.
        frame: u64,
    },
    /// The page draws something else on command than by itself, or that could not be found out.
    #[error("the page is not driven, because {why}")]
    Driving {
        /// What speaks against it.
        why: String,
    },
    /// A browser's picture cannot be read where that of the first one can.
    #[error("its frames would be photographed, where others are read: {why}")]
    Unread {
        /// Why it was not found.
        why: String,
    },
    /// A later stage stopped taking frames; its error is the one that is reported.
    #[error("the encoder stopped taking frames")]
    Abandoned,
}

impl CaptureError {
    /// What is wrong with the lane, where it is the lane that failed: all frames have to be captured
    /// again in another.
    pub fn lane_fault(&self) -> Option<LaneFault> {
        if self.discredits_surface() {
            return Some(LaneFault::Surface);
        }
        if matches!(self, Self::Driving { .. }) {
            return Some(LaneFault::Driving);
        }
        self.is_stalled_compositor()
            .then_some(LaneFault::Compositor)
    }

    /// True when the surface lane was caught showing something else than Chrome does: frames it
    /// gave before are in doubt as well.
    pub(super) fn discredits_surface(&self) -> bool {
        matches!(
            self,
            Self::Frame {
                source: LaneError::SurfaceMismatch(_),
                ..
            }
        )
    }

    /// True when the compositor drew no frame at all: it may under another mode.
    pub(super) fn is_stalled_compositor(&self) -> bool {
        let Self::Page(PageError::Browser(BrowserError::Timeout { method, .. })) = self else {
            return false;
        };
        method == "HeadlessExperimental.beginFrame"
    }

    /// True when a fresh browser may do better.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Page(error) => error.is_transient(),
            Self::Frame { source, .. } => source.is_transient(),
            Self::NoPicture { .. } => true,
            Self::Abandoned | Self::Driving { .. } | Self::Unread { .. } => false,
        }
    }
}
