//! The gain of a track from sample to sample: volume, fades, and what is animated.

use super::envelope::{Envelope, clamp_gain};
use super::pcm::RATE;

/// What a track's samples are multiplied by. Read forwards only.
#[derive(Debug, Clone)]
pub(super) struct Gain {
    volume: f64,
    envelope: Option<Envelope>,
    /// Samples of the fade at the start.
    fade_in: f64,
    /// First sample and samples of the fade at the end.
    fade_out: Option<(f64, f64)>,
}

/// What a gain is made of.
#[derive(Debug, Default)]
pub(super) struct GainSettings {
    pub volume: f64,
    /// Used in place of the volume.
    pub envelope: Option<Envelope>,
    /// Seconds.
    pub fade_in: f64,
    /// Seconds.
    pub fade_out: f64,
    /// Length of the track without the tail of its effects, seconds.
    pub duration: f64,
}

impl Gain {
    pub fn new(settings: GainSettings) -> Self {
        let duration = settings.duration;
        let usable = |seconds: f64| {
            if seconds.is_finite() {
                seconds.max(0.0)
            } else {
                0.0
            }
        };
        let (mut fade_in, mut fade_out) = (usable(settings.fade_in), usable(settings.fade_out));
        let both = fade_in + fade_out;
        if duration.is_finite() && duration > 0.0 && both > duration {
            // Both are shortened in proportion, so that together they fill the whole length.
            let scale = duration / both;
            (fade_in, fade_out) = (fade_in * scale, fade_out * scale);
        }
        let samples = |seconds: f64| (seconds * f64::from(RATE)).round();
        let ends = samples(fade_out) > 0.0 && duration > 0.0;
        Self {
            volume: match settings.envelope {
                Some(_) => 1.0,
                None => clamp_gain(settings.volume),
            },
            envelope: settings.envelope,
            fade_in: samples(fade_in),
            fade_out: ends.then(|| (samples((duration - fade_out).max(0.0)), samples(fade_out))),
        }
    }

    /// The gain of sample `index` of the track.
    pub fn at(&mut self, index: i64) -> f64 {
        let index = index as f64;
        let mut gain = self.volume;
        if let Some(envelope) = &mut self.envelope {
            gain *= envelope.gain_at(index / f64::from(RATE));
        }
        if index < self.fade_in {
            gain *= index / self.fade_in;
        }
        if let Some((from, length)) = self.fade_out
            && index > from
        {
            gain *= (1.0 - (index - from) / length).max(0.0);
        }
        gain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::composition::VolumeKeyframe;

    fn gains(settings: GainSettings, at: &[f64]) -> Vec<f64> {
        let mut gain = Gain::new(settings);
        let samples = at.iter().map(|seconds| (seconds * 48_000.0) as i64);
        samples.map(|index| gain.at(index)).collect()
    }

    #[test]
    fn fades_are_straight_lines() {
        let settings = GainSettings {
            volume: 0.5,
            fade_in: 0.5,
            fade_out: 1.0,
            duration: 2.0,
            ..GainSettings::default()
        };
        let at = [0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 2.5];
        assert_eq!(gains(settings, &at), [0.0, 0.25, 0.5, 0.5, 0.25, 0.0, 0.0]);
    }

    #[test]
    fn fades_longer_than_the_track_share_it() {
        let settings = GainSettings {
            volume: 1.0,
            fade_in: 3.0,
            fade_out: 1.0,
            duration: 2.0,
            ..GainSettings::default()
        };
        assert_eq!(gains(settings, &[0.75, 1.5, 1.75]), [0.5, 1.0, 0.5]);
    }

    #[test]
    fn nonsense_leaves_the_sound_as_it_is() {
        let settings = GainSettings {
            volume: f64::NAN,
            fade_in: f64::NAN,
            fade_out: -1.0,
            duration: 2.0,
            ..GainSettings::default()
        };
        assert_eq!(gains(settings, &[0.0, 1.9]), [1.0, 1.0]);
    }

    #[test]
    fn an_envelope_takes_the_place_of_the_volume() {
        let keys = [(0.0, 0.0), (1.0, 1.0)].map(|(time, volume)| VolumeKeyframe { time, volume });
        let settings = GainSettings {
            volume: 0.5,
            envelope: Envelope::new(&keys, 0.0, 0.5),
            duration: 2.0,
            ..GainSettings::default()
        };
        assert_eq!(gains(settings, &[0.0, 0.5, 1.5]), [0.0, 0.5, 1.0]);
    }
}
