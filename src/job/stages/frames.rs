//! The stage in which all frames are captured and encoded while the sound is mixed.

use std::time::Instant;

use super::admit::{hire, staffing};
use super::capture::{Captured, FrameFlow, capture};
use super::learn::Learnt;
use super::listen::listen;
use super::prepare::Prepared;
use super::source_frames::ClipSources;
use crate::audio::Sound;
use crate::capture::{CaptureBrowserOptions, ms_since};
use crate::encode::FrameWriter;
use crate::inject::{InjectionReport, Injector};
use crate::job::attempt::Attempt;
use crate::job::context::JobContext;
use crate::job::error::RenderError;
use crate::page::VolumeWatch;

/// All frames and the sound, before they are put into one file.
pub(in crate::job) struct Frames {
    pub captured: Captured,
    /// Length, seconds.
    pub seconds: f64,
    /// From the job's start to the capture's, ms.
    pub setup_ms: f64,
    /// Time of the capture without the encoder's end, ms.
    pub capture_ms: f64,
    /// What the injection of source video did, if there was any.
    pub injection: Option<InjectionReport>,
    /// Absent for a silent composition.
    pub sound: Option<Sound>,
}

/// Makes them. `options` are those of the first browser.
///
/// # Errors
/// The root [`RenderError`].
pub(in crate::job) async fn make_frames(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    options: CaptureBrowserOptions,
    writer: FrameWriter,
    (learnt, sources): (Learnt, ClipSources),
    attempt: &mut Attempt,
) -> Result<Frames, RenderError> {
    let hired = hire(job, prepared, attempt);
    let plan = attempt.plan.clone();
    attempt.workers = usize::try_from(plan.sizing.initial_workers).unwrap_or(usize::MAX);
    let ClipSources { injector, hdr } = sources;
    let mut options = options;
    options.raster_threads = plan.raster_threads.each;
    let listened = options.clone();
    options.page.source_frames = injector.as_ref().map(Injector::source_frames);
    // What pages would have noticed of the frames before is not known.
    let is_resumed = writer.first_frame() > 0 && options.page.volumes == VolumeWatch::Notice;
    let flow = FrameFlow {
        options,
        first: learnt.first,
        writer,
        hdr,
        staffing: staffing(prepared, &plan, hired),
    };
    let setup_ms = ms_since(job.started);
    let started = Instant::now();
    let capture = async {
        let captured = capture(job, &plan, flow).await;
        // The page only knows that its frames did not come.
        if let Some(error) = injector.as_ref().and_then(Injector::failure) {
            return Err(error.into());
        }
        let captured = captured?;
        let capture_ms = ms_since(started) - captured.encoded.drain_ms;
        Ok((captured, capture_ms))
    };
    let (seconds, frames) = (learnt.page.seconds, plan.total_frames);
    let listen = || listen(job, prepared, &listened, seconds);
    let limit = job.spec.engine.ffmpeg_process_timeout_ms / 1000;
    let sound_made = format!("the sound, each program of which may take {limit} s");
    let mix = async {
        let volumes = match prepared.sound.is_named_by_scripts() {
            true => listen().await?,
            false => Vec::new(),
        };
        let _listed = job.awaits().list(&*sound_made, None);
        prepared.sound.make(&volumes, seconds, frames).await
    };
    let made = tokio::try_join!(capture, mix);
    for note in injector.as_ref().map(Injector::notes).unwrap_or_default() {
        attempt.warn(job, note);
    }
    let ((captured, capture_ms), mut sound) = made?;
    if captured.capture.sets_volume || is_resumed {
        // No script names a volume, and yet one was set, or may have been.
        let volumes = listen().await?;
        let _listed = job.awaits().list(&*sound_made, None);
        sound = prepared.sound.make(&volumes, seconds, frames).await?;
    }
    attempt.workers = captured.capture.workers;
    Ok(Frames {
        captured,
        seconds,
        setup_ms,
        capture_ms,
        injection: injector.as_ref().map(Injector::report),
        sound,
    })
}
