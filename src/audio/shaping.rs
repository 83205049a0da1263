//! What is done to the sound of a track or a group: effects, and gains over time.

use super::chain::Chain;
use super::envelope::Envelope;
use super::error::{AudioError, AudioFailure};
use super::gain::{Gain, GainSettings};
use super::sources::Sounding;
use super::track::lane_keyframes;
use crate::composition::{Automation, VolumeKeyframe};

/// A track or a group, as far as effects and gains are concerned.
pub(super) struct Sound<'a> {
    pub id: &'a str,
    pub chain: Option<&'a str>,
    pub automation: Option<&'a str>,
    /// Gains from the page's scripts; an automation lane for the volume is used instead where there
    /// is one.
    pub keyframes: &'a [VolumeKeyframe],
    pub start: f64,
    pub seconds: f64,
    pub volume: f64,
    pub fade_in: f64,
    pub fade_out: f64,
}

/// What is to be done to a sound.
pub(super) struct Shaping {
    pub chain: Option<Chain>,
    pub automation: Option<String>,
    pub envelope: Option<Envelope>,
    /// Seconds of sound that effects add after the end.
    pub tail: f64,
}

impl Sound<'_> {
    /// The failure of it for a reason of this program's or its author's.
    pub fn faulty(&self, detail: &str) -> AudioError {
        let id = self.id;
        let detail = format!("Audio processing failed for element {id}: {detail}");
        AudioFailure::internal(detail).of(id).into()
    }

    /// Reads its effects and its gains over time.
    ///
    /// # Errors
    /// [`AudioError`] when they are not what they should be.
    pub fn shaping(&self) -> Result<Shaping, AudioError> {
        let faulty = |detail: String| self.faulty(&detail);
        let automation = self.automation.map(Automation::parse).transpose();
        let automation = automation.map_err(faulty)?;
        let chain = self.chain.map(Chain::parse).transpose().map_err(faulty)?;
        let lane = automation
            .as_ref()
            .and_then(|automation| lane_keyframes(automation, self.start, self.seconds));
        let keyframes = lane.as_deref().unwrap_or(self.keyframes);
        Ok(Shaping {
            envelope: Envelope::new(keyframes, self.start, self.volume),
            tail: chain
                .as_ref()
                .map_or(0.0, |chain| chain.tail(automation.as_ref())),
            chain: chain.filter(|chain| !chain.is_empty()),
            automation: self.automation.map(str::to_owned),
        })
    }

    /// Its gain from sample to sample.
    pub fn gain(&self, envelope: Option<Envelope>) -> Gain {
        Gain::new(GainSettings {
            volume: self.volume,
            envelope,
            fade_in: self.fade_in,
            fade_out: self.fade_out,
            duration: self.seconds,
        })
    }

    /// A track's.
    pub fn of<'t>(sounding: &Sounding<'t>) -> Sound<'t> {
        let track = sounding.track;
        Sound {
            id: &track.id,
            chain: track.fx_chain.as_deref(),
            automation: track.automation.as_deref(),
            keyframes: &track.volume_keyframes,
            start: track.start,
            seconds: sounding.end - track.start,
            volume: track.volume.unwrap_or(1.0),
            fade_in: track.fade_in.unwrap_or(0.0),
            fade_out: track.fade_out.unwrap_or(0.0),
        }
    }
}
