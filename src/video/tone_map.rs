//! From HDR signal to sRGB, where ffmpeg lacks a filter that upstream's tone mapping needs: the same
//! arithmetic (docs/hdr.md), but for a file's own peak, which only that filter knows.

use rayon::prelude::*;

use super::colour_space::ColourSpace;
use super::halving::{halve_rows, halvings};
use super::raw_frame::{Layout, RawFrame};
use super::rgb48_samples::Samples;
use super::rgba::{ConvertError, rgba_bytes};
use crate::pixels::TransferFunction;
use crate::probe::VideoFacts;

/// Light that counts as 1, cd/m2.
const WHITE: f64 = 100.0;
/// The brightest light, of [`WHITE`].
const PEAK: f32 = 10.0;
/// The least that is divided by.
const LEAST: f32 = 1e-6;
/// Exponent of the curve of displays, ITU-R BT.1886.
const DISPLAY_GAMMA: f64 = 2.4;
/// Numbers of samples and of steps of light.
const STEPS: usize = 1 << 16;

/// The tone mapping of one source.
#[derive(Debug)]
pub struct ToneMap {
    /// Light of each sample.
    light: Vec<f32>,
    /// From the source's primaries to those of pages.
    matrix: [[f32; 3]; 3],
    /// Value of 8 bits of each step of light.
    value: Vec<u8>,
}

/// John Hable's curve for Uncharted 2, with ffmpeg's constants.
fn hable(light: f32) -> f32 {
    let (a, b, c, d, e, f) = (0.15, 0.50, 0.10, 0.20, 0.02, 0.30);
    (light * (light * a + b * c) + d * e) / (light * (light * a + b) + d * f) - e / f
}

impl ToneMap {
    /// That of a source, whose signal is PQ or HLG.
    pub fn of(facts: &VideoFacts) -> Self {
        let transfer = TransferFunction::from_ffmpeg_name(&facts.transfer);
        let full = (STEPS - 1) as f64;
        let light = |sample: usize| (transfer.display_light(sample as f64 / full) / WHITE) as f32;
        let value = |step: usize| (255.0 * (step as f64 / full).powf(1.0 / DISPLAY_GAMMA)).round();
        let source = ColourSpace::of_hdr(facts);
        Self {
            light: (0..STEPS).map(light).collect(),
            matrix: source
                .matrix_to(ColourSpace::SRGB)
                .map(|row| row.map(|part| part as f32)),
            value: (0..STEPS).map(|step| value(step) as u8).collect(),
        }
    }

    /// `frame` as opaque RGBA, halved `level` times.
    ///
    /// # Errors
    /// [`ConvertError`] for data that is no HDR signal of its size.
    pub fn write_rgba(
        &self,
        frame: &RawFrame,
        level: u32,
        out: &mut [u8],
    ) -> Result<(), ConvertError> {
        let samples = Samples::of(frame.data.clone());
        let bytes = rgba_bytes(frame.width, frame.height);
        if frame.layout != Layout::Rgb48 || samples.len() != bytes / 4 * 3 {
            return Err(ConvertError::of(
                frame,
                "it is not the HDR signal of its size",
            ));
        }
        let level = level.min(halvings(frame.width, frame.height));
        if out.len() != bytes >> (2 * level) {
            return Err(ConvertError::of(frame, "its buffer has another size"));
        }
        if level == 0 {
            self.write_whole(&samples, frame.width, out);
            return Ok(());
        }
        let mut whole = vec![0; bytes];
        self.write_whole(&samples, frame.width, &mut whole);
        halve_rows(&mut whole, frame.width as usize, level, out);
        Ok(())
    }

    fn write_whole(&self, samples: &[u16], width: u32, out: &mut [u8]) {
        let row = width.max(1) as usize;
        out.par_chunks_mut(row * 4)
            .zip(samples.par_chunks(row * 3))
            .for_each(|(rgba, samples)| {
                for (pixel, signal) in rgba.chunks_exact_mut(4).zip(samples.chunks_exact(3)) {
                    let [red, green, blue] = self.mapped([signal[0], signal[1], signal[2]]);
                    pixel.copy_from_slice(&[red, green, blue, 255]);
                }
            });
    }

    fn mapped(&self, signal: [u16; 3]) -> [u8; 3] {
        let light = signal.map(|sample| self.light[usize::from(sample)]);
        let brightest = light.into_iter().fold(LEAST, f32::max);
        // All channels are dimmed alike, so that colours stay.
        let factor = hable(brightest) / hable(PEAK) / brightest;
        self.matrix.map(|row| {
            let mixed: f32 = row
                .iter()
                .zip(light)
                .map(|(part, light)| part * light)
                .sum();
            // Conversions of floats saturate: what is below black is 0.
            let step = (mixed * factor * (STEPS - 1) as f32 + 0.5) as usize;
            self.value[step.min(STEPS - 1)]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn to_rgba(map: &ToneMap, frame: &RawFrame) -> Result<Vec<u8>, ConvertError> {
        let mut out = vec![0; rgba_bytes(frame.width, frame.height)];
        map.write_rgba(frame, 0, &mut out).map(|()| out)
    }
    use crate::pixels::Cut;
    use crate::video::testing::facts;

    #[test]
    fn white_and_black_are_in_their_places_and_greys_stay_grey() {
        for transfer in ["smpte2084", "arib-std-b67"] {
            let facts = VideoFacts {
                transfer: transfer.into(),
                ..facts(1.0)
            };
            let map = ToneMap::of(&facts);
            assert_eq!(map.mapped([0; 3]), [0; 3]);
            let greys: Vec<_> = (0..=u16::MAX)
                .step_by(997)
                .map(|s| map.mapped([s; 3]))
                .collect();
            for pair in greys.windows(2) {
                assert!(pair[0][0] <= pair[1][0], "{transfer}");
                assert!(
                    pair[0].iter().all(|v| v.abs_diff(pair[0][0]) <= 1),
                    "{pair:?}"
                );
            }
            assert_eq!(map.mapped([u16::MAX; 3]), [255; 3], "{transfer}");
        }
    }

    #[test]
    fn other_frames_are_refused() {
        let map = ToneMap::of(&facts(1.0));
        let frame = |layout, bytes: usize| RawFrame {
            width: 2,
            height: 1,
            layout,
            data: vec![0; bytes].into(),
        };
        assert!(to_rgba(&map, &frame(Layout::Rgba, 8)).is_err());
        assert!(to_rgba(&map, &frame(Layout::Rgb48, 10)).is_err());
        assert_eq!(to_rgba(&map, &frame(Layout::Rgb48, 12)).unwrap().len(), 8);
    }

    /// Patches of PQ or HLG signal whose light is within BT.709, through ffmpeg's filters and ours.
    #[tokio::test]
    async fn it_is_what_upstreams_filter_makes() {
        use crate::video::testing::{decode_spec, make_clip, tool};
        use crate::video::{DecodeOutput, DecodeSpec, Decoder, FrameBudget, has_filter};
        if !has_filter(&tool("ffmpeg"), "zscale").await {
            return;
        }
        let dir = tempfile::tempdir().unwrap();
        for transfer in ["smpte2084", "arib-std-b67"] {
            let film = "nullsrc=s=192x16:r=10:d=0.1,format=gbrp10le,\
                        geq=r='60+floor(X/8)*25':g='50+floor(X/8)*24':b='70+floor(X/8)*20',\
                        scale=out_color_matrix=bt2020:out_range=tv,format=yuv444p10le,\
                        setparams=range=tv:colorspace=bt2020nc:color_primaries=bt2020";
            let path = make_clip(dir.path(), &format!("{film}:color_trc={transfer}"));
            let facts = VideoFacts {
                pixel_format: "gbrp".into(),
                matrix: "bt709".into(),
                ..facts(1.0)
            };
            let filter = format!(
                "setparams=colorspace=bt2020nc:color_primaries=bt2020:color_trc={transfer},\
                 zscale=t=linear:npl=100,tonemap=hable:desat=0,\
                 zscale=p=bt709:t=bt709:m=bt709:r=tv,format=gbrp"
            );
            let first = async |output, facts: &VideoFacts| {
                let spec = DecodeSpec {
                    output,
                    facts: facts.clone(),
                    ..decode_spec(path.clone())
                };
                let budget = FrameBudget::new(1 << 20);
                let mut decoder = Decoder::new(spec, budget, None);
                decoder.next().await.unwrap().unwrap().frame
            };
            let theirs = first(
                DecodeOutput::Page {
                    filter: Some(filter),
                },
                &facts,
            )
            .await;
            let signal = TransferFunction::from_ffmpeg_name(transfer);
            let layer = DecodeOutput::Layer {
                cut: Cut::all((192, 16)),
                from: signal,
                to: signal,
            };
            let hdr = VideoFacts {
                transfer: transfer.into(),
                ..facts
            };
            let ours = to_rgba(&ToneMap::of(&hdr), &first(layer, &hdr).await).unwrap();
            for patch in 0..24 {
                let at = (8 * 192 + patch * 8 + 4) * 4;
                let (ours, theirs) = (&ours[at..at + 3], &theirs.data[at..at + 3]);
                let apart = ours.iter().zip(theirs).map(|(a, b)| a.abs_diff(*b)).max();
                assert!(apart <= Some(5), "{transfer}: {ours:?}, not {theirs:?}");
            }
        }
    }
}
