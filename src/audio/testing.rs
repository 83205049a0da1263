//! Whole mixes for tests: sources made by ffmpeg, and the samples that come out.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;

use super::effects::{EffectsRenderer, EffectsRequest};
use super::error::AudioError;
use super::mix::{AudioJob, Mixed, mix};
use super::tool::AudioTools;
use super::wav::WavReader;
use crate::composition::AudioClip;
use crate::process::Groups;
use crate::video::testing::tool;

pub(super) fn ffmpeg(args: &[&str]) {
    let done = Command::new(tool("ffmpeg"))
        .args(["-v", "error", "-y"])
        .args(args)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{args:?}: {said}");
}

struct NoEffects;

impl EffectsRenderer for NoEffects {
    fn render<'a>(&'a self, _: EffectsRequest<'a>) -> BoxFuture<'a, Result<u64, String>> {
        std::future::ready(Err("no effects here".to_owned())).boxed()
    }
}

/// The left channel of the mix of `clips`, empty where nothing has sound, and the notes.
pub(super) async fn try_mixed(
    dir: &Path,
    clips: &[AudioClip],
    seconds: f64,
) -> Result<(Vec<f64>, Vec<String>), AudioError> {
    let work = tempfile::tempdir_in(dir).unwrap();
    let tools = AudioTools {
        ffmpeg: tool("ffmpeg"),
        ffprobe: tool("ffprobe"),
        deadline: Duration::from_secs(60),
        groups: Groups::default(),
    };
    let job = AudioJob {
        tracks: clips,
        master_chain: None,
        project_dir: dir,
        compiled_dir: dir,
        work_dir: work.path(),
        seconds,
        gain: 1.0,
        tools: &tools,
        parallel: 2,
        effects: &NoEffects,
    };
    let Mixed { audio, notes } = mix(job).await?;
    if audio.is_none() {
        return Ok((Vec::new(), notes));
    }
    let mut wav = WavReader::open(&work.path().join("mix.wav")).unwrap();
    let samples = wav.read(1 << 30).unwrap();
    let left = samples.chunks(2).map(|pair| f64::from(pair[0])).collect();
    Ok((left, notes))
}

/// As [`try_mixed`], of what must succeed.
pub(super) async fn mixed(dir: &Path, clips: &[AudioClip], seconds: f64) -> Vec<f64> {
    try_mixed(dir, clips, seconds).await.unwrap().0
}

/// A track of `path` at its own speed and level.
pub(super) fn clip(path: &Path, start: f64, length: f64, media_start: f64) -> AudioClip {
    AudioClip {
        id: format!("at-{start}"),
        src: path.to_str().unwrap().to_owned(),
        start,
        end: start + length,
        media_start,
        ..AudioClip::default()
    }
}
