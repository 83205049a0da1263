//! The pictures of an HDR clip: which one is due in an output frame, fetched through the streams
//! that all source video goes through, scaled and cut for the element's box.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::budget::FrameBudget;
use super::clip_frames::ClipFrames;
use super::error::MediaError;
use super::hdr_streams::{HdrStreams, Reading};
use super::raw_frame::Layout;
use super::rgb48_samples::{SampleBytes, Samples};
use super::source_time::SourceTime;
use super::stream::SourceStream;
use crate::pixels::{Anchor, Cut, Laid, ObjectFit, Picture, resample};
use crate::sync::IgnorePoison;

/// Output frames whose pictures are decoded ahead of the one asked for.
pub(super) const AHEAD: u64 = 2;

/// Pictures that a stream holds at most: the one shown, those ahead, and one being read.
pub const HDR_PICTURES: u64 = AHEAD + 2;

/// Width and height, pixels.
type Size = (usize, usize);

/// Bytes that the pictures of one box may take however little memory a job has: an 8K box takes 570 MiB.
const ALWAYS_ALLOWED: u64 = 1 << 30;

/// One clip, and where it gets its pictures.
#[derive(Debug)]
pub struct HdrSource {
    /// The clip's render id.
    pub id: String,
    pub(super) frames: ClipFrames,
    pub(super) path: PathBuf,
    /// The source's own width and height, pixels.
    pub(super) natural: Size,
    pub(super) streams: Arc<HdrStreams>,
    /// Whether it is the one of the clips with these streams that tells their count.
    pub(super) leads: bool,
    pub(super) budget: FrameBudget,
    /// The stream it reads from now.
    pub(super) reading: Mutex<Option<Reading>>,
}

/// The box that a picture is shown in, and how it lies in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PictureBox {
    /// Width and height in pixels, each side 1 to [`MAX_SIDE`](crate::pixels::MAX_SIDE).
    pub size: (usize, usize),
    /// CSS `object-fit`.
    pub fit: ObjectFit,
    /// CSS `object-position`: across and down.
    pub anchors: (Anchor, Anchor),
}

/// What a box shows of a picture of a source.
#[derive(Debug, Clone)]
pub struct SourcePicture {
    /// Its samples.
    pub samples: Samples,
    /// The pixel of the box where it begins.
    pub at: (usize, usize),
    /// Pixels.
    pub width: usize,
    /// Pixels.
    pub height: usize,
}

impl HdrSource {
    /// The source's file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it has a picture in output frame `frame`.
    pub fn shows(&self, frame: u64) -> bool {
        self.frames.due(frame).is_some()
    }

    /// Bytes that pictures for a box of `size` take at least, and those there are for source frames.
    pub fn memory(&self, size: (usize, usize)) -> (u64, u64) {
        let picture = Layout::Rgb48.frame_bytes(size.0 as u32, size.1 as u32);
        let most = self.budget.limit().max(ALWAYS_ALLOWED);
        (picture as u64 * (AHEAD + 1), most)
    }

    /// The source's own width and height, pixels.
    pub fn natural_size(&self) -> (usize, usize) {
        self.natural
    }

    /// What `shown` shows of the picture due in output frame `frame`; `None` also where it shows
    /// nothing of it. Requests should rise: decoders only go forward.
    ///
    /// # Errors
    /// Those of [`ClipFrames::fetch`].
    pub async fn picture(
        &self,
        frame: u64,
        shown: PictureBox,
    ) -> Result<Option<SourcePicture>, MediaError> {
        let Some(due) = self.frames.due(frame) else {
            return Ok(None);
        };
        let laid = Laid::whole(self.natural, shown.size, shown.fit, shown.anchors);
        let Some(laid) = laid else {
            return Ok(None);
        };
        let (stream, cut) = self.stream(laid.cut()).await;
        let Some(found) = self.frames.fetch(&stream, frame, due).await? else {
            return Ok(None);
        };
        self.read_ahead(stream, frame);
        let raw = found.frame;
        let samples = Samples::of(raw.data);
        let samples = match cut == laid.cut() {
            true => samples,
            false => self.fitted(samples, laid).await?,
        };
        let (width, height) = laid.size();
        Ok(Some(SourcePicture {
            samples,
            at: laid.at(),
            width,
            height,
        }))
    }

    /// A stream of pictures that are `cut` so, or else of whole ones; with what they are.
    async fn stream(&self, cut: Cut) -> (Arc<SourceStream>, Cut) {
        let whole = Cut::all(self.natural);
        let (stream, made, left) = {
            let mut reading = self.reading.lock().ignore_poison();
            let usable = |now: &Reading| [cut, whole].contains(&now.cut);
            if let Some(now) = reading.as_ref().filter(|now| usable(now)) {
                return (Arc::clone(&now.stream), now.cut);
            }
            // A box that changes is filled from the whole picture from then on.
            let next = match *reading {
                Some(_) => self.streams.join(whole),
                None => self.streams.join(cut),
            };
            let stream = Arc::clone(&next.stream);
            (stream, next.cut, reading.replace(next))
        };
        if let Some(left) = left {
            self.streams.leave(left).await;
        }
        (stream, made)
    }

    /// Decodes what is due after output frame `frame`.
    fn read_ahead(&self, stream: Arc<SourceStream>, frame: u64) {
        let coming = frame + 1..=frame + AHEAD;
        let due: Vec<SourceTime> = coming
            .filter_map(|frame| self.frames.due_inside(frame))
            .collect();
        tokio::spawn(async move {
            for time in due {
                // The request that needs the frame gets the failure.
                if stream.frame(time).await.is_err() {
                    return;
                }
            }
        });
    }

    /// A whole picture, scaled and cut as `laid` says.
    async fn fitted(&self, samples: Samples, laid: Laid) -> Result<Samples, MediaError> {
        let (budget, from) = (self.budget.clone(), self.natural);
        let fitting = tokio::task::spawn_blocking(move || {
            let picture = Picture::of(samples.to_vec(), from.0, from.1)?;
            let fitted = resample(picture, &laid)?;
            let bytes = SampleBytes(fitted.into_samples());
            let held = budget.hold(bytes.as_ref().len() as u64);
            Ok::<_, crate::pixels::Rgb48Error>(Samples::of(held.around(bytes, ())))
        });
        let unusable = |detail: String| MediaError::Stream {
            path: self.path.clone(),
            detail: format!("HDR clip \"{}\": {detail}", self.id),
        };
        let fitted = fitting.await.map_err(|e| unusable(e.to_string()))?;
        fitted.map_err(|e| unusable(e.to_string()))
    }

    /// Whether the clip is over before output frame `frame`, with a frame to spare.
    pub fn is_over(&self, frame: u64) -> bool {
        self.frames.fps.time_of(frame.saturating_sub(1)) > self.frames.plan.end
    }

    /// Drops its stream; returns when its ffmpeg is gone, unless another clip still reads from
    /// it. The next request starts over.
    pub async fn close(&self) {
        let reading = self.reading.lock().ignore_poison().take();
        if let Some(reading) = reading {
            self.streams.leave(reading).await;
        }
    }

    /// Pictures decoded so far; those of a stream that clips share count for one of them.
    pub fn decoded(&self) -> u64 {
        match self.leads {
            true => self.streams.decoded(),
            false => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::{Fps, FrameRange, RateSpec};
    use crate::pixels::TransferFunction;
    use crate::probe::VideoFacts;
    use crate::video::testing::{clip, facts, make_clip, script, sources_in};
    use crate::video::{HdrClip, HdrOutput, HdrSources, OutputFrames, Sources, StreamShare};
    use std::time::Duration;

    /// Width and height of the clip.
    const SIZE: Size = (8, 4);
    const FRAMES: u64 = 10;

    /// One second of 8x4 pixels at 10 frames a second, each lighter than the one before.
    fn film(dir: &Path) -> HdrClip {
        let source = "color=black:s=8x4:r=10:d=1,format=gbrp10le,geq=r=N*100:g=N*100:b=N*100";
        HdrClip {
            clip: clip(0.0, 4.0),
            path: make_clip(dir, source),
            facts: VideoFacts {
                width: SIZE.0 as u32,
                height: SIZE.1 as u32,
                transfer: "smpte2084".into(),
                ..facts(1.0)
            },
        }
    }

    fn sources(dir: &Path) -> Sources {
        sources_in(dir, true)
    }

    /// The sources of `clips` in four seconds of output.
    async fn planned(clips: &[HdrClip], sources: &Sources) -> Vec<HdrSource> {
        let fps = Fps::new(10, 1).unwrap();
        let output = HdrOutput {
            frames: OutputFrames {
                duration: 4.0,
                fps,
                frames: FrameRange::whole(40),
            },
            transfer: TransferFunction::Pq,
            coverage: Some(0.95),
            cores: 2,
            share: StreamShare::new(1 << 20, 2),
        };
        let planned = HdrSources::plan(clips, sources, &output).await;
        planned.unwrap().sources
    }

    async fn one(clip: HdrClip, sources: &Sources) -> HdrSource {
        planned(&[clip], sources).await.remove(0)
    }

    /// A box that is covered.
    fn boxed(size: Size) -> PictureBox {
        PictureBox {
            size,
            fit: ObjectFit::Cover,
            anchors: Default::default(),
        }
    }

    /// Which frame of the film a picture of `size` is.
    async fn level(source: &HdrSource, frame: u64, size: Size) -> u64 {
        let picture = source.picture(frame, boxed(size)).await.unwrap().unwrap();
        assert_eq!(picture.at, (0, 0));
        assert_eq!((picture.width, picture.height), size);
        assert_eq!(picture.samples.len(), size.0 * size.1 * 3);
        // Ten bits, widened: 100 of 1023 is 6406 of 65535.
        u64::from(picture.samples[0] / 6400)
    }

    #[tokio::test]
    async fn pictures_come_by_number_and_the_last_one_holds() {
        let dir = tempfile::tempdir().unwrap();
        let source = one(film(dir.path()), &sources(dir.path())).await;
        for (frame, shown) in [(0, 0), (3, 3), (3, 3), (25, 9), (26, 9)] {
            assert_eq!(level(&source, frame, SIZE).await, shown, "{frame}");
        }
        assert_eq!(source.decoded(), FRAMES, "what holds is not decoded again");
        assert!(!source.is_over(40) && source.is_over(42));
    }

    #[tokio::test]
    async fn a_loop_starts_over() {
        let dir = tempfile::tempdir().unwrap();
        let mut film = film(dir.path());
        film.clip.looped = true;
        let source = one(film, &sources(dir.path())).await;
        for (frame, shown) in [(8, 8), (9, 9), (10, 0), (11, 1), (25, 5)] {
            assert_eq!(level(&source, frame, SIZE).await, shown, "{frame}");
        }
    }

    #[tokio::test]
    async fn a_fast_loop_is_decoded_once_a_round() {
        let dir = tempfile::tempdir().unwrap();
        let mut film = film(dir.path());
        film.clip.looped = true;
        film.clip.playback_rate = RateSpec::Constant(3.0);
        let source = one(film, &sources(dir.path())).await;
        for frame in 0..20 {
            assert_eq!(level(&source, frame, SIZE).await, frame * 3 % FRAMES);
            // So that what comes next has been read ahead.
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
        // Sixty frames of the film are six rounds; reading ahead may have begun one more.
        let decoded = source.decoded();
        assert!(decoded <= 7 * FRAMES, "{decoded}");
    }

    #[tokio::test]
    async fn a_box_that_grows_is_filled_from_the_whole_picture() {
        let dir = tempfile::tempdir().unwrap();
        let sources = sources(dir.path());
        let source = one(film(dir.path()), &sources).await;
        for (frame, size) in [
            (1, (4, 4)),
            (2, (6, 4)),
            (3, (16, 8)),
            (4, SIZE),
            (5, (4, 4)),
        ] {
            assert_eq!(level(&source, frame, size).await, frame, "{size:?}");
        }
        assert_eq!(sources.groups.ids().len(), 1, "one decoder at a time");
    }

    #[tokio::test]
    async fn clips_of_one_file_share_a_decode_where_size_and_time_meet() {
        let dir = tempfile::tempdir().unwrap();
        let sources = sources(dir.path());
        let first = film(dir.path());
        let mut second = first.clone();
        second.clip.start = 0.1;
        let mut later = first.clone();
        later.clip.start = 0.6;
        let clips = planned(&[first, second, later], &sources).await;
        for frame in 1..=9 {
            assert_eq!(level(&clips[0], frame, SIZE).await, frame);
            assert_eq!(level(&clips[1], frame, SIZE).await, frame - 1);
        }
        assert_eq!(level(&clips[2], 8, SIZE).await, 2);
        assert_eq!((clips[0].decoded(), clips[1].decoded()), (FRAMES, 0));
        assert!(
            clips[2].decoded() < FRAMES,
            "half a second later is far away"
        );
        assert_eq!(level(&clips[1], 9, (4, 4)).await, 8, "of another size");
        clips[0].close().await;
        assert_eq!(level(&clips[1], 9, SIZE).await, 8);
        for clip in &clips {
            clip.close().await;
        }
        assert!(sources.groups.ids().is_empty(), "all decoders are gone");
    }

    #[tokio::test]
    async fn a_file_that_cannot_be_decoded_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut film = film(dir.path());
        film.path = dir.path().join("bad.mkv");
        std::fs::write(&film.path, "no video").unwrap();
        film.clip.end = 1.0;
        let source = one(film, &sources(dir.path())).await;
        let error = source.picture(0, boxed(SIZE)).await.unwrap_err();
        assert!(error.to_string().contains("bad.mkv"), "{error}");
    }

    #[tokio::test]
    async fn a_source_that_ends_early_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let mut film = film(dir.path());
        film.facts.stream_duration = 1.2;
        film.clip.end = 1.2;
        let source = one(film, &sources(dir.path())).await;
        assert_eq!(level(&source, 3, SIZE).await, 3);
        let error = source.picture(11, boxed(SIZE)).await.unwrap_err();
        assert!(
            matches!(error, MediaError::Coverage { captured: 10, .. }),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_decoder_that_stalls_is_given_up_and_ends_at_once_when_closed() {
        let dir = tempfile::tempdir().unwrap();
        let mut film = film(dir.path());
        film.clip.end = 1.0;
        let stalls = |deadline| Sources {
            ffmpeg: script(dir.path(), "sleep 60"),
            deadline,
            ..sources(dir.path())
        };
        let source = one(film.clone(), &stalls(Duration::from_millis(100))).await;
        let error = source.picture(0, boxed(SIZE)).await.unwrap_err();
        assert!(matches!(error, MediaError::Stalled { .. }), "{error}");
        let source = one(film, &stalls(Duration::from_secs(60))).await;
        let asking =
            tokio::time::timeout(Duration::from_millis(200), source.picture(0, boxed(SIZE)));
        assert!(asking.await.is_err(), "it waits");
        let closing = tokio::time::timeout(Duration::from_secs(5), source.close());
        closing.await.unwrap();
    }
}
