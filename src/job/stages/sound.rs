//! The sound of a render: its settings from the specification, and what the caller is told of it.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::audio::{
    AudioError, AudioTools, AudioWarning, CEILING_DBFS, Delivery, EffectsBrowserSettings, Sound,
    Soundtrack, SoundtrackSettings,
};
use crate::browser::{Deadlines, FoundBrowser, Scratch};
use crate::encode::{SoundPlace, Tools};
use crate::job::error::RenderError;
use crate::job::events::{Event, Level};
use crate::job::progress::Progress;
use crate::job::transaction::Transaction;
use crate::machine::Host;
use crate::page::{AskedVolume, ScriptedVolume, VolumeWatch};
use crate::process::Groups;
use crate::spec::RenderSpec;

/// Makes one render's sound and reports it.
pub(in crate::job) struct SoundStage<'a> {
    spec: &'a RenderSpec,
    progress: Arc<Progress>,
    soundtrack: Soundtrack<'a>,
}

/// What sound needs besides the specification.
pub(in crate::job) struct SoundContext<'a> {
    pub tools: &'a Tools,
    pub browser: &'a FoundBrowser,
    pub host: Host,
    pub transaction: &'a Transaction,
    pub scratch: &'a Scratch,
    /// Lists the children that are started.
    pub groups: Groups,
}

impl<'a> SoundStage<'a> {
    /// Nothing is started.
    pub fn new(spec: &'a RenderSpec, progress: Arc<Progress>, context: SoundContext<'_>) -> Self {
        let engine = &spec.engine;
        let millis = Duration::from_millis;
        let effects = EffectsBrowserSettings {
            executable: context.browser.path.clone(),
            scratch: context.scratch.path().to_owned(),
            deadlines: Deadlines {
                launch: millis(engine.browser_timeout_ms),
                call: millis(engine.protocol_timeout_ms),
            },
            runtime: spec.audio_effects.clone(),
            host_memory_mib: context.host.memory_mib,
            groups: context.groups.clone(),
        };
        let settings = SoundtrackSettings {
            composition: &spec.composition,
            dir: context.transaction.dir().to_owned(),
            gain: engine.audio_gain,
            delivery: match spec
                .sound_of_all
                .unwrap_or(spec.output.format)
                .facts()
                .sound
            {
                SoundPlace::Muxed => Delivery::Muxed,
                SoundPlace::Beside(_) | SoundPlace::Unsupported(_) => Delivery::AsMixed,
            },
            tools: AudioTools {
                ffmpeg: context.tools.ffmpeg.clone(),
                ffprobe: context.tools.ffprobe.clone(),
                deadline: millis(engine.ffmpeg_process_timeout_ms),
                groups: context.groups,
            },
            parallel: context.host.cores,
            effects,
        };
        Self {
            spec,
            progress,
            soundtrack: Soundtrack::new(settings),
        }
    }

    /// The elements whose volume scripts may set, in a composition of `seconds`.
    pub fn asked_volumes(&self, seconds: f64) -> Vec<AskedVolume> {
        self.soundtrack.asked_volumes(seconds)
    }

    /// Whether nothing can be heard, whatever scripts do.
    pub fn is_silent(&self) -> bool {
        !self.is_wanted() || !self.soundtrack.may_sound()
    }

    /// The sound of a chunk is joined to all chunks: it is made once, or with one of them.
    fn is_wanted(&self) -> bool {
        self.spec.frames.is_none() || self.spec.sound_of_all.is_some()
    }

    /// Whether scripts of the page name a volume, so that a page has to be listened to.
    pub fn is_named_by_scripts(&self) -> bool {
        self.is_wanted()
            && self.soundtrack.has_tracks()
            && self.spec.composition.hints.scripted_volume
    }

    /// Whether pages that are captured tell of volumes that scripts set: where scripts may make
    /// anything heard, and no other page is listened to.
    pub fn volume_watch(&self) -> VolumeWatch {
        if !self.is_silent() && !self.is_named_by_scripts() {
            VolumeWatch::Notice
        } else {
            VolumeWatch::Ignore
        }
    }

    /// Mixes `seconds` of sound for `frames` frames; `None` for a silent composition, and for a
    /// chunk.
    ///
    /// # Errors
    /// [`RenderError::Audio`], announced to the caller as upstream's warning.
    pub async fn make(
        &self,
        volumes: &[ScriptedVolume],
        seconds: f64,
        frames: u64,
    ) -> Result<Option<Sound>, RenderError> {
        if !self.is_wanted() {
            return Ok(None);
        }
        let video_seconds = self.spec.fps.duration_of(frames);
        let report = |sound: &Sound| self.report(sound);
        let made = self
            .soundtrack
            .make(volumes, seconds, video_seconds, report)
            .await;
        for note in self.soundtrack.take_notes() {
            self.progress.log(Level::Warn, note, Value::Null);
        }
        made.map_err(|error| self.announce(error))
    }

    fn report(&self, sound: &Sound) {
        let say = |level, text: String, meta| self.progress.log(level, text, meta);
        let meta = json!({ "tracks": sound.tracks, "ms": sound.ms.round() });
        say(Level::Debug, "[Native] sound is ready".to_owned(), meta);
        let lowered_db = sound.lowered_db;
        if lowered_db > 0.0 {
            let ceiling = CEILING_DBFS.abs();
            let text =
                format!("Audio lowered by {lowered_db:.1} dB to stay under \u{2212}{ceiling} dBTP");
            say(Level::Info, text, json!({ "audioLoweredDb": lowered_db }));
        }
        if let SoundPlace::Unsupported(text) = self.spec.output.format.facts().sound {
            say(Level::Warn, text.to_owned(), Value::Null);
        }
    }

    fn announce(&self, error: AudioError) -> RenderError {
        if let Some(warning) = error.warning() {
            let AudioWarning {
                code,
                message,
                details,
                failures,
            } = warning;
            for failure in &failures {
                let meta = serde_json::to_value(failure).unwrap_or_default();
                self.progress.log(Level::Warn, "Audio track failed", meta);
            }
            self.progress.event(&Event::Warning {
                code,
                message,
                details: Some(details),
            });
        }
        error.into()
    }
}
