//! The second pass of an animated GIF.

use std::fs::File;
use std::io::{self, BufReader, BufWriter};
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::try_join_all;
use tokio::task::spawn_blocking;

use super::args::{PaletteUse, palette_use_args};
use super::error::EncodeError;
use super::gif_blocks::Disposals;
use super::gif_parts::{Part, join, parts};
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
) -> Result<u64, EncodeError> {
    let mut disposals = second_pass(ffmpeg, folder, settings, false, output).await?;
    if disposals.clears_after_leaving {
        // Every frame is written whole, so that nothing is lost when each is cleared before the
        // next.
        disposals = second_pass(ffmpeg, folder, settings, true, output).await?;
        let file = output.to_owned();
        on_disk(output, move || {
            let into = File::options().write(true).open(&file)?;
            disposals.clear_all(reader(&file)?, into)
        })
        .await?;
    }
    Ok(disposals.frames)
}

/// Makes `output` and returns what is in it.
async fn second_pass(
    ffmpeg: &Path,
    folder: &Path,
    settings: GifSettings,
    whole: bool,
    output: &Path,
) -> Result<Disposals, EncodeError> {
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
            Ok::<_, EncodeError>(file)
        });
        let files = try_join_all(making).await?;
        let file = output.to_owned();
        if let Some(disposals) = on_disk(output, move || join_files(&parts, files, &file)).await? {
            return Ok(disposals);
        }
    }
    let args = palette_use_args(folder, at_once, output);
    run_ffmpeg(ffmpeg, WHAT, args, deadline).await?;
    let file = output.to_owned();
    on_disk(output, move || Disposals::read(reader(&file)?)).await
}

/// Writes `output`, the whole of `files`, which are gone afterwards.
fn join_files(parts: &[Part], files: Vec<PathBuf>, output: &Path) -> io::Result<Option<Disposals>> {
    let whole = BufWriter::new(File::create(output)?);
    let open = |file: &PathBuf| {
        let part = reader(file);
        // The disk need not hold it longer than it is read.
        let _ = std::fs::remove_file(file);
        part
    };
    join(parts, files, open, whole)
}

fn reader(file: &Path) -> io::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(file)?))
}

/// Does what blocks with `file`, which errors name.
async fn on_disk<T: Send + 'static>(
    file: &Path,
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, EncodeError> {
    let done = match spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => Err(io::Error::other(error)),
    };
    done.map_err(|error| EncodeError::Output {
        path: path_arg(file).into(),
        detail: error.to_string(),
    })
}
