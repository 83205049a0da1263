//! Motion blur: the times between output frames at which a frame's samples are taken
//! (docs/upstream.md#motion-blur).

use serde::{Deserialize, Serialize};

use super::Fps;

/// Times lie on a grid of so many a frame, so that the page does not round them to frames.
const DIVISIONS: f64 = 4096.0;
/// Samples of a frame that moves little, and of one that moves more: by the mean difference of the
/// pictures at both ends of the shutter, in steps of 255.
const STEPS: [(f64, u32); 2] = [(3.0, 16), (6.0, 32)];
/// Most samples of a frame.
pub const MOST_SAMPLES: u32 = 64;

/// How frames are blurred.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(
    test,
    derive(ts_rs::TS),
    ts(rename = "MotionBlurSpec", optional_fields)
)]
pub struct MotionBlur {
    /// Samples of each frame, 1 to [`MOST_SAMPLES`]; without it as many as its movement needs.
    #[serde(default)]
    pub samples_per_frame: Option<u32>,
    /// How long the shutter is open, degrees of 360 a frame.
    pub shutter_angle: f64,
    /// From the frame's time to the opening of the shutter, degrees.
    pub shutter_phase: f64,
    /// What is averaged.
    pub blend: BlurBlend,
}

/// The space in which samples are averaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum BlurBlend {
    /// The values of the pictures.
    Srgb,
    /// Light.
    Linear,
}

impl MotionBlur {
    /// Seconds of the `samples` samples of `frame`, which lie in the middle of equal parts of the
    /// shutter's time.
    pub fn times(self, frame: u64, samples: u32, fps: Fps) -> impl Iterator<Item = f64> {
        (0..samples).map(move |k| {
            let part = (f64::from(k) + 0.5) / f64::from(samples);
            self.time(frame, part, fps)
        })
    }

    /// Seconds at which the shutter of `frame` opens and closes.
    pub fn shutter(self, frame: u64, fps: Fps) -> [f64; 2] {
        [self.time(frame, 0.0, fps), self.time(frame, 1.0, fps)]
    }

    fn time(self, frame: u64, part: f64, fps: Fps) -> f64 {
        let offset = (self.shutter_phase + part * self.shutter_angle) / 360.0;
        // Halves go up, as in JavaScript.
        let ticks = (offset * DIVISIONS + 0.5).floor();
        (frame as f64 * DIVISIONS + ticks).max(0.0) / (fps.as_f64() * DIVISIONS)
    }

    /// Samples of a frame whose pictures at both ends of the shutter differ so much in the mean.
    pub fn samples_for(difference: f64) -> u32 {
        let step = STEPS.iter().find(|(most, _)| difference <= *most);
        step.map_or(MOST_SAMPLES, |(_, samples)| *samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USUAL: MotionBlur = MotionBlur {
        samples_per_frame: None,
        shutter_angle: 180.0,
        shutter_phase: -90.0,
        blend: BlurBlend::Srgb,
    };

    #[test]
    fn samples_lie_around_the_frame_and_never_before_the_beginning() {
        let fps = Fps::new(25, 1).unwrap();
        let times: Vec<_> = USUAL.times(10, 4, fps).collect();
        let at = |frames: f64| frames / 25.0;
        assert_eq!(times, [at(9.8125), at(9.9375), at(10.0625), at(10.1875)]);
        assert_eq!(USUAL.shutter(10, fps), [at(9.75), at(10.25)]);
        let first: Vec<_> = USUAL.times(0, 4, fps).collect();
        assert_eq!(first, [0.0, 0.0, at(0.0625), at(0.1875)]);
    }

    #[test]
    fn what_moves_more_gets_more_samples() {
        let samples = [0.0, 3.0, 3.1, 6.0, 6.1].map(MotionBlur::samples_for);
        assert_eq!(samples, [16, 16, 32, 32, 64]);
    }
}
