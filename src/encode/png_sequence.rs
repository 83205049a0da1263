//! A folder of numbered PNG files.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use tokio::task::{JoinHandle, spawn_blocking};

use super::encoder::EncodeReport;
use super::error::EncodeError;
use crate::pixels::encode_rgba;

/// Writes RGBA frames with straight alpha as `frame_000001.png …`, several at a time.
#[derive(Debug)]
pub struct PictureFolder {
    dir: PathBuf,
    width: u32,
    height: u32,
    running: VecDeque<JoinHandle<Result<(), EncodeError>>>,
    /// Frames encoded at once; each holds one frame in memory.
    at_once: usize,
    report: EncodeReport,
}

impl PictureFolder {
    /// Makes the folder for frames of `width` x `height` pixels.
    ///
    /// # Errors
    /// [`EncodeError::Output`].
    pub fn create(
        dir: &Path,
        width: u32,
        height: u32,
        at_once: usize,
    ) -> Result<Self, EncodeError> {
        std::fs::create_dir_all(dir).map_err(|e| unusable(dir, &e))?;
        Ok(Self {
            dir: dir.to_owned(),
            width,
            height,
            running: VecDeque::new(),
            at_once: at_once.max(1),
            report: EncodeReport::default(),
        })
    }

    /// Takes the next frame. Waits while as many frames as allowed are being encoded.
    ///
    /// # Errors
    /// The error of an earlier frame.
    pub async fn write(&mut self, frame: &Bytes) -> Result<(), EncodeError> {
        while self.running.len() >= self.at_once {
            self.settle_one().await?;
        }
        self.report.frames += 1;
        self.report.input_bytes += frame.len() as u64;
        // Upstream numbers exported frames from 1.
        let file = self
            .dir
            .join(format!("frame_{:06}.png", self.report.frames));
        let (frame, width, height) = (frame.clone(), self.width, self.height);
        self.running.push_back(spawn_blocking(move || {
            let png = encode_rgba(&frame, width, height).map_err(|e| unusable(&file, &e))?;
            std::fs::write(&file, png).map_err(|e| unusable(&file, &e))
        }));
        Ok(())
    }

    /// Waits for the files still being written.
    ///
    /// # Errors
    /// The first of their errors.
    pub async fn finish(mut self) -> Result<EncodeReport, EncodeError> {
        while !self.running.is_empty() {
            self.settle_one().await?;
        }
        Ok(self.report)
    }

    async fn settle_one(&mut self) -> Result<(), EncodeError> {
        match self.running.pop_front() {
            None => Ok(()),
            Some(running) => running
                .await
                .unwrap_or_else(|e| Err(unusable(&self.dir, &e))),
        }
    }
}

fn unusable(path: &Path, why: &dyn std::fmt::Display) -> EncodeError {
    EncodeError::Output {
        path: path.to_owned(),
        detail: why.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::decode_rgba;

    #[tokio::test]
    async fn frames_are_numbered_from_one_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("frames");
        let mut folder = PictureFolder::create(&out, 2, 1, 2).unwrap();
        for shade in 0..5u8 {
            folder.write(&Bytes::from(vec![shade; 8])).await.unwrap();
        }
        assert_eq!(folder.finish().await.unwrap().frames, 5);
        for shade in 0..5u8 {
            let file = out.join(format!("frame_{:06}.png", shade + 1));
            let pixels = decode_rgba(&std::fs::read(file).unwrap(), 2, 1).unwrap();
            assert_eq!(pixels, vec![shade; 8]);
        }
    }

    #[tokio::test]
    async fn a_frame_that_cannot_be_written_fails_the_folder() {
        let dir = tempfile::tempdir().unwrap();
        let mut folder = PictureFolder::create(dir.path(), 2, 1, 1).unwrap();
        folder.write(&Bytes::from_static(&[0; 4])).await.unwrap();
        assert!(folder.finish().await.is_err());
    }
}
