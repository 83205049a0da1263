//! The sound of one render: mixed while frames are captured, then brought to the length of the
//! video.

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Instant;

use tokio::sync::OnceCell;

use super::deliver::deliver;
use super::effects_browser::{EffectsBrowser, EffectsBrowserSettings};
use super::error::AudioError;
use super::mix::{AudioJob, Mixed, mix};
use super::sources::has_sound;
use super::tool::AudioTools;
use super::track::of_videos;
use crate::composition::{AudioClip, CompiledComposition};
use crate::page::ScriptedVolume;
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

/// Makes one render's sound, once: when capturing starts over, the sound is not made again.
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
    notes: Mutex<Vec<String>>,
    made: OnceCell<Option<Sound>>,
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
            notes: Mutex::default(),
            made: OnceCell::new(),
        }
    }

    /// Ids of the elements whose volume the page has to be asked for; empty when none of its
    /// scripts sets a volume.
    pub fn ids_to_probe(&self) -> Vec<&str> {
        if self.composition.hints.scripted_volume {
            self.tracks.iter().map(|track| track.id.as_str()).collect()
        } else {
            Vec::new()
        }
    }

    /// What the author should know of tracks that are not heard as they might expect. Empty when
    /// nothing was made yet, and when it was asked for before.
    pub fn take_notes(&self) -> Vec<String> {
        std::mem::take(&mut *self.notes.lock().ignore_poison())
    }

    /// Mixes the sound of a composition that lasts `seconds`, for a video that lasts
    /// `video_seconds`; `None` for a silent composition. `on_made` is called when the sound was
    /// made, not when it is only returned again.
    ///
    /// # Errors
    /// [`AudioError`]; the next call tries again.
    pub async fn make(
        &self,
        volumes: &[ScriptedVolume],
        seconds: f64,
        video_seconds: f64,
        on_made: impl FnOnce(&Sound),
    ) -> Result<Option<&Sound>, AudioError> {
        let made = self.made.get_or_try_init(|| async {
            let sound = self.mix(volumes, seconds, video_seconds).await?;
            if let Some(sound) = &sound {
                on_made(sound);
            }
            Ok(sound)
        });
        made.await.map(Option::as_ref)
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
    /// lacks although their markup says that they have sound.
    async fn all_tracks(&self, volumes: &[ScriptedVolume]) -> Vec<AudioClip> {
        let mut tracks = self.tracks.clone();
        for scripted in volumes {
            for track in tracks.iter_mut().filter(|track| track.id == scripted.id) {
                track.volume_keyframes.clone_from(&scripted.keyframes);
            }
        }
        let composition = self.composition;
        for video in of_videos(&composition.media.videos) {
            let known = tracks.iter().any(|track| track.src == video.src);
            let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
            if !known && has_sound(&self.tools, &video.src, project, compiled).await {
                tracks.push(video);
            }
        }
        tracks
    }
}

fn unwritable(error: &std::io::Error) -> AudioError {
    AudioError::Delivery(format!("files of the mix cannot be written: {error}"))
}
