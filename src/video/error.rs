//! What can be wrong with a source file; kinds and their texts are upstream's where it has them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::resolve::is_remote;
use super::source_file::{SourceFault, source_fault};
use crate::composition::VideoClip;
use crate::probe::ProbeError;
use crate::process::{Exit, ProcessError};

/// Why a source gives no frames.
#[derive(Debug, Clone, thiserror::Error)]
pub enum MediaError {
    /// The file does not exist.
    #[error(
        "video \"{id}\": src=\"{src}\" could not be found (looked for {}). Check the path; paths are relative to the project's root, also inside sub-compositions",
        path.display()
    )]
    Missing {
        /// The clip.
        id: String,
        /// As authored.
        src: String,
        /// Where it was looked for last.
        path: PathBuf,
    },
    /// It lies outside of the project, and the render may not go there.
    #[error(
        "src=\"{src}\" leads outside of the project, which this render may not leave; put the file into the project, or allow it with pageFiles: \"all\" (HF_NATIVE_PAGE_FILES)"
    )]
    Outside {
        /// As authored.
        src: String,
    },
    /// It is still an address on the network.
    #[error(
        "video \"{id}\": src=\"{src}\" is a remote source that was not downloaded; put the file into the project"
    )]
    Remote {
        /// The clip.
        id: String,
        /// As authored.
        src: String,
    },
    /// It is a folder, a pipe or a device.
    #[error(
        "video \"{id}\": {} is {found}; src must name a media file",
        path.display()
    )]
    NotAFile {
        /// The clip.
        id: String,
        /// What its source means.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// Its picture is larger than pages and encoders can show.
    #[error(
        "video \"{id}\": {} is {width}x{height} pixels; at most {most} a side can be shown. Make it smaller: ffmpeg -i IN -vf \"scale='min({most},iw)':'min({most},ih)':force_original_aspect_ratio=decrease\" OUT",
        path.display()
    )]
    TooLarge {
        /// The clip.
        id: String,
        /// The file.
        path: PathBuf,
        /// Pixels.
        width: u32,
        /// Pixels.
        height: u32,
        /// Most pixels of a side.
        most: u32,
    },
    /// It is a text document.
    #[error(
        "video \"{id}\": {} is a text document (HTML, XML or JSON), not a media file. The address it came from probably answered with an error page; download the file again",
        path.display()
    )]
    Text {
        /// The clip.
        id: String,
        /// The file.
        path: PathBuf,
    },
    /// It has no moving picture.
    #[error(
        "video \"{id}\": {} is {found}, which a <video> element can't show; use the matching element or convert it",
        path.display()
    )]
    WrongKind {
        /// The clip.
        id: String,
        /// The file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// ffprobe could not read it.
    #[error(
        "[FFmpeg] ffprobe could not read {}: {detail}. The file may be empty, truncated or encrypted; try playing it, or re-encode it with ffmpeg",
        path.display()
    )]
    Probe {
        /// The file.
        path: PathBuf,
        /// ffprobe's words.
        detail: String,
    },
    /// It lasts no time.
    #[error("{} has no positive duration: it holds no playable video", path.display())]
    NoDuration {
        /// The file.
        path: PathBuf,
    },
    /// The in-point lies behind the end.
    #[error(
        "video \"{id}\": data-media-start {media_start} s is outside the playable {playable} s of {}",
        path.display()
    )]
    StartOutOfRange {
        /// The clip.
        id: String,
        /// The in-point, seconds.
        media_start: f64,
        /// Playable length, seconds.
        playable: f64,
        /// The file.
        path: PathBuf,
    },
    /// ffmpeg ended with an error.
    #[error("decoding {} failed: FFmpeg exited with {exit}{}", path.display(), said(stderr))]
    Decode {
        /// The file.
        path: PathBuf,
        /// How it ended.
        exit: Exit,
        /// Its last lines.
        stderr: String,
    },
    /// ffmpeg gave something else than the frames asked for.
    #[error("decoding {} gave an unreadable stream: {detail}", path.display())]
    Stream {
        /// The file.
        path: PathBuf,
        /// What was wrong.
        detail: String,
    },
    /// ffmpeg gave nothing for too long.
    #[error(
        "decoding {} gave no frame for {ms} ms. Raise FFMPEG_PROCESS_TIMEOUT_MS if the file is that slow to decode",
        path.display()
    )]
    Stalled {
        /// The file.
        path: PathBuf,
        /// The deadline in milliseconds.
        ms: u128,
    },
    /// The key frame before the in-point is too far away.
    #[error(
        "decoding {} up to {at} s took longer than {seconds} s: its key frames are too far apart. Give it one every second and use that file: ffmpeg -i IN -c:v libx264 -crf 16 -g 30 -c:a copy OUT.mp4",
        path.display()
    )]
    FarKeyFrame {
        /// The file.
        path: PathBuf,
        /// The in-point, seconds.
        at: f64,
        /// How long it was waited for, seconds.
        seconds: f64,
    },
    /// Too few frames came.
    #[error(
        "Video \"{id}\" captured {captured} of expected {expected} frames (coverage {}%, threshold {}%). The source {} ends early or is damaged; re-encode it, shorten the clip, or set HF_VIDEO_COVERAGE_THRESHOLD=0 to render without it",
        percent(*captured, *expected),
        (threshold * 1000.0).round() / 10.0,
        path.display()
    )]
    Coverage {
        /// The clip.
        id: String,
        /// Frames the source gave.
        captured: u64,
        /// Frames the clip has.
        expected: u64,
        /// Share demanded, 0 to 1.
        threshold: f64,
        /// The file.
        path: PathBuf,
    },
    /// The render is over.
    #[error("decoding was stopped: the render is over")]
    Stopped,
    /// A tool is not there, or is not a program.
    #[error("[FFmpeg] {0}. Install ffmpeg, or correct the variable that names it")]
    ToolMissing(String),
    /// A tool would not start for want of processes or memory, or not end in time.
    #[error("[FFmpeg] {0}")]
    Process(String),
    /// The frames' own address could not be opened.
    #[error("cannot serve source frames on 127.0.0.1: {0}")]
    Listen(String),
}

impl MediaError {
    /// What is wrong with the source of `clip`, which was resolved to `path`, before it is probed.
    pub fn of_source(clip: &VideoClip, path: &Path) -> Option<Self> {
        let (id, src) = (clip.id.clone(), clip.src.clone());
        if is_remote(&src) {
            return Some(Self::Remote { id, src });
        }
        let path = path.to_owned();
        Some(match source_fault(&path)? {
            SourceFault::Missing => Self::Missing { id, src, path },
            SourceFault::NotAFile(found) => Self::NotAFile { id, path, found },
            SourceFault::Text => Self::Text { id, path },
        })
    }

    /// The error of a file that could not be probed.
    pub fn of_probe(path: &Path, error: ProbeError) -> Self {
        match error {
            ProbeError::Start(error) => error.into(),
            other => Self::Probe {
                path: path.to_owned(),
                detail: other.to_string(),
            },
        }
    }
}

impl From<ProcessError> for MediaError {
    fn from(error: ProcessError) -> Self {
        let text = error.to_string();
        match error {
            ProcessError::Spawn { source, .. }
                if matches!(
                    source.kind(),
                    ErrorKind::NotFound | ErrorKind::PermissionDenied
                ) =>
            {
                Self::ToolMissing(text)
            }
            _ => Self::Process(text),
        }
    }
}

/// What ffmpeg said, if anything: one that was killed says nothing.
fn said(stderr: &str) -> String {
    match stderr.trim() {
        "" => String::new(),
        lines => format!("\nffmpeg stderr (tail):\n{lines}"),
    }
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1}", part as f64 * 100.0 / whole.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_judged_before_they_are_probed() {
        use crate::video::testing::clip;
        let dir = tempfile::tempdir().unwrap();
        let error = |src: &str, path: &Path| {
            let mut clip = clip(0.0, 1.0);
            clip.src = src.into();
            MediaError::of_source(&clip, path).unwrap().to_string()
        };
        let remote = error(" HTTPS://cdn.example/a.mp4", Path::new("/none"));
        assert!(remote.contains("not downloaded"), "{remote}");
        let folder = error("media", dir.path());
        assert!(folder.contains("is a folder"), "{folder}");
        let missing = error("a.mp4", Path::new("/none/a.mp4"));
        assert!(missing.contains("could not be found"), "{missing}");
    }

    #[test]
    fn only_a_tool_that_is_not_there_has_to_be_installed() {
        let of = |kind: ErrorKind| {
            MediaError::from(ProcessError::Spawn {
                program: "ffmpeg".into(),
                source: kind.into(),
            })
        };
        assert!(matches!(
            of(ErrorKind::NotFound),
            MediaError::ToolMissing(_)
        ));
        assert!(matches!(
            of(ErrorKind::ResourceBusy),
            MediaError::Process(_)
        ));
        let late = ProcessError::Deadline {
            name: "ffmpeg".into(),
            ms: 1,
        };
        assert!(matches!(MediaError::from(late), MediaError::Process(_)));
    }
}
