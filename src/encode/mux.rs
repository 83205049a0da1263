//! The last pass over an encoded file.

use std::path::Path;
use std::time::Duration;

use super::args::{path_arg, provenance, words};
use super::error::EncodeError;
use super::run::run_ffmpeg;
use crate::composition::Fps;

/// Copies an MP4 with its index in front, so that players start before the download ends.
///
/// # Errors
/// [`EncodeError`]; `output` may then hold a partial file.
pub async fn remux_faststart(
    ffmpeg: &Path,
    input: &Path,
    output: &Path,
    fps: Fps,
    renderer_version: &str,
    deadline: Duration,
) -> Result<(), EncodeError> {
    const WHAT: &str = "Faststart";
    let mut args = words(&[
        "-i",
        &path_arg(input),
        "-c",
        "copy",
        "-movflags",
        "+faststart",
    ]);
    args.extend(provenance(renderer_version, true));
    args.extend(words(&["-r", &fps.ffmpeg_arg(), "-y", &path_arg(output)]));
    run_ffmpeg(ffmpeg, WHAT, args, deadline).await
}
