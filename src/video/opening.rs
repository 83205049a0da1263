//! Beginning a decode: tries where to start until the first frame that is due comes out.

use std::time::Duration;

use tokio::time::timeout;

use super::decode_spec::DecodeSpec;
use super::decode_start::DecodeStart;
use super::dialect::Dialect;
use super::due_finder::first_due;
use super::error::MediaError;
use super::frame_lines::{FrameLine, Told};
use super::frame_pipe::FramePipe;
use super::frame_placer::{FramePlacer, Timed};
use super::thinning::{LeftOut, Thinning};

/// How many waits for one frame the first frame may take, while frames before it are decoded: the
/// last key frame may lie many minutes back.
const WAITS: u32 = 15;
/// The most that it may take all the same: pages wait for 300 s, and would not say what is wrong.
const LONGEST: Duration = Duration::from_secs(240);

/// A decode that has begun.
#[derive(Debug)]
pub(super) struct Opened {
    pub pipe: FramePipe,
    pub placer: FramePlacer,
    /// Where it began.
    pub start: DecodeStart,
    /// The first frame that is due, whose pixels are the next in the pipe; `None` when the source
    /// has no frames.
    pub first: Option<Timed>,
    /// All frames have the size of the first.
    pub one_size: bool,
    /// All frames that were decoded, given or not.
    pub decoded: Decoded,
}

/// What is known of the frames that are decoded, of which not all are given.
#[derive(Debug)]
pub(super) struct Decoded {
    placer: FramePlacer,
    /// Where they are thinned.
    left_out: Option<LeftOut>,
}

impl Decoded {
    fn of(spec: &DecodeSpec, behind_a_seek: bool, thinning: Option<Thinning>) -> Self {
        Self {
            placer: FramePlacer::of(spec, behind_a_seek),
            left_out: thinning.map(|_| LeftOut::default()),
        }
    }

    /// The next one's place.
    pub fn place(&mut self, line: FrameLine) -> Timed {
        let timed = self.placer.place(line);
        if let Some(left_out) = &mut self.left_out {
            left_out.decoded(&timed);
        }
        timed
    }

    /// Whether none that was due was left out before the one that is `given`.
    pub fn allows(&mut self, given: &FrameLine) -> bool {
        let left_out = self.left_out.as_mut();
        left_out.is_none_or(|left_out| left_out.allows(given.pts))
    }

    /// Whether none that was due was left out before the source's end.
    pub fn allows_end(&self, spec: &DecodeSpec) -> bool {
        let left_out = self.left_out.as_ref();
        left_out.is_none_or(|left_out| left_out.allows_end(&spec.times))
    }

    fn is_thinned(&self) -> bool {
        self.left_out.is_some()
    }
}

/// What an attempt came to.
enum Outcome {
    Began(Option<Timed>),
    /// It has to begin there instead.
    Again(DecodeStart),
    /// The same, with all frames.
    Unthinned,
}

/// Begins to decode `spec`, at first where an earlier decode of it was `known` to begin. Frames that
/// should not be due are left out if it `may_thin`.
///
/// # Errors
/// [`MediaError`] of the ffmpeg that read the file from its beginning, or of one that would not
/// start, stalled, or took too long to come to the first frame that is due.
pub(super) async fn open(
    spec: &DecodeSpec,
    known: Option<DecodeStart>,
    may_thin: bool,
) -> Result<Opened, MediaError> {
    let patience = spec.deadline.saturating_mul(WAITS).min(LONGEST);
    let patience = patience.max(spec.deadline);
    let opened = timeout(patience, attempts(spec, known, may_thin)).await;
    opened.unwrap_or_else(|_| {
        Err(MediaError::FarKeyFrame {
            path: spec.path.clone(),
            at: first_due(spec) - spec.facts.zero(),
            seconds: patience.as_secs_f64(),
        })
    })
}

async fn attempts(
    spec: &DecodeSpec,
    known: Option<DecodeStart>,
    may_thin: bool,
) -> Result<Opened, MediaError> {
    let mut thinning = Thinning::of(spec).filter(|_| may_thin);
    let target = first_due(spec);
    let mut start = known.unwrap_or_else(|| DecodeStart::first(target, &spec.facts));
    let mut dialect = Dialect::of(&spec.ffmpeg);
    loop {
        let args = spec.args(&start, thinning, dialect);
        let (deadline, groups) = (spec.deadline, spec.groups.clone());
        let mut pipe = FramePipe::start(&spec.ffmpeg, args, &spec.path, deadline, groups).await?;
        let behind_a_seek = start.seek.is_some();
        let mut placer = FramePlacer::of(spec, behind_a_seek);
        let mut decoded = Decoded::of(spec, behind_a_seek, thinning);
        match first_frame(&mut pipe, (&mut placer, &mut decoded), start, spec).await {
            Ok(Outcome::Began(first)) => {
                return Ok(Opened {
                    pipe,
                    placer,
                    start,
                    first,
                    one_size: dialect == Dialect::OneSize,
                    decoded,
                });
            }
            Ok(Outcome::Again(earlier)) => {
                pipe.kill().await;
                start = earlier;
            }
            Ok(Outcome::Unthinned) => {
                pipe.kill().await;
                thinning = None;
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
    (given, decoded): (&mut FramePlacer, &mut Decoded),
    start: DecodeStart,
    spec: &DecodeSpec,
) -> Result<Outcome, MediaError> {
    let target = first_due(spec);
    // A frame came that was decoded from all that it needs.
    let mut is_clean = start.seek.is_none();
    let mut is_first = true;
    // When the last frame before `target` begins, and nothing of it was given.
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
            Some(Told::Given(line)) if !decoded.allows(&line) => return Ok(Outcome::Unthinned),
            Some(Told::Given(line)) => {
                let mut first = given.place(line);
                if first.from <= 0 || start.is_whole() {
                    // A source that starts late is seen from its first frame on.
                    first.from = first.from.min(0);
                    return Ok(Outcome::Began(Some(first)));
                }
                if decoded.is_thinned() {
                    return Ok(Outcome::Unthinned);
                }
                return Ok(Outcome::Again(start.for_frame(before, target, &spec.facts)));
            }
            None if decoded.is_thinned() => return Ok(Outcome::Unthinned),
            None if start.is_whole() => return Ok(Outcome::Began(None)),
            // The source is over before.
            None => return Ok(Outcome::Again(start.for_frame(before, target, &spec.facts))),
        }
    }
}
