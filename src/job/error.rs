//! Why a render failed, as its caller sees it: a stable code, the stage, whether trying again
//! can help.

use std::path::PathBuf;

use crate::assemble::AssembleError;
use crate::audio::AudioError;
use crate::browser::BrowserError;
use crate::capture::{CaptureError, LaneError};
use crate::composition::CompositionError;
use crate::encode::EncodeError;
use crate::machine::{Host, LedgerError, OomKills, says_disk_full};
use crate::page::PageError;
use crate::pixels::{Rgb48Error, StillError};
use crate::plan::PlanError;
use crate::serve::ServeError;
use crate::spec::SpecError;
use crate::transitions::{BlendError, panic_text};
use crate::video::MediaError;

/// A render failure.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The spec is not usable.
    #[error("render spec: {0}")]
    Spec(String),
    /// The compiled composition is not usable.
    #[error(transparent)]
    Composition(#[from] CompositionError),
    /// The caller cancelled.
    #[error("render_cancelled")]
    Cancelled {
        /// The caller's reason.
        reason: String,
    },
    /// The destination can't be written.
    #[error("output {} {problem}", path.display())]
    Output {
        /// The destination.
        path: PathBuf,
        /// What is wrong.
        problem: String,
    },
    /// There is nothing to render.
    #[error("Composition duration is 0 — this would produce a black video. {0}")]
    ZeroDuration(String),
    /// The asset server did not start.
    #[error(transparent)]
    Serve(#[from] ServeError),
    /// Browser or page.
    #[error(transparent)]
    Browser(#[from] BrowserError),
    /// The page could not be brought to its first frame.
    #[error(transparent)]
    Page(#[from] PageError),
    /// Capturing failed.
    #[error("{0}")]
    Capture(#[from] CaptureError),
    /// Encoding failed.
    #[error(transparent)]
    Encode(#[from] EncodeError),
    /// A source can't be used.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The sound could not be made.
    #[error(transparent)]
    Audio(#[from] AudioError),
    /// A transition could not be blended.
    #[error("transition: {0}")]
    Blend(#[from] BlendError),
    /// An HDR source cannot be laid over frames.
    #[error(transparent)]
    HdrImage(AssembleError),
    /// No plan can be made.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// Layers don't fit together.
    #[error("HDR layers: {0}")]
    Layers(#[from] Rgb48Error),
    /// Something does not fit into the memory a job may use.
    #[error(
        "{what} needs {needed_mib} MiB, and this machine leaves {budget_mib} MiB to a render; render fewer pixels, or on a machine with more memory"
    )]
    Budget {
        /// What it is.
        what: String,
        /// What it needs, MiB.
        needed_mib: u64,
        /// The job's memory, MiB.
        budget_mib: u64,
    },
    /// The system ended processes for want of memory, and that is what failed it.
    #[error(
        "{source}\nThe system ended a process because memory ran out: this render may use {memory_mib} MiB. Give it more memory, render at a smaller size, or run fewer programs beside it"
    )]
    OutOfMemory {
        /// What failed first.
        source: Box<RenderError>,
        /// Memory of the machine, or what the tightest cgroup allows, MiB.
        memory_mib: u64,
    },
    /// Nothing of it moved any more: a wait that no other deadline ended.
    #[error("{0}")]
    Stalled(String),
    /// Its turn among the jobs of the process did not come.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file operation of ours failed.
    #[error("{what}: {source}")]
    Io {
        /// What was being done.
        what: &'static str,
        /// The cause.
        source: std::io::Error,
    },
    /// `publish` without a finished render.
    #[error("there is no finished render to publish")]
    NothingStaged,
    /// The composition has no such frame.
    #[error("there is no frame {frame}: the composition has {total_frames}, numbered from 0")]
    NoSuchFrame {
        /// What was asked for.
        frame: u64,
        /// Frames that there are.
        total_frames: u64,
    },
    /// Too many callers wait for frames.
    #[error("{most} callers wait for frames of this composition; ask again when some have theirs")]
    SessionBusy {
        /// Callers that may wait.
        most: usize,
    },
    /// The session was closed.
    #[error("the composition's frames were closed")]
    SessionClosed,
    /// A render waited for the memory of a session that nobody used.
    #[error("the open composition was closed: a render of this process needed its memory")]
    SessionYielded,
    /// Who asked for a frame waits for it no longer.
    #[error("the frame is not waited for any longer")]
    FrameForgotten,
    /// A picture could not be encoded.
    #[error("the frame cannot be given as asked: {0}")]
    Still(#[from] StillError),
    /// A bug of ours.
    #[error("internal error: {0}")]
    Panic(String),
}

impl From<AssembleError> for RenderError {
    fn from(error: AssembleError) -> Self {
        match error {
            AssembleError::Blend(BlendError::Panicked(text)) => Self::Panic(text),
            AssembleError::Blend(error) => Self::Blend(error),
            AssembleError::Layers(error) => Self::Layers(error),
            AssembleError::Video(error) => Self::Media(error),
            AssembleError::Transitions(error) => Self::Spec(error.to_string()),
            AssembleError::HdrImage { .. } | AssembleError::HdrClip { .. } => Self::HdrImage(error),
            AssembleError::MissingPass { .. } => Self::Panic(error.to_string()),
            AssembleError::Stalled { .. } => Self::Stalled(error.to_string()),
            AssembleError::Panicked(text) => Self::Panic(text),
        }
    }
}

impl From<SpecError> for RenderError {
    fn from(error: SpecError) -> Self {
        match error {
            SpecError::Field(text) => Self::Spec(text),
            SpecError::Composition(error) => Self::Composition(error),
        }
    }
}

impl RenderError {
    /// The error of a panic that was caught, whose text is a `&str` or a `String`.
    pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> Self {
        Self::Panic(panic_text(panic))
    }

    /// Stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Spec(_) | Self::Composition(_) => "HF_NATIVE_INVALID_SPEC",
            Self::Cancelled { .. } | Self::FrameForgotten => "HF_NATIVE_CANCELLED",
            Self::Output { .. } => "HF_NATIVE_OUTPUT",
            Self::ZeroDuration(_) => "HF_NATIVE_ZERO_DURATION",
            Self::Serve(_) | Self::Io { .. } => "HF_NATIVE_IO",
            Self::Browser(error) => browser_code(error),
            Self::Page(error) | Self::Capture(CaptureError::Page(error)) => page_code(error),
            Self::Capture(CaptureError::Frame {
                source: LaneError::Browser(error),
                ..
            }) => browser_code(error),
            Self::Capture(_) => "HF_NATIVE_CAPTURE",
            Self::Encode(EncodeError::ToolMissing { .. } | EncodeError::ToolConfigured { .. }) => {
                "HF_NATIVE_FFMPEG_NOT_FOUND"
            }
            Self::Encode(EncodeError::Truncated { .. }) => "HF_NATIVE_TRUNCATED",
            Self::Encode(
                EncodeError::Failed { stderr: text, .. } | EncodeError::Output { detail: text, .. },
            ) if says_disk_full(text) => "HF_NATIVE_DISK_FULL",
            Self::Encode(_) => "HF_NATIVE_ENCODE",
            Self::Media(error) => media_code(error),
            Self::Audio(error) if error.is_disk_full() => "HF_NATIVE_DISK_FULL",
            Self::Audio(AudioError::Effects { .. }) => "HF_NATIVE_AUDIO_EFFECTS",
            Self::Audio(error) if error.is_authors() => "HF_NATIVE_AUDIO_SOURCE",
            Self::Audio(_) => "HF_NATIVE_AUDIO_MIX",
            Self::Blend(_) | Self::Layers(_) => "HF_NATIVE_BLEND",
            Self::HdrImage(_) => "HF_NATIVE_HDR_IMAGE",
            Self::Plan(PlanError::TooLong { .. }) => "HF_NATIVE_TOO_LONG",
            Self::Plan(PlanError::HdrScaling { .. }) => "HF_NATIVE_HDR_SCALING",
            Self::Plan(PlanError::HdrMotionBlur) => "HF_NATIVE_HDR_MOTION_BLUR",
            Self::Budget { .. } | Self::OutOfMemory { .. } => "HF_NATIVE_MEMORY",
            Self::Stalled(_) => "HF_NATIVE_STALLED",
            Self::Ledger(_) | Self::SessionYielded => "HF_NATIVE_BUSY",
            Self::NothingStaged => "HF_NATIVE_STATE",
            Self::NoSuchFrame { .. } => "HF_NATIVE_FRAME_TIME",
            Self::SessionBusy { .. } => "HF_NATIVE_FRAME_QUEUE",
            Self::SessionClosed => "HF_NATIVE_FRAME_CLOSED",
            Self::Still(_) => "HF_NATIVE_FRAME_FORMAT",
            Self::Panic(_) => "HF_NATIVE_PANIC",
        }
    }

    /// The same error where it is one of a process that ended, and the system has ended some since `kills`
    /// because memory ran out.
    pub(super) fn with_memory(self, kills: OomKills) -> Self {
        const OF_ENDED_PROCESSES: [&str; 6] = [
            "HF_NATIVE_BROWSER_CRASHED",
            "HF_NATIVE_BROWSER_LAUNCH",
            "HF_NATIVE_CAPTURE",
            "HF_NATIVE_ENCODE",
            "HF_NATIVE_VIDEO_DECODE",
            "HF_NATIVE_AUDIO_MIX",
        ];
        match OF_ENDED_PROCESSES.contains(&self.code()) && kills.any_since() {
            true => Self::OutOfMemory {
                source: Box::new(self),
                memory_mib: Host::detect().memory_mib,
            },
            false => self,
        }
    }

    /// Upstream's name of the stage that failed.
    pub fn stage(&self) -> &'static str {
        match self {
            Self::OutOfMemory { source, .. } => source.stage(),
            Self::Spec(_) | Self::Composition(_) | Self::Plan(_) => "compile",
            Self::Encode(_) => "encode",
            Self::Output { .. } | Self::NothingStaged => "assemble",
            Self::Audio(_) => "process_audio",
            Self::Capture(_)
            | Self::Stalled(_)
            | Self::Blend(_)
            | Self::Layers(_)
            | Self::HdrImage(_)
            | Self::NoSuchFrame { .. }
            | Self::SessionBusy { .. }
            | Self::SessionClosed
            | Self::SessionYielded
            | Self::FrameForgotten
            | Self::Still(_)
            | Self::Budget { .. } => "capture",
            Self::Media(_) => "extract_videos",
            _ => "start_browsers",
        }
    }

    /// True when the same render may succeed when tried again.
    pub fn retryable(&self) -> bool {
        match self {
            Self::OutOfMemory { source, .. } => source.retryable(),
            Self::Browser(error) => error.is_transient(),
            Self::Page(error) => error.is_transient(),
            Self::Capture(error) => error.is_transient(),
            Self::Audio(error) => error.is_transient(),
            Self::Media(MediaError::Process(_))
            | Self::Stalled(_)
            | Self::SessionBusy { .. }
            | Self::SessionYielded
            | Self::Ledger(_) => true,
            _ => false,
        }
    }
}

fn browser_code(error: &BrowserError) -> &'static str {
    match error {
        BrowserError::NotFound { .. } | BrowserError::ConfiguredMissing { .. } => {
            "HF_NATIVE_BROWSER_NOT_FOUND"
        }
        BrowserError::Launch { .. } => "HF_NATIVE_BROWSER_LAUNCH",
        BrowserError::MajorMismatch { .. } => "HF_NATIVE_BROWSER_VERSION",
        BrowserError::Timeout { .. } => "HF_NATIVE_PROTOCOL_TIMEOUT",
        BrowserError::NavigationTimeout { .. }
        | BrowserError::Navigation { .. }
        | BrowserError::ContextLost
        | BrowserError::LeftPage { .. } => "HF_NATIVE_NAVIGATION",
        BrowserError::Closed { .. } | BrowserError::PageCrashed => "HF_NATIVE_BROWSER_CRASHED",
        BrowserError::Evaluation { .. } => "HF_NATIVE_PAGE_SCRIPT",
        error if error.is_navigation() => "HF_NATIVE_NAVIGATION",
        BrowserError::Protocol { .. } | BrowserError::Reply { .. } => "HF_NATIVE_PROTOCOL",
    }
}

fn media_code(error: &MediaError) -> &'static str {
    match error {
        MediaError::Decode { .. }
        | MediaError::Stream { .. }
        | MediaError::Stalled { .. }
        | MediaError::FarKeyFrame { .. }
        | MediaError::Process(_) => "HF_NATIVE_VIDEO_DECODE",
        MediaError::Coverage { .. } => "HF_NATIVE_VIDEO_COVERAGE",
        MediaError::ToolMissing(_) => "HF_NATIVE_FFMPEG_NOT_FOUND",
        MediaError::Listen(_) => "HF_NATIVE_IO",
        MediaError::Outside { .. } => "HF_NATIVE_OUTSIDE_PROJECT",
        _ => "HF_NATIVE_VIDEO_SOURCE",
    }
}

fn page_code(error: &PageError) -> &'static str {
    match error {
        PageError::Browser(error) => browser_code(error),
        PageError::NotReady { .. } | PageError::Tailwind { .. } => "HF_NATIVE_PAGE_NOT_READY",
        PageError::ZeroDuration { .. } => "HF_NATIVE_ZERO_DURATION",
        PageError::Startup { .. } => "HF_NATIVE_PAGE_SCRIPT",
        PageError::Vfx { .. } => "HF_NATIVE_VFX",
        PageError::Samples { .. } => "HF_NATIVE_IO",
    }
}
