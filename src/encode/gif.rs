//! The second pass of an animated GIF.

use std::path::Path;
use std::time::Duration;

use super::args::palette_use_args;
use super::error::EncodeError;
use super::gif_blocks::{clear_before_next, clears_after_leaving, frame_count};
use super::run::run_ffmpeg;
use crate::composition::Fps;
use crate::process::path_arg;

const WHAT: &str = "GIF encode";

/// How a GIF is to be made.
#[derive(Debug, Clone, Copy)]
pub struct GifSettings {
    /// Frame rate.
    pub fps: Fps,
    /// How often it plays, 0 for ever.
    pub plays: u16,
    /// For each ffmpeg run.
    pub deadline: Duration,
}

/// Makes `output` from the parts that a [`super::Codec::GifParts`] encode wrote to `folder`.
/// Returns its number of frames.
///
/// # Errors
/// [`EncodeError`]; `output` may then hold a partial file.
pub async fn assemble_gif(
    ffmpeg: &Path,
    folder: &Path,
    settings: GifSettings,
    output: &Path,
) -> Result<usize, EncodeError> {
    let GifSettings {
        fps,
        plays,
        deadline,
    } = settings;
    let args = palette_use_args(folder, fps, plays, false, output);
    run_ffmpeg(ffmpeg, WHAT, args, deadline).await?;
    let mut gif = read(output)?;
    if clears_after_leaving(&gif) != Some(false) {
        // Every frame is written whole, so that nothing is lost when each is cleared before the
        // next.
        let args = palette_use_args(folder, fps, plays, true, output);
        run_ffmpeg(ffmpeg, WHAT, args, deadline).await?;
        gif = read(output)?;
        clear_before_next(&mut gif).ok_or_else(|| unusable(output, "it is not a whole GIF"))?;
        std::fs::write(output, &gif).map_err(|e| unusable(output, &e.to_string()))?;
    }
    frame_count(&gif).ok_or_else(|| unusable(output, "it is not a whole GIF"))
}

fn read(file: &Path) -> Result<Vec<u8>, EncodeError> {
    std::fs::read(file).map_err(|e| unusable(file, &e.to_string()))
}

fn unusable(file: &Path, why: &str) -> EncodeError {
    EncodeError::Output {
        path: path_arg(file).into(),
        detail: why.to_owned(),
    }
}
