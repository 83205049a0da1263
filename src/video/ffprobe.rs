//! ffprobe runs: bounded in time and output, remembered by file identity.

use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use lru::LruCache;

use super::error::MediaError;
use super::facts::{ProbeOutput, VideoFacts};
use crate::process::{ChildSpec, RunError, run_to_end};
use crate::sync::IgnorePoison;

/// For one run (upstream's figure).
const DEADLINE: Duration = Duration::from_secs(30);
/// Answers remembered per process.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// What a file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFacts {
    /// Its first video stream.
    pub video: Option<VideoFacts>,
    /// It has sound.
    pub has_audio: bool,
}

/// Changes whenever the file does: device, inode, size, modification and change time.
type Identity = (PathBuf, u64, u64, u64, i64, i64, i64, i64);

static KNOWN: LazyLock<Mutex<LruCache<Identity, MediaFacts>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

fn identity(path: &Path) -> Option<Identity> {
    let meta = std::fs::metadata(path).ok()?;
    Some((
        path.to_owned(),
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    ))
}

/// Facts about `path`, from memory while the file is the same.
///
/// # Errors
/// [`MediaError::Probe`] with ffprobe's last words.
pub async fn probe(ffprobe: &Path, path: &Path) -> Result<MediaFacts, MediaError> {
    let identity = identity(path);
    let known = || KNOWN.lock().ignore_poison();
    if let Some(facts) = identity.as_ref().and_then(|id| known().get(id).cloned()) {
        return Ok(facts);
    }
    let json = run(
        ffprobe,
        path,
        &["-print_format", "json", "-show_format", "-show_streams"],
    )
    .await?;
    let output: ProbeOutput = serde_json::from_slice(&json).map_err(|error| MediaError::Probe {
        path: path.to_owned(),
        detail: error.to_string(),
    })?;
    let facts = MediaFacts {
        video: output.video(),
        has_audio: output.has_audio(),
    };
    if let Some(identity) = identity {
        known().put(identity, facts.clone());
    }
    Ok(facts)
}

/// When the last frame of the video stream shows, in seconds from the stream's first frame,
/// looked for in the stream's last second and, failing that, in all of it.
///
/// # Errors
/// [`MediaError::Probe`] when no frame can be decoded.
pub async fn final_frame_time(
    ffprobe: &Path,
    path: &Path,
    facts: &VideoFacts,
) -> Result<f64, MediaError> {
    let end = facts.stream_start + facts.stream_duration;
    let interval = format!("{}%{end}", (end - 1.0).max(facts.stream_start));
    const ENTRIES: [&str; 6] = [
        "-select_streams",
        "v:0",
        "-show_entries",
        "frame=best_effort_timestamp_time",
        "-of",
        "csv=p=0",
    ];
    let tail = [&ENTRIES[..], &["-read_intervals", &interval]].concat();
    for args in [&tail[..], &ENTRIES[..]] {
        let text = run(ffprobe, path, args).await?;
        let text = String::from_utf8_lossy(&text);
        let mut times = text
            .lines()
            .filter_map(|line| line.split(',').next()?.trim().parse::<f64>().ok());
        if let Some(last) = times.rfind(|time| time.is_finite()) {
            return Ok((last - facts.stream_start).clamp(0.0, facts.stream_duration));
        }
    }
    Err(MediaError::Probe {
        path: path.to_owned(),
        detail: "no video frame can be decoded".into(),
    })
}

async fn run(ffprobe: &Path, path: &Path, args: &[&str]) -> Result<Vec<u8>, MediaError> {
    let failed = |detail: String| MediaError::Probe {
        path: path.to_owned(),
        detail,
    };
    let mut all: Vec<std::ffi::OsString> = vec!["-v".into(), "error".into()];
    all.extend(args.iter().map(Into::into));
    // A file called "-" would mean standard input.
    all.extend([
        "--".into(),
        std::path::absolute(path)
            .unwrap_or_else(|_| path.to_owned())
            .into(),
    ]);
    let spec = ChildSpec {
        program: ffprobe.to_owned(),
        args: all,
        piped_stdout: true,
        ..ChildSpec::default()
    };
    match run_to_end(spec, DEADLINE).await {
        Ok(run) if run.exit.success() => Ok(run.stdout),
        Ok(run) => Err(failed(format!("{}: {}", run.exit, run.stderr_tail(3)))),
        Err(RunError::Start(error)) => Err(error.into()),
        Err(error) => Err(failed(error.to_string())),
    }
}
