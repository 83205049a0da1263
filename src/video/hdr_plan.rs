//! From HDR clips to the sources of their pictures: plan their windows, and decide who shares a
//! decode.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::clip_frames::ClipFrames;
use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::error::MediaError;
use super::hdr_source::{AHEAD, HdrSource};
use super::hdr_streams::HdrStreams;
use super::raw_frame::Layout;
use super::source_schedule::{Busiest, SourceSchedule, share_streams};
use super::sources::{OutputFrames, Sources, decoder_threads};
use super::stream_share::StreamShare;
use crate::composition::VideoClip;
use crate::pixels::{Cut, TransferFunction};
use crate::probe::VideoFacts;

/// An HDR clip and its source.
#[derive(Debug, Clone)]
pub struct HdrClip {
    /// The clip.
    pub clip: VideoClip,
    /// Its source.
    pub path: PathBuf,
    /// Facts about that.
    pub facts: VideoFacts,
}

/// What the HDR sources of a job have in common.
#[derive(Debug, Clone)]
pub struct HdrOutput {
    /// The frames that are rendered.
    pub frames: OutputFrames,
    /// Their transfer function.
    pub transfer: TransferFunction,
    /// Share of its frames that a source must give; `None` lets clips without frames pass.
    pub coverage: Option<f64>,
    /// The host's cores.
    pub cores: usize,
    /// Shared with all other streams of the job.
    pub share: StreamShare,
}

/// The HDR sources of a job.
#[derive(Debug, Default)]
pub struct HdrSources {
    /// In the order of the clips; those that never show are left out.
    pub sources: Vec<HdrSource>,
    /// What their streams take of the job's decoders and bytes.
    pub load: StreamLoad,
}

/// What some streams take.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StreamLoad {
    /// Streams that are due in one output frame, at most.
    pub streams: usize,
    /// Bytes of frames they hold, at most, while no box is larger than its source.
    pub bytes: u64,
}

struct Planned<'a> {
    source: &'a HdrClip,
    frames: ClipFrames,
}

impl Planned<'_> {
    fn is_of_the_source_of(&self, other: &Self) -> bool {
        self.source.path == other.source.path
            && self.frames.plan.extraction == other.frames.plan.extraction
    }

    fn frame_bytes(&self) -> u64 {
        let (width, height) = self.source.facts.shown_size();
        Layout::Rgb48.frame_bytes(width, height) as u64
    }
}

impl HdrSources {
    /// Plans the sources of `clips`. Nothing is decoded yet.
    ///
    /// # Errors
    /// [`MediaError`] naming the clip at fault.
    pub async fn plan(
        clips: &[HdrClip],
        sources: &Sources,
        output: &HdrOutput,
    ) -> Result<Self, MediaError> {
        let OutputFrames { fps, frames, .. } = output.frames;
        let mut planned = Vec::new();
        for source in clips {
            let HdrClip { clip, path, facts } = source;
            let plan = sources.plan(clip, path, facts, output.frames);
            let Some(plan) = plan.await? else {
                continue;
            };
            let frames = ClipFrames::new(clip.id.clone(), plan, fps, output.coverage);
            planned.push(Planned { source, frames });
        }
        let groups = share_streams(&planned, fps, Planned::is_of_the_source_of, |one| {
            one.frames.plan.schedule(fps, frames)
        });
        let groups: Vec<_> = groups
            .into_iter()
            .filter_map(|(schedule, members)| {
                let leader = *members.first()?;
                Some((schedule, leader, members))
            })
            .collect();
        let bytes = groups
            .iter()
            .map(|(schedule, leader, _)| (schedule, planned[*leader].frame_bytes()));
        let busiest = Busiest::of(bytes);
        let threads = decoder_threads(output.cores, busiest.streams);
        let mut found: Vec<(usize, HdrSource)> = Vec::new();
        for (schedule, leader, members) in &groups {
            let streams = streams_of(&planned[*leader], schedule, sources, output, threads);
            let streams = Arc::new(streams);
            for number in members {
                let Planned { source, frames } = &planned[*number];
                let (width, height) = source.facts.shown_size();
                let source = HdrSource {
                    id: frames.id.clone(),
                    frames: frames.clone(),
                    path: source.path.clone(),
                    natural: (width as usize, height as usize),
                    streams: Arc::clone(&streams),
                    leads: number == leader,
                    budget: output.share.budget.clone(),
                    reading: Mutex::default(),
                };
                found.push((*number, source));
            }
        }
        // In document order, whatever their streams.
        found.sort_by_key(|(number, _)| *number);
        Ok(Self {
            sources: found.into_iter().map(|(_, source)| source).collect(),
            load: StreamLoad {
                streams: busiest.streams,
                bytes: busiest.bytes(AHEAD + 1),
            },
        })
    }
}

/// The streams of clips that share them.
fn streams_of(
    leader: &Planned<'_>,
    schedule: &SourceSchedule,
    sources: &Sources,
    output: &HdrOutput,
    threads: usize,
) -> HdrStreams {
    let HdrClip { path, facts, .. } = leader.source;
    let plan = &leader.frames.plan;
    let (width, height) = facts.shown_size();
    let spec = DecodeSpec {
        ffmpeg: sources.ffmpeg.clone(),
        path: path.clone(),
        facts: facts.clone(),
        extraction: plan.extraction,
        times: schedule.times(),
        output: DecodeOutput::Layer {
            cut: Cut::all((width as usize, height as usize)),
            from: TransferFunction::from_ffmpeg_name(&facts.transfer),
            to: output.transfer,
        },
        threads,
        deadline: sources.deadline,
        groups: sources.groups.clone(),
    };
    // In later rounds of a loop frames between those of the first may be due.
    let depth = 1 + schedule.reach(AHEAD);
    let depth = usize::try_from(depth).unwrap_or(usize::MAX);
    HdrStreams::new(spec, depth, output.share.clone())
}
