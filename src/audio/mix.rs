//! The mix: the sources of tracks are found, effects are run, and everything is summed, groups
//! first, into one M4A.

use std::path::{Path, PathBuf};

use futures::future::join_all;
use tokio::sync::Semaphore;

use super::aac;
use super::chain::Chain;
use super::cuts::{Clip, Cut, crowded, cuts, sample, seconds_of, streams};
use super::effects::{EffectsRenderer, apply, has_samples};
use super::error::{AudioError, AudioFailure, AudioOwner, AudioReason, AudioStage};
use super::pcm::Part;
use super::shaping::{Shaping, Sound};
use super::sources::{Sounding, Sources, part_of};
use super::tool::AudioTools;
use super::voices::{Feed, Origin, Voice, mix_voices, write_part};
use crate::composition::AudioClip;

/// Sources that are decoded at the same time, each by one or two ffmpegs that hold some 15 MB. What is
/// more is first written to files, a few at a time.
const MOST_OPEN: usize = 24;

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

/// The outcome of a mix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mixed {
    /// `None` when nothing has sound.
    pub audio: Option<MixedAudio>,
    /// What the author should know of tracks that are not heard as they might expect.
    pub notes: Vec<String>,
}

/// Mixes a composition's sound; `None` when nothing in it has sound. One failed track fails the mix,
/// as in upstream. Dropping the future kills the processes it started.
///
/// # Errors
/// [`AudioError`] with everything that failed.
pub(super) async fn mix(job: AudioJob<'_>) -> Result<Mixed, AudioError> {
    let sources = Sources::new(job.tools, job.project_dir, job.compiled_dir);
    let found = join_all(job.tracks.iter().map(|track| sources.sounding(track))).await;
    let found = all(found
        .into_iter()
        .map(|found| found.map_err(AudioError::from)))?;
    let notes = sources.into_notes();
    let sounding: Vec<Sounding<'_>> = found.into_iter().flatten().collect();
    if sounding.is_empty() {
        return Ok(Mixed { audio: None, notes });
    }
    let tracks = sounding.len();
    let mut mix = job.prepare(sounding).await?;
    job.mix_groups(&mut mix).await?;
    let path = job.work_dir.join("audio.m4a");
    job.mix_all(mix, &path).await?;
    Ok(Mixed {
        audio: Some(MixedAudio { path, tracks }),
        notes,
    })
}

/// All results, or all failures. A failed effect chain is reported alone, because it ends
/// upstream's mix at once.
fn all<T>(results: impl Iterator<Item = Result<T, AudioError>>) -> Result<Vec<T>, AudioError> {
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

/// Voices, what they read, and the group each is in.
#[derive(Default)]
struct Mix<'a> {
    voices: Vec<(Voice, Option<&'a AudioClip>)>,
    feeds: Vec<Feed>,
}

impl<'a> AudioJob<'a> {
    /// Everything that voices of the mix need before the first sample is mixed: their places, and
    /// files of those that have effects.
    async fn prepare(&self, sounding: Vec<Sounding<'a>>) -> Result<Mix<'a>, AudioError> {
        let clips: Vec<_> = sounding.iter().map(|s| s.clip).collect();
        let cuts = cuts(&clips);
        let shapings = sounding.iter().map(|s| Sound::of(s).shaping());
        let mut shapings = all(shapings)?;
        let slots = Semaphore::new(self.parallel.max(1));
        let processed = (sounding.iter().zip(&mut shapings).zip(&cuts).enumerate()).map(
            |(n, ((sounding, shaping), cut))| self.process(&slots, n, sounding, shaping, *cut),
        );
        let processed = all(join_all(processed).await.into_iter())?;
        let numbers = streams(&sharing(&sounding, &processed), &cuts);
        let mut mix = Mix::default();
        for (n, (sounding, shaping)) in sounding.iter().zip(shapings).enumerate() {
            let cut = cuts[n];
            let tail = sample(shaping.tail);
            let voice = Voice {
                id: sounding.track.id.clone(),
                stage: sounding.stage(),
                start: cut.start,
                end: cut.end + tail,
                gain: Sound::of(sounding).gain(shaping.envelope),
                feed: numbers[n],
                from: 0,
            };
            // Files of tracks with effects begin with the track.
            let from = match &processed[n] {
                Some(_) => 0,
                None => cut.from,
            };
            let group = Some(sounding.track).filter(|track| group_of(track).is_some());
            mix.voices.push((Voice { from, ..voice }, group));
        }
        mix.feeds = self
            .feeds(&slots, &sounding, &cuts, &numbers, &processed)
            .await?;
        Ok(mix)
    }

    /// What each stream reads: a part of a source from its first clip to its last, or a file.
    async fn feeds(
        &self,
        slots: &Semaphore,
        sounding: &[Sounding<'_>],
        cuts: &[Cut],
        numbers: &[usize],
        processed: &[Option<PathBuf>],
    ) -> Result<Vec<Feed>, AudioError> {
        let crowded = crowded(numbers, cuts, MOST_OPEN);
        let feeds = crowded
            .iter()
            .enumerate()
            .map(|(number, crowded)| async move {
                let members = || (0..numbers.len()).filter(move |n| numbers[*n] == number);
                // Every number is some clip's.
                let first = members().min_by_key(|n| cuts[*n].start).unwrap_or_default();
                if let Some(path) = &processed[first] {
                    return Ok(Feed::new(Origin::Wav(path.clone()), 0));
                }
                let sounding = &sounding[first];
                let mut part = part_of(sounding, cuts[first]);
                let begin = cuts[first].from;
                let ends = members().map(|n| cuts[n].from + cuts[n].end - cuts[n].start);
                let count = ends.max().unwrap_or(begin) - begin;
                match &mut part {
                    Part::Plain { until, .. } => *until = begin + count,
                    Part::Played { seconds, .. } => *seconds = seconds_of(count),
                    // It is read for its own clip only.
                    Part::Looped(_) => {}
                }
                if !crowded {
                    let origin = Origin::Decoded(sounding.source.clone(), part);
                    return Ok(Feed::new(origin, begin));
                }
                // It fails only when the semaphore is closed, which never happens.
                let _slot = slots.acquire().await;
                let path = self.work_dir.join(format!("stream-{number}.wav"));
                self.write(sounding, &part, count, &path).await?;
                Ok(Feed::new(Origin::Wav(path), begin))
            });
        all(join_all(feeds).await.into_iter())
    }

    async fn write(
        &self,
        sounding: &Sounding<'_>,
        part: &Part,
        count: i64,
        path: &Path,
    ) -> Result<(), AudioError> {
        let written = write_part(self.tools, &sounding.source, part, count, path).await;
        written.map_err(|failure| {
            let failure = failure.into_failure(sounding.stage());
            failure.of(&sounding.track.id).into()
        })
    }

    /// Runs a track's effects, and gives the file they made; `None` for a track without.
    async fn process(
        &self,
        slots: &Semaphore,
        index: usize,
        sounding: &Sounding<'_>,
        shaping: &mut Shaping,
        cut: Cut,
    ) -> Result<Option<PathBuf>, AudioError> {
        if shaping.chain.is_none() {
            return Ok(None);
        }
        // It fails only when the semaphore is closed, which never happens.
        let _slot = slots.acquire().await;
        let path = self.work_dir.join(format!("track-{index}.wav"));
        let part = part_of(sounding, cut);
        let count = cut.end - cut.start;
        self.write(sounding, &part, count, &path).await?;
        let output = self.work_dir.join(format!("track-{index}-fx.wav"));
        let sound = Sound::of(sounding);
        self.shape(&sound, shaping, path, output).await.map(Some)
    }

    /// Runs effects and the gains over time that follow them over `path`.
    async fn shape(
        &self,
        sound: &Sound<'_>,
        shaping: &mut Shaping,
        path: PathBuf,
        output: PathBuf,
    ) -> Result<PathBuf, AudioError> {
        let faulty = |detail: String| sound.faulty(&detail);
        let Some(chain) = &shaping.chain else {
            return Ok(path);
        };
        if !has_samples(&path).await.map_err(faulty)? {
            return Ok(path);
        }
        let automation = shaping.automation.clone();
        apply(self.effects, &path, chain, automation, output.clone())
            .await
            .map_err(|detail| AudioError::Effects {
                track: sound.id.to_owned(),
                detail,
            })?;
        // Uncompressed sound is large.
        let _ = tokio::fs::remove_file(&path).await;
        Ok(output)
    }

    /// Replaces the members of each group by one voice, which reads their sum. Groups are in the
    /// order of their first members.
    async fn mix_groups(&self, mix: &mut Mix<'a>) -> Result<(), AudioError> {
        let mut groups: Vec<(&'a AudioClip, &'a str)> = Vec::new();
        for (_, track) in &mix.voices {
            if let Some((track, id)) = track.and_then(|track| Some((track, group_of(track)?)))
                && groups.iter().all(|(_, known)| *known != id)
            {
                groups.push((track, id));
            }
        }
        for (index, (lead, id)) in groups.into_iter().enumerate() {
            let is_member =
                |track: &Option<&AudioClip>| track.is_some_and(|t| group_of(t) == Some(id));
            let voices = std::mem::take(&mut mix.voices);
            let (members, others): (Vec<_>, Vec<_>) =
                voices.into_iter().partition(|(_, track)| is_member(track));
            mix.voices = others;
            let voice = self
                .mix_group(index, lead, id, members, &mut mix.feeds)
                .await?;
            mix.voices.push((voice, None));
        }
        Ok(())
    }

    async fn mix_group(
        &self,
        index: usize,
        lead: &AudioClip,
        id: &str,
        members: Vec<(Voice, Option<&AudioClip>)>,
        feeds: &mut Vec<Feed>,
    ) -> Result<Voice, AudioError> {
        let path = self.work_dir.join(format!("group-{index}.wav"));
        let total = sample(self.seconds);
        let voices = members.into_iter().map(|(voice, _)| voice).collect();
        let level = (total, 1.0);
        mix_voices(self.tools, voices, feeds, level, self.parallel, &path).await?;
        let sound = Sound {
            id,
            chain: lead.group_fx_chain.as_deref(),
            automation: lead.group_automation.as_deref(),
            keyframes: &[],
            start: 0.0,
            seconds: self.seconds,
            volume: lead.group_volume.unwrap_or(1.0),
            fade_in: 0.0,
            fade_out: 0.0,
        };
        let mut shaping = sound.shaping()?;
        let output = self.work_dir.join(format!("group-{index}-fx.wav"));
        let path = self.shape(&sound, &mut shaping, path, output).await?;
        feeds.push(Feed::new(Origin::Wav(path), 0));
        Ok(Voice {
            id: id.to_owned(),
            stage: AudioStage::Mix,
            start: 0,
            // A group's effects end with the composition.
            end: total,
            gain: sound.gain(shaping.envelope),
            feed: feeds.len() - 1,
            from: 0,
        })
    }

    async fn mix_all(&self, mix: Mix<'_>, output: &Path) -> Result<(), AudioError> {
        let master = self
            .master_chain
            .map(Chain::parse)
            .transpose()
            .map_err(|detail| {
                let detail = format!("Master bus chain is unreadable: {detail}");
                let (stage, reason) = (AudioStage::Mix, AudioReason::Internal);
                AudioFailure::new(stage, reason, AudioOwner::User, detail).of("master")
            })?;
        let mut sum = self.work_dir.join("mix.wav");
        let Mix { voices, mut feeds } = mix;
        let voices = voices.into_iter().map(|(voice, _)| voice).collect();
        let level = (sample(self.seconds), self.gain);
        mix_voices(self.tools, voices, &mut feeds, level, self.parallel, &sum).await?;
        if let Some(chain) = master.filter(|chain| !chain.is_empty()) {
            let processed = self.work_dir.join("master.wav");
            apply(self.effects, &sum, &chain, None, processed.clone())
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
}

/// Which tracks may read from one decode. Those with effects read their own files, and groups are
/// mixed one after the other.
fn sharing(sounding: &[Sounding<'_>], processed: &[Option<PathBuf>]) -> Vec<Clip> {
    let mut groups: Vec<Option<&str>> = sounding.iter().map(|s| group_of(s.track)).collect();
    groups.sort_unstable();
    groups.dedup();
    let clips = sounding.iter().zip(processed).map(|(sounding, processed)| {
        let group = groups.binary_search(&group_of(sounding.track));
        let alone = processed.is_some();
        let source = sounding.clip.source.filter(|_| !alone);
        Clip {
            source: source.map(|number| number * groups.len() + group.unwrap_or_default()),
            ..sounding.clip
        }
    });
    clips.collect()
}

/// The group a track is mixed into first.
fn group_of(track: &AudioClip) -> Option<&str> {
    track.group_id.as_deref().filter(|id| !id.is_empty())
}
