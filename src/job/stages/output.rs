//! What is made of the frames: a writer for them, and the artefact made of what it wrote.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::frames::Frames;
use crate::audio::Sound;
use crate::capture::ms_since;
use crate::encode::{
    EncodeError, EncodeSettings, EncodedVideo, FormatFacts, FrameWriter, GifSettings, HlsPackage,
    Join, LastStep, Mux, Packaging, PictureFolder, SegmentFolder, SegmentNote, SegmentOptions,
    SegmentedEncoder, SoundPlace, StreamingEncoder, Tools, VIDEO_PLAYLIST, assemble_gif,
    check_not_truncated, encoder_args, video_length,
};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::transaction::Transaction;
use crate::plan::RenderPlan;
use crate::spec::RenderSpec;

/// One render's output.
pub(in crate::job) struct Output<'a> {
    spec: &'a RenderSpec,
    tools: &'a Tools,
    transaction: &'a Transaction,
    /// Nothing can sound, so that the encoder writes the finished file.
    is_silent: bool,
}

/// A staged artefact that was checked.
pub(in crate::job) struct Finished {
    /// Its size.
    pub bytes: u64,
    /// Time it took since the last frame, ms.
    pub ms: f64,
}

/// How long the encoder may go without taking a frame, unless the user set it (upstream's figure).
const INACTIVITY: Duration = Duration::from_secs(600);
/// The same for HDR. The longest silence of an encoder that works is its end, in which it encodes the
/// frames that it holds: x265 some thirty, and each of 7680x4320 takes more than ten seconds of a core.
const HDR_INACTIVITY: Duration = Duration::from_secs(1800);

/// How long the encoder may go without taking a frame, and until it ends after the last one.
pub(super) fn inactivity(spec: &RenderSpec, plan: &RenderPlan) -> Duration {
    let usual = match plan.hdr.hdr {
        true => HDR_INACTIVITY,
        false => INACTIVITY,
    };
    let set = spec.engine.ffmpeg_streaming_timeout_ms;
    set.map_or(usual, Duration::from_millis)
}

impl<'a> Output<'a> {
    /// The job's. `is_silent` says that nothing in it can sound.
    pub fn of(job: &JobContext<'a>, tools: &'a Tools, is_silent: bool) -> Self {
        Self {
            spec: job.spec,
            tools,
            transaction: job.transaction,
            is_silent,
        }
    }

    /// How frames are encoded into `written`; `None` where no ffmpeg encodes.
    fn encoding(&self, plan: &RenderPlan, written: &Path) -> Option<EncodeSettings> {
        let settings = plan.encode_settings(written)?;
        let is_final = self.is_silent
            && settings.gpu.is_none()
            && settings.codec.can_be_final()
            && plan.segments.is_none()
            && !self.spec.output.format.has_segments()
            && self.spec.frames.is_none();
        Some(EncodeSettings {
            is_final,
            ..settings
        })
    }

    /// What the writer writes: a file, or a folder of parts.
    fn written(&self) -> PathBuf {
        match self.facts().packaging.written() {
            Some(name) => self.transaction.file(name),
            None => self.transaction.staged(),
        }
    }

    fn facts(&self) -> FormatFacts {
        self.spec.output.format.facts()
    }

    /// Starts the writer of an attempt's frames, on a host with so many cores.
    ///
    /// # Errors
    /// [`EncodeError`].
    pub async fn start_writer(
        &self,
        job: &JobContext<'_>,
        cores: usize,
        attempt: &mut Attempt,
    ) -> Result<FrameWriter, EncodeError> {
        let written = self.written();
        let settings = self.encoding(&attempt.plan, &written);
        attempt.encoder = settings.as_ref().map(encoder_args).unwrap_or_default();
        let writer = self.writer(cores, &attempt.plan, written).await?;
        if let Some(pid) = writer.pid() {
            job.memory.add(pid);
        }
        Ok(writer)
    }

    /// A writer of an attempt's frames in segments of so many `frames`, behind those in `folder`. It
    /// notes `note` beside them.
    pub fn segment_writer(
        &self,
        job: &JobContext<'_>,
        (folder, frames): (Arc<SegmentFolder>, u64),
        note: SegmentNote,
        attempt: &mut Attempt,
    ) -> Option<FrameWriter> {
        let settings = self.encoding(&attempt.plan, &self.written())?;
        attempt.encoder = encoder_args(&settings);
        let encoder = SegmentedEncoder::new(SegmentOptions {
            ffmpeg: self.tools.ffmpeg.clone(),
            inactivity: inactivity(self.spec, &attempt.plan),
            settings,
            frames,
            folder,
            note,
            groups: job.memory.groups(),
        });
        Some(FrameWriter::Segments(Box::new(encoder)))
    }

    /// Of the files that frames are written to.
    pub fn extension(&self) -> &'static str {
        let name = self.facts().packaging.written().unwrap_or_default();
        name.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    async fn writer(
        &self,
        cores: usize,
        plan: &RenderPlan,
        written: PathBuf,
    ) -> Result<FrameWriter, EncodeError> {
        let Some(settings) = self.encoding(plan, &written) else {
            let (width, height) = self.spec.output_size();
            let folder = PictureFolder::create(&written, width, height, cores)?;
            return Ok(FrameWriter::Pictures(folder));
        };
        if let Packaging::Gif { .. } = self.facts().packaging {
            std::fs::create_dir_all(&written).map_err(|e| EncodeError::Output {
                path: written.clone(),
                detail: e.to_string(),
            })?;
        }
        let inactivity = inactivity(self.spec, plan);
        let encoder = StreamingEncoder::start(&self.tools.ffmpeg, &settings, inactivity).await?;
        Ok(FrameWriter::Stream(Box::new(encoder)))
    }

    /// Makes the staged artefact of what was written and the sound, on a host with so many cores.
    ///
    /// # Errors
    /// [`RenderError`], also when something is missing in it.
    pub async fn finish(
        &self,
        job: &JobContext<'_>,
        cores: usize,
        plan: &RenderPlan,
        frames: &Frames,
    ) -> Result<Finished, RenderError> {
        let started = Instant::now();
        let total = plan.frames.count();
        let tell = |done| match self.facts().last_step {
            LastStep::Assembling => job.progress.assembling(frames.seconds, done),
            LastStep::Encoding(text) => job.progress.finishing(text, total, done),
        };
        tell(false);
        let engine = &self.spec.engine;
        let limit = match self.facts().packaging {
            Packaging::Gif { .. } => engine.ffmpeg_encode_timeout_ms,
            _ => engine.ffmpeg_process_timeout_ms,
        };
        let assembled = self.assemble(cores, plan, frames.sound.as_ref());
        let limit = Duration::from_millis(limit);
        let awaits = job.awaits();
        awaits
            .during("ffmpeg to put the file together", limit, assembled)
            .await?;
        tell(true);
        Ok(Finished {
            ms: ms_since(started),
            bytes: artefact_bytes(&self.transaction.staged()),
        })
    }

    async fn assemble(
        &self,
        cores: usize,
        plan: &RenderPlan,
        sound: Option<&Sound>,
    ) -> Result<(), RenderError> {
        let (spec, tools, total_frames) = (self.spec, self.tools, plan.frames.count());
        let (written, staged) = (self.written(), self.transaction.staged());
        let is_final = self
            .encoding(plan, &written)
            .is_some_and(|made| made.is_final);
        let deadline = Duration::from_millis(spec.engine.ffmpeg_process_timeout_ms);
        let fps = spec.fps;
        let segments = self.transaction.segments();
        let list = segments.map(|folder| folder.list(fps)).transpose();
        let list = list.map_err(|source| RenderError::Io {
            what: "cannot list the segments",
            source,
        })?;
        let video = match &list {
            Some(list) => EncodedVideo::List(list),
            None => EncodedVideo::File(&written),
        };
        let version = &spec.encode.renderer_version;
        match (self.facts().packaging, sound) {
            (Packaging::Video { container, .. }, Some(sound)) => {
                let mux = Mux {
                    video,
                    sound: &sound.path,
                    output: &staged,
                    container,
                    fps,
                    renderer_version: version,
                };
                mux.run(&tools.ffmpeg, deadline).await?;
            }
            (Packaging::Video { container, .. }, None)
                if list.is_some()
                    || container.index_in_front && !is_final && spec.frames.is_none() =>
            {
                let join = Join {
                    video,
                    output: &staged,
                    container,
                    fps,
                    renderer_version: version,
                };
                join.run(&tools.ffmpeg, deadline).await?;
            }
            (Packaging::Video { .. }, None) if !written.exists() => {
                let detail = "FFmpeg ended well and wrote nothing: No such file".to_owned();
                let path = written;
                return Err(EncodeError::Output { path, detail }.into());
            }
            (Packaging::Video { .. }, None) => move_to(&written, &staged)?,
            (Packaging::Gif { intermediate, .. }, _) => {
                let settings = GifSettings {
                    fps,
                    frames: total_frames,
                    at_once: cores,
                    plays: spec.encode.gif_loop,
                    deadline: Duration::from_millis(spec.engine.ffmpeg_encode_timeout_ms),
                };
                let gif = self.transaction.file(intermediate);
                let frames = assemble_gif(&tools.ffmpeg, &written, settings, &gif).await?;
                move_to(&gif, &staged)?;
                // A frame like the one before may be left out, with its time added to that.
                return check_count(frames.min(1), 1);
            }
            (Packaging::Playlists { .. }, sound) => {
                let package = HlsPackage {
                    video: &written,
                    sound: sound.map(|sound| sound.path.as_path()),
                    output: &staged,
                    segment_seconds: spec.encode.hls_segment_seconds,
                };
                package.run(&tools.ffmpeg, deadline).await?;
                // A playlist does not count its frames.
                let encoded = video_length(&tools.ffprobe, &written).await?;
                check_not_truncated(encoded, total_frames, fps)?;
                let playlist = staged.join(VIDEO_PLAYLIST);
                let facts = video_length(&tools.ffprobe, &playlist).await?;
                return Ok(check_not_truncated(facts, total_frames, fps)?);
            }
            (Packaging::Pictures, sound) => {
                let entries = std::fs::read_dir(&staged).map_err(|source| RenderError::Io {
                    what: "cannot list the written pictures",
                    source,
                })?;
                check_count(entries.count() as u64, total_frames)?;
                return match (sound, self.facts().sound) {
                    (Some(sound), SoundPlace::Beside(name)) => {
                        move_to(&sound.path, &staged.join(name))
                    }
                    _ => Ok(()),
                };
            }
        }
        let facts = video_length(&tools.ffprobe, &staged).await?;
        Ok(check_not_truncated(facts, total_frames, fps)?)
    }
}

fn move_to(from: &Path, to: &Path) -> Result<(), RenderError> {
    std::fs::rename(from, to).map_err(|source| RenderError::Io {
        what: "cannot move the finished file into place",
        source,
    })
}

fn check_count(found: u64, expected: u64) -> Result<(), RenderError> {
    if found < expected {
        let detail = format!("expected {expected} frames, found {found}");
        return Err(EncodeError::Truncated { detail }.into());
    }
    Ok(())
}

/// Bytes of an artefact: of all its files when it is a folder.
fn artefact_bytes(path: &Path) -> u64 {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |meta| meta.len());
    match std::fs::read_dir(path) {
        Ok(entries) => entries.flatten().map(|entry| size(&entry.path())).sum(),
        Err(_) => size(path),
    }
}
