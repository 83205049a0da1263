//! What lies above the scenes of a transition is not blended: it is put back over the blended frame.

use std::ops::Range;

use bytes::Bytes;

use crate::capture::CapturedPart;
use crate::pixels::FrameFormat;
use crate::transitions::{BlendError, FrameSize};

/// What lies above the scenes; straight RGBA.
#[derive(Debug, Clone)]
pub(super) enum AboveScenes {
    /// With its transparency.
    Clear(Bytes),
    /// Seen over two mattes.
    Mattes {
        /// Over black.
        black: Bytes,
        /// Over white.
        white: Bytes,
    },
}

impl AboveScenes {
    /// Of the captures of what lies above; `None` without any.
    pub fn of(part: &CapturedPart) -> Option<Self> {
        match &part.pictures[..] {
            [] => None,
            [clear] => Some(Self::Clear(clear.clone())),
            [black, white, ..] => Some(Self::Mattes {
                black: black.clone(),
                white: white.clone(),
            }),
        }
    }

    /// # Errors
    /// [`BlendError::Length`] for pictures of another size.
    pub fn check(&self, size: FrameSize) -> Result<(), BlendError> {
        let check = |name, rgba: &Bytes| size.check_picture(name, rgba.len(), FrameFormat::Rgba);
        match self {
            Self::Clear(rgba) => check("above", rgba),
            Self::Mattes { black, white } => {
                check("above, on black", black)?;
                check("above, on white", white)
            }
        }
    }

    /// Puts its bytes `pixels` over `below`, straight RGBA, which is opaque where there are mattes.
    pub fn put_over(&self, pixels: Range<usize>, below: &mut [u8]) {
        match self {
            Self::Clear(rgba) => put_over(&rgba[pixels], below),
            Self::Mattes { black, white } => {
                put_between(&black[pixels.clone()], &white[pixels], below);
            }
        }
    }
}

/// What was drawn over `black` and over `white`, over `below`: what lies between the mattes, by how
/// light the pixel below is. Exact for what covers, also partly, and for what multiplies or screens.
fn put_between(black: &[u8], white: &[u8], below: &mut [u8]) {
    for ((black, white), bottom) in black.iter().zip(white).zip(below) {
        let (dark, light, under) = (i32::from(*black), i32::from(*white), i32::from(*bottom));
        let between = dark + ((light - dark) * under + 127).div_euclid(255);
        *bottom = between.clamp(0, 255) as u8;
    }
}

/// `layer` over `below`, both straight RGBA (Porter and Duff).
fn put_over(layer: &[u8], below: &mut [u8]) {
    for (top, bottom) in layer.chunks_exact(4).zip(below.chunks_exact_mut(4)) {
        match top[3] {
            0 => {}
            u8::MAX => bottom.copy_from_slice(top),
            alpha => {
                let (alpha, under) = (u32::from(alpha), u32::from(bottom[3]));
                let shown = under * (255 - alpha);
                let whole = alpha * 255 + shown;
                for k in 0..3 {
                    let sum = u32::from(top[k]) * alpha * 255 + u32::from(bottom[k]) * shown;
                    bottom[k] = ((sum + whole / 2) / whole) as u8;
                }
                bottom[3] = ((whole + 127) / 255) as u8;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_blends_with_what_is_behind_it_does_so() {
        let below = [40, 100, 200, 255];
        type Mode = fn(u8, u8) -> u8;
        let modes: [(&str, Mode); 3] = [
            ("multiply", |a, b| (u16::from(a) * u16::from(b) / 255) as u8),
            ("screen", |a, b| {
                255 - (u16::from(255 - a) * u16::from(255 - b) / 255) as u8
            }),
            ("difference with white", |_, b| 255 - b),
        ];
        for (name, mode) in modes {
            let drawn = |backdrop| [mode(80, backdrop), mode(160, backdrop), mode(240, backdrop)];
            let with_alpha = |[r, g, b]: [u8; 3]| [r, g, b, 255];
            let (black, white) = (with_alpha(drawn(0)), with_alpha(drawn(255)));
            let mut seen = below;
            put_between(&black, &white, &mut seen);
            let wanted = [mode(80, 40), mode(160, 100), mode(240, 200), 255];
            for k in 0..4 {
                assert!(
                    seen[k].abs_diff(wanted[k]) <= 1,
                    "{name}: {seen:?} {wanted:?}"
                );
            }
        }
    }
}
