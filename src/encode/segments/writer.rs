//! Writing frames in segments, each by an ffmpeg of its own.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio_util::task::AbortOnDropHandle;

use super::folder::SegmentFolder;
use crate::encode::args::EncodeSettings;
use crate::encode::encoder::{EncodeReport, StreamingEncoder};
use crate::encode::error::EncodeError;
use crate::encode::mp4_index::read_index;
use crate::process::Groups;

/// Says what the next render has to know besides the segments; asked when one is whole.
pub type SegmentNote = Arc<dyn Fn() -> Value + Send + Sync>;

/// How frames are written in segments.
pub struct SegmentOptions {
    /// The program.
    pub ffmpeg: PathBuf,
    /// How each is encoded; the output is replaced.
    pub settings: EncodeSettings,
    /// The longest time that ffmpeg may take no data.
    pub inactivity: Duration,
    /// Frames of each but the last, at least 1.
    pub frames: u64,
    /// Where they go.
    pub folder: Arc<SegmentFolder>,
    /// What is noted beside them.
    pub note: SegmentNote,
    /// Lists the encoders.
    pub groups: Groups,
}

/// A running encode in segments. While a segment's encoder finishes, the next one takes frames.
pub struct SegmentedEncoder {
    options: SegmentOptions,
    /// The frame that comes next.
    next: u64,
    current: Option<Current>,
    /// The end of the segment before.
    closing: Option<AbortOnDropHandle<Result<(), EncodeError>>>,
    report: EncodeReport,
}

struct Current {
    encoder: StreamingEncoder,
    part: PathBuf,
    frames: u64,
}

impl std::fmt::Debug for SegmentedEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("SegmentedEncoder");
        shown.field("next", &self.next).finish_non_exhaustive()
    }
}

impl SegmentedEncoder {
    /// One that goes on behind the segments of the folder. An encoder starts with the first frame.
    pub fn new(options: SegmentOptions) -> Self {
        Self {
            next: options.folder.frames(),
            options,
            current: None,
            closing: None,
            report: EncodeReport::default(),
        }
    }

    /// The first frame that it wants.
    pub fn next_frame(&self) -> u64 {
        self.next
    }

    /// Writes the next frame.
    ///
    /// # Errors
    /// As [`StreamingEncoder::write`]; also what went wrong with the segment before.
    pub async fn write(&mut self, frame: &Bytes) -> Result<(), EncodeError> {
        if self
            .closing
            .as_ref()
            .is_some_and(AbortOnDropHandle::is_finished)
        {
            self.closed().await?;
        }
        if self.next.is_multiple_of(self.options.frames) {
            self.close().await?;
        }
        let current = match &mut self.current {
            Some(current) => current,
            none => none.insert(start(&self.options, self.next).await?),
        };
        current.encoder.write(frame).await?;
        current.frames += 1;
        self.next += 1;
        self.report.frames += 1;
        self.report.input_bytes += frame.len() as u64;
        Ok(())
    }

    /// Ends the last segment; returns when all are on the disk.
    ///
    /// # Errors
    /// As [`StreamingEncoder::finish`].
    pub async fn finish(mut self) -> Result<EncodeReport, EncodeError> {
        self.close().await?;
        self.closed().await?;
        Ok(self.report)
    }

    /// Begins to end the current segment, once the one before has ended.
    async fn close(&mut self) -> Result<(), EncodeError> {
        self.closed().await?;
        if let Some(current) = self.current.take() {
            let (folder, note) = (Arc::clone(&self.options.folder), (self.options.note)());
            let ending = tokio::spawn(end(current, folder, note));
            self.closing = Some(AbortOnDropHandle::new(ending));
        }
        Ok(())
    }

    async fn closed(&mut self) -> Result<(), EncodeError> {
        match self.closing.take() {
            None => Ok(()),
            Some(closing) => match closing.await {
                Ok(closed) => closed,
                Err(failure) => {
                    let number = self.next.saturating_sub(1) / self.options.frames;
                    Err(broken_off(&self.options.folder.part(number), &failure))
                }
            },
        }
    }
}

/// Starts the encoder of the segment that begins with `frame`.
async fn start(options: &SegmentOptions, frame: u64) -> Result<Current, EncodeError> {
    let part = options.folder.part(frame / options.frames);
    let settings = EncodeSettings {
        output: part.clone(),
        ..options.settings.clone()
    };
    let encoder = StreamingEncoder::start(&options.ffmpeg, &settings, options.inactivity).await?;
    options.groups.add(encoder.pid());
    Ok(Current {
        encoder,
        part,
        frames: 0,
    })
}

/// Ends a segment, checks it and takes it in.
async fn end(current: Current, folder: Arc<SegmentFolder>, note: Value) -> Result<(), EncodeError> {
    let Current {
        encoder,
        part,
        frames,
    } = current;
    encoder.finish().await?;
    let file = part.clone();
    let taking_in = tokio::task::spawn_blocking(move || {
        check(&file, frames)?;
        let taken_in = folder.take_in(&file, frames, note);
        taken_in.map_err(|error| broken_off(&file, &error))
    });
    let taken_in = taking_in.await;
    taken_in.unwrap_or_else(|failure| Err(broken_off(&part, &failure)))
}

fn broken_off(part: &Path, why: &dyn std::fmt::Display) -> EncodeError {
    EncodeError::Output {
        path: part.to_owned(),
        detail: why.to_string(),
    }
}

/// Refuses a segment that has not exactly `frames` frames.
fn check(part: &Path, frames: u64) -> Result<(), EncodeError> {
    let found = match read_index(part) {
        Ok(length) => length.frames,
        Err(error) => {
            let detail = format!("a segment is damaged: {error}");
            return Err(EncodeError::Truncated { detail });
        }
    };
    if found == Some(frames) {
        return Ok(());
    }
    let found = found.map_or("?".to_owned(), |found| found.to_string());
    let detail = format!("expected {frames} frames in a segment, found {found}");
    Err(EncodeError::Truncated { detail })
}
