//! What brings decoded frames to the colours of pages.

use super::colour_change::ColourChange;
use super::colour_space::ColourSpace;
use super::raw_frame::RawFrame;
use super::rgba::{ConvertError, write_rgba};
use super::tone_map::ToneMap;
use crate::probe::VideoFacts;

/// What brings decoded frames to the colours of pages.
#[derive(Debug)]
pub enum PageColours {
    /// They are in them.
    AsDecoded,
    /// They have other primaries or another curve.
    Changed(Box<ColourChange>),
    /// They are HDR signal.
    ToneMapped(Box<ToneMap>),
}

impl PageColours {
    /// From a source's colours to those of pages: sRGB, or BT.2020 for `wide` output.
    pub fn of(facts: &VideoFacts, wide: bool) -> Self {
        let target = if wide {
            ColourSpace::WIDE
        } else {
            ColourSpace::SRGB
        };
        match ColourChange::of(facts, target) {
            Some(change) => Self::Changed(Box::new(change)),
            None => Self::AsDecoded,
        }
    }

    /// From the signal of an HDR source to sRGB.
    pub fn tone_mapped(facts: &VideoFacts) -> Self {
        Self::ToneMapped(Box::new(ToneMap::of(facts)))
    }

    /// Writes `frame` as straight RGBA in the page's colours to `out`, halved `level` times (0 keeps its
    /// size).
    ///
    /// # Errors
    /// [`ConvertError`] for data that does not fit its size, that of `out` or its colours.
    pub fn write_rgba(
        &self,
        frame: &RawFrame,
        level: u32,
        out: &mut [u8],
    ) -> Result<(), ConvertError> {
        match self {
            Self::AsDecoded => write_rgba(frame, level, out),
            Self::Changed(change) => {
                write_rgba(frame, level, out)?;
                change.apply(out);
                Ok(())
            }
            Self::ToneMapped(map) => map.write_rgba(frame, level, out),
        }
    }

    /// Whether a frame is made in its full size before it is halved.
    pub fn makes_whole_frames(&self) -> bool {
        matches!(self, Self::ToneMapped(_))
    }
}
