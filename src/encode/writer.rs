//! Where a render's frames go.

use bytes::Bytes;

use super::encoder::{EncodeReport, StreamingEncoder};
use super::error::EncodeError;
use super::pictures::PictureFolder;

/// A taker of frames, in order.
#[derive(Debug)]
pub enum FrameWriter {
    /// An encoding ffmpeg.
    Stream(StreamingEncoder),
    /// A folder of pictures.
    Pictures(PictureFolder),
}

impl FrameWriter {
    /// Process group of what it runs, if it does.
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Stream(encoder) => Some(encoder.pid()),
            Self::Pictures(_) => None,
        }
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub async fn write(&mut self, frame: &Bytes) -> Result<(), EncodeError> {
        match self {
            Self::Stream(encoder) => encoder.write(frame).await,
            Self::Pictures(folder) => folder.write(frame).await,
        }
    }

    /// Ends the stream; returns when everything is on disk.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub async fn finish(self) -> Result<EncodeReport, EncodeError> {
        match self {
            Self::Stream(encoder) => encoder.finish().await,
            Self::Pictures(folder) => folder.finish().await,
        }
    }
}
