//! Encoding failures; texts keep upstream's opening words, which the CLI's classifier matches.

use std::path::{Path, PathBuf};

use super::tools::FFMPEG_VARIABLE;
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
    /// It was built without an encoder that is needed.
    #[error(
        "{} was built without the encoder {encoder}. Install an ffmpeg that has it (those of Debian, Ubuntu and Homebrew do), name one in {FFMPEG_VARIABLE}, or render another format{}", ffmpeg.display(), gpu_hint(encoder)
    )]
    NoEncoder {
        /// Its name with ffmpeg.
        encoder: String,
        /// The program.
        ffmpeg: PathBuf,
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

/// What else helps where x264 or x265 is missing.
fn gpu_hint(encoder: &str) -> &'static str {
    match encoder {
        "libx264" | "libx265" => "; where a GPU can encode, --gpu (useGpu) needs none",
        _ => "",
    }
}

impl EncodeError {
    /// True when the encoder was ended or stopped from outside, so that another one may do better.
    pub fn is_lost(&self) -> bool {
        match self {
            Self::Failed { exit, .. } => exit.signal.is_some(),
            Self::Inactive { .. } => true,
            _ => false,
        }
    }

    /// The failure of an ffmpeg run, by what it said last.
    pub(super) fn failed(what: &'static str, ffmpeg: &Path, exit: Exit, stderr: String) -> Self {
        match missing_encoder(&stderr) {
            Some(encoder) => Self::NoEncoder {
                encoder: encoder.to_owned(),
                ffmpeg: ffmpeg.to_owned(),
            },
            None => Self::Failed { what, exit, stderr },
        }
    }
}

fn missing_encoder(stderr: &str) -> Option<&str> {
    let (_, rest) = stderr.split_once("Unknown encoder '")?;
    rest.split_once('\'').map(|(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_encoder_that_ffmpeg_lacks_is_named_with_the_remedy() {
        let failed = |stderr: &str| {
            let ffmpeg = Path::new("/opt/ffmpeg");
            EncodeError::failed("Streaming encode", ffmpeg, Exit::UNKNOWN, stderr.into())
        };
        // ffmpeg 5 and 7.
        for said in [
            "Unknown encoder 'libx264'",
            "[vost#0:0 @ 0x5] Unknown encoder 'libx264'\nError opening output file",
        ] {
            let text = failed(said).to_string();
            assert!(
                text.starts_with("/opt/ffmpeg was built without the encoder libx264."),
                "{text}"
            );
            assert!(
                text.contains("HYPERFRAMES_FFMPEG_PATH") && text.contains("--gpu"),
                "{text}"
            );
        }
        let vp9 = failed("Unknown encoder 'libvpx-vp9'").to_string();
        assert!(!vp9.contains("--gpu"), "{vp9}");
        assert!(
            failed("No space left")
                .to_string()
                .starts_with("Streaming encode failed: ")
        );
    }
}
