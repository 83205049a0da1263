//! One ffmpeg that decodes one part of a source, frame after frame, into a pipe. It decodes as far
//! ahead as the pipe is long and then waits: nothing piles up, nothing touches the disk.

use tokio::io::AsyncReadExt;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::budget::FrameBudget;
use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::error::MediaError;
use super::framing::Framing;
use super::pipe::FramePipe;
use super::raw_frame::RawFrame;
use super::samples::change_in_place;
use crate::pixels::{FramePool, Lent, TransferFunction, convert};

/// A running decoder. Dropping it kills its ffmpeg.
#[derive(Debug)]
pub struct Decoder {
    pipe: FramePipe,
    framing: Framing,
    /// Transfer functions of what comes and of what is wanted, where they differ.
    conversion: Option<(TransferFunction, TransferFunction)>,
    pool: Option<FramePool>,
    budget: FrameBudget,
    frames: u64,
}

impl Decoder {
    /// Starts decoding; frames count against `budget` from when they are begun to be read.
    ///
    /// # Errors
    /// [`MediaError::ToolMissing`], [`MediaError::Process`].
    pub async fn start(spec: &DecodeSpec, budget: FrameBudget) -> Result<Self, MediaError> {
        let (args, groups) = (spec.args(), spec.groups.clone());
        let pipe = FramePipe::start(&spec.ffmpeg, args, &spec.path, spec.deadline, groups).await?;
        Ok(Self {
            pipe,
            framing: Framing::of(spec),
            conversion: match spec.output {
                DecodeOutput::Layer { from, to, .. } if from != to => Some((from, to)),
                _ => None,
            },
            pool: None,
            budget,
            frames: 0,
        })
    }

    /// Kills its ffmpeg; returns when that is gone.
    pub async fn kill(&mut self) {
        self.pipe.kill().await;
    }

    /// The next frame; `None` behind the last.
    ///
    /// # Errors
    /// [`MediaError::Decode`] when ffmpeg failed, [`MediaError::Stream`], [`MediaError::Stalled`].
    pub async fn next(&mut self) -> Result<Option<RawFrame>, MediaError> {
        match timeout(self.pipe.deadline(), self.read()).await {
            Ok(Ok(Some(frame))) => {
                self.frames += 1;
                Ok(Some(frame))
            }
            Ok(Ok(None)) => self.pipe.end().await.map(|()| None),
            // A pipe that breaks inside a frame says less than the exit status.
            Ok(Err(error)) => self.pipe.end().await.and(Err(error)),
            Err(_) => Err(self.pipe.stalled()),
        }
    }

    async fn read(&mut self) -> Result<Option<RawFrame>, MediaError> {
        let Some((width, height, layout)) = self.framing.next(&mut self.pipe).await? else {
            return Ok(None);
        };
        let bytes = layout.frame_bytes(width, height);
        let pool = self.pool.get_or_insert_with(|| FramePool::new(bytes));
        let held = self.budget.hold(bytes as u64);
        let mut buffer = pool.lend();
        if buffer.bytes_mut().len() != bytes {
            return Err(self
                .pipe
                .bad(format!("the picture's size changed to {width}x{height}")));
        }
        let read = self.pipe.stdout.read_exact(buffer.bytes_mut()).await;
        read.map_err(|e| {
            self.pipe
                .bad(format!("frame {} is cut off: {e}", self.frames))
        })?;
        Ok(Some(RawFrame {
            width,
            height,
            layout,
            data: held.around(self.converted(buffer).await?, ()),
        }))
    }

    /// What was read, as the transfer function that is wanted: once for each frame, before it
    /// is asked for.
    async fn converted(&self, mut buffer: Lent) -> Result<Lent, MediaError> {
        let Some((from, to)) = self.conversion else {
            return Ok(buffer);
        };
        let converting = spawn_blocking(move || {
            change_in_place(buffer.bytes_mut(), |samples| convert(samples, from, to));
            buffer
        });
        converting
            .await
            .map_err(|error| self.pipe.bad(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::Extraction;
    use crate::video::clip_plan::FrameRule;
    use crate::video::samples::Samples;
    use crate::video::testing::{decode_spec, make_clip};
    use TransferFunction::{Hlg, Pq};

    /// The first frame of `spec`.
    async fn first(spec: &DecodeSpec) -> Result<Samples, MediaError> {
        let mut decoder = Decoder::start(spec, FrameBudget::new(1 << 20)).await?;
        let frame = decoder.next().await?.unwrap();
        assert_eq!((frame.width, frame.height), (8, 4));
        Ok(Samples::of(frame.data))
    }

    #[tokio::test]
    async fn layers_come_in_the_transfer_function_that_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let path = make_clip(dir.path(), "color=0x808080:s=8x4:r=10:d=1,format=gbrp10le");
        let spec = |to| DecodeSpec {
            rule: FrameRule::Nearest,
            output: DecodeOutput::Layer {
                width: 8,
                height: 4,
                from: Pq,
                to,
            },
            ..decode_spec(path.clone())
        };
        let mut expected = first(&spec(Pq)).await.unwrap().to_vec();
        assert_eq!(expected.len(), 8 * 4 * 3);
        convert(&mut expected, Pq, Hlg);
        assert_eq!(*first(&spec(Hlg)).await.unwrap(), *expected);
    }

    #[tokio::test]
    async fn a_layer_that_is_cut_off_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let script = crate::video::testing::script(dir.path(), "head -c 200 /dev/zero");
        let spec = DecodeSpec {
            ffmpeg: script,
            extraction: Extraction::Single { at: 0.0 },
            output: DecodeOutput::Layer {
                width: 8,
                height: 4,
                from: Pq,
                to: Pq,
            },
            ..decode_spec(dir.path().join("a.mp4"))
        };
        let mut decoder = Decoder::start(&spec, FrameBudget::new(1 << 20))
            .await
            .unwrap();
        assert!(decoder.next().await.unwrap().is_some(), "192 bytes");
        let error = decoder.next().await.unwrap_err();
        assert!(matches!(error, MediaError::Stream { .. }), "{error}");
    }
}
