//! The stages of a render in order, from an empty machine to a staged, checked artefact.

use std::sync::atomic::Ordering;

use super::attempt::Attempt;
use super::context::JobContext;
use super::error::RenderError;
use super::events::Level;
use super::stages::{
    Frames, InputDigest, Output, Prepared, learn, make_frames, prepare_source_frames,
    segment_writer, start_first_browser,
};
use super::summary::{Outcome, Summary};

/// Renders to the transaction's staged file.
///
/// # Errors
/// The root [`RenderError`].
pub(super) async fn run(job: JobContext<'_>) -> Result<Summary, RenderError> {
    job.progress.starting();
    let prepared = Prepared::of(&job).await?;
    let output = Output::of(&job, &prepared.tools, prepared.sound.is_silent());
    let Rendered {
        frames,
        attempt,
        failed,
    } = render_frames(&job, &prepared, &output).await?;
    drop(prepared.server);
    let cores = prepared.host.cores;
    let finished = output.finish(&job, cores, &attempt.plan, &frames).await?;
    let outcome = Outcome {
        frames,
        attempt,
        failed,
        finished,
        checked_frames: prepared.checked.load(Ordering::Relaxed),
    };
    Ok(Summary::of(&job, outcome))
}

/// The frames of a render, and how they were got.
struct Rendered {
    frames: Frames,
    /// The attempt that made them.
    attempt: Attempt,
    /// Those before it.
    failed: Vec<Attempt>,
}

/// Makes all frames; again in the next best lane when one turns out not to work. An encoder that was lost
/// is replaced once, and once more whenever a segment has become whole since.
async fn render_frames(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    output: &Output<'_>,
) -> Result<Rendered, RenderError> {
    let mut failed = Vec::new();
    let mut attempt = Attempt::new(prepared.plan.clone());
    let mut inputs = InputDigest::begin(job, prepared);
    let mut kept = 0;
    loop {
        let made = try_frames(job, prepared, output, (&mut attempt, &mut inputs)).await;
        job.decoders.end().await;
        let error = match made {
            Err(error) => error,
            Ok(frames) => {
                return Ok(Rendered {
                    frames,
                    attempt,
                    failed,
                });
            }
        };
        let whole = job
            .transaction
            .segments()
            .map_or(0, |folder| folder.frames());
        let may_help = failed.is_empty() || whole > kept;
        let Some(next) = attempt.next_try(&error, may_help) else {
            return Err(error);
        };
        let what = match next.may_go_on && whole > 0 {
            true => {
                kept = whole;
                // The next attempt finds them.
                job.transaction.leave_segments();
                format!("another encoder goes on behind {whole} frames that are whole")
            }
            false => {
                job.transaction.drop_segments();
                let lane = next.plan.capture.lane.name();
                format!("all frames are captured again in the {lane} lane")
            }
        };
        let said = error.to_string();
        let said = said.lines().next().unwrap_or_default();
        let line = format!("[Native] {said}; {what}");
        job.progress.log(Level::Warn, line, serde_json::Value::Null);
        attempt.notes.push(error.to_string());
        failed.push(std::mem::replace(&mut attempt, Attempt::new(next.plan)));
    }
}

/// One attempt. Its encoder starts while the page is still asked.
async fn try_frames(
    job: &JobContext<'_>,
    prepared: &Prepared<'_>,
    output: &Output<'_>,
    (attempt, inputs): (&mut Attempt, &mut InputDigest),
) -> Result<Frames, RenderError> {
    let first = start_first_browser(job, prepared, attempt).await?;
    let cores = prepared.host.cores;
    let early = match attempt.plan.may_be_divided() {
        true => None,
        false => Some(output.start_writer(job, cores, attempt).await?),
    };
    let options = first.options.clone();
    let product = first.blank.product().to_owned();
    let mut learnt = learn(job, prepared, first, attempt).await?;
    let writer = match (early, attempt.plan.segments) {
        (Some(writer), _) => writer,
        (None, None) => output.start_writer(job, cores, attempt).await?,
        (None, Some(segments)) => {
            let begun = (&options, product.as_str(), &mut learnt);
            segment_writer((job, prepared, output), segments, begun, (attempt, inputs)).await?
        }
    };
    let sources = {
        let begin = writer.first_frame();
        prepare_source_frames(job, prepared, &learnt.page, begin, attempt).await?
    };
    make_frames(job, prepared, options, writer, (learnt, sources), attempt).await
}
