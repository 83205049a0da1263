//! From clips to streams: plan windows, decide who shares a decode, divide the memory.

use std::sync::Arc;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use tokio_util::sync::CancellationToken;

use super::clip_colours::{Converted, TONE_MAP_FILTER, is_tone_mapped};
use super::decode_budget::{DecodeBudget, hold};
use super::found_clips::{FoundClip, PROBES, find_clip, is_policy, source_clip};
use super::pictures::Shares;
use crate::composition::VideoClip;
use crate::page::SourceClip;
use crate::video::{
    Busiest, ClipFrames, DecodeSpec, FrameBudget, MediaError, OutputFrames, PageColours,
    SourceSchedule, SourceStream, Sources, StreamLoad, StreamShare, decoder_threads, has_filter,
    share_streams,
};

/// Part of the bytes for source frames that clips of pages get, whatever other streams take.
const LEAST_SHARE: u64 = 4;

/// Part of their bytes that loops may take, which are held whole.
const LOOPS_SHARE: u64 = 4;

/// Bounds of a job's injection.
#[derive(Debug, Clone)]
pub struct Limits {
    /// What all streams of the job share; its bytes are for source frames in memory, decoded and
    /// converted together.
    pub share: StreamShare,
    /// What other streams take of that.
    pub beside: StreamLoad,
    /// Pictures in the cache.
    pub entries: u64,
    /// Workers there may be; a plan has room for so many or fewer.
    pub workers: u64,
    /// The host's cores.
    pub cores: usize,
    /// Share of a clip's frames its source must give; `None` lets clips without frames pass.
    pub coverage: Option<f64>,
}

/// A clip that is ready to be injected.
#[derive(Debug)]
pub(super) struct ReadyClip {
    /// What its pages are told.
    pub source: SourceClip,
    pub frames: ClipFrames,
    /// Its stream's place in [`InjectionPlan::streams`].
    pub stream: usize,
}

/// One decode and who needs it.
#[derive(Debug)]
pub(super) struct ReadyStream {
    pub source: Arc<SourceStream>,
    pub schedule: SourceSchedule,
    /// Brings its pictures to the colours of pages.
    pub colours: Arc<PageColours>,
}

/// All clips of a job and their streams.
#[derive(Debug)]
pub struct InjectionPlan {
    pub(super) clips: Vec<ReadyClip>,
    pub(super) streams: Vec<ReadyStream>,
    pub(super) limits: Limits,
    pub(super) budget: FrameBudget,
    /// Ends all decoding.
    pub(super) stop: CancellationToken,
    /// Parts of the budget that pictures may use.
    pub(super) shares: Shares,
    /// Output frames that are decoded ahead of the one asked for.
    pub(super) decoded_ahead: u64,
    /// The first output frame.
    pub(super) first_frame: u64,
    /// What was given up on, for the log.
    pub notes: Vec<String>,
}

/// Prepares the injection of `clips` into the output's frames; `None` without a clip that ever
/// shows. Nothing is decoded yet.
///
/// # Errors
/// [`MediaError`] naming the clip, its file and what to do.
pub async fn prepare(
    clips: &[VideoClip],
    sources: &Sources,
    limits: Limits,
    output: OutputFrames,
) -> Result<Option<InjectionPlan>, MediaError> {
    let looks: Vec<BoxFuture<'_, _>> = clips
        .iter()
        .map(|clip| find_clip(clip, sources, output, limits.coverage).boxed())
        .collect();
    let outcomes: Vec<_> = stream::iter(looks).buffered(PROBES).collect().await;
    let mut found = Vec::new();
    let mut notes = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(clip) => found.extend(clip),
            Err(error) if limits.coverage.is_none() && is_policy(&error) => {
                notes.push(format!("a clip stays empty: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    let mut groups = share_streams(&found, output.fps, same_source, |one| {
        one.plan.schedule(output.fps, output.frames)
    });
    // A clip that no output frame shows needs nothing.
    groups.retain(|(schedule, _)| schedule.span().is_some());
    if groups.is_empty() {
        return Ok(None);
    }
    let mut can_tone_map = true;
    if found
        .iter()
        .any(|clip| is_tone_mapped(&clip.facts, sources.wide))
    {
        can_tone_map = has_filter(&sources.ffmpeg, TONE_MAP_FILTER).await;
        notes.extend((!can_tone_map).then(|| {
            format!(
                "{} has no filter {TONE_MAP_FILTER}: HDR clips are tone-mapped without it, and for a peak \
                 of 1000 cd/m2",
                sources.ffmpeg.display()
            )
        }));
    }
    Ok(Some(assemble(
        &found,
        groups,
        sources,
        limits,
        output,
        can_tone_map,
        notes,
    )))
}

fn same_source(a: &FoundClip<'_>, b: &FoundClip<'_>) -> bool {
    a.path == b.path && a.plan.extraction == b.plan.extraction
}

fn assemble(
    found: &[FoundClip<'_>],
    groups: Vec<(SourceSchedule, Vec<usize>)>,
    sources: &Sources,
    limits: Limits,
    rendered: OutputFrames,
    can_tone_map: bool,
    mut notes: Vec<String>,
) -> InjectionPlan {
    let share = limits.share.branch();
    let with_colours = |(schedule, members): (SourceSchedule, Vec<usize>)| {
        let leader = &found[*members.first()?];
        let converted = Converted::of(&leader.facts, sources.wide, can_tone_map);
        Some((schedule, members, leader, converted))
    };
    let groups: Vec<_> = groups.into_iter().filter_map(with_colours).collect();
    let sizes = groups
        .iter()
        .map(|(due, _, _, converted)| (due, converted.frame_bytes()));
    let busiest = Busiest::of(sizes);
    let limit = share.budget.limit();
    let bytes = limit
        .saturating_sub(limits.beside.bytes)
        .max(limit / LEAST_SHARE);
    // A loop is held whole or not at all: with a part of it, its decoder would begin again each time.
    let mut spare = bytes / LOOPS_SHARE;
    let loops: Vec<Option<u64>> = groups
        .iter()
        .map(|(schedule, _, _, converted)| {
            let facts = &converted.facts;
            let rate = (!facts.variable_rate && facts.fps > 0.0).then_some(facts.fps);
            let frames = schedule.frames_of_loop(rate)?;
            spare = spare.checked_sub(frames.checked_mul(converted.frame_bytes())?)?;
            Some(frames)
        })
        .collect();
    let bytes = bytes - (bytes / LOOPS_SHARE - spare);
    let held = hold(bytes, limits.workers, busiest);
    notes.extend(note_of(&held, bytes, limits.workers));
    let threads = decoder_threads(limits.cores, busiest.streams + limits.beside.streams);
    let mut clips = Vec::new();
    let mut streams = Vec::new();
    for ((schedule, members, leader, converted), looped) in groups.into_iter().zip(loops) {
        let Converted {
            facts,
            output,
            colours,
        } = converted;
        let spec = DecodeSpec {
            ffmpeg: sources.ffmpeg.clone(),
            path: leader.path.clone(),
            facts,
            extraction: leader.plan.extraction,
            times: schedule.times(),
            output,
            threads,
            deadline: sources.deadline,
            groups: sources.groups.clone(),
        };
        let depth = (held.depth + schedule.most_apart()).max(looped.unwrap_or(0));
        let depth = usize::try_from(depth).unwrap_or(usize::MAX);
        let source = SourceStream::new(spec, depth, share.clone());
        for number in members {
            let FoundClip {
                clip, facts, plan, ..
            } = &found[number];
            let frames =
                ClipFrames::new(clip.id.clone(), plan.clone(), rendered.fps, limits.coverage);
            clips.push((
                number,
                ReadyClip {
                    source: source_clip(clip, facts),
                    frames,
                    stream: streams.len(),
                },
            ));
        }
        streams.push(ReadyStream {
            source: Arc::new(source),
            schedule,
            colours,
        });
    }
    // In document order, whatever their streams.
    clips.sort_by_key(|(number, _)| *number);
    InjectionPlan {
        clips: clips.into_iter().map(|(_, clip)| clip).collect(),
        streams,
        limits: Limits {
            workers: held.workers,
            ..limits
        },
        budget: share.budget,
        stop: share.stop,
        shares: held.shares,
        decoded_ahead: held.ahead,
        first_frame: rendered.frames.from,
        notes,
    }
}

/// What callers should know of a budget that is too small for the workers they might have.
fn note_of(held: &DecodeBudget, bytes: u64, workers: u64) -> Option<String> {
    let budget = bytes >> 20;
    if held.excess > 0 {
        let excess = held.excess.div_ceil(1 << 20);
        return Some(format!(
            "the clips of one frame need {excess} MiB more than the {budget} MiB for source frames allow"
        ));
    }
    (held.workers < workers).then(|| {
        format!(
            "{} of {workers} workers: the {budget} MiB for source frames feed no more",
            held.workers
        )
    })
}
