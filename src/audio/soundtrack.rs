//! The sound of one render: mixed while frames are captured, then brought to the length of the
//! video.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use tokio::sync::Mutex;

use super::deliver::deliver;
use super::effects_browser::{EffectsBrowser, EffectsBrowserSettings};
use super::envelope::clamp_gain;
use super::error::AudioError;
use super::mix::{AudioJob, Mixed, mix};
use super::sources::has_sound;
use super::tool::AudioTools;
use super::track::{of_muted_videos, of_videos};
use crate::composition::{AudioClip, CompiledComposition};
use crate::page::{AskedVolume, ScriptedVolume};
use crate::sync::IgnorePoison;

/// What becomes of the mix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivery {
    /// Muxed with the video: brought to its length and below the ceiling.
    Muxed,
    /// Left as it was mixed.
    AsMixed,
}

/// Everything a soundtrack is made from.
#[derive(Debug)]
pub struct SoundtrackSettings<'a> {
    /// The composition.
    pub composition: &'a CompiledComposition,
    /// Existing folder for the result and for intermediate files.
    pub dir: PathBuf,
    /// Gain of the whole mix.
    pub gain: f64,
    /// What becomes of the mix.
    pub delivery: Delivery,
    /// ffmpeg and ffprobe.
    pub tools: AudioTools,
    /// Tracks that are decoded at the same time, at least 1.
    pub parallel: usize,
    /// The browser that runs audio effects.
    pub effects: EffectsBrowserSettings,
}

/// Finished sound.
#[derive(Debug, Clone, PartialEq)]
pub struct Sound {
    /// M4A with AAC.
    pub path: PathBuf,
    /// How many tracks are in it.
    pub tracks: usize,
    /// By how much it was lowered to stay below the ceiling, dB; 0 when it was not.
    pub lowered_db: f64,
    /// Wall time it took, milliseconds.
    pub ms: f64,
}

/// Makes one render's sound, once: when capturing starts over, the sound is not made again. It is
/// where scripts turn out to set volumes only while frames are captured.
pub struct Soundtrack<'a> {
    composition: &'a CompiledComposition,
    dir: PathBuf,
    gain: f64,
    delivery: Delivery,
    tools: AudioTools,
    parallel: usize,
    effects: EffectsBrowser,
    tracks: Vec<AudioClip>,
    attempts: AtomicU32,
    notes: std::sync::Mutex<Vec<String>>,
    made: Mutex<Option<Made>>,
}

/// Sound that was made.
struct Made {
    /// The volumes of scripts that are in it.
    volumes: Vec<ScriptedVolume>,
    /// Absent for a silent composition.
    sound: Option<Sound>,
}

impl<'a> Soundtrack<'a> {
    /// Nothing is started.
    pub fn new(settings: SoundtrackSettings<'a>) -> Self {
        Self {
            tracks: settings.composition.media.audios.clone(),
            composition: settings.composition,
            dir: settings.dir,
            gain: settings.gain,
            delivery: settings.delivery,
            tools: settings.tools,
            parallel: settings.parallel,
            effects: EffectsBrowser::new(settings.effects),
            attempts: AtomicU32::new(0),
            notes: std::sync::Mutex::default(),
            made: Mutex::default(),
        }
    }

    /// Whether any element may sound.
    pub fn has_tracks(&self) -> bool {
        self.listed().next().is_some()
    }

    /// The elements whose volume scripts may set, in a composition of `seconds`.
    pub fn asked_volumes(&self, seconds: f64) -> Vec<AskedVolume> {
        let listed = self.listed().map(|track| (track, false));
        let muted = self.muted().map(|track| (track, true));
        let asked = listed.chain(muted).map(|(track, silent)| AskedVolume {
            gain: clamp_gain(track.volume.unwrap_or(1.0)),
            silent,
            start: track.start,
            end: if track.end > track.start {
                track.end
            } else {
                seconds
            },
            id: track.id,
        });
        asked.collect()
    }

    /// The media list's tracks, and videos that it lacks.
    fn listed(&self) -> impl Iterator<Item = AudioClip> {
        let composition = self.composition;
        let lacking = of_videos(&composition.media.videos).filter(|video| !self.has(video));
        self.tracks.iter().cloned().chain(lacking)
    }

    /// Whether scripts may make anything heard: elements that sound, or videos that the markup mutes.
    pub fn may_sound(&self) -> bool {
        self.has_tracks() || self.muted().next().is_some()
    }

    /// Videos that sound only if scripts unmute them.
    fn muted(&self) -> impl Iterator<Item = AudioClip> {
        of_muted_videos(&self.composition.media.videos)
    }

    /// Whether the media list has the sound of that video.
    fn has(&self, video: &AudioClip) -> bool {
        self.tracks.iter().any(|track| track.src == video.src)
    }

    /// What the author should know of tracks that are not heard as they might expect. Empty when
    /// nothing was made yet, and when it was asked for before.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().ignore_poison())
    }

    /// Mixes the sound of a composition that lasts `seconds`, for a video that lasts
    /// `video_seconds`; `None` for a silent composition. `on_made` is called when the sound was
    /// made, not when it is only returned again for the same `volumes`.
    ///
    /// # Errors
    /// [`AudioError`]; the next call tries again.
    pub async fn make(
        &self,
        volumes: &[ScriptedVolume],
        seconds: f64,
        video_seconds: f64,
        on_made: impl FnOnce(&Sound),
    ) -> Result<Option<Sound>, AudioError> {
        let mut made = self.made.lock().await;
        if let Some(made) = made.as_ref().filter(|made| made.volumes == volumes) {
            return Ok(made.sound.clone());
        }
        let sound = self.mix(volumes, seconds, video_seconds).await?;
        if let Some(sound) = &sound {
            on_made(sound);
        }
        *made = Some(Made {
            volumes: volumes.to_vec(),
            sound: sound.clone(),
        });
        Ok(sound)
    }

    async fn mix(
        &self,
        volumes: &[ScriptedVolume],
        seconds: f64,
        video_seconds: f64,
    ) -> Result<Option<Sound>, AudioError> {
        let started = Instant::now();
        let composition = self.composition;
        let tracks = self.all_tracks(volumes).await;
        // A folder of its own: ffmpeg of an earlier, dropped call may still write its files.
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let work_dir = self.dir.join(format!("sound-{attempt}"));
        std::fs::create_dir_all(&work_dir).map_err(|e| unwritable(&e))?;
        let Mixed { audio, notes } = mix(AudioJob {
            tracks: &tracks,
            master_chain: composition.media.master_fx_chain.as_deref(),
            project_dir: &composition.project_dir,
            compiled_dir: &composition.compiled_dir,
            work_dir: &work_dir,
            seconds,
            gain: self.gain,
            tools: &self.tools,
            parallel: self.parallel,
            effects: &self.effects,
        })
        .await?;
        self.effects.close().await;
        *self.notes.lock().ignore_poison() = notes;
        let Some(mixed) = audio else {
            return Ok(None);
        };
        let (finished, lowered_db) = match self.delivery {
            Delivery::AsMixed => (mixed.path, 0.0),
            Delivery::Muxed => {
                let delivered = deliver(&self.tools, &mixed.path, video_seconds).await?;
                (delivered.path, delivered.lowered_db)
            }
        };
        let path = self.dir.join("sound.m4a");
        std::fs::rename(&finished, &path).map_err(|e| unwritable(&e))?;
        // Uncompressed sound is large. What cannot be removed now goes with `dir`.
        let _ = tokio::fs::remove_dir_all(&work_dir).await;
        Ok(Some(Sound {
            path,
            tracks: mixed.tracks,
            lowered_db,
            ms: started.elapsed().as_secs_f64() * 1000.0,
        }))
    }

    /// The media list's tracks with the volumes that scripts give them, and videos that the list
    /// lacks: those whose markup says that they have sound, and those that scripts unmute.
    async fn all_tracks(&self, volumes: &[ScriptedVolume]) -> Vec<AudioClip> {
        let mut tracks = self.tracks.clone();
        let composition = self.composition;
        for video in of_videos(&composition.media.videos) {
            let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
            let is_known = tracks.iter().any(|track| track.src == video.src);
            if !is_known && has_sound(&self.tools, &video.src, project, compiled).await {
                tracks.push(video);
            }
        }
        for video in self.muted() {
            let is_heard = volumes.iter().any(|scripted| scripted.id == video.id);
            let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
            if is_heard && has_sound(&self.tools, &video.src, project, compiled).await {
                tracks.push(video);
            }
        }
        for scripted in volumes {
            for track in tracks.iter_mut().filter(|track| track.id == scripted.id) {
                track.volume_keyframes.clone_from(&scripted.keyframes);
            }
        }
        tracks
    }
}

fn unwritable(error: &std::io::Error) -> AudioError {
    AudioError::Delivery(format!("files of the mix cannot be written: {error}"))
}
