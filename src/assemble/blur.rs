//! Motion blur: a frame is the average of several captures around its time. What another recipe
//! makes of several captures is left to that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use futures::future::BoxFuture;
use serde::Serialize;
use tokio::task::{JoinError, spawn_blocking};

use super::error::AssembleError;
use super::recipe::Recipe;
use crate::capture::{Captures, FramePasses, LaneError, PassError, PassRun};
use crate::composition::{BlurBlend, Fps, MotionBlur};
use crate::page::ReadyPage;
use crate::pixels::{
    FrameFormat, PictureSum, Yuv420Size, bgra_rows_to_yuv420, mean_difference, swap_red_and_blue,
};
use crate::transitions::FrameSize;

/// Blurs the frames that `inner` takes whole.
pub(super) struct Blur {
    inner: Arc<dyn Recipe>,
    blur: MotionBlur,
    fps: Fps,
    size: FrameSize,
    format: FrameFormat,
    frames: AtomicU64,
    samples: AtomicU64,
}

/// What was blurred, for the summary.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct BlurReport {
    /// Frames.
    pub frames: u64,
    /// Their samples.
    pub samples: u64,
}

impl Blur {
    /// Frames of `size` in `format`.
    pub fn new(
        inner: Arc<dyn Recipe>,
        blur: MotionBlur,
        fps: Fps,
        (size, format): (FrameSize, FrameFormat),
    ) -> Self {
        Self {
            inner,
            blur,
            fps,
            size,
            format,
            frames: AtomicU64::new(0),
            samples: AtomicU64::new(0),
        }
    }

    pub fn report(&self) -> BlurReport {
        BlurReport {
            frames: self.frames.load(Ordering::Relaxed),
            samples: self.samples.load(Ordering::Relaxed),
        }
    }

    /// Samples that the frame needs: those asked for, else by how much its pictures at both ends of
    /// the shutter differ.
    async fn samples(&self, run: &mut PassRun<'_>) -> Result<u32, PassError> {
        if let Some(samples) = self.blur.samples_per_frame {
            return Ok(samples);
        }
        let [opens, closes] = self.blur.shutter(run.frame(), self.fps);
        run.sample(opens).await?;
        let first = run.sample(closes).await?;
        let last = run.last_sample().await?;
        let Some(first) = first else {
            return Err(PassError::NoPicture);
        };
        let difference = spawn_blocking(move || mean_difference(&first, &last)).await;
        Ok(MotionBlur::samples_for(difference.map_err(broken)?))
    }

    async fn blurred(&self, run: &mut PassRun<'_>) -> Result<(), PassError> {
        let frame = run.frame();
        let samples = self.samples(run).await?;
        let is_linear = self.blur.blend == BlurBlend::Linear;
        let mut sum = PictureSum::new(self.size.width() * self.size.height() * 4, is_linear);
        for time in self.blur.times(frame, samples, self.fps) {
            if let Some(picture) = run.sample(time).await? {
                sum = added(sum, picture).await?;
            }
        }
        let last = run.last_sample().await?;
        run.leave_samples(self.fps.seek_time(frame)).await?;
        let (size, format) = (self.size, self.format);
        let finished = spawn_blocking(move || {
            sum.add(&last);
            in_format(sum.average(), size, format)
        });
        run.finish_with(finished.await.map_err(broken)?);
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.samples
            .fetch_add(u64::from(samples), Ordering::Relaxed);
        Ok(())
    }
}

impl FramePasses for Blur {
    fn page_ready(&self, page: &ReadyPage) {
        self.inner.page_ready(page);
    }

    fn scenes(&self, frame: u64) -> Option<[&str; 2]> {
        self.inner.scenes(frame)
    }

    fn takes_whole(&self, _frame: u64) -> bool {
        false
    }

    fn takes_samples(&self) -> bool {
        true
    }

    fn take<'a>(&'a self, run: &'a mut PassRun<'_>) -> BoxFuture<'a, Result<(), PassError>> {
        match self.inner.takes_whole(run.frame()) {
            true => Box::pin(self.blurred(run)),
            false => self.inner.take(run),
        }
    }
}

impl Recipe for Blur {
    fn assemble(
        self: Arc<Self>,
        frame: u64,
        captures: Captures,
    ) -> BoxFuture<'static, Result<Bytes, AssembleError>> {
        Arc::clone(&self.inner).assemble(frame, captures)
    }

    fn end(&self) -> BoxFuture<'_, ()> {
        self.inner.end()
    }
}

async fn added(mut sum: PictureSum, picture: Bytes) -> Result<PictureSum, PassError> {
    let adding = spawn_blocking(move || {
        sum.add(&picture);
        sum
    });
    adding.await.map_err(broken)
}

/// A panic of work on another thread.
fn broken(failure: JoinError) -> PassError {
    LaneError::Picture(format!("samples could not be averaged: {failure}")).into()
}

/// Straight RGBA in the format of the job, which is raw.
fn in_format(rgba: Vec<u8>, size: FrameSize, format: FrameFormat) -> Bytes {
    if format != FrameFormat::Yuv420 {
        return rgba.into();
    }
    let yuv = Yuv420Size {
        width: size.width(),
        height: size.height(),
    };
    let mut bgra = vec![0; rgba.len()];
    swap_red_and_blue(&rgba, &mut bgra);
    let mut frame = vec![0; yuv.bytes()];
    yuv.blacken_padding(&mut frame);
    bgra_rows_to_yuv420(&bgra, 0, yuv, &mut frame);
    frame.into()
}
