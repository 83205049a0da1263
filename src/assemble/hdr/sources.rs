//! The job's HDR video: one sequential decode a clip, asked in the order of output frames.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::assemble::AssembleError;
use crate::composition::{Fps, VideoClip};
use crate::inject::Sources;
use crate::pixels::{Anchor, ObjectFit, Picture, TransferFunction, convert, resample};
use crate::plan::HdrVideo;
use crate::probe::final_frame_time;
use crate::video::{
    ClipPlan, Extraction, HdrDecode, HdrStream, MediaError, Planned, Samples, plan_clip,
};

/// One clip, and where it gets its pictures.
#[derive(Debug)]
pub struct HdrSource {
    pub id: String,
    plan: ClipPlan,
    fps: Fps,
    /// All but the size, which its first element tells.
    decode: HdrDecode,
    prepare: fn(&mut [u16]),
    coverage: Option<f64>,
    /// The source's own width and height.
    natural: (usize, usize),
    stream: Mutex<Option<HdrStream>>,
    counted: AtomicBool,
    decoded: AtomicU64,
}

/// A picture of a source: its samples, width and height.
#[derive(Debug, Clone)]
pub struct SourcePicture {
    pub samples: Samples,
    pub width: usize,
    pub height: usize,
}

/// Plans the sources of `videos` in a render of that many seconds. Their pictures become those of
/// the curve `target`; clips that never show are left out. `coverage` is the share of its frames
/// that a clip must get, if there is one.
///
/// # Errors
/// [`AssembleError::Media`] naming the clip at fault.
pub async fn hdr_sources(
    videos: &[HdrVideo],
    clips: &[VideoClip],
    sources: &Sources,
    coverage: Option<f64>,
    target: TransferFunction,
    (duration, fps): (f64, Fps),
) -> Result<Vec<HdrSource>, AssembleError> {
    let mut found = Vec::new();
    for video in videos {
        let HdrVideo { clip, path, facts } = video;
        // Their times as the page has them.
        let clip = clips.iter().find(|seen| seen.id == clip.id).unwrap_or(clip);
        let plan = match plan_clip(clip, facts, path, duration, (fps.num, fps.den))? {
            Planned::Nothing => continue,
            Planned::Ready(plan) => plan,
            Planned::Tail(tail) => {
                let last = final_frame_time(&sources.ffprobe, path, facts).await;
                let last = last.map_err(|error| MediaError::of_probe(path, error))?;
                tail.settle(facts.lead + last)
            }
        };
        let (width, height) = facts.shown_size();
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
            coverage,
            natural: (width as usize, height as usize),
            stream: Mutex::default(),
            counted: AtomicBool::new(false),
            decoded: AtomicU64::new(0),
        });
    }
    Ok(found)
}

fn conversion(from: TransferFunction, to: TransferFunction) -> fn(&mut [u16]) {
    match (from, to) {
        (TransferFunction::Hlg, TransferFunction::Pq) => {
            |samples| convert(samples, TransferFunction::Hlg, TransferFunction::Pq)
        }
        (TransferFunction::Pq, TransferFunction::Hlg) => {
            |samples| convert(samples, TransferFunction::Pq, TransferFunction::Hlg)
        }
        _ => |_| (),
    }
}

impl HdrSource {
    /// The picture that is due in output frame `frame`, by upstream's rule: the nearest one in
    /// time (docs/upstream.md#hdr-elements). `None` before the first.
    fn due(&self, frame: u64) -> Option<u64> {
        let rate = self.fps.as_f64();
        let time = self.fps.time_of(frame);
        self.plan.frame_at(time, rate)?;
        if matches!(self.plan.extraction, Extraction::Single { .. }) {
            return Some(0);
        }
        // Upstream leaves the clip's own rate out; previews do not.
        let index = (self.plan.rate.source_time(time - self.plan.start) * rate + 0.5).floor();
        (index >= 0.0).then_some(index as u64)
    }

    /// Whether it has a picture in output frame `frame`.
    pub fn shows(&self, frame: u64) -> bool {
        self.due(frame).is_some()
    }

    /// The picture due in output frame `frame`, of `size`;
    /// requests must rise.
    ///
    /// # Errors
    /// [`AssembleError::Media`] and [`AssembleError::HdrImage`] naming clip and file.
    pub async fn picture(
        &self,
        frame: u64,
        size: (usize, usize),
    ) -> Result<Option<SourcePicture>, AssembleError> {
        let Some(index) = self.due(frame) else {
            return Ok(None);
        };
        let mut stream = self.stream.lock().await;
        // A box that changes its size is filled from the whole picture from then on.
        if let Some(open) = &mut *stream
            && ![size, self.natural].contains(&open.size())
        {
            self.close_stream(open).await;
            *stream = Some(self.open(self.natural));
        }
        let stream = stream.get_or_insert_with(|| self.open(size));
        let looped = self.plan.cycle.is_some();
        let picture = stream.frame(index, looped).await?;
        if let Some(total) = stream.total()
            && !self.counted.swap(true, Ordering::Relaxed)
        {
            self.check_count(total)?;
        }
        let Some(picture) = picture else {
            return Ok(None);
        };
        let (width, height) = size;
        let samples = match stream.size() == size {
            true => picture.samples,
            false => self.fitted(picture.samples, stream.size(), size).await?,
        };
        Ok(Some(SourcePicture {
            samples,
            width,
            height,
        }))
    }

    fn open(&self, (width, height): (usize, usize)) -> HdrStream {
        let decode = HdrDecode {
            width,
            height,
            ..self.decode.clone()
        };
        HdrStream::new(decode, self.prepare)
    }

    /// A picture of the size `from` brought to the size `to`, which it covers.
    async fn fitted(
        &self,
        samples: Samples,
        from: (usize, usize),
        to: (usize, usize),
    ) -> Result<Samples, AssembleError> {
        let fitting = tokio::task::spawn_blocking(move || {
            let samples = Arc::unwrap_or_clone(samples);
            let picture = Picture::of(samples, from.0, from.1)?;
            let middle = (Anchor::default(), Anchor::default());
            resample(picture, to.0, to.1, ObjectFit::Cover, middle)
        });
        let fitted = fitting.await.map_err(|e| self.unusable(&e))?;
        let picture = fitted.map_err(|e| self.unusable(&e))?;
        Ok(Arc::new(picture.into_samples()))
    }

    pub fn unusable(&self, why: &dyn std::fmt::Display) -> AssembleError {
        AssembleError::HdrClip {
            id: self.id.clone(),
            path: self.decode.path.clone(),
            detail: why.to_string(),
        }
    }

    /// Whether the clip is over before output frame `frame`, with a frame to spare.
    pub fn is_over(&self, frame: u64) -> bool {
        self.fps.time_of(frame.saturating_sub(1)) > self.plan.end
    }

    /// Ends its decoder; returns when that is gone.
    pub async fn close(&self) {
        if let Some(mut open) = self.stream.lock().await.take() {
            self.close_stream(&mut open).await;
        }
    }

    async fn close_stream(&self, stream: &mut HdrStream) {
        stream.close().await;
        self.decoded.fetch_add(stream.decoded(), Ordering::Relaxed);
    }

    /// Pictures decoded so far.
    pub async fn decoded(&self) -> u64 {
        let stream = self.stream.lock().await;
        self.decoded.load(Ordering::Relaxed) + stream.as_ref().map_or(0, HdrStream::decoded)
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
