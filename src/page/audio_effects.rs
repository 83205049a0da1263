//! Runs upstream's audio effects, which are Web Audio graphs, on samples in a page.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use futures::future::BoxFuture;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::error::PageError;
use crate::browser::{Browser, BrowserError, PageSession};

const SCRIPT: &str = include_str!("scripts/audio_effects.js");
/// Most samples of a channel in one message.
const MESSAGE_SAMPLES: u64 = 1 << 20;
/// Width and height of the page, CSS pixels; it shows nothing.
const SIZE: u32 = 64;
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b':')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// Where the samples of a run come from, and where they go to: one block after the other, because
/// all of a long sound take much memory.
pub trait EffectsSound: Send {
    /// The next `count` samples of each channel, full scale being 1.
    fn read(&mut self, count: u64) -> BoxFuture<'_, std::io::Result<Vec<Vec<f32>>>>;

    /// Takes the next samples of each channel, as many of each.
    fn write(&mut self, planes: Vec<Vec<f32>>) -> BoxFuture<'_, std::io::Result<()>>;
}

/// One run of effects.
#[derive(Debug)]
pub struct EffectsRun<'a> {
    /// Channels that go in.
    pub channels: usize,
    /// Samples of each.
    pub samples: u64,
    /// Sample rate, Hz.
    pub sample_rate: u32,
    /// The effect chain, JSON.
    pub chain: &'a str,
    /// Automation of its parameters, JSON.
    pub automation: Option<&'a str>,
    /// Seconds of the sound before the first sample.
    pub elapsed: f64,
}

/// Writes the page that [`run_effects`] opens into `dir`, and returns its path. `runtime` is the
/// file of upstream's effects script.
///
/// # Errors
/// When the file cannot be written.
pub fn write_effects_page(dir: &Path, runtime: &Path) -> std::io::Result<std::path::PathBuf> {
    let page = dir.join("audio-effects.html");
    let runtime = file_url(runtime);
    let html = format!("<!doctype html><meta charset=utf-8><script src=\"{runtime}\"></script>");
    std::fs::write(&page, html)?;
    Ok(page)
}

fn file_url(path: &Path) -> String {
    let path = path.to_string_lossy();
    if cfg!(windows) {
        // With a drive, and without the prefix that canonical paths have.
        let path = path.trim_start_matches(r"\\?\").replace('\\', "/");
        return format!("file:///{}", utf8_percent_encode(&path, IN_PATHS));
    }
    format!("file://{}", utf8_percent_encode(&path, IN_PATHS))
}

/// Opens `page` and runs the effects there. Returns how many samples each channel of `sound` got, which
/// may be more than before.
///
/// # Errors
/// [`PageError`]; an exception of the effects is its `Evaluation`.
pub async fn run_effects(
    browser: &Browser,
    page: &Path,
    run: EffectsRun<'_>,
    sound: &mut dyn EffectsSound,
) -> Result<u64, PageError> {
    let deadline = browser.call_deadline();
    let session = browser.open_page(SIZE, SIZE, 1.0).await?;
    // The page is a file, because worklets need a secure context.
    session.add_script(SCRIPT).await?;
    session.navigate(&file_url(page), deadline).await?;
    for _ in 0..run.channels {
        let open = format!("void __hfNativeEffects.open({})", run.samples);
        session.evaluate::<()>(&open).await?;
    }
    for count in blocks(run.samples) {
        let planes = sound.read(count).await.map_err(|e| unusable(&e))?;
        for (channel, plane) in planes.into_iter().enumerate() {
            let text = STANDARD.encode(bytemuck::cast_slice::<f32, u8>(&plane));
            let add = format!("void __hfNativeEffects.add({channel},\"{text}\")");
            session.evaluate::<()>(&add).await?;
        }
    }
    // JSON texts are valid JavaScript literals.
    let literal = |text: &str| serde_json::Value::from(text).to_string();
    let call = format!(
        "__hfNativeEffects.run({},{},{},{})",
        run.sample_rate,
        literal(run.chain),
        run.automation.map_or("null".to_owned(), literal),
        run.elapsed,
    );
    let lengths: Vec<u64> = session.evaluate(&call).await?;
    let length = lengths.first().copied().unwrap_or_default();
    let mut from = 0;
    for count in blocks(length) {
        let mut planes = Vec::with_capacity(lengths.len());
        for (channel, there) in lengths.iter().enumerate() {
            let count = count.min(there.saturating_sub(from));
            planes.push(take(&session, channel, from, count).await?);
        }
        sound.write(planes).await.map_err(|e| unusable(&e))?;
        from += count;
    }
    // A page that cannot be closed ends with its browser.
    let _ = session.close().await;
    Ok(length)
}

/// Samples that are taken out of the page.
async fn take(
    session: &PageSession,
    channel: usize,
    from: u64,
    count: u64,
) -> Result<Vec<f32>, BrowserError> {
    let take = format!("__hfNativeEffects.take({channel},{from},{count})");
    let text: String = session.evaluate(&take).await?;
    let bytes = STANDARD.decode(text).unwrap_or_default();
    if bytes.len() as u64 != count * 4 {
        return Err(BrowserError::Reply {
            method: take,
            detail: format!("{} bytes instead of {}", bytes.len(), count * 4),
        });
    }
    let samples = bytes.chunks_exact(4);
    Ok(samples
        .map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]]))
        .collect())
}

/// Lengths of the blocks that so many samples travel in.
fn blocks(samples: u64) -> impl Iterator<Item = u64> {
    let begins = (0..samples).step_by(MESSAGE_SAMPLES as usize);
    begins.map(move |from| MESSAGE_SAMPLES.min(samples - from))
}

fn unusable(error: &std::io::Error) -> PageError {
    PageError::Samples {
        detail: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_come_to_all_samples() {
        for samples in [0, 1, MESSAGE_SAMPLES, 3 * MESSAGE_SAMPLES + 5] {
            assert_eq!(blocks(samples).sum::<u64>(), samples);
            assert!(blocks(samples).all(|count| count <= MESSAGE_SAMPLES));
        }
    }
}
