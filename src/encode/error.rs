//! Encoding failures; texts keep upstream's opening words, which the CLI's classifier matches.

use std::path::PathBuf;

use crate::process::{Exit, ProcessError};

/// Why a file was not made.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// A tool is not installed.
    #[error(
        "{tool} not found. Install ffmpeg (`apt-get install ffmpeg`, `brew install ffmpeg`) or set {variable}"
    )]
    ToolMissing {
        /// `ffmpeg` or `ffprobe`.
        tool: &'static str,
        /// The variable that names it.
        variable: &'static str,
    },
    /// A configured tool does not exist.
    #[error("{variable} is set to {}, which does not exist", path.display())]
    ToolConfigured {
        /// The variable that names it.
        variable: &'static str,
        /// Its value.
        path: PathBuf,
    },
    /// It could not be started.
    #[error("[FFmpeg] {0}")]
    Process(#[from] ProcessError),
    /// It ended with an error.
    #[error("{what} failed: FFmpeg exited with {exit}\nffmpeg stderr (tail):\n{stderr}")]
    Failed {
        /// `Streaming encode`, `Faststart` …
        what: &'static str,
        /// How it ended.
        exit: Exit,
        /// Its last lines.
        stderr: String,
    },
    /// It stopped reading.
    #[error("Streaming encode failed: FFmpeg stopped after {ms} ms without consuming a frame.")]
    Inactive {
        /// The deadline in milliseconds.
        ms: u128,
    },
    /// It did not finish in time.
    #[error(
        "{what} failed: FFmpeg did not finish within {ms} ms. Raise FFMPEG_PROCESS_TIMEOUT_MS, FFMPEG_STREAMING_TIMEOUT_MS or, for a GIF, FFMPEG_ENCODE_TIMEOUT_MS"
    )]
    Deadline {
        /// `Streaming encode`, `Faststart` …
        what: &'static str,
        /// The deadline in milliseconds.
        ms: u128,
    },
    /// Its output could not be understood.
    #[error("ffprobe gave no usable facts about {}: {detail}", path.display())]
    Probe {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        detail: String,
    },
    /// A file could not be written, or is not what it should be.
    #[error("[Render] {} cannot be used: {detail}", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        detail: String,
    },
    /// The file is shorter than what was captured.
    #[error("Render artifact is truncated: {detail}")]
    Truncated {
        /// Expected and found figures.
        detail: String,
    },
}
