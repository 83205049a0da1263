//! The mix: tracks are prepared, mixed into groups, and mixed with the master chain into one M4A.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use tokio::sync::Semaphore;

use super::aac;
use super::chain::Chain;
use super::effects::{EffectsRenderer, apply, blocking, has_samples};
use super::envelope::Envelope;
use super::error::{AudioError, AudioFailure, AudioOwner, AudioReason, AudioStage};
use super::graph::{Amix, Prepared, group_graph, mix_graph};
use super::prepare::Sources;
use super::tool::{AudioTools, RunFailure, lacks_option};
use super::track::lane_keyframes;
use super::wav::apply_envelope;
use crate::composition::{AudioClip, Automation, VolumeKeyframe};
use crate::process::{path_arg, words};

/// Everything a mix is made of.
pub(super) struct AudioJob<'a> {
    /// The tracks.
    pub tracks: &'a [AudioClip],
    /// JSON of the effects on the whole mix.
    pub master_chain: Option<&'a str>,
    /// Project folder.
    pub project_dir: &'a Path,
    /// Folder of compiled files, which is looked in first.
    pub compiled_dir: &'a Path,
    /// An empty folder for intermediate files and for the result.
    pub work_dir: &'a Path,
    /// Length of the composition, seconds.
    pub seconds: f64,
    /// Gain of the whole mix.
    pub gain: f64,
    /// ffmpeg and ffprobe.
    pub tools: &'a AudioTools,
    /// Tracks that are decoded at the same time, at least 1.
    pub parallel: usize,
    /// Runs effect chains.
    pub effects: &'a dyn EffectsRenderer,
}

/// A finished mix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MixedAudio {
    /// M4A with AAC, as long as the composition.
    pub path: PathBuf,
    /// How many tracks are in it.
    pub tracks: usize,
}

/// Mixes a composition's sound; `None` when it has no tracks. One failed track fails the mix, as in
/// upstream. Dropping the future kills the processes it started.
///
/// # Errors
/// [`AudioError`] with everything that failed.
pub(super) async fn mix(job: AudioJob<'_>) -> Result<Option<MixedAudio>, AudioError> {
    if job.tracks.is_empty() {
        return Ok(None);
    }
    let sources = Sources::new(job.tools, job.project_dir, job.compiled_dir);
    let slots = Semaphore::new(job.parallel.max(1));
    let prepared = join_all(
        (job.tracks.iter().enumerate())
            .map(|(index, track)| job.prepare(&slots, &sources, index, track)),
    );
    let prepared = all(prepared.await)?;
    let (mut tracks, groups) = job.sort(prepared);
    for (index, group) in groups.iter().enumerate() {
        tracks.push(job.mix_group(index, group).await?);
    }
    let path = job.work_dir.join("audio.m4a");
    job.mix_all(&tracks, &path).await?;
    Ok(Some(MixedAudio {
        path,
        tracks: job.tracks.len(),
    }))
}

/// All results, or all failures. A failed effect chain is reported alone, because it ends
/// upstream's mix at once.
fn all<T>(results: Vec<Result<T, AudioError>>) -> Result<Vec<T>, AudioError> {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for result in results {
        match result {
            Ok(value) => good.push(value),
            Err(AudioError::Failed(failures)) => bad.extend(failures),
            Err(other) => return Err(other),
        }
    }
    if bad.is_empty() {
        Ok(good)
    } else {
        Err(AudioError::Failed(bad))
    }
}

/// A group and its members. Groups are in the order of their first members.
struct Group<'a> {
    /// One of the members: each of them has the group's settings.
    lead: &'a AudioClip,
    id: &'a str,
    members: Vec<Prepared>,
}

/// A file to apply effects and gains over time to.
struct Voice<'a> {
    id: &'a str,
    path: PathBuf,
    chain: Option<&'a str>,
    automation: Option<&'a str>,
    /// Gains from the page's scripts; an automation lane for the volume is used instead where there
    /// is one.
    keyframes: &'a [VolumeKeyframe],
    start: f64,
    seconds: f64,
    volume: f64,
    /// The file that effects write.
    output: PathBuf,
}

/// A voice after effects and gains over time.
struct Voiced {
    path: PathBuf,
    volume: f64,
    tail: f64,
}

impl AudioJob<'_> {
    async fn prepare(
        &self,
        slots: &Semaphore,
        sources: &Sources<'_>,
        index: usize,
        track: &AudioClip,
    ) -> Result<Prepared, AudioError> {
        // It fails only when the semaphore is closed, which never happens.
        let _slot = slots.acquire().await;
        let of_track = |failure: AudioFailure| AudioError::from(failure.of(&track.id));
        let output = self.work_dir.join(format!("track-{index}.wav"));
        let decoded = sources.decode(track, &output).await.map_err(of_track)?;
        let voiced = self
            .voice(Voice {
                id: &track.id,
                path: decoded.path,
                chain: track.fx_chain.as_deref(),
                automation: track.automation.as_deref(),
                keyframes: &track.volume_keyframes,
                start: track.start,
                seconds: decoded.end - track.start,
                volume: track.volume.unwrap_or(1.0),
                output: self.work_dir.join(format!("track-{index}-fx.wav")),
            })
            .await?;
        Ok(Prepared {
            path: voiced.path,
            start: track.start,
            end: decoded.end,
            volume: voiced.volume,
            fade_in: track.fade_in.unwrap_or(0.0),
            fade_out: track.fade_out.unwrap_or(0.0),
            tail: voiced.tail,
        })
    }

    /// Applies effects, then the gains over time. Returns the gain that is left to be applied.
    async fn voice(&self, voice: Voice<'_>) -> Result<Voiced, AudioError> {
        let faulty = |detail: String| {
            let detail = format!("Audio processing failed for element {}: {detail}", voice.id);
            AudioError::from(AudioFailure::internal(detail).of(voice.id))
        };
        let automation = voice
            .automation
            .map(Automation::parse)
            .transpose()
            .map_err(faulty)?;
        let chain = voice.chain.map(Chain::parse).transpose().map_err(faulty)?;
        let lane = automation
            .as_ref()
            .and_then(|automation| lane_keyframes(automation, voice.start, voice.seconds));
        let keyframes = lane.as_deref().unwrap_or(voice.keyframes);
        let mut envelope = Envelope::new(keyframes, voice.start, voice.volume);
        let baked = envelope.is_some();
        let tail = chain
            .as_ref()
            .map_or(0.0, |chain| chain.tail(automation.as_ref()));
        let mut path = voice.path;
        if let Some(chain) = chain.filter(|chain| !chain.is_empty())
            && has_samples(&path).await.map_err(faulty)?
        {
            let automation = voice.automation.map(str::to_owned);
            apply(
                self.effects,
                &path,
                &chain,
                automation,
                envelope.take(),
                voice.output.clone(),
            )
            .await
            .map_err(|detail| AudioError::Effects {
                track: voice.id.to_owned(),
                detail,
            })?;
            path = voice.output;
        }
        if let Some(envelope) = envelope {
            let file = path.clone();
            blocking(move || apply_envelope(&file, envelope))
                .await
                .map_err(faulty)?;
        }
        let volume = if baked { 1.0 } else { voice.volume };
        Ok(Voiced { path, volume, tail })
    }

    fn sort(&self, prepared: Vec<Prepared>) -> (Vec<Prepared>, Vec<Group<'_>>) {
        let (mut alone, mut groups): (Vec<Prepared>, Vec<Group<'_>>) = Default::default();
        for (track, prepared) in self.tracks.iter().zip(prepared) {
            let Some(id) = track.group_id.as_deref().filter(|id| !id.is_empty()) else {
                alone.push(prepared);
                continue;
            };
            match groups.iter_mut().find(|group| group.id == id) {
                Some(group) => group.members.push(prepared),
                None => groups.push(Group {
                    lead: track,
                    id,
                    members: vec![prepared],
                }),
            }
        }
        (alone, groups)
    }

    async fn mix_group(&self, index: usize, group: &Group<'_>) -> Result<Prepared, AudioError> {
        let path = self.work_dir.join(format!("group-{index}.wav"));
        let failed = |failure: RunFailure| {
            let failure = failure.into_failure(AudioStage::Mix).of(group.id);
            let detail = format!(
                "Group sub-mix failed for group {}: {}",
                group.id, failure.detail
            );
            AudioError::from(AudioFailure { detail, ..failure })
        };
        let output = words(&["-acodec", "pcm_f32le", "-ar", "48000"]);
        let name = format!("group-{index}");
        let graph = |amix| group_graph(&group.members, self.seconds, amix);
        self.run_graph(&group.members, graph, &name, output, &path)
            .await
            .map_err(failed)?;
        let voiced = self
            .voice(Voice {
                id: group.id,
                path,
                chain: group.lead.group_fx_chain.as_deref(),
                automation: group.lead.group_automation.as_deref(),
                keyframes: &[],
                start: 0.0,
                seconds: self.seconds,
                volume: group.lead.group_volume.unwrap_or(1.0),
                output: self.work_dir.join(format!("group-{index}-fx.wav")),
            })
            .await?;
        Ok(Prepared {
            path: voiced.path,
            start: 0.0,
            end: self.seconds,
            volume: voiced.volume,
            fade_in: 0.0,
            fade_out: 0.0,
            // A group's effects end with the composition.
            tail: 0.0,
        })
    }

    async fn mix_all(&self, tracks: &[Prepared], output: &Path) -> Result<(), AudioError> {
        let master = self
            .master_chain
            .map(Chain::parse)
            .transpose()
            .map_err(|detail| {
                let detail = format!("Master bus chain is unreadable: {detail}");
                let (stage, reason) = (AudioStage::Mix, AudioReason::Internal);
                AudioFailure::new(stage, reason, AudioOwner::User, detail).of("master")
            })?;
        let failed = |failure: RunFailure| AudioError::from(failure.into_failure(AudioStage::Mix));
        let graph = |amix| mix_graph(tracks, self.seconds, self.gain, amix);
        if master.is_none() && aac::part_count(self.seconds) == 1 {
            let encoder = words(&aac::AAC);
            return self
                .run_graph(tracks, graph, "mix", encoder, output)
                .await
                .map_err(failed);
        }
        let mut sum = self.work_dir.join("mix.wav");
        let float = words(&["-acodec", "pcm_f32le", "-ar", "48000"]);
        self.run_graph(tracks, graph, "mix", float, &sum)
            .await
            .map_err(failed)?;
        if let Some(chain) = master.filter(|chain| !chain.is_empty()) {
            let processed = self.work_dir.join("master.wav");
            apply(self.effects, &sum, &chain, None, None, processed.clone())
                .await
                .map_err(|detail| AudioError::Effects {
                    track: "master".to_owned(),
                    detail,
                })?;
            sum = processed;
        }
        aac::encode(self.tools, &sum, output, self.seconds, self.work_dir).await?;
        Ok(())
    }

    /// Runs a filter graph over the tracks' files into `output`, with the options that this ffmpeg
    /// has.
    async fn run_graph(
        &self,
        tracks: &[Prepared],
        graph: impl Fn(Amix) -> String,
        name: &str,
        encoder: Vec<String>,
        output: &Path,
    ) -> Result<(), RunFailure> {
        // The graph is passed in a file, because the length of command lines is limited.
        let script = self.work_dir.join(format!("{name}.graph"));
        let mut option = "-filter_complex_script";
        let mut amix = Amix::Sums;
        loop {
            // If writing fails, ffmpeg reports that it cannot read the file.
            let _ = tokio::fs::write(&script, graph(amix)).await;
            let mut args: Vec<String> = Vec::new();
            for track in tracks {
                args.extend(["-i".to_owned(), path_arg(&track.path)]);
            }
            args.extend(words(&[option, &path_arg(&script), "-map", "[out]"]));
            args.extend(encoder.clone());
            args.extend(words(&[
                "-t",
                &self.seconds.to_string(),
                "-y",
                &path_arg(output),
            ]));
            let Err(failure) = self.tools.run(args).await else {
                return Ok(());
            };
            let names = |word: &str| failure.stderr.contains(word);
            if !lacks_option(&failure.stderr) {
                return Err(failure);
            }
            // ffmpeg 8 no longer has `-filter_complex_script`; ffmpeg 4.3 does not have `normalize`
            // yet.
            if names("filter_complex_script") && option == "-filter_complex_script" {
                option = "-/filter_complex";
            } else if names("normalize") && amix == Amix::Sums {
                amix = Amix::Averages;
            } else {
                return Err(failure);
            }
        }
    }
}
