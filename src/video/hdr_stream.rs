//! The frames of one HDR source, as 16-bit pictures of the size they are shown in, one after the
//! other: an ffmpeg writes them into a pipe and waits while nobody reads. Nothing is written to the
//! disk, and a few pictures at most are held.

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::clip_plan::Extraction;
use super::error::MediaError;
use super::pipe::{FramePipe, file_argument};
use crate::composition::Fps;
use crate::process::Groups;

/// Pictures that are read ahead of the one asked for.
const AHEAD: usize = 1;
/// Samples a pixel.
const CHANNELS: usize = 3;

/// Sixteen-bit samples in native byte order: red, green, blue, row by row.
pub type Samples = Arc<Vec<u16>>;

/// What to decode.
#[derive(Debug, Clone)]
pub struct HdrDecode {
    /// ffmpeg.
    pub ffmpeg: PathBuf,
    /// The source.
    pub path: PathBuf,
    /// Which frames.
    pub extraction: Extraction,
    /// Rate they are sampled at.
    pub fps: Fps,
    /// Width of the pictures, which the source covers and is cut off at.
    pub width: usize,
    /// Height of the pictures.
    pub height: usize,
    /// Longest wait for one frame.
    pub deadline: Duration,
    /// Told of the process.
    pub groups: Groups,
}

impl HdrDecode {
    /// Upstream's command line, into a pipe instead of a file.
    fn args(&self) -> Vec<OsString> {
        let mut args: Vec<OsString> = Vec::new();
        let mut add = |words: &[&str]| args.extend(words.iter().map(Into::into));
        add(&["-hide_banner", "-nostdin", "-loglevel", "error"]);
        let path = file_argument(&self.path);
        match self.extraction {
            Extraction::Single { at } => {
                add(&["-i", &path, "-ss", &at.to_string(), "-frames:v", "1"]);
            }
            Extraction::Range { start, duration } => {
                let (start, duration) = (start.to_string(), duration.to_string());
                add(&["-ss", &start, "-i", &path, "-t", &duration]);
                add(&["-r", &self.fps.ffmpeg_arg()]);
            }
        }
        let (width, height) = (self.width, self.height);
        let cover = format!(
            "scale={width}:{height}:force_original_aspect_ratio=increase,crop={width}:{height}"
        );
        add(&["-map", "0:v:0", "-vf", &cover]);
        add(&["-pix_fmt", "rgb48le", "-f", "rawvideo", "pipe:1"]);
        args
    }
}

/// Gives pictures by number. Numbers rise from one request to the next but for loops, which start
/// the source over.
#[derive(Debug)]
pub struct HdrStream {
    decode: HdrDecode,
    /// What is done to each picture once, as it comes: its transfer curve.
    prepare: fn(&mut [u16]),
    reader: Option<Reader>,
    current: Option<(u64, Samples)>,
    total: Option<u64>,
    decoded: u64,
}

/// A running ffmpeg and whoever reads from it. Dropping it ends both.
#[derive(Debug)]
struct Reader {
    frames: mpsc::Receiver<Result<Samples, MediaError>>,
    task: JoinHandle<()>,
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A picture, and which one it really is.
#[derive(Debug, Clone)]
pub struct HdrFrame {
    /// Its number: that of the last one for requests behind the end, unless the source loops.
    pub index: u64,
    /// Its samples.
    pub samples: Samples,
}

impl HdrStream {
    /// A stream that starts decoding with its first request.
    pub fn new(decode: HdrDecode, prepare: fn(&mut [u16])) -> Self {
        Self {
            decode,
            prepare,
            reader: None,
            current: None,
            total: None,
            decoded: 0,
        }
    }

    /// Width and height of its pictures.
    pub fn size(&self) -> (usize, usize) {
        (self.decode.width, self.decode.height)
    }

    /// How many pictures there are, once the end was seen.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// Pictures decoded so far, repeats included.
    pub fn decoded(&self) -> u64 {
        self.decoded
    }

    /// Ends its ffmpeg and lets its pictures go; returns when both are gone. The next request
    /// starts it over.
    pub async fn close(&mut self) {
        self.current = None;
        if let Some(mut reader) = self.reader.take() {
            reader.task.abort();
            // What it owned, its process with it, is dropped by now.
            let _ = (&mut reader.task).await;
        }
    }

    /// Picture `index`; behind the end the last one, or, `looped`, the one it comes round to.
    /// `None` when there are none.
    ///
    /// # Errors
    /// [`MediaError`] of ffmpeg.
    pub async fn frame(
        &mut self,
        index: u64,
        looped: bool,
    ) -> Result<Option<HdrFrame>, MediaError> {
        loop {
            let wanted = match self.total {
                None => index,
                Some(0) => return Ok(None),
                Some(total) if looped => index % total,
                Some(total) => index.min(total - 1),
            };
            if let Some((current, samples)) = &self.current {
                if *current == wanted {
                    let samples = Arc::clone(samples);
                    return Ok(Some(HdrFrame {
                        index: wanted,
                        samples,
                    }));
                }
                if *current > wanted {
                    self.reader = None;
                    self.current = None;
                }
            }
            self.advance().await?;
        }
    }

    async fn advance(&mut self) -> Result<(), MediaError> {
        let reader = match &mut self.reader {
            Some(reader) => reader,
            none => {
                self.current = None;
                none.insert(Reader::start(&self.decode, self.prepare).await?)
            }
        };
        let next = self.current.as_ref().map_or(0, |(index, _)| index + 1);
        match reader.frames.recv().await {
            Some(samples) => {
                self.current = Some((next, samples?));
                self.decoded += 1;
            }
            None => {
                self.reader = None;
                self.total = Some(next);
            }
        }
        Ok(())
    }
}

impl Reader {
    async fn start(decode: &HdrDecode, prepare: fn(&mut [u16])) -> Result<Self, MediaError> {
        let (args, groups) = (decode.args(), decode.groups.clone());
        let (ffmpeg, path) = (&decode.ffmpeg, &decode.path);
        let pipe = FramePipe::start(ffmpeg, args, path, decode.deadline, groups).await?;
        let (sender, frames) = mpsc::channel(AHEAD);
        let running = Running {
            pipe,
            samples: decode.width * decode.height * CHANNELS,
            prepare,
        };
        let task = tokio::spawn(running.read_all(sender));
        Ok(Self { frames, task })
    }
}

struct Running {
    pipe: FramePipe,
    /// Of one picture.
    samples: usize,
    prepare: fn(&mut [u16]),
}

impl Running {
    /// Sends picture after picture, until there are no more or nobody wants them.
    async fn read_all(mut self, sender: mpsc::Sender<Result<Samples, MediaError>>) {
        loop {
            let read = self.next().await;
            let is_last = !matches!(read, Ok(Some(_)));
            if let Some(read) = read.transpose()
                && sender.send(read).await.is_err()
            {
                return;
            }
            if is_last {
                return;
            }
        }
    }

    async fn next(&mut self) -> Result<Option<Samples>, MediaError> {
        let mut samples = vec![0u16; self.samples];
        let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut samples);
        let deadline = self.pipe.deadline();
        match timeout(deadline, fill(&mut self.pipe.stdout, bytes)).await {
            Ok(Ok(filled)) if filled == bytes.len() => {}
            Ok(Ok(0)) => return self.pipe.end().await.map(|()| None),
            Ok(Ok(_)) => return self.end("its last frame is cut off".into()).await,
            Ok(Err(error)) => return self.end(error.to_string()).await,
            Err(_) => return Err(self.pipe.stalled()),
        }
        let prepare = self.prepare;
        let prepared = tokio::task::spawn_blocking(move || {
            for sample in &mut samples {
                *sample = u16::from_le(*sample);
            }
            prepare(&mut samples);
            samples
        });
        let samples = prepared
            .await
            .map_err(|error| self.pipe.bad(error.to_string()))?;
        Ok(Some(Arc::new(samples)))
    }

    /// The exit says more than a stream that breaks.
    async fn end(&mut self, problem: String) -> Result<Option<Samples>, MediaError> {
        self.pipe.end().await.and(Err(self.pipe.bad(problem)))
    }
}

/// Fills `bytes` as far as the stream goes.
async fn fill(stream: &mut (impl AsyncRead + Unpin), bytes: &mut [u8]) -> std::io::Result<usize> {
    let mut filled = 0;
    while filled < bytes.len() {
        match stream.read(&mut bytes[filled..]).await? {
            0 => break,
            read => filled += read,
        }
    }
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::{make_clip, tool};
    use std::path::Path;

    /// One second of 8x4 pixels at 10 frames a second, each lighter than the one before.
    fn stream(dir: &Path) -> HdrStream {
        let source = "color=black:s=8x4:r=10:d=1,format=gbrp10le,geq=r=N*100:g=N*100:b=N*100";
        let path = make_clip(dir, source);
        let decode = HdrDecode {
            ffmpeg: tool("ffmpeg"),
            path,
            extraction: Extraction::Range {
                start: 0.0,
                duration: 1.0,
            },
            fps: Fps::new(10, 1).unwrap(),
            width: 8,
            height: 4,
            deadline: Duration::from_secs(20),
            groups: Groups::default(),
        };
        HdrStream::new(decode, |_| ())
    }

    async fn level(stream: &mut HdrStream, index: u64, looped: bool) -> (u64, u16) {
        let frame = stream.frame(index, looped).await.unwrap().unwrap();
        assert_eq!(frame.samples.len(), 8 * 4 * 3);
        // Ten bits, widened: 100 of 1023 is 6406 of 65535.
        (frame.index, frame.samples[0] / 6400)
    }

    #[tokio::test]
    async fn pictures_come_by_number_and_the_last_one_holds() {
        let dir = tempfile::tempdir().unwrap();
        let mut stream = stream(dir.path());
        assert_eq!(level(&mut stream, 0, false).await, (0, 0));
        assert_eq!(level(&mut stream, 3, false).await, (3, 3));
        assert_eq!(level(&mut stream, 3, false).await, (3, 3), "again");
        assert_eq!(level(&mut stream, 25, false).await, (9, 9));
        assert_eq!((stream.total(), stream.decoded()), (Some(10), 10));
        assert_eq!(level(&mut stream, 26, false).await, (9, 9));
        assert_eq!(stream.decoded(), 10, "what holds is not decoded again");
    }

    #[tokio::test]
    async fn a_loop_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut stream = stream(dir.path());
        for (index, shown) in [(8, 8), (9, 9), (10, 0), (11, 1), (25, 5)] {
            assert_eq!(level(&mut stream, index, true).await.0, shown);
        }
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_decoded_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut stream = stream(dir.path());
        stream.decode.path = dir.path().join("bad.mkv");
        std::fs::write(&stream.decode.path, "no video").unwrap();
        let error = stream.frame(0, false).await.unwrap_err();
        assert!(error.to_string().contains("bad.mkv"), "{error}");
    }
}
