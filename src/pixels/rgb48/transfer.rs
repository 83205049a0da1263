//! Transfer curves: PQ (SMPTE ST 2084), HLG (ARIB STD-B67) and sRGB, as tables. Curves, reference
//! levels and rounding are upstream's (docs/upstream.md#transfer-curves).

use std::sync::OnceLock;

use rayon::prelude::*;

/// Constants of ST 2084.
const PQ_M1: f64 = 0.159_301_757_812_5;
const PQ_M2: f64 = 78.843_75;
const PQ_C1: f64 = 0.835_937_5;
const PQ_C2: f64 = 18.851_562_5;
const PQ_C3: f64 = 18.687_5;
/// Luminance of full PQ signal, cd/m2.
const PQ_PEAK: f64 = 10_000.0;
/// Constants of BT.2100 HLG; the other two follow from it.
const HLG_A: f64 = 0.178_832_77;
const HLG_B: f64 = 1.0 - 4.0 * HLG_A;
/// Scene light where HLG changes from a root to a logarithm.
const HLG_KNEE: f64 = 1.0 / 12.0;
/// Peak of the display HLG is shown on, cd/m2, and the system gamma BT.2100 gives for it.
const HLG_PEAK: f64 = 1000.0;
const HLG_GAMMA: f64 = 1.2;
/// Where the white of SDR lies in PQ, cd/m2 (BT.2408).
const SDR_WHITE: f64 = 203.0;

/// The transfer function that a picture's samples are encoded with. Ordered by how much light it
/// holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TransferFunction {
    /// SDR: 8-bit sRGB times 257.
    Srgb,
    /// Hybrid log-gamma.
    Hlg,
    /// Perceptual quantiser.
    Pq,
}

impl TransferFunction {
    /// Signal of this curve for each value of 8-bit sRGB. Colours stay those of BT.709: as
    /// upstream, nothing is moved to the wider primaries.
    pub fn of_srgb8(self) -> &'static [u16; 256] {
        static TABLES: [OnceLock<[u16; 256]>; 3] = [const { OnceLock::new() }; 3];
        TABLES[self as usize].get_or_init(|| {
            std::array::from_fn(|value| match self {
                Self::Srgb => value as u16 * 257,
                Self::Hlg => sample_of(hlg_signal(srgb_light(value))),
                Self::Pq => sample_of(pq_signal(srgb_light(value) * SDR_WHITE / PQ_PEAK)),
            })
        })
    }

    /// The function of that ffmpeg name; all that are not HDR count as sRGB.
    pub fn from_ffmpeg_name(name: &str) -> Self {
        let mut hdr = [Self::Hlg, Self::Pq].into_iter();
        hdr.find(|function| function.ffmpeg_name() == name)
            .unwrap_or(Self::Srgb)
    }

    /// ffmpeg's name (`color_trc`).
    pub fn ffmpeg_name(self) -> &'static str {
        match self {
            Self::Srgb => "iec61966-2-1",
            Self::Hlg => "arib-std-b67",
            Self::Pq => "smpte2084",
        }
    }

    /// True for PQ and HLG.
    pub fn is_hdr(self) -> bool {
        self != Self::Srgb
    }
}

/// What the samples on one side of a lookup table are: light, or HDR signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LutCurve {
    /// Light. Of PQ: 1 is 10000 cd/m2 on the display. Of HLG: light of the scene.
    Linear,
    /// HLG signal.
    Hlg,
    /// PQ signal.
    Pq,
}

/// The 65536-entry table from one curve to another; `None` when they are the same.
///
/// From PQ to HLG, what is brighter than HLG can show becomes its brightest. (Upstream's table
/// starts again from black there.)
pub fn conversion(from: LutCurve, to: LutCurve) -> Option<&'static [u16]> {
    type Table = OnceLock<Box<[u16]>>;
    static TABLES: [Table; 9] = [const { OnceLock::new() }; 9];
    let function: fn(f64) -> f64 = match (from, to) {
        (LutCurve::Pq, LutCurve::Linear) => pq_light,
        (LutCurve::Linear, LutCurve::Pq) => pq_signal,
        (LutCurve::Hlg, LutCurve::Linear) => hlg_light,
        (LutCurve::Linear, LutCurve::Hlg) => hlg_signal,
        (LutCurve::Hlg, LutCurve::Pq) => |v| pq_signal(shown(hlg_light(v))),
        (LutCurve::Pq, LutCurve::Hlg) => |v| hlg_signal(filmed(pq_light(v))),
        (LutCurve::Linear, LutCurve::Linear)
        | (LutCurve::Hlg, LutCurve::Hlg)
        | (LutCurve::Pq, LutCurve::Pq) => {
            return None;
        }
    };
    let table = TABLES[from as usize * 3 + to as usize].get_or_init(|| {
        (0..=u16::MAX)
            .into_par_iter()
            .map(|value| sample_of(function(f64::from(value) / 65_535.0)))
            .collect()
    });
    Some(table)
}

/// Converts HDR signal in place, sample by sample; what is SDR, or of the wanted curve already,
/// stays as it is.
pub fn convert(samples: &mut [u16], from: TransferFunction, to: TransferFunction) {
    let curve = |transfer| match transfer {
        TransferFunction::Srgb => None,
        TransferFunction::Hlg => Some(LutCurve::Hlg),
        TransferFunction::Pq => Some(LutCurve::Pq),
    };
    let (Some(from), Some(to)) = (curve(from), curve(to)) else {
        return;
    };
    let Some(table) = conversion(from, to) else {
        return;
    };
    samples.par_chunks_mut(256 * 1024).for_each(|chunk| {
        for sample in chunk {
            *sample = table[usize::from(*sample)];
        }
    });
}

/// The nearest 16-bit sample of a signal; more than 1 becomes 1.
fn sample_of(signal: f64) -> u16 {
    (signal * 65_535.0 + 0.5) as u16
}

/// Light of an 8-bit sRGB value; 1 is SDR white.
fn srgb_light(value: usize) -> f64 {
    let signal = value as f64 / 255.0;
    if signal <= 0.040_45 {
        signal / 12.92
    } else {
        ((signal + 0.055) / 1.055).powf(2.4)
    }
}

/// Light on the display, 1 being 10000 cd/m2, of PQ signal.
fn pq_light(signal: f64) -> f64 {
    let root = signal.powf(1.0 / PQ_M2);
    let below = PQ_C2 - PQ_C3 * root;
    if below > 0.0 {
        ((root - PQ_C1).max(0.0) / below).powf(1.0 / PQ_M1)
    } else {
        0.0
    }
}

/// PQ signal of light on the display.
fn pq_signal(light: f64) -> f64 {
    let power = light.powf(PQ_M1);
    ((PQ_C1 + PQ_C2 * power) / (1.0 + PQ_C3 * power)).powf(PQ_M2)
}

/// Light of the scene of HLG signal.
fn hlg_light(signal: f64) -> f64 {
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - hlg_c()) / HLG_A).exp() + HLG_B) / 12.0
    }
}

/// HLG signal of light of the scene.
fn hlg_signal(light: f64) -> f64 {
    if light <= HLG_KNEE {
        (3.0 * light).sqrt()
    } else {
        HLG_A * (12.0 * light - HLG_B).ln() + hlg_c()
    }
}

fn hlg_c() -> f64 {
    0.5 - HLG_A * (4.0 * HLG_A).ln()
}

/// PQ's light on the display of HLG's light of the scene, each channel by itself.
fn shown(scene: f64) -> f64 {
    HLG_PEAK * scene.powf(HLG_GAMMA) / PQ_PEAK
}

/// HLG's light of the scene of PQ's light on the display.
fn filmed(display: f64) -> f64 {
    (PQ_PEAK * display / HLG_PEAK).powf(1.0 / HLG_GAMMA)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdr_values_have_the_signal_upstream_gives_them() {
        let of = |value: usize| {
            [TransferFunction::Hlg, TransferFunction::Pq].map(|t| t.of_srgb8()[value])
        };
        assert_eq!(of(1), [1978, 3315]);
        assert_eq!(of(128), [46_484, 28_037]);
        assert_eq!(of(255), [65_535, 38_055]);
        assert_eq!(TransferFunction::Srgb.of_srgb8()[255], 65_535);
    }

    #[test]
    fn brighter_than_hlg_is_its_brightest() {
        let table = conversion(LutCurve::Pq, LutCurve::Hlg).unwrap();
        assert_eq!(
            (table[0], table[49_271], table[65_535]),
            (0, 65_535, 65_535)
        );
        assert!(table.windows(2).all(|pair| pair[0] <= pair[1]));
    }

    #[test]
    fn there_and_back_is_near_where_it_was() {
        let there = conversion(LutCurve::Hlg, LutCurve::Pq).unwrap();
        let back = conversion(LutCurve::Pq, LutCurve::Hlg).unwrap();
        for value in (4096..=u16::MAX).step_by(61) {
            let again = back[usize::from(there[usize::from(value)])];
            assert!(again.abs_diff(value) <= 3, "{value} became {again}");
        }
    }

    #[test]
    fn conversions_apply_to_hdr_only() {
        let picture = [0, 1000, 40_000, 65_535];
        let converted = |from, to| {
            let mut samples = picture;
            convert(&mut samples, from, to);
            samples
        };
        assert_eq!(
            converted(TransferFunction::Pq, TransferFunction::Pq),
            picture
        );
        assert_eq!(
            converted(TransferFunction::Srgb, TransferFunction::Pq),
            picture
        );
        let table = conversion(LutCurve::Hlg, LutCurve::Pq).unwrap();
        let expected = picture.map(|value| table[usize::from(value)]);
        assert_eq!(
            converted(TransferFunction::Hlg, TransferFunction::Pq),
            expected
        );
    }

    #[test]
    fn only_pq_and_hlg_are_hdr() {
        for (name, hdr) in [
            ("smpte2084", true),
            ("arib-std-b67", true),
            ("bt709", false),
            ("", false),
        ] {
            assert_eq!(
                TransferFunction::from_ffmpeg_name(name).is_hdr(),
                hdr,
                "{name}"
            );
        }
        assert!(TransferFunction::Pq > TransferFunction::Hlg);
    }
}
