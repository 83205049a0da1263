//! What a render's frames are written to.

use bytes::Bytes;

use super::encoder::{EncodeReport, StreamingEncoder};
use super::error::EncodeError;
use super::png_sequence::PictureFolder;
use super::segments::SegmentedEncoder;

/// A writer that takes frames in order.
#[derive(Debug)]
pub enum FrameWriter {
    /// An ffmpeg that encodes.
    Stream(Box<StreamingEncoder>),
    /// One ffmpeg after the other, each for a segment.
    Segments(Box<SegmentedEncoder>),
    /// A folder of pictures.
    Pictures(PictureFolder),
}

impl FrameWriter {
    /// Process group of the one child it runs, if there is one.
    pub fn pid(&self) -> Option<u32> {
        match self {
            Self::Stream(encoder) => Some(encoder.pid()),
            Self::Segments(_) | Self::Pictures(_) => None,
        }
    }

    /// The first frame that it wants: those before were written by an earlier process.
    pub fn first_frame(&self) -> u64 {
        match self {
            Self::Segments(encoder) => encoder.next_frame(),
            Self::Stream(_) | Self::Pictures(_) => 0,
        }
    }

    /// Takes the next frame.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub async fn write(&mut self, frame: &Bytes) -> Result<(), EncodeError> {
        match self {
            Self::Stream(encoder) => encoder.write(frame).await,
            Self::Segments(encoder) => encoder.write(frame).await,
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
            Self::Segments(encoder) => encoder.finish().await,
            Self::Pictures(folder) => folder.finish().await,
        }
    }
}
