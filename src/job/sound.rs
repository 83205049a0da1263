//! The sound of a render: mixed beside capture, brought to the video's length, ready to be muxed.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use super::effects_page::EffectsPage;
use super::error::RenderError;
use super::events::{Event, Level};
use super::progress::Progress;
use super::transaction::Transaction;
use crate::audio::{
    AudioError, AudioFailure, AudioJob, AudioOwner, AudioTools, AudioTrack, CEILING_DBFS, Keyframe,
    deliver, has_sound, mix,
};
use crate::encode::Tools;
use crate::machine::Host;
use crate::page::ScriptedVolume;
use crate::spec::{Format, RenderSpec};

/// Upstream's code of the warning that no render is published with.
const SILENCED: &str = "audio_processing_failed";

/// Makes one render's sound, once: a second attempt at capturing finds it made.
pub(super) struct SoundStage<'a> {
    spec: &'a RenderSpec,
    transaction: &'a Transaction,
    progress: Arc<Progress>,
    host: Host,
    tools: AudioTools,
    tracks: Vec<AudioTrack>,
    effects: EffectsPage,
    attempts: AtomicU32,
    made: tokio::sync::OnceCell<Option<Sound>>,
}

/// Finished sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sound {
    /// M4A with AAC.
    pub path: PathBuf,
    /// By how much it was lowered to stay below the ceiling, dB; 0 when it was not.
    pub lowered_db: f64,
    /// Wall time it took, milliseconds.
    pub ms: f64,
}

impl<'a> SoundStage<'a> {
    /// Reads the media list; nothing is started.
    ///
    /// # Errors
    /// [`RenderError::Spec`] naming the entry at fault.
    pub fn new(
        spec: &'a RenderSpec,
        tools: &Tools,
        transaction: &'a Transaction,
        progress: Arc<Progress>,
        host: Host,
        effects: EffectsPage,
    ) -> Result<Self, RenderError> {
        Ok(Self {
            spec,
            transaction,
            progress,
            host,
            tools: AudioTools {
                ffmpeg: tools.ffmpeg.clone(),
                ffprobe: tools.ffprobe.clone(),
                deadline: Duration::from_millis(spec.engine.ffmpeg_process_timeout_ms),
                groups: effects.memory.groups(),
            },
            tracks: AudioTrack::list(&spec.composition.media.audios).map_err(RenderError::Spec)?,
            effects,
            attempts: AtomicU32::new(0),
            made: tokio::sync::OnceCell::new(),
        })
    }

    /// Ids of the elements whose volume the page has to be asked for; empty when no script of it
    /// sets any.
    pub fn ids_to_probe(&self) -> Vec<&str> {
        if self.spec.composition.hints.scripted_volume {
            self.tracks.iter().map(|track| track.id.as_str()).collect()
        } else {
            Vec::new()
        }
    }

    /// Mixes `seconds` of sound for `frames` frames; `None` for a silent composition.
    ///
    /// # Errors
    /// [`RenderError::Audio`], announced to the caller as upstream's warning.
    pub async fn make(
        &self,
        volumes: &[ScriptedVolume],
        seconds: f64,
        frames: u64,
    ) -> Result<Option<&Sound>, RenderError> {
        let made = self
            .made
            .get_or_try_init(|| self.mix(volumes, seconds, frames))
            .await;
        made.map(Option::as_ref)
            .map_err(|error| self.announce(error))
    }

    async fn mix(
        &self,
        volumes: &[ScriptedVolume],
        seconds: f64,
        frames: u64,
    ) -> Result<Option<Sound>, AudioError> {
        let started = Instant::now();
        let composition = &self.spec.composition;
        let tracks = self.all_tracks(volumes).await;
        // A folder of its own: of an attempt that was dropped, files may still be written.
        let attempt = self.attempts.fetch_add(1, Ordering::Relaxed);
        let work_dir = self.transaction.file(&format!("sound-{attempt}"));
        std::fs::create_dir_all(&work_dir).map_err(|e| unwritable(&e))?;
        let mixed = mix(AudioJob {
            tracks: &tracks,
            master_chain: composition.media.master_fx_chain.as_deref(),
            project_dir: &composition.project_dir,
            compiled_dir: &composition.compiled_dir,
            work_dir: &work_dir,
            seconds,
            gain: self.spec.engine.audio_gain,
            tools: &self.tools,
            parallel: self.host.cores,
            effects: &self.effects,
        })
        .await?;
        // A page full of samples is not needed any more.
        drop(self.effects.opened.lock().await.take());
        let Some(mixed) = mixed else {
            return Ok(None);
        };
        let (finished, lowered_db) = match self.spec.output.format {
            Format::Gif | Format::PngSequence => (mixed.path, 0.0),
            Format::Mp4 | Format::WebM | Format::Mov => {
                let seconds = self.spec.fps.duration_of(frames);
                let delivered = deliver(&self.tools, &mixed.path, seconds).await?;
                (delivered.path, delivered.lowered_db)
            }
        };
        let path = self.transaction.file("sound.m4a");
        std::fs::rename(&finished, &path).map_err(|e| unwritable(&e))?;
        // Uncompressed sound in between is large; what is left of it goes with the transaction.
        let _ = tokio::fs::remove_dir_all(&work_dir).await;
        let ms = started.elapsed().as_secs_f64() * 1000.0;
        self.report(lowered_db, ms, mixed.tracks);
        Ok(Some(Sound {
            path,
            lowered_db,
            ms,
        }))
    }

    /// The media list's tracks with what scripts do to them, and videos that only say in their
    /// markup that they have sound.
    async fn all_tracks(&self, volumes: &[ScriptedVolume]) -> Vec<AudioTrack> {
        let mut tracks = self.tracks.clone();
        for scripted in volumes {
            let keyframes: Vec<Keyframe> = scripted
                .keyframes
                .iter()
                .map(|point| Keyframe {
                    time: point.time,
                    volume: point.volume,
                })
                .collect();
            for track in tracks.iter_mut().filter(|track| track.id == scripted.id) {
                track.volume_keyframes.clone_from(&keyframes);
            }
        }
        let composition = &self.spec.composition;
        for video in AudioTrack::of_videos(&composition.media.videos) {
            let known = tracks.iter().any(|track| track.src == video.src);
            let (project, compiled) = (&composition.project_dir, &composition.compiled_dir);
            if !known && has_sound(&self.tools, &video.src, project, compiled).await {
                tracks.push(video);
            }
        }
        tracks
    }

    fn report(&self, lowered_db: f64, ms: f64, tracks: usize) {
        let say = |level, text: String, meta| self.progress.log(level, text, meta);
        let meta = json!({ "tracks": tracks, "ms": ms.round() });
        say(Level::Debug, "[Native] sound is ready".to_owned(), meta);
        if lowered_db > 0.0 {
            let ceiling = CEILING_DBFS.abs();
            let text =
                format!("Audio lowered by {lowered_db:.1} dB to stay under \u{2212}{ceiling} dBTP");
            say(Level::Info, text, json!({ "audioLoweredDb": lowered_db }));
        }
        if self.spec.output.format == Format::Gif {
            let text = "[Render] GIF output does not support audio; audio tracks will be ignored.";
            say(Level::Warn, text.to_owned(), serde_json::Value::Null);
        }
    }

    /// Tells the caller in upstream's way why there is no sound. An ffmpeg that somebody ended, and
    /// a mix that only cannot be delivered, are plain failures there.
    fn announce(&self, error: AudioError) -> RenderError {
        if error.is_interruption() || matches!(error, AudioError::Delivery(_)) {
            return error.into();
        }
        let failures = error.failures();
        for failure in &failures {
            let meta = serde_json::to_value(failure).unwrap_or_default();
            self.progress.log(Level::Warn, "Audio track failed", meta);
        }
        let mut reasons: Vec<_> = failures
            .iter()
            .map(|failure| json!(failure.reason))
            .collect();
        let mut stages: Vec<_> = failures
            .iter()
            .map(|failure| json!(failure.stage))
            .collect();
        unique(&mut reasons);
        unique(&mut stages);
        let system = failures
            .iter()
            .any(|failure| failure.owner == AudioOwner::System);
        self.progress.event(&Event::Silenced {
            code: SILENCED,
            message: format!("Audio mix failed; output would be video-only: {error}"),
            details: json!({
                "mediaType": "audio",
                "audioFailures": failures.iter().map(facts_of).collect::<Vec<_>>(),
                "failureReasons": reasons,
                "failureStages": stages,
                "failureOwner": if system { "system" } else { "user" },
                "retryable": failures.iter().all(|failure| failure.retryable),
            }),
        });
        error.into()
    }
}

fn unwritable(error: &std::io::Error) -> AudioError {
    AudioError::Delivery(format!("files of the mix cannot be written: {error}"))
}

/// What upstream passes on: nothing that could hold a path.
fn facts_of(failure: &AudioFailure) -> serde_json::Value {
    let mut facts = serde_json::to_value(failure).unwrap_or_default();
    if let Some(facts) = facts.as_object_mut() {
        facts.retain(|key, _| !matches!(key.as_str(), "detail" | "elementId"));
    }
    facts
}

/// Keeps the first of each.
fn unique(values: &mut Vec<serde_json::Value>) {
    let mut seen = Vec::new();
    values.retain(|value| {
        let fresh = !seen.contains(value);
        if fresh {
            seen.push(value.clone());
        }
        fresh
    });
}
