//! Where the files and tools of a job's clips are, and planning a clip with them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::clip_plan::ClipPlan;
use super::clip_plan::{Planned, plan_clip};
use super::error::MediaError;
use crate::composition::{Fps, FrameRange, VideoClip};
use crate::pixels::MAX_SIDE;
use crate::probe::{VideoFacts, final_frame_time};
use crate::process::Groups;

/// Most threads of one decoder; more only buffer more frames.
const MOST_THREADS: usize = 4;

/// Where sources and tools are.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The project.
    pub project_dir: PathBuf,
    /// Its compiled files.
    pub compiled_dir: PathBuf,
    /// ffmpeg.
    pub ffmpeg: PathBuf,
    /// ffprobe.
    pub ffprobe: PathBuf,
    /// Longest wait for one source frame.
    pub deadline: Duration,
    /// Lists the decoders that run.
    pub groups: Groups,
    /// The output is HDR: opaque SDR clips are moved to the primaries of BT.2020.
    pub wide: bool,
}

/// The frames that are rendered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OutputFrames {
    /// Seconds they last.
    pub duration: f64,
    /// Their rate.
    pub fps: Fps,
    /// Which there are.
    pub frames: FrameRange,
}

impl Sources {
    /// Plans `clip`, whose source is the file at `path`; `None` when it never shows.
    ///
    /// # Errors
    /// Those of [`plan_clip`], [`MediaError::TooLarge`], and [`MediaError::Probe`] for a source whose last frame is needed
    /// and can't be decoded.
    pub async fn plan(
        &self,
        clip: &VideoClip,
        path: &Path,
        facts: &VideoFacts,
        output: OutputFrames,
    ) -> Result<Option<ClipPlan>, MediaError> {
        let (width, height) = facts.shown_size();
        if width.max(height) as usize > MAX_SIDE {
            return Err(MediaError::TooLarge {
                id: clip.id.clone(),
                path: path.to_owned(),
                width,
                height,
                most: MAX_SIDE as u32,
            });
        }
        let OutputFrames { duration, fps, .. } = output;
        Ok(match plan_clip(clip, facts, path, duration, fps)? {
            Planned::Nothing => None,
            Planned::Ready(plan) => Some(plan),
            Planned::Tail(tail) => {
                let last = final_frame_time(&self.ffprobe, path, facts).await;
                let last = last.map_err(|error| MediaError::of_probe(path, error))?;
                Some(tail.settle(facts.lead + last))
            }
        })
    }
}

/// Threads of each of so many decoders that run side by side.
pub fn decoder_threads(cores: usize, streams: usize) -> usize {
    (cores / streams.max(1)).clamp(1, MOST_THREADS)
}
