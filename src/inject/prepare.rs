//! From clips to streams: find and probe the sources, plan windows, decide who shares a decode.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, StreamExt};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::sharing::Demand;
use crate::composition::{ClipWindow, Fps, VideoClip};
use crate::media::{
    ClipPlan, DecodeSpec, Extraction, FrameBudget, MediaError, Planned, SourceStream, StreamShare,
    VideoFacts, final_frame_time, is_text_document, plan_clip, probe, resolve_source,
};

/// ffprobe runs side by side (upstream's figure).
const PROBES: usize = 4;
/// Most threads of one decoder; more only buffer more frames.
const MOST_THREADS: usize = 4;

/// Where sources and tools are.
#[derive(Debug, Clone)]
pub struct Sources {
    /// The project.
    pub project_dir: PathBuf,
    /// Its compiled files.
    pub compiled_dir: PathBuf,
    /// ffmpeg.
    pub ffmpeg: PathBuf,
    /// ffprobe.
    pub ffprobe: PathBuf,
    /// Longest wait for one source frame.
    pub deadline: Duration,
}

/// Bounds of a job's injection.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of source frames in memory, decoded and converted together.
    pub bytes: u64,
    /// Pictures in the cache.
    pub entries: u64,
    /// Workers there may be.
    pub workers: u64,
    /// The host's cores.
    pub cores: usize,
    /// Share of a clip's frames its source must give; `None` lets clips without frames pass.
    pub coverage: Option<f64>,
}

/// A clip that is ready to be injected.
#[derive(Debug)]
pub(super) struct ReadyClip {
    pub id: String,
    pub plan: ClipPlan,
    pub window: ClipWindow,
    /// Its stream's place in [`InjectionPlan::streams`].
    pub stream: usize,
    /// What is seen through it is kept.
    pub transparent: bool,
    /// Natural width and height of its source, pixels.
    pub size: (u32, u32),
    /// Length of its source, seconds.
    pub duration: f64,
}

/// One decode and who needs it.
#[derive(Debug)]
pub(super) struct ReadyStream {
    pub source: Arc<SourceStream>,
    pub demand: Demand,
}

/// All clips of a job and their streams.
#[derive(Debug)]
pub struct InjectionPlan {
    pub(super) clips: Vec<ReadyClip>,
    pub(super) streams: Vec<ReadyStream>,
    pub(super) limits: Limits,
    pub(super) fps: Fps,
    pub(super) budget: FrameBudget,
    /// Ends all decoding.
    pub(super) stop: CancellationToken,
    /// Bytes of the budget that the cache may use.
    pub(super) cache_bytes: u64,
    /// What was given up on, for the log.
    pub notes: Vec<String>,
}

struct Probed<'a> {
    clip: &'a VideoClip,
    path: PathBuf,
    facts: VideoFacts,
    plan: ClipPlan,
}

/// Whether one of the clips' sources is tagged PQ or HLG. Sources that can't be read count as
/// not: preparing says what is wrong with them.
pub async fn has_hdr(clips: &[VideoClip], sources: &Sources) -> bool {
    let video = |clip: &VideoClip| {
        let path = resolve_source(&clip.src, &sources.project_dir, &sources.compiled_dir);
        let ffprobe = sources.ffprobe.clone();
        async move { probe(&ffprobe, &path).await.ok()?.video }.boxed()
    };
    let probes: Vec<BoxFuture<'static, _>> = clips.iter().map(video).collect();
    let mut probing = stream::iter(probes).buffer_unordered(PROBES);
    while let Some(video) = probing.next().await {
        if video.is_some_and(|video| video.is_hdr()) {
            return true;
        }
    }
    false
}

/// Prepares the injection of `clips` into `total_frames` output frames, which last `duration`
/// seconds; `None` without a clip that ever shows. Nothing is decoded yet.
///
/// # Errors
/// [`MediaError`] naming the clip, its file and what to do.
pub async fn prepare(
    clips: &[VideoClip],
    sources: &Sources,
    limits: Limits,
    fps: Fps,
    duration: f64,
    total_frames: u64,
) -> Result<Option<InjectionPlan>, MediaError> {
    let looks: Vec<BoxFuture<'_, _>> = clips
        .iter()
        .map(|clip| look_at(clip, sources, fps, duration, limits.coverage).boxed())
        .collect();
    let looked_at: Vec<_> = stream::iter(looks).buffered(PROBES).collect().await;
    let mut probed = Vec::new();
    let mut notes = Vec::new();
    for outcome in looked_at {
        match outcome {
            Ok(found) => probed.extend(found),
            Err(error) if limits.coverage.is_none() && is_policy(&error) => {
                notes.push(format!("a clip stays empty: {error}"));
            }
            Err(error) => return Err(error),
        }
    }
    let mut groups: Vec<(Demand, Vec<usize>)> = Vec::new();
    for (number, one) in probed.iter().enumerate() {
        let schedule = schedule(one, fps, total_frames);
        let fits = |group: &(Demand, Vec<usize>)| {
            group
                .1
                .first()
                .is_some_and(|first| same_source(&probed[*first], one))
                && group.0.admits(&schedule)
        };
        let at = groups.iter().position(fits).unwrap_or_else(|| {
            groups.push((Demand::default(), Vec::new()));
            groups.len() - 1
        });
        groups[at].0.add(&schedule);
        groups[at].1.push(number);
    }
    // A clip that no output frame shows needs nothing.
    groups.retain(|(demand, _)| demand.span().is_some());
    if groups.is_empty() {
        return Ok(None);
    }
    Ok(Some(assemble(&probed, groups, sources, limits, fps, notes)))
}

fn assemble(
    probed: &[Probed<'_>],
    groups: Vec<(Demand, Vec<usize>)>,
    sources: &Sources,
    limits: Limits,
    fps: Fps,
    notes: Vec<String>,
) -> InjectionPlan {
    let budget = FrameBudget::new(limits.bytes);
    let share = StreamShare {
        turns: Arc::new(Semaphore::new(limits.cores.max(1))),
        budget: budget.clone(),
        stop: CancellationToken::new(),
    };
    let (at_once, raw_bytes) = most_at_once(probed, &groups);
    let wanted_depth = usize::try_from(limits.workers * 3 + 1).unwrap_or(4);
    // Half of the budget for decoded frames, a quarter for converted ones that are needed again;
    // the rest is on its way to pages.
    let affordable = limits.bytes / 2 / raw_bytes.max(1);
    let depth = wanted_depth
        .min(usize::try_from(affordable).unwrap_or(wanted_depth))
        .max(1);
    let threads = (limits.cores / at_once.max(1)).clamp(1, MOST_THREADS);
    let mut clips = Vec::new();
    let mut streams = Vec::new();
    for (demand, members) in groups {
        let Some(leader) = members.first().map(|number| &probed[*number]) else {
            continue;
        };
        let spec = DecodeSpec {
            ffmpeg: sources.ffmpeg.clone(),
            path: leader.path.clone(),
            facts: leader.facts.clone(),
            extraction: leader.plan.extraction,
            fps,
            threads,
            deadline: sources.deadline,
        };
        let needed = demand.needed();
        let source = SourceStream::new(spec, needed, depth, share.clone());
        for number in members {
            let Probed {
                clip, facts, plan, ..
            } = &probed[number];
            clips.push((
                number,
                ReadyClip {
                    id: clip.id.clone(),
                    plan: plan.clone(),
                    window: plan.window(fps.as_f64()),
                    stream: streams.len(),
                    transparent: facts.may_have_alpha(),
                    size: facts.shown_size(),
                    duration: facts.playable(),
                },
            ));
        }
        streams.push(ReadyStream {
            source: Arc::new(source),
            demand,
        });
    }
    // In document order, whatever their streams.
    clips.sort_by_key(|(number, _)| *number);
    InjectionPlan {
        clips: clips.into_iter().map(|(_, clip)| clip).collect(),
        streams,
        limits,
        fps,
        budget,
        stop: share.stop,
        cache_bytes: limits.bytes / 4,
        notes,
    }
}

async fn look_at<'a>(
    clip: &'a VideoClip,
    sources: &Sources,
    fps: Fps,
    duration: f64,
    coverage: Option<f64>,
) -> Result<Option<Probed<'a>>, MediaError> {
    if clip.start >= duration {
        return Ok(None);
    }
    let id = || clip.id.clone();
    let path = resolve_source(&clip.src, &sources.project_dir, &sources.compiled_dir);
    if !path.is_file() {
        return Err(MediaError::Missing {
            id: id(),
            src: clip.src.clone(),
            path,
        });
    }
    if is_text_document(&path) {
        return Err(MediaError::Text { id: id(), path });
    }
    let found = probe(&sources.ffprobe, &path).await?;
    let wrong = |found| MediaError::WrongKind {
        id: id(),
        path: path.clone(),
        found,
    };
    let facts = match found.video {
        Some(video) if video.still => return Err(wrong("a still picture")),
        Some(video) => video,
        None if found.has_audio => return Err(wrong("an audio file")),
        None => return Err(wrong("a file without a picture")),
    };
    let rate = (fps.num, fps.den);
    let plan = match plan_clip(clip, &facts, &path, duration, rate)? {
        Planned::Nothing => return Ok(None),
        Planned::Ready(plan) => plan,
        Planned::Tail(tail) => {
            let last = final_frame_time(&sources.ffprobe, &path, &facts).await;
            match last {
                Ok(last) => tail.settle(facts.lead + last),
                // Nothing can be decoded: without the gate the clip stays empty.
                Err(error) if coverage.is_some() => return Err(error),
                Err(_) => return Ok(None),
            }
        }
    };
    Ok(Some(Probed {
        clip,
        path,
        facts,
        plan,
    }))
}

/// Failures that the coverage gate reports, and that its absence lets pass.
fn is_policy(error: &MediaError) -> bool {
    matches!(
        error,
        MediaError::Missing { .. }
            | MediaError::NoDuration { .. }
            | MediaError::StartOutOfRange { .. }
    )
}

fn same_source(a: &Probed<'_>, b: &Probed<'_>) -> bool {
    a.path == b.path && a.plan.extraction == b.plan.extraction
}

/// Output frame and source frame of everything a clip shows.
fn schedule(one: &Probed<'_>, fps: Fps, total_frames: u64) -> Vec<(u64, u64)> {
    let rate = fps.as_f64();
    let window = one.plan.window(rate);
    let first = fps.frame_at((one.plan.start - 1.0).max(0.0));
    (first..total_frames)
        .map(|frame| (frame, fps.seek_time(frame)))
        .take_while(|(_, time)| *time <= one.plan.end + 1.0)
        .filter(|(_, time)| window.contains(*time))
        .filter_map(|(frame, time)| Some((frame, due(&one.plan, time, rate)?)))
        .collect()
}

/// The frame of the extraction that shows at `time`; a single one is always the first.
pub(super) fn due(plan: &ClipPlan, time: f64, fps: f64) -> Option<u64> {
    let index = plan.frame_at(time, fps)?;
    Some(match plan.extraction {
        Extraction::Range { .. } => index,
        Extraction::Single { .. } => 0,
    })
}

/// How many streams are due in one output frame at most, and the most bytes that one decoded
/// frame of each of them takes.
fn most_at_once(probed: &[Probed<'_>], groups: &[(Demand, Vec<usize>)]) -> (usize, u64) {
    let mut busy = std::collections::BTreeMap::<u64, (usize, u64)>::new();
    for (demand, members) in groups {
        let bytes = members
            .first()
            .map_or(0, |number| raw_frame_bytes(&probed[*number].facts));
        for frame in demand.frames() {
            let entry = busy.entry(frame).or_default();
            *entry = (entry.0 + 1, entry.1 + bytes);
        }
    }
    let most = |pick: fn(&(usize, u64)) -> u64| busy.values().map(pick).max().unwrap_or(0);
    (most(|entry| entry.0 as u64) as usize, most(|entry| entry.1))
}

fn raw_frame_bytes(facts: &VideoFacts) -> u64 {
    let pixels = u64::from(facts.width) * u64::from(facts.height);
    if facts.may_have_alpha() {
        pixels * 4
    } else {
        pixels * 3 / 2
    }
}
