//! The sources of all tracks: each file is probed once, its sound is chosen once.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::OnceCell;

use super::cuts::{Clip, Cut};
use super::error::{AudioFailure, AudioStage};
use super::looped::Cycle;
use super::pcm::Part;
use super::source::{Found, Source, choose, find, note, probe_failure};
use super::source_facts::SourceFacts;
use super::tool::AudioTools;
use crate::composition::{AudioClip, AudioKind, Rate};
use crate::sync::IgnorePoison;
use crate::video::{is_remote, resolve_source, source_fault};

/// Less is heard as a tone, if at all, and may be an error of a container's length, seconds.
const SHORTEST_CYCLE: f64 = 0.01;

type Known = Arc<OnceCell<Arc<File>>>;

/// A file that tracks use.
#[derive(Debug)]
struct File {
    /// The same for all tracks that use it.
    number: usize,
    facts: Result<SourceFacts, String>,
    found: Found,
}

/// Finds the sources of tracks.
pub(super) struct Sources<'a> {
    tools: &'a AudioTools,
    project_dir: &'a Path,
    compiled_dir: &'a Path,
    files: Mutex<HashMap<PathBuf, (usize, Known)>>,
    notes: Mutex<Vec<String>>,
}

/// A track that has sound.
#[derive(Debug, Clone)]
pub(super) struct Sounding<'a> {
    pub track: &'a AudioClip,
    pub source: Source,
    pub rate: Rate,
    /// Seconds on the timeline.
    pub end: f64,
    pub clip: Clip,
    /// What it plays again and again, if its source ends before it does.
    pub cycle: Option<Cycle>,
}

impl Sounding<'_> {
    /// The step that is named when it fails.
    pub fn stage(&self) -> AudioStage {
        match self.track.kind {
            AudioKind::Video => AudioStage::Extract,
            AudioKind::Audio => AudioStage::Prepare,
        }
    }
}

/// Which part of its source a track plays.
pub(super) fn part_of(sounding: &Sounding<'_>, cut: Cut) -> Part {
    if let Some(cycle) = &sounding.cycle {
        return Part::Looped(cycle.clone());
    }
    if sounding.rate.is_one() {
        return Part::Plain {
            from: cut.from,
            until: cut.from + cut.end - cut.start,
        };
    }
    Part::Played {
        from: sounding.track.media_start,
        seconds: sounding.end - sounding.track.start,
        rate: sounding.rate.clone(),
    }
}

impl<'a> Sources<'a> {
    pub fn new(tools: &'a AudioTools, project_dir: &'a Path, compiled_dir: &'a Path) -> Self {
        Self {
            tools,
            project_dir,
            compiled_dir,
            files: Mutex::default(),
            notes: Mutex::default(),
        }
    }

    /// What the author should know, each sentence once.
    pub fn into_notes(self) -> Vec<String> {
        let mut notes = std::mem::take(&mut *self.notes.lock().ignore_poison());
        notes.sort();
        notes.dedup();
        notes
    }

    /// A track's source and length; `None` when nothing can be heard of it.
    ///
    /// # Errors
    /// An [`AudioFailure`] that names the element.
    pub async fn sounding<'t>(
        &self,
        track: &'t AudioClip,
    ) -> Result<Option<Sounding<'t>>, AudioFailure> {
        let found = self.of_track(track).await;
        found.map_err(|failure| failure.of(&track.id))
    }

    async fn of_track<'t>(
        &self,
        track: &'t AudioClip,
    ) -> Result<Option<Sounding<'t>>, AudioFailure> {
        let path = find(track, self.project_dir, self.compiled_dir)?;
        let file = self.file(&path).await;
        let source = match &file.found {
            Found::Sound(source) => source.clone(),
            Found::Silence(note) => {
                let note = note.clone().or_else(|| soundless(track));
                self.notes.lock().ignore_poison().extend(note);
                return Ok(None);
            }
        };
        let rate = track.playback_rate.clone().unwrap_or_default().resolve();
        let mut end = track.end;
        if end - track.start <= 0.0 {
            let facts = file.facts.as_ref();
            let facts = facts.map_err(|message| probe_failure(&track.id, message))?;
            let natural = facts.natural_seconds(self.tools, &path).await;
            let played = rate.timeline_time(natural - track.media_start);
            end = track.start + if played > 0.0 { played } else { natural };
        }
        let cycle = self.cycle(track, &rate, end, &path, &file).await;
        let (source_number, constant) = match rate {
            Rate::Constant(rate) if cycle.is_some() => (None, rate),
            Rate::Constant(_) if rate.is_one() => (Some(file.number), 1.0),
            Rate::Constant(rate) => (Some(file.number), rate),
            Rate::Table { .. } => (None, 0.0),
        };
        let clip = Clip {
            source: source_number,
            rate: constant,
            start: track.start,
            end,
            media_start: track.media_start,
        };
        Ok(Some(Sounding {
            track,
            source,
            rate,
            end,
            clip,
            cycle,
        }))
    }

    /// What a track that ends at `end` plays again and again; `None` if it is not looped, or its
    /// source is long enough.
    async fn cycle(
        &self,
        track: &AudioClip,
        rate: &Rate,
        end: f64,
        path: &Path,
        file: &File,
    ) -> Option<Cycle> {
        let (Rate::Constant(rate), Ok(facts)) = (rate, &file.facts) else {
            return None;
        };
        if !track.looped {
            return None;
        }
        let length = facts.looped_seconds(self.tools, path).await - track.media_start;
        let seconds = length / rate;
        let is_shorter = seconds >= SHORTEST_CYCLE && seconds < end - track.start;
        is_shorter.then_some(Cycle {
            from: track.media_start,
            seconds,
            rate: *rate,
        })
    }

    async fn file(&self, path: &Path) -> Arc<File> {
        let (number, known) = {
            let mut files = self.files.lock().ignore_poison();
            let next = files.len();
            let entry = files.entry(path.to_owned());
            entry.or_insert_with(|| (next, Known::default())).clone()
        };
        let look = || async {
            let facts = SourceFacts::read(self.tools, path).await;
            let found = match &facts {
                Ok(facts) => choose(self.tools, path, facts).await,
                // ffmpeg then says what is wrong with it.
                Err(_) => Found::Sound(Source::unread(path)),
            };
            if let (Found::Sound(source), Ok(facts)) = (&found, &facts) {
                let mut notes = self.notes.lock().ignore_poison();
                notes.extend(note(source, facts));
            }
            Arc::new(File {
                number,
                facts,
                found,
            })
        };
        Arc::clone(known.get_or_init(look).await)
    }
}

/// What to tell the author of a file without sound: nothing where it is a picture's.
fn soundless(track: &AudioClip) -> Option<String> {
    (track.kind == AudioKind::Audio).then(|| {
        let AudioClip { id, src, .. } = track;
        format!("audio element {id} is silent: {src} has no audio track")
    })
}

/// Whether the source is a local file with an audio stream.
pub(super) async fn has_sound(
    tools: &AudioTools,
    src: &str,
    project_dir: &Path,
    compiled_dir: &Path,
) -> bool {
    if is_remote(src) {
        return false;
    }
    let path = resolve_source(src, project_dir, compiled_dir);
    source_fault(&path).is_none() && SourceFacts::of_sound(tools, &path).await.is_ok()
}
