//! Runs upstream's audio effects, which are Web Audio graphs, on samples in a page.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::browser::{Browser, BrowserError};

const SCRIPT: &str = include_str!("scripts/audio_effects.js");
/// Most samples in one message.
const MESSAGE_SAMPLES: usize = 2 << 20;
/// Width and height of the page, CSS pixels; it shows nothing.
const SIZE: u32 = 64;
const IN_PATHS: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'_')
    .remove(b'.');

/// One run of effects.
#[derive(Debug)]
pub struct EffectsRun<'a> {
    /// Samples of each channel, full scale being 1.
    pub planes: Vec<Vec<f32>>,
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
    format!("file://{}", utf8_percent_encode(&path, IN_PATHS))
}

/// Opens `page` and runs the effects there. Returns the samples of each channel, which may be more
/// than before.
///
/// # Errors
/// [`BrowserError`]; an exception of the effects is its `Evaluation`.
pub async fn run_effects(
    browser: &Browser,
    page: &Path,
    run: EffectsRun<'_>,
) -> Result<Vec<Vec<f32>>, BrowserError> {
    let deadline = browser.call_deadline();
    let session = browser.open_page(SIZE, SIZE, 1.0).await?;
    // The page is a file, because worklets need a secure context.
    session.add_script(SCRIPT).await?;
    session.navigate(&file_url(page), deadline).await?;
    for (channel, plane) in run.planes.into_iter().enumerate() {
        let open = format!("void __hfNativeEffects.open({})", plane.len());
        session.evaluate::<()>(&open).await?;
        for part in plane.chunks(MESSAGE_SAMPLES) {
            let bytes: Vec<u8> = part
                .iter()
                .flat_map(|sample| sample.to_le_bytes())
                .collect();
            let text = STANDARD.encode(bytes);
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
    let lengths: Vec<usize> = session.evaluate(&call).await?;
    let mut planes = Vec::with_capacity(lengths.len());
    for (channel, length) in lengths.into_iter().enumerate() {
        let mut plane = Vec::with_capacity(length);
        while plane.len() < length {
            let (from, count) = (plane.len(), MESSAGE_SAMPLES.min(length - plane.len()));
            let take = format!("__hfNativeEffects.take({channel},{from},{count})");
            let text: String = session.evaluate(&take).await?;
            let bytes = STANDARD.decode(text).unwrap_or_default();
            if bytes.len() != count * 4 {
                return Err(BrowserError::Reply {
                    method: take,
                    detail: format!("{} bytes instead of {}", bytes.len(), count * 4),
                });
            }
            let samples = bytes.chunks_exact(4);
            plane.extend(samples.map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        }
        planes.push(plane);
    }
    // A page that cannot be closed ends with its browser.
    let _ = session.close().await;
    Ok(planes)
}
