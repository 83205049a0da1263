//! Gain over time, sample by sample.

use crate::composition::VolumeKeyframe;

/// The largest gain of a volume: +12 dB.
pub const MAX_GAIN: f64 = 3.981_071_705_534_972_7;

/// Limits a gain to 0 to +12 dB. NaN and infinity become 1.
pub(super) fn clamp_gain(gain: f64) -> f64 {
    if gain.is_finite() {
        gain.clamp(0.0, MAX_GAIN)
    } else {
        1.0
    }
}

/// Gain over time: straight lines between points, times in seconds from the start of a track. Read
/// forwards only.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Envelope {
    points: Vec<(f64, f64)>,
    segment: usize,
}

impl Envelope {
    /// The envelope of a track that starts at `start` and has gain `base` before the first
    /// keyframe; `None` when no keyframe is usable.
    pub fn new(keyframes: &[VolumeKeyframe], start: f64, base: f64) -> Option<Self> {
        let mut sorted: Vec<(f64, f64)> = keyframes
            .iter()
            .filter(|key| key.time.is_finite() && key.volume.is_finite())
            .map(|key| ((key.time - start).max(0.0), clamp_gain(key.volume)))
            .collect();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut points: Vec<(f64, f64)> = Vec::with_capacity(sorted.len() + 1);
        for (time, gain) in sorted {
            match points.last_mut() {
                Some(last) if (last.0 - time).abs() < 1e-9 => last.1 = gain,
                _ => points.push((time, gain)),
            }
        }
        if points.first()?.0 > 0.0 {
            points.insert(0, (0.0, clamp_gain(base)));
        }
        Some(Self { points, segment: 0 })
    }

    /// The gain at `time` seconds after the track's start. `time` must not be less than in the last
    /// call.
    pub fn gain_at(&mut self, time: f64) -> f64 {
        while self.segment + 2 < self.points.len() && time >= self.points[self.segment + 1].0 {
            self.segment += 1;
        }
        let a = self.points[self.segment];
        let b = self.points.get(self.segment + 1).copied().unwrap_or(a);
        let span = b.0 - a.0;
        let share = if span <= 0.0 {
            0.0
        } else {
            ((time - a.0) / span).clamp(0.0, 1.0)
        };
        a.1 + (b.1 - a.1) * share
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(list: &[(f64, f64)]) -> Vec<VolumeKeyframe> {
        let key = |&(time, volume)| VolumeKeyframe { time, volume };
        list.iter().map(key).collect()
    }

    #[test]
    fn before_the_first_keyframe_the_base_leads_to_it() {
        let mut envelope = Envelope::new(&keys(&[(11.0, 0.0), (12.0, 1.0)]), 10.0, 0.5).unwrap();
        let gains: Vec<f64> = [0.0, 0.5, 1.0, 1.5, 2.0, 9.0]
            .iter()
            .map(|&t| envelope.gain_at(t))
            .collect();
        assert_eq!(gains, [0.5, 0.25, 0.0, 0.5, 1.0, 1.0]);
    }

    #[test]
    fn of_two_keyframes_at_one_time_the_later_counts() {
        let mut envelope = Envelope::new(&keys(&[(0.0, 1.0), (0.0, 9.0)]), 0.0, 1.0).unwrap();
        assert!((envelope.gain_at(3.0) - 10f64.powf(0.6)).abs() < 1e-12);
        assert_eq!(Envelope::new(&keys(&[(f64::NAN, 1.0)]), 0.0, 1.0), None);
    }

    proptest! {
        #[test]
        fn walking_gives_what_looking_up_gives(
            list in proptest::collection::vec((0.0..10.0f64, 0.0..4.0f64), 1..20), base in 0.0..2.0f64,
        ) {
            let keyframes = keys(&list);
            let mut walked = Envelope::new(&keyframes, 0.0, base).unwrap();
            for step in 0..1200 {
                let time = f64::from(step) / 100.0;
                let fresh = Envelope::new(&keyframes, 0.0, base).unwrap().gain_at(time);
                prop_assert_eq!(walked.gain_at(time), fresh);
            }
        }
    }
}
