//! The second pass of an animated GIF.

use std::path::Path;
use std::time::Duration;

use futures::future::try_join_all;

use super::args::{PaletteUse, palette_use_args};
use super::error::EncodeError;
use super::gif_blocks::{clear_before_next, clears_after_leaving, frame_count};
use super::gif_parts::{joined, parts};
use super::run::run_ffmpeg;
use crate::composition::Fps;
use crate::process::path_arg;

const WHAT: &str = "GIF encode";

/// How a GIF is to be made.
#[derive(Debug, Clone, Copy)]
pub struct GifSettings {
    /// Frame rate.
    pub fps: Fps,
    /// Frames that were written.
    pub frames: u64,
    /// Parts of it that may be made at a time.
    pub at_once: usize,
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
    let mut gif = second_pass(ffmpeg, folder, settings, false, output).await?;
    if clears_after_leaving(&gif) != Some(false) {
        // Every frame is written whole, so that nothing is lost when each is cleared before the
        // next.
        gif = second_pass(ffmpeg, folder, settings, true, output).await?;
        clear_before_next(&mut gif).ok_or_else(|| unusable(output, "it is not a whole GIF"))?;
        std::fs::write(output, &gif).map_err(|e| unusable(output, &e.to_string()))?;
    }
    frame_count(&gif).ok_or_else(|| unusable(output, "it is not a whole GIF"))
}

/// Makes `output` and returns what is in it.
async fn second_pass(
    ffmpeg: &Path,
    folder: &Path,
    settings: GifSettings,
    whole: bool,
    output: &Path,
) -> Result<Vec<u8>, EncodeError> {
    let deadline = settings.deadline;
    let at_once = PaletteUse {
        fps: settings.fps,
        plays: settings.plays,
        whole,
        part: None,
    };
    let parts = parts(settings.frames, settings.at_once as u64);
    if parts.len() > 1 {
        let making = parts.iter().enumerate().map(|(number, part)| async move {
            let file = folder.join(format!("part-{number}.gif"));
            let wanted = PaletteUse {
                part: Some(part.made),
                ..at_once
            };
            let args = palette_use_args(folder, wanted, &file);
            run_ffmpeg(ffmpeg, WHAT, args, deadline).await?;
            let gif = read(&file)?;
            // The disk need not hold them all until the end.
            let _ = std::fs::remove_file(&file);
            Ok::<_, EncodeError>(gif)
        });
        let files = try_join_all(making).await?;
        if let Some(gif) = joined(&parts, &files) {
            std::fs::write(output, &gif).map_err(|e| unusable(output, &e.to_string()))?;
            return Ok(gif);
        }
    }
    let args = palette_use_args(folder, at_once, output);
    run_ffmpeg(ffmpeg, WHAT, args, deadline).await?;
    read(output)
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
