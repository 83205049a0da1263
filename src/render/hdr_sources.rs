//! The job's HDR video: one sequential decode a clip, asked in the order of output frames.

use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::Mutex;

use super::error::RenderError;
use super::hdr::HdrVideo;
use super::injection::coverage_threshold;
use crate::blend::{Transfer, convert};
use crate::composite::picture_size;
use crate::composition::{Fps, VideoClip};
use crate::inject::Sources;
use crate::media::{
    ClipPlan, Extraction, HdrDecode, HdrStream, MediaError, Planned, Samples, final_frame_time,
    plan_clip,
};
use crate::page::Element;

/// One clip, and where it gets its pictures.
#[derive(Debug)]
pub(super) struct HdrSource {
    pub id: String,
    plan: ClipPlan,
    fps: Fps,
    /// All but the size, which its first element tells.
    decode: HdrDecode,
    prepare: fn(&mut [u16]),
    coverage: Option<f64>,
    stream: Mutex<Option<HdrStream>>,
    counted: AtomicBool,
}

/// A picture of a source: its samples, width and height.
#[derive(Debug, Clone)]
pub(super) struct SourcePicture {
    pub samples: Samples,
    pub width: usize,
    pub height: usize,
}

/// Plans the sources of `videos` in a render of that many seconds. Their pictures become those of
/// the curve `target`; clips that never show are left out.
///
/// # Errors
/// [`RenderError::Media`] naming the clip at fault.
pub(super) async fn hdr_sources(
    videos: &[HdrVideo],
    clips: &[VideoClip],
    sources: &Sources,
    target: Transfer,
    (duration, fps): (f64, Fps),
) -> Result<Vec<HdrSource>, RenderError> {
    let mut found = Vec::new();
    for video in videos {
        let HdrVideo { clip, path, facts } = video;
        // Their times as the page has them.
        let clip = clips.iter().find(|seen| seen.id == clip.id).unwrap_or(clip);
        let plan = match plan_clip(clip, facts, path, duration, (fps.num, fps.den))? {
            Planned::Nothing => continue,
            Planned::Ready(plan) => plan,
            Planned::Tail(tail) => {
                let last = final_frame_time(&sources.ffprobe, path, facts).await?;
                tail.settle(facts.lead + last)
            }
        };
        found.push(HdrSource {
            id: clip.id.clone(),
            decode: HdrDecode {
                ffmpeg: sources.ffmpeg.clone(),
                path: path.clone(),
                extraction: plan.extraction,
                fps,
                width: 0,
                height: 0,
                deadline: sources.deadline,
                groups: sources.groups.clone(),
            },
            plan,
            fps,
            prepare: conversion(video.transfer(), target),
            coverage: coverage_threshold(),
            stream: Mutex::default(),
            counted: AtomicBool::new(false),
        });
    }
    Ok(found)
}

fn conversion(from: Transfer, to: Transfer) -> fn(&mut [u16]) {
    match (from, to) {
        (Transfer::Hlg, Transfer::Pq) => |samples| convert(samples, Transfer::Hlg, Transfer::Pq),
        (Transfer::Pq, Transfer::Hlg) => |samples| convert(samples, Transfer::Pq, Transfer::Hlg),
        _ => |_| (),
    }
}

impl HdrSource {
    /// The picture that is due in output frame `frame`, by upstream's rule: the nearest one in
    /// time (spec/composite.md 3.4). `None` before the first.
    fn due(&self, frame: u64) -> Option<u64> {
        let rate = self.fps.as_f64();
        let time = self.fps.time_of(frame);
        self.plan.frame_at(time, rate)?;
        if matches!(self.plan.extraction, Extraction::Single { .. }) {
            return Some(0);
        }
        // Upstream leaves the clip's own rate out; previews do not.
        let index = ((time - self.plan.start) * self.plan.rate * rate + 0.5).floor();
        (index >= 0.0).then_some(index as u64)
    }

    /// Whether it has a picture in output frame `frame`.
    pub fn shows(&self, frame: u64) -> bool {
        self.due(frame).is_some()
    }

    /// The picture due in output frame `frame` as `element` has it; requests must rise.
    ///
    /// # Errors
    /// [`RenderError::Media`] naming clip and file.
    pub async fn picture(
        &self,
        frame: u64,
        element: &Element,
        canvas: (usize, usize),
    ) -> Result<Option<SourcePicture>, RenderError> {
        let Some(index) = self.due(frame) else {
            return Ok(None);
        };
        let mut stream = self.stream.lock().await;
        let stream = match &mut *stream {
            Some(stream) => stream,
            none => {
                let (width, height) = picture_size(element, canvas)?;
                let decode = HdrDecode {
                    width,
                    height,
                    ..self.decode.clone()
                };
                none.insert(HdrStream::new(decode, self.prepare))
            }
        };
        let looped = self.plan.cycle.is_some();
        let picture = stream.frame(index, looped).await?;
        if let Some(total) = stream.total()
            && !self.counted.swap(true, Ordering::Relaxed)
        {
            self.check_count(total)?;
        }
        let (width, height) = stream.size();
        Ok(picture.map(|picture| SourcePicture {
            samples: picture.samples,
            width,
            height,
        }))
    }

    /// Pictures decoded so far.
    pub async fn decoded(&self) -> u64 {
        let stream = self.stream.lock().await;
        stream.as_ref().map_or(0, HdrStream::decoded)
    }

    /// Refuses a source that ends long before its clip.
    fn check_count(&self, captured: u64) -> Result<(), MediaError> {
        let expected = self.plan.expected_frames;
        let threshold = self.coverage.unwrap_or(0.0);
        let enough = captured as f64 >= expected as f64 * threshold;
        if captured > 0 && (enough || self.plan.is_shorter(captured)) {
            return Ok(());
        }
        Err(MediaError::Coverage {
            id: self.id.clone(),
            captured,
            expected,
            threshold,
            path: self.decode.path.clone(),
        })
    }
}
