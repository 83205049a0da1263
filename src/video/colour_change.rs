//! Brings RGBA from a source's colour space to that of the page it is drawn on.

use super::colour_space::{ColourSpace, srgb_signal};
use crate::probe::VideoFacts;

/// Steps of light with a signal of their own. Where the curve is steepest, near black, five of them
/// make one step of 8 bits.
const STEPS: usize = 16_384;

/// From one colour space to another, for 8 bits a channel.
#[derive(Debug)]
pub struct ColourChange {
    /// Light of each value.
    light: [f32; 256],
    /// From that light to the other space's, its full light being the last step.
    matrix: [[f32; 3]; 3],
    /// Value of each step of light.
    value: Vec<u8>,
}

impl ColourChange {
    /// What frames of a source need to be drawn in `target`; `None` where they are in it.
    pub fn of(facts: &VideoFacts, target: ColourSpace) -> Option<Self> {
        let source = ColourSpace::of(facts);
        (source != target).then(|| Self::between(source, target))
    }

    /// Between any two spaces, the second one with the curve of sRGB.
    fn between(source: ColourSpace, target: ColourSpace) -> Self {
        let full = (STEPS - 1) as f64;
        let matrix = source.matrix_to(target);
        let value = |step: usize| (srgb_signal(step as f64 / full) * 255.0).round() as u8;
        Self {
            light: std::array::from_fn(|value| source.curve.light(value as f64 / 255.0) as f32),
            matrix: matrix.map(|row| row.map(|part| (part * full) as f32)),
            value: (0..STEPS).map(value).collect(),
        }
    }

    /// Changes pixels of straight RGBA in place.
    pub fn apply(&self, rgba: &mut [u8]) {
        let value: &[u8; STEPS] = match self.value.as_slice().try_into() {
            Ok(value) => value,
            Err(_) => return,
        };
        for pixel in rgba.chunks_exact_mut(4) {
            let [red, green, blue] =
                [0, 1, 2].map(|channel| self.light[usize::from(pixel[channel])]);
            for (channel, row) in self.matrix.iter().enumerate() {
                let step = row[0] * red + row[1] * green + row[2] * blue + 0.5;
                // Conversions of floats saturate: what is below black is 0.
                pixel[channel] = value[(step as usize).min(STEPS - 1)];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::facts;

    fn tagged(primaries: &str, transfer: &str) -> VideoFacts {
        VideoFacts {
            matrix: "bt709".into(),
            primaries: primaries.into(),
            transfer: transfer.into(),
            ..facts(1.0)
        }
    }

    fn changed(facts: &VideoFacts, target: ColourSpace, rgb: [u8; 3]) -> [u8; 3] {
        let mut pixel = [rgb[0], rgb[1], rgb[2], 77];
        if let Some(change) = ColourChange::of(facts, target) {
            change.apply(&mut pixel);
        }
        assert_eq!(pixel[3], 77, "alpha stays");
        [pixel[0], pixel[1], pixel[2]]
    }

    const SHOWN: [[u8; 3]; 5] = [
        [200, 40, 40],
        [40, 200, 40],
        [40, 40, 200],
        [120, 80, 60],
        [200, 250, 200],
    ];

    /// Pixels of Chrome 156's own `<video>` with GPU compositing, of H.264 files with these tags and
    /// BT.709 samples of `SHOWN` (docs/conformance.md#source-colours).
    #[rustfmt::skip]
    const CHROME: [(&str, &str, [[u8; 3]; 5]); 16] = [
        ("bt470m", "bt709", [[237, 22, 20], [0, 197, 0], [0, 69, 205], [135, 78, 56], [174, 248, 197]]),
        ("bt470bg", "bt709", [[204, 41, 41], [0, 201, 47], [41, 40, 198], [121, 81, 60], [197, 250, 200]]),
        ("smpte170m", "bt709", [[195, 50, 40], [63, 198, 38], [46, 48, 200], [118, 81, 60], [202, 248, 199]]),
        ("film", "bt709", [[227, 0, 25], [0, 206, 0], [37, 26, 206], [130, 78, 56], [178, 252, 196]]),
        ("bt2020", "bt709", [[249, 0, 28], [0, 212, 0], [0, 34, 209], [139, 74, 55], [160, 255, 193]]),
        ("smpte428", "bt709", [[255, 0, 68], [0, 255, 0], [0, 58, 212], [175, 0, 61], [0, 255, 186]]),
        ("smpte431", "bt709", [[213, 0, 28], [0, 204, 0], [39, 37, 207], [124, 78, 56], [190, 252, 195]]),
        ("smpte432", "bt709", [[218, 0, 27], [0, 204, 0], [41, 39, 207], [126, 78, 56], [186, 251, 195]]),
        ("ebu3213", "bt709", [[202, 51, 40], [19, 196, 40], [41, 55, 199], [120, 81, 60], [198, 247, 199]]),
        ("bt709", "bt470m", [[201, 36, 36], [35, 202, 36], [36, 35, 200], [120, 79, 57], [201, 250, 201]]),
        ("bt709", "bt470bg", [[189, 18, 18], [17, 189, 18], [17, 17, 188], [97, 56, 36], [188, 248, 188]]),
        ("bt709", "smpte240m", [[206, 59, 59], [58, 207, 59], [59, 58, 206], [133, 97, 77], [206, 250, 206]]),
        ("bt709", "linear", [[229, 111, 111], [110, 229, 111], [111, 110, 229], [182, 152, 133], [229, 253, 229]]),
        ("bt709", "smpte428", [[200, 24, 24], [24, 201, 24], [24, 23, 199], [109, 66, 44], [200, 255, 200]]),
        ("bt709", "log100", [[200, 41, 41], [40, 200, 41], [40, 40, 199], [120, 81, 60], [199, 249, 199]]),
        ("bt709", "bt2020-10", [[200, 41, 41], [40, 200, 41], [40, 40, 199], [120, 81, 60], [199, 249, 199]]),
    ];

    #[test]
    fn colours_are_those_that_chrome_shows() {
        for (primaries, transfer, chrome) in CHROME {
            for (rgb, chrome) in SHOWN.into_iter().zip(chrome) {
                let ours = changed(&tagged(primaries, transfer), ColourSpace::SRGB, rgb);
                let worst = ours.iter().zip(chrome).map(|(a, b)| a.abs_diff(b)).max();
                assert!(
                    worst <= Some(2),
                    "{primaries} {transfer} {rgb:?}: {ours:?}, not {chrome:?}"
                );
            }
        }
    }

    #[test]
    fn usual_files_are_left_alone() {
        let change = |facts: &VideoFacts| ColourChange::of(facts, ColourSpace::SRGB);
        for facts in [
            facts(1.0),
            tagged("bt709", "bt709"),
            tagged("bt709", "iec61966-2-1"),
            tagged("", "linear"),
            tagged("bt2020", ""),
            tagged("reserved", "bt709"),
            VideoFacts {
                matrix: "unknown".into(),
                ..tagged("smpte432", "bt709")
            },
            tagged("bt2020", "smpte2084"),
        ] {
            assert!(change(&facts).is_none(), "{facts:?}");
        }
    }

    /// What ITU-R BT.2087 gives for linear light, and white and black in their places.
    #[test]
    fn pages_of_hdr_renders_are_wide() {
        let wide = |rgb| changed(&facts(1.0), ColourSpace::WIDE, rgb);
        assert_eq!(wide([255, 255, 255]), [255, 255, 255]);
        assert_eq!(wide([0, 0, 0]), [0, 0, 0]);
        assert_eq!(wide([119, 119, 119]), [119, 119, 119]);
        // 0.6274, 0.0691 and 0.0164 of full light.
        assert_eq!(wide([255, 0, 0]), [208, 74, 35]);
        let same = VideoFacts {
            primaries: "bt2020".into(),
            ..tagged("bt2020", "bt2020-10")
        };
        assert!(ColourChange::of(&same, ColourSpace::WIDE).is_none());
    }
}
