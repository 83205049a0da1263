//! Beginning a decode: tries where to start until the frame due at the in-point comes out.

use std::time::Duration;

use tokio::time::timeout;

use super::decode_spec::DecodeSpec;
use super::dialect::Dialect;
use super::error::MediaError;
use super::frame_lines::{FrameLine, Told};
use super::pipe::FramePipe;
use super::sampling::in_point;
use super::start::Start;
use super::timeline::{Timed, Timeline};

/// How many waits for one frame the first frame may take, while frames before it are decoded: the
/// last key frame may lie many minutes back.
const WAITS: u32 = 15;
/// The most that it may take all the same: pages wait for 300 s, and would not say what is wrong.
const LONGEST: Duration = Duration::from_secs(240);

/// A decode that has begun.
#[derive(Debug)]
pub(super) struct Opened {
    pub pipe: FramePipe,
    pub timeline: Timeline,
    /// Where it began.
    pub start: Start,
    /// The frame due at the in-point, whose pixels are the next in the pipe; `None` when the source
    /// has no frames.
    pub first: Option<Timed>,
    /// All frames have the size of the first.
    pub one_size: bool,
}

/// What an attempt came to.
enum Outcome {
    Began(Option<Timed>),
    /// It has to begin there instead.
    Again(Start),
}

/// Begins to decode `spec`, at first where an earlier decode of it was `known` to begin.
///
/// # Errors
/// [`MediaError`] of the ffmpeg that read the file from its beginning, or of one that would not
/// start, stalled, or took too long to come to the in-point.
pub(super) async fn open(spec: &DecodeSpec, known: Option<Start>) -> Result<Opened, MediaError> {
    let patience = spec.deadline.saturating_mul(WAITS).min(LONGEST);
    let patience = patience.max(spec.deadline);
    let opened = timeout(patience, attempts(spec, known)).await;
    opened.unwrap_or_else(|_| {
        Err(MediaError::FarKeyFrame {
            path: spec.path.clone(),
            at: in_point(spec) - spec.facts.zero(),
            seconds: patience.as_secs_f64(),
        })
    })
}

async fn attempts(spec: &DecodeSpec, known: Option<Start>) -> Result<Opened, MediaError> {
    let target = in_point(spec);
    let mut start = known.unwrap_or_else(|| Start::first(target, &spec.facts));
    let mut dialect = Dialect::of(&spec.ffmpeg);
    loop {
        let args = spec.args(&start, dialect);
        let (deadline, groups) = (spec.deadline, spec.groups.clone());
        let mut pipe = FramePipe::start(&spec.ffmpeg, args, &spec.path, deadline, groups).await?;
        let mut timeline = Timeline::of(spec);
        match first_frame(&mut pipe, &mut timeline, start, spec).await {
            Ok(Outcome::Began(first)) => {
                return Ok(Opened {
                    pipe,
                    timeline,
                    start,
                    first,
                    one_size: dialect == Dialect::OneSize,
                });
            }
            Ok(Outcome::Again(earlier)) => {
                pipe.kill().await;
                start = earlier;
            }
            Err(error @ MediaError::Decode { .. }) => {
                if let Some(older) = dialect.older(&spec.ffmpeg, &pipe.errors()) {
                    dialect = older;
                } else if start.is_whole() {
                    return Err(error);
                } else {
                    start = start.earlier(target, &spec.facts);
                }
            }
            Err(error) => {
                pipe.kill().await;
                return Err(error);
            }
        }
    }
}

/// Whether decoding can be trusted from this frame on. Most decoders begin anywhere, and make of the
/// first frames what they can; that of H.264 gives nothing before it has all it needs, and may begin
/// without key frames, where each of them is refreshed in parts.
fn is_entry(line: &FrameLine, spec: &DecodeSpec) -> bool {
    line.is_key || spec.facts.codec == "h264"
}

async fn first_frame(
    pipe: &mut FramePipe,
    timeline: &mut Timeline,
    start: Start,
    spec: &DecodeSpec,
) -> Result<Outcome, MediaError> {
    let target = in_point(spec);
    // Of those that were decoded, not of those that are given.
    let mut decoded = Timeline::of(spec);
    // A frame came that was decoded from all that it needs.
    let mut is_clean = start.seek.is_none();
    let mut is_first = true;
    // When the last frame before the in-point begins, and nothing of it was given.
    let mut before = None;
    loop {
        match pipe.told().await? {
            Some(Told::Decoded(line)) => {
                is_clean |= is_entry(&line, spec);
                if !is_clean {
                    continue;
                }
                let has_time = line.pts.is_some();
                let frame = decoded.place(line);
                let is_late = frame.from > 0 || !has_time;
                if is_first && is_late && start.seek.is_some() {
                    return Ok(Outcome::Again(start.earlier(target, &spec.facts)));
                }
                is_first = false;
                if frame.from <= 0 {
                    before = Some(frame.begins.seconds());
                }
            }
            Some(Told::Given(_)) if !is_clean => {
                return Ok(Outcome::Again(start.earlier(target, &spec.facts)));
            }
            Some(Told::Given(line)) => {
                let mut first = timeline.place(line);
                if first.from <= 0 || start.is_whole() {
                    // A source that starts late is seen from its first frame on.
                    first.from = first.from.min(0);
                    return Ok(Outcome::Began(Some(first)));
                }
                return Ok(Outcome::Again(start.for_frame(before, target, &spec.facts)));
            }
            None if start.is_whole() => return Ok(Outcome::Began(None)),
            // The source is over before the in-point.
            None => return Ok(Outcome::Again(start.for_frame(before, target, &spec.facts))),
        }
    }
}
