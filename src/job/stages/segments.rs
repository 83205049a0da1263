//! The stage that finds what an earlier process left of the same render, and goes on from there.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::learn::Learnt;
use super::output::Output;
use super::prepare::Prepared;
use crate::capture::{CaptureBrowserOptions, Raster};
use crate::encode::{
    EncodeError, FrameWriter, SegmentFolder, SegmentLimits, SegmentNote, sweep_segments,
};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::job::events::Level;
use crate::job::input_files::{InputFiles, program_stamp};
use crate::plan::{RenderPlan, SegmentPlan};
use crate::spec::RenderSpec;
use crate::video::resolve_source;

/// What a render that never ended leaves is kept so long.
const AGE: Duration = Duration::from_secs(7 * 24 * 3600);
/// Characters of a folder's name.
const NAME_CHARS: usize = 32;
/// The folder of segments that nobody goes on from, in the job's own.
const PRIVATE: &str = "segments";
/// Members of what is noted beside segments.
const HEAVY: &str = "heavyMs";

/// A checksum of the render's files, made while the first browser starts.
pub(in crate::job) enum InputDigest {
    /// Nothing is to be kept, unless the page takes another lane.
    Unwanted,
    Making(Making),
    Made(Result<String, String>),
}

/// One that is being made; no more when this is dropped.
pub(in crate::job) struct Making {
    digest: tokio::task::JoinHandle<std::io::Result<String>>,
    stop: Arc<AtomicBool>,
}

impl Making {
    fn begin(files: InputFiles) -> Self {
        let stop = Arc::<AtomicBool>::default();
        let stopped = Arc::clone(&stop);
        let digest = tokio::task::spawn_blocking(move || files.digest(&stopped));
        Self { digest, stop }
    }
}

impl Drop for Making {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl InputDigest {
    /// Begins to make it, where it may be wanted.
    pub fn begin(job: &JobContext<'_>, prepared: &Prepared<'_>) -> Self {
        if !prepared.plan.may_be_divided() {
            let (parent, limits) = (job.transaction.parent().to_owned(), limits(job));
            tokio::task::spawn_blocking(move || sweep_segments(&parent, "", limits));
            return Self::Unwanted;
        }
        Self::Making(Making::begin(input_files(job.spec)))
    }

    async fn get(&mut self, spec: &RenderSpec) -> Result<String, String> {
        if let Self::Unwanted = self {
            *self = Self::Making(Making::begin(input_files(spec)));
        }
        if let Self::Making(making) = self {
            let made = match (&mut making.digest).await {
                Ok(made) => made.map_err(|error| error.to_string()),
                Err(failure) => Err(failure.to_string()),
            };
            *self = Self::Made(made);
        }
        match self {
            Self::Made(made) => made.clone(),
            Self::Unwanted | Self::Making(_) => Err("its files were not looked at".into()),
        }
    }
}

/// The writer of a divided encode, behind what was left of it. Pages are rastered as they were; a first
/// browser that does it in another way is given up.
///
/// # Errors
/// [`RenderError`] when there is no room for segments.
pub(in crate::job) async fn segment_writer(
    (job, prepared, output): (&JobContext<'_>, &Prepared<'_>, &Output<'_>),
    plan: SegmentPlan,
    (options, product, learnt): (&CaptureBrowserOptions, &str, &mut Learnt),
    (attempt, inputs): (&mut Attempt, &mut InputDigest),
) -> Result<FrameWriter, RenderError> {
    let folder = match inputs.get(job.spec).await {
        Ok(files) => {
            let key = key((job, prepared), &attempt.plan, (product, options), &files);
            let total = attempt.plan.total_frames;
            open(job, &key, (output.extension(), total)).await
        }
        Err(why) => Err(why),
    };
    let folder = match folder {
        Ok(folder) => folder,
        Err(why) => {
            attempt.warn(
                job,
                format!("this render could not be gone on with, should it end early: {why}"),
            );
            let private = job.transaction.file(PRIVATE);
            let made = SegmentFolder::private(private.clone(), output.extension());
            made.map_err(|error| EncodeError::Output {
                path: private,
                detail: error.to_string(),
            })?
        }
    };
    let folder = Arc::new(folder);
    job.transaction.made_of(Arc::clone(&folder), plan.keep);
    let (begin, total) = (folder.frames(), attempt.plan.total_frames);
    if begin > 0 {
        let heavy = folder.note().get(HEAVY).and_then(Value::as_f64);
        options
            .raster
            .decide(heavy.map_or(Raster::Light, Raster::Heavy));
        if heavy.is_some() {
            learnt.first = None;
        }
        let line = format!(
            "[Native] an earlier try left {begin} of {total} frames; this one goes on behind them"
        );
        job.progress
            .log(Level::Info, line, json!({ "frames": begin }));
    }
    let raster = options.raster.clone();
    let note: SegmentNote = Arc::new(move || match raster.get() {
        Raster::Heavy(ms) => json!({ HEAVY: ms }),
        Raster::Open | Raster::Light => Value::Null,
    });
    let writer = output.segment_writer(job, (folder, plan.frames), note, attempt);
    writer.ok_or_else(|| RenderError::Panic("a divided encode has no codec".into()))
}

fn limits(job: &JobContext<'_>) -> SegmentLimits {
    SegmentLimits {
        bytes: job.spec.environment.resume_bytes,
        age: AGE,
    }
}

/// What the render is made from.
fn input_files(spec: &RenderSpec) -> InputFiles {
    let composition = &spec.composition;
    let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
    let media = &composition.media;
    let sources = media.videos.iter().map(|clip| &clip.src);
    let sources = sources.chain(media.audios.iter().map(|clip| &clip.src));
    let sources = sources.chain(media.images.iter().map(|image| &image.src));
    InputFiles {
        compiled: compiled.clone(),
        project: project.clone(),
        media: sources
            .map(|src| resolve_source(src, project, compiled))
            .collect(),
        destination: spec.output.path.clone(),
    }
}

/// The folder of `key` with less than `total` frames, after others were brought within their limits.
async fn open(
    job: &JobContext<'_>,
    key: &str,
    (extension, total): (&'static str, u64),
) -> Result<SegmentFolder, String> {
    let (parent, key) = (job.transaction.parent().to_owned(), key.to_owned());
    let limits = limits(job);
    let opening = tokio::task::spawn_blocking(move || {
        sweep_segments(&parent, &key, limits);
        SegmentFolder::open(&parent, &key, extension, total)
    });
    match opening.await {
        Ok(Ok(Some(folder))) => Ok(folder),
        Ok(Ok(None)) => Err("another process renders the same thing to the same folder".into()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(failure) => Err(failure.to_string()),
    }
}

/// The name of everything that the encoded frames depend on.
fn key(
    (job, prepared): (&JobContext<'_>, &Prepared<'_>),
    plan: &RenderPlan,
    (product, options): (&str, &CaptureBrowserOptions),
    files: &str,
) -> String {
    let parts = json!({
        "engine": env!("CARGO_PKG_VERSION"),
        "spec": job.spec.fingerprint,
        "files": files,
        "browser": [product, &program_stamp(&prepared.browser.path)],
        "gpu": format!("{:?}", options.gpu),
        "ffmpeg": program_stamp(&prepared.tools.ffmpeg),
        // x264 divides its work by them.
        "cores": prepared.host.cores,
        "lane": plan.capture.lane.name(),
        "encoder": plan.encoder,
        "frames": plan.total_frames,
        "segments": plan.segments.map(|segments| segments.frames),
        "transitions": job.spec.transitions,
    });
    let mut name = format!("{:x}", Sha256::digest(parts.to_string()));
    name.truncate(NAME_CHARS);
    name
}
