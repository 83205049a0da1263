//! Whose picture of a transition is drawn.

use serde::{Deserialize, Serialize};

use super::arithmetic::WHITE;
use super::transition::Transition;

/// Three colours that glows and edges take, each red, green, blue from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Accents {
    /// The accent itself.
    pub accent: [f64; 3],
    /// Where a glow fades.
    pub dark: [f64; 3],
    /// Where a glow is brightest.
    pub bright: [f64; 3],
}

impl Default for Accents {
    /// The colours of `@hyperframes/shader-transitions` 0.8.41 where an author gives none.
    fn default() -> Self {
        Self {
            accent: [1.0, 0.6, 0.2],
            dark: [0.4, 0.15, 0.0],
            bright: [1.0, 0.85, 0.5],
        }
    }
}

impl Accents {
    /// Those that the library derives from `#rrggbb`; of anything else it makes grey.
    pub fn of_hex(text: &str) -> Self {
        let accent = channels(text).unwrap_or([0.5; 3]);
        Self {
            accent,
            dark: accent.map(|value| value * 0.35),
            bright: accent.map(|value| (value * 1.5 + 0.2).min(1.0)),
        }
    }
}

/// Characters after the sixth digit are ignored.
fn channels(text: &str) -> Option<[f64; 3]> {
    let digits = text.replacen('#', "", 1);
    let mut channels = [0.0; 3];
    for (k, channel) in channels.iter_mut().enumerate() {
        let pair = digits.get(k * 2..k * 2 + 2)?;
        *channel = f64::from(u8::from_str_radix(pair, 16).ok()?) / 255.0;
    }
    Some(channels)
}

/// Whose picture of a transition is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum TransitionStyle {
    /// What previews draw with WebGL. Pixels are read at their centres, so that an unmoved picture
    /// is unchanged, and colours are the author's [`Accents`]. Noise is that of a machine without a
    /// GPU, because it differs from GPU to GPU. A plain crossfade, for which previews have no
    /// program, is drawn as in the engine style. WebGL stores 8 bits. The 16 bits here were not
    /// rounded to 8 before, so converting them to 8 bits rounds once and gives WebGL's result.
    Preview,
    /// What upstream's engine blends outside the page, with its own colours. Pixels are read at
    /// their corners, and coordinates go from the first to the last pixel of a picture. Unmoved
    /// pictures are therefore read up to a pixel to the left and above.
    Engine,
}

/// A transition at one progress, and how it is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// Which transition.
    pub transition: Transition,
    /// Whose picture of it.
    pub style: TransitionStyle,
    /// The author's colours; the engine style does not use them.
    pub accents: Accents,
    /// 0 to 1.
    pub progress: f64,
}

impl Look {
    /// `transition` in the engine style.
    pub fn engine(transition: Transition, progress: f64) -> Self {
        Self {
            transition,
            style: TransitionStyle::Engine,
            accents: Accents::default(),
            progress,
        }
    }
}

/// The colours of glows and edges, 16-bit signal values.
#[derive(Debug, Clone, Copy)]
pub(super) struct Colours {
    pub accent: [f64; 3],
    pub dark: [f64; 3],
    pub bright: [f64; 3],
}

impl TransitionStyle {
    /// Values of `accents` are clamped to 0 to 1.
    pub(super) fn colours(self, accents: Accents) -> Colours {
        match self {
            Self::Engine => Colours {
                accent: [50_000.0, 25_000.0, 5_000.0],
                dark: [25_000.0, 8_000.0, 2_000.0],
                bright: [65_535.0, 55_000.0, 35_000.0],
            },
            Self::Preview => {
                let samples = |colour: [f64; 3]| colour.map(|v| v.clamp(0.0, 1.0) * WHITE);
                Colours {
                    accent: samples(accents.accent),
                    dark: samples(accents.dark),
                    bright: samples(accents.bright),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accents_are_derived_from_a_colour() {
        let orange = Accents::of_hex("#ff6b2b");
        assert_eq!(orange.accent, [1.0, 107.0 / 255.0, 43.0 / 255.0]);
        assert_eq!(orange.dark[0], 0.35);
        assert_eq!(orange.bright[0], 1.0);
        assert_eq!(Accents::of_hex("red"), Accents::of_hex("#7f7"));
        assert_eq!(Accents::of_hex("äöü###").accent, [0.5; 3]);
    }
}
