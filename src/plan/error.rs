//! Why no plan can be made.

use crate::composition::Fps;

/// Most frames of a render: 46 hours at 60 frames a second. Memory is reserved for each frame in
/// places, and what is longer is a mistake.
const MOST_FRAMES: u64 = 10_000_000;

/// Refuses a length that would be too many frames.
///
/// # Errors
/// [`PlanError::TooLong`].
pub fn check_length(fps: Fps, seconds: f64) -> Result<(), PlanError> {
    // Not as whole frames, which have a bound of their own.
    let frames = seconds * fps.as_f64();
    if frames.is_nan() || frames <= MOST_FRAMES as f64 {
        return Ok(());
    }
    Err(PlanError::TooLong {
        seconds,
        frames: frames as u64,
        most: MOST_FRAMES,
    })
}

/// A render that cannot be planned.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
pub enum PlanError {
    /// The composition is longer than anything that is meant.
    #[error(
        "The composition lasts {seconds} s, which is {frames} frames: more than the {most} that a render may have. Correct the data-duration or the timeline that makes it so long, or render it in parts"
    )]
    TooLong {
        /// Its length.
        seconds: f64,
        /// Its frames.
        frames: u64,
        /// The bound.
        most: u64,
    },
    /// HDR frames have the composition's size.
    #[error(
        "HDR output cannot be scaled (deviceScaleFactor {scale}): its layers are put together at the composition's size. Render without --resolution and scale the file, or render with --sdr"
    )]
    HdrScaling {
        /// Output pixels per CSS pixel asked for.
        scale: f64,
    },
    /// HDR frames are put together of layers.
    #[error(
        "HDR output cannot be blurred (motionBlur): its frames are put together of layers. Render without motionBlur, or in SDR (hdrMode \"force-sdr\")"
    )]
    HdrMotionBlur,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_years_is_refused() {
        let check = |num, den, seconds| check_length(Fps::new(num, den).unwrap(), seconds);
        for seconds in [-1.0, 0.0, 1.0, 333_333.3, f64::NAN] {
            assert_eq!(check(30, 1, seconds), Ok(()), "{seconds}");
        }
        for seconds in [333_334.0, 999_999_999.0, 1e308, f64::INFINITY] {
            let refused = check(30, 1, seconds).unwrap_err().to_string();
            assert!(refused.contains("data-duration"), "{refused}");
        }
        assert!(check(1, 1, 9_999_999.0).is_ok());
        assert!(check(30_000, 1001, 333_667.0).is_err());
    }
}
