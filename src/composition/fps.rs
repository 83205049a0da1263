//! Frame rate as an exact rational, and the arithmetic that turns times into frames.

use serde::{Deserialize, Serialize};

/// Slack, in frames, within which `duration × fps` counts as a whole number of frames
/// (upstream's rule, docs/upstream.md#frame-count).
const WHOLE_FRAME_SLACK: f64 = 1e-3;
/// Added before flooring a time to a frame, so that 0.1 × 30 is frame 3 and not 2.
const FLOOR_EPSILON: f64 = 1e-9;

/// Frames per second, `num / den`; both at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "RawFps")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fps {
    /// Frames.
    pub num: u32,
    /// Seconds those frames take.
    pub den: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFps {
    num: u32,
    den: u32,
}

/// Why a frame rate was refused.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("frame rate {num}/{den} is not usable: give 1 to 1000 frames a second as whole num/den")]
pub struct FpsError {
    num: u32,
    den: u32,
}

impl TryFrom<RawFps> for Fps {
    type Error = FpsError;
    fn try_from(raw: RawFps) -> Result<Self, FpsError> {
        Self::new(raw.num, raw.den)
    }
}

impl Fps {
    /// A checked frame rate between 1 and 1000 frames a second.
    ///
    /// # Errors
    /// [`FpsError`] when a part is zero or the rate lies outside that range.
    pub fn new(num: u32, den: u32) -> Result<Self, FpsError> {
        let usable = den > 0 && num >= den && u64::from(num) <= 1000 * u64::from(den);
        usable
            .then_some(Self { num, den })
            .ok_or(FpsError { num, den })
    }

    /// Frames per second as a number.
    pub fn as_f64(self) -> f64 {
        f64::from(self.num) / f64::from(self.den)
    }

    /// Length of one frame in milliseconds, not rounded.
    pub fn interval_ms(self) -> f64 {
        1000.0 * f64::from(self.den) / f64::from(self.num)
    }

    /// What ffmpeg's `-r` and `-framerate` take: `30` or `30000/1001`.
    pub fn ffmpeg_arg(self) -> String {
        if self.den == 1 {
            self.num.to_string()
        } else {
            format!("{}/{}", self.num, self.den)
        }
    }

    /// Start of `frame` in seconds.
    pub fn time_of(self, frame: u64) -> f64 {
        frame as f64 * f64::from(self.den) / f64::from(self.num)
    }

    /// Seconds that `frames` frames last.
    pub fn duration_of(self, frames: u64) -> f64 {
        self.time_of(frames)
    }

    /// The frame showing at `seconds`.
    pub fn frame_at(self, seconds: f64) -> u64 {
        (seconds * self.as_f64() + FLOOR_EPSILON).floor().max(0.0) as u64
    }

    /// The seek time for `frame`: its start, quantised as the page runtime quantises it.
    pub fn seek_time(self, frame: u64) -> f64 {
        let at = self.time_of(frame);
        self.frame_at(at) as f64 / self.as_f64()
    }

    /// How many frames a composition of `seconds` has: the nearest whole number when within
    /// 1e-3 of one, else rounded up.
    pub fn frame_count(self, seconds: f64) -> u64 {
        let exact = seconds * self.as_f64();
        if !exact.is_finite() || exact <= 0.0 {
            return 0;
        }
        let nearest = exact.round();
        let count = if (exact - nearest).abs() < WHOLE_FRAME_SLACK {
            nearest
        } else {
            exact.ceil()
        };
        count as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ntsc_rate_prints_as_a_rational() {
        assert_eq!(Fps::new(30000, 1001).unwrap().ffmpeg_arg(), "30000/1001");
        assert_eq!(Fps::new(60, 1).unwrap().ffmpeg_arg(), "60");
    }

    #[test]
    fn frame_counts_follow_the_slack_rule() {
        let fps = Fps::new(30, 1).unwrap();
        assert_eq!(fps.frame_count(4.0), 120);
        assert_eq!(fps.frame_count(4.00001), 120);
        assert_eq!(fps.frame_count(4.001), 121);
        assert_eq!(fps.frame_count(0.0), 0);
        assert_eq!(fps.frame_count(f64::NAN), 0);
        assert_eq!(Fps::new(30000, 1001).unwrap().frame_count(2.0), 60);
    }

    #[test]
    fn unusable_rates_are_refused_by_name() {
        for (num, den) in [(0, 1), (30, 0), (1, 2), (2001, 1)] {
            let text = Fps::new(num, den).unwrap_err().to_string();
            assert!(text.contains(&format!("{num}/{den}")), "{text}");
        }
        assert!(serde_json::from_str::<Fps>(r#"{"num":0,"den":1}"#).is_err());
    }

    proptest! {
        #[test]
        fn a_frame_starts_at_its_own_time(
            frame in 0u64..1_000_000,
            rate in prop::sample::select(vec![(24, 1), (25, 1), (30, 1), (30000, 1001), (24000, 1001), (60, 1)]),
        ) {
            let fps = Fps::new(rate.0, rate.1).unwrap();
            prop_assert_eq!(fps.frame_at(fps.time_of(frame)), frame);
            prop_assert!(fps.seek_time(frame) <= fps.time_of(frame) + 1e-9);
        }
    }
}
