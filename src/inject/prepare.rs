//! From clips to streams: find and probe the sources, plan windows, decide who shares a decode.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, Stream, StreamExt};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::decode_budget::{Busiest, DecodeBudget, hold};
use super::pictures::Shares;
use super::source_schedule::SourceSchedule;
use crate::composition::{ClipWindow, Fps, VideoClip};
use crate::page::SourceClip;
use crate::probe::{VideoFacts, final_frame_time, probe_media};
use crate::process::Groups;
use crate::video::{
    ClipPlan, DecodeSpec, Extraction, FrameBudget, MediaError, Planned, SourceStream, StreamShare,
    decoded_bytes, is_text_document, plan_clip, resolve_source,
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
    /// Lists the decoders that run.
    pub groups: Groups,
    /// The output is HDR: opaque clips are moved to the primaries of BT.2020.
    pub wide: bool,
}

/// Bounds of a job's injection.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of source frames in memory, decoded and converted together.
    pub bytes: u64,
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
    pub plan: ClipPlan,
    pub window: ClipWindow,
    /// Its stream's place in [`InjectionPlan::streams`].
    pub stream: usize,
}

/// One decode and who needs it.
#[derive(Debug)]
pub(super) struct ReadyStream {
    pub source: Arc<SourceStream>,
    pub demand: SourceSchedule,
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
    /// Parts of the budget that pictures may use.
    pub(super) shares: Shares,
    /// Output frames that are decoded ahead of the one asked for.
    pub(super) decoded_ahead: u64,
    /// What was given up on, for the log.
    pub notes: Vec<String>,
}

struct Probed<'a> {
    clip: &'a VideoClip,
    path: PathBuf,
    facts: VideoFacts,
    plan: ClipPlan,
}

/// What pages are told of those clips whose sources can be read.
pub async fn source_facts(clips: &[VideoClip], sources: &Sources) -> Vec<SourceClip> {
    let videos: Vec<_> = videos_of(clips, sources).collect().await;
    let known = clips.iter().zip(videos);
    known
        .filter_map(|(clip, video)| Some(source_clip(clip, &video?)))
        .collect()
}

fn source_clip(clip: &VideoClip, facts: &VideoFacts) -> SourceClip {
    let (width, height) = facts.shown_size();
    SourceClip {
        id: clip.id.clone(),
        width,
        height,
        duration: facts.playable(),
        transparent: facts.may_have_alpha(),
    }
}

/// The video streams of the clips' sources, in their order.
fn videos_of(
    clips: &[VideoClip],
    sources: &Sources,
) -> impl Stream<Item = Option<VideoFacts>> + Unpin + use<> {
    let video = |clip: &VideoClip| {
        let path = resolve_source(&clip.src, &sources.project_dir, &sources.compiled_dir);
        let ffprobe = sources.ffprobe.clone();
        let look = async move {
            // A named pipe would keep ffprobe waiting for its writer.
            match path.is_file() {
                true => probe_media(&ffprobe, &path).await.ok()?.video.clone(),
                false => None,
            }
        };
        look.boxed()
    };
    let looks: Vec<BoxFuture<'static, _>> = clips.iter().map(video).collect();
    stream::iter(looks).buffered(PROBES)
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
    let mut groups: Vec<(SourceSchedule, Vec<usize>)> = Vec::new();
    for (number, one) in probed.iter().enumerate() {
        let schedule = schedule(one, fps, total_frames);
        let fits = |group: &(SourceSchedule, Vec<usize>)| {
            group
                .1
                .first()
                .is_some_and(|first| same_source(&probed[*first], one))
                && group.0.admits(&schedule)
        };
        let at = groups.iter().position(fits).unwrap_or_else(|| {
            groups.push((SourceSchedule::default(), Vec::new()));
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
    groups: Vec<(SourceSchedule, Vec<usize>)>,
    sources: &Sources,
    limits: Limits,
    fps: Fps,
    mut notes: Vec<String>,
) -> InjectionPlan {
    let budget = FrameBudget::new(limits.bytes);
    let share = StreamShare {
        turns: Arc::new(Semaphore::new(limits.cores.max(1))),
        budget: budget.clone(),
        stop: CancellationToken::new(),
    };
    let busiest = busiest(probed, &groups);
    let held = hold(limits.bytes, limits.workers, busiest);
    notes.extend(note_of(&held, &limits));
    let limits = Limits {
        workers: held.workers,
        ..limits
    };
    let threads = (limits.cores / busiest.streams.max(1)).clamp(1, MOST_THREADS);
    let mut clips = Vec::new();
    let mut streams = Vec::new();
    for (demand, members) in groups {
        let Some(leader) = members.first().map(|number| &probed[*number]) else {
            continue;
        };
        let (facts, filter) = converted(leader.facts.clone(), sources.wide);
        let spec = DecodeSpec {
            ffmpeg: sources.ffmpeg.clone(),
            path: leader.path.clone(),
            facts,
            filter,
            extraction: leader.plan.extraction,
            fps,
            threads,
            deadline: sources.deadline,
            groups: sources.groups.clone(),
        };
        let needed = demand.needed();
        let depth = usize::try_from(held.depth + demand.most_apart()).unwrap_or(usize::MAX);
        let source = SourceStream::new(spec, needed, depth, share.clone());
        for number in members {
            let Probed {
                clip, facts, plan, ..
            } = &probed[number];
            clips.push((
                number,
                ReadyClip {
                    source: source_clip(clip, facts),
                    plan: plan.clone(),
                    window: plan.window(fps.as_f64()),
                    stream: streams.len(),
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
        shares: held.shares,
        decoded_ahead: held.ahead,
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
    let unreadable = |error| MediaError::of_probe(&path, error);
    let found = probe_media(&sources.ffprobe, &path).await;
    let found = found.map_err(unreadable)?;
    let wrong = |found| MediaError::WrongKind {
        id: id(),
        path: path.clone(),
        found,
    };
    let facts = match found.video.clone() {
        Some(video) if video.still => return Err(wrong("a still picture")),
        Some(video) => video,
        None if found.audio.is_some() => return Err(wrong("an audio file")),
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
                Err(error) if coverage.is_some() => return Err(unreadable(error)),
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

/// Upstream's filter for SDR clips beside HDR.
const TO_BT2020: &str = "colorspace=all=bt2020:iall=bt709:range=tv";

/// Upstream's filter for HDR clips of SDR output (`hdrToSdrToneMapFilter`), to which Studio's
/// previews come as well. It ends in RGB: colours brighter than white would lose more as YUV.
fn tone_map(facts: &VideoFacts) -> String {
    let or = |tag: &str, fallback: &str| match tag {
        "" | "unknown" | "reserved" => fallback.to_owned(),
        known => known.to_owned(),
    };
    format!(
        "setparams=colorspace={}:color_primaries={}:color_trc={},\
         zscale=t=linear:npl=100,tonemap=hable:desat=0,zscale=p=bt709:t=bt709:m=bt709:r=tv,\
         format=gbrp",
        or(&facts.matrix, "bt2020nc"),
        or(&facts.primaries, "bt2020"),
        facts.transfer,
    )
}

/// Facts of a source whose frames go through the filter that comes with them, into `wide` output
/// or SDR. What may be seen through stays as it is: the filters would lose that.
fn converted(mut facts: VideoFacts, wide: bool) -> (VideoFacts, Option<String>) {
    if wide && !facts.may_have_alpha() {
        facts.matrix = "bt2020nc".into();
        facts.range = "tv".into();
        // The old names of full range.
        facts.pixel_format = facts.pixel_format.replacen("yuvj", "yuv", 1);
        return (facts, Some(TO_BT2020.into()));
    }
    if !wide && facts.is_hdr() && !facts.alpha {
        let filter = tone_map(&facts);
        for (tag, value) in [
            (&mut facts.matrix, "bt709"),
            (&mut facts.primaries, "bt709"),
            (&mut facts.transfer, "bt709"),
            (&mut facts.range, "tv"),
            (&mut facts.pixel_format, "gbrp"),
        ] {
            *tag = value.into();
        }
        return (facts, Some(filter));
    }
    (facts, None)
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

/// What the output frame with the most source frames takes.
fn busiest(probed: &[Probed<'_>], groups: &[(SourceSchedule, Vec<usize>)]) -> Busiest {
    let mut busy = BTreeMap::<u64, Busiest>::new();
    for (demand, members) in groups {
        let bytes = members
            .first()
            .map_or(0, |number| decoded_bytes(&probed[*number].facts));
        for (frame, apart) in demand.spreads() {
            let entry = busy.entry(frame).or_default();
            entry.streams += 1;
            entry.frame_bytes += bytes;
            entry.apart_bytes += bytes * apart;
        }
    }
    let most = |pick: fn(&Busiest) -> u64| busy.values().map(pick).max().unwrap_or(0);
    Busiest {
        streams: most(|entry| entry.streams as u64) as usize,
        frame_bytes: most(|entry| entry.frame_bytes),
        apart_bytes: most(|entry| entry.apart_bytes),
    }
}

/// What callers should know of a budget that is too small for the workers they might have.
fn note_of(held: &DecodeBudget, limits: &Limits) -> Option<String> {
    let budget = limits.bytes >> 20;
    if held.excess > 0 {
        let excess = held.excess.div_ceil(1 << 20);
        return Some(format!(
            "the clips of one frame need {excess} MiB more than the {budget} MiB for source frames allow"
        ));
    }
    (held.workers < limits.workers).then(|| {
        format!(
            "{} of {} workers: the {budget} MiB for source frames feed no more",
            held.workers, limits.workers
        )
    })
}
