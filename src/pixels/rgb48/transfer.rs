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
/// Luminance of the full PQ signal, cd/m2.
const PQ_PEAK: f64 = 10_000.0;
/// Constants of BT.2100 HLG; the other two follow from it.
const HLG_A: f64 = 0.178_832_77;
const HLG_B: f64 = 1.0 - 4.0 * HLG_A;
/// Scene light at which HLG changes from a square root to a logarithm.
const HLG_KNEE: f64 = 1.0 / 12.0;
/// Peak luminance of the display for HLG, cd/m2, and the system gamma of BT.2100 for it.
const HLG_PEAK: f64 = 1000.0;
const HLG_GAMMA: f64 = 1.2;
/// Luminance of SDR white, cd/m2 (BT.2408).
const SDR_WHITE: f64 = 203.0;

/// The transfer function that a picture's samples are encoded with. Ordered by dynamic range.
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
    /// Signal of this curve for each value of 8-bit sRGB. Colours are not converted to the wider
    /// primaries and stay those of BT.709, as in upstream.
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

    /// The function with that ffmpeg name; all that are not HDR count as sRGB.
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

    /// Light that a display shows for a signal of 0 to 1, cd/m2, each channel by itself.
    pub fn display_light(self, signal: f64) -> f64 {
        match self {
            Self::Srgb => SDR_WHITE * srgb_light((signal * 255.0).round() as usize),
            Self::Hlg => PQ_PEAK * shown(hlg_light(signal)),
            Self::Pq => PQ_PEAK * pq_light(signal),
        }
    }

    /// True for PQ and HLG.
    pub fn is_hdr(self) -> bool {
        self != Self::Srgb
    }
}

/// What the samples on one side of a lookup table are: linear light, or HDR signal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LutCurve {
    /// Linear light. With PQ it is display light, 1 being 10000 cd/m2; with HLG it is scene light.
    Linear,
    /// HLG signal.
    Hlg,
    /// PQ signal.
    Pq,
}

/// The 65536-entry table from one curve to another; `None` when they are the same.
///
/// From PQ to HLG, light that is too bright for HLG becomes its brightest. (In upstream's table it
/// wraps around to black.)
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

/// Converts HDR signal in place, sample by sample. SDR, and signal that has the wanted curve
/// already, stays unchanged.
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

/// The nearest 16-bit sample of a signal; a signal above 1 is taken as 1.
fn sample_of(signal: f64) -> u16 {
    (signal * 65_535.0 + 0.5) as u16
}

/// Linear light of an 8-bit sRGB value; 1 is SDR white.
fn srgb_light(value: usize) -> f64 {
    let signal = value as f64 / 255.0;
    if signal <= 0.040_45 {
        signal / 12.92
    } else {
        ((signal + 0.055) / 1.055).powf(2.4)
    }
}

/// Display light of a PQ signal; 1 is 10000 cd/m2.
fn pq_light(signal: f64) -> f64 {
    let root = signal.powf(1.0 / PQ_M2);
    let below = PQ_C2 - PQ_C3 * root;
    if below > 0.0 {
        ((root - PQ_C1).max(0.0) / below).powf(1.0 / PQ_M1)
    } else {
        0.0
    }
}

/// PQ signal of display light.
fn pq_signal(light: f64) -> f64 {
    let power = light.powf(PQ_M1);
    ((PQ_C1 + PQ_C2 * power) / (1.0 + PQ_C3 * power)).powf(PQ_M2)
}

/// Scene light of an HLG signal.
fn hlg_light(signal: f64) -> f64 {
    if signal <= 0.5 {
        signal * signal / 3.0
    } else {
        (((signal - hlg_c()) / HLG_A).exp() + HLG_B) / 12.0
    }
}

/// HLG signal of scene light.
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

/// Display light (PQ) of scene light (HLG), for each channel by itself.
fn shown(scene: f64) -> f64 {
    HLG_PEAK * scene.powf(HLG_GAMMA) / PQ_PEAK
}

/// Scene light (HLG) of display light (PQ), for each channel by itself.
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
