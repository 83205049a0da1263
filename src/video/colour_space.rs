//! The light that a source's red, green and blue mean: their primaries and their curve. The rules are
//! those of Chrome's own `<video>` on a graphics card, measured (docs/conformance.md#source-colours).

use crate::probe::VideoFacts;

/// Rows of a matrix of 3 by 3.
pub(super) type Rows = [[f64; 3]; 3];

/// Chromaticities of red, green, blue and white (ITU-T H.273, table 2).
#[derive(Debug, Clone, Copy, PartialEq)]
struct Primaries {
    red: [f64; 2],
    green: [f64; 2],
    blue: [f64; 2],
    white: [f64; 2],
}

const D65: [f64; 2] = [0.3127, 0.3290];
const ILLUMINANT_C: [f64; 2] = [0.310, 0.316];

const fn primaries(rgb: [[f64; 2]; 3], white: [f64; 2]) -> Primaries {
    let [red, green, blue] = rgb;
    Primaries {
        red,
        green,
        blue,
        white,
    }
}

const BT709: Primaries = primaries([[0.64, 0.33], [0.30, 0.60], [0.15, 0.06]], D65);
const BT2020: Primaries = primaries([[0.708, 0.292], [0.170, 0.797], [0.131, 0.046]], D65);

/// By ffmpeg's name.
fn primaries_of(tag: &str) -> Option<Primaries> {
    const P3: [[f64; 2]; 3] = [[0.680, 0.320], [0.265, 0.690], [0.150, 0.060]];
    Some(match tag {
        "bt709" => BT709,
        "bt470m" => primaries([[0.67, 0.33], [0.21, 0.71], [0.14, 0.08]], ILLUMINANT_C),
        "bt470bg" => primaries([[0.64, 0.33], [0.29, 0.60], [0.15, 0.06]], D65),
        "smpte170m" | "smpte240m" => {
            primaries([[0.630, 0.340], [0.310, 0.595], [0.155, 0.070]], D65)
        }
        "film" => primaries(
            [[0.681, 0.319], [0.243, 0.692], [0.145, 0.049]],
            ILLUMINANT_C,
        ),
        "bt2020" => BT2020,
        "smpte428" => primaries([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]], [1.0 / 3.0, 1.0 / 3.0]),
        "smpte431" => primaries(P3, [0.314, 0.351]),
        "smpte432" => primaries(P3, D65),
        "ebu3213" | "jedec-p22" => primaries([[0.630, 0.340], [0.295, 0.605], [0.155, 0.077]], D65),
        _ => return None,
    })
}

/// From signal to light, both 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Curve {
    /// IEC 61966-2-1. Chrome takes BT.709, BT.601 and BT.2020 for it as well.
    Srgb,
    /// A power.
    Gamma(f64),
    /// SMPTE 240M.
    Smpte240,
    /// SMPTE ST 428-1.
    Smpte428,
}

impl Curve {
    /// By ffmpeg's name; PQ and HLG are HDR, and are not looked at here.
    fn of(tag: &str) -> Self {
        match tag {
            "linear" => Self::Gamma(1.0),
            "gamma22" | "bt470m" => Self::Gamma(2.2),
            "gamma28" | "bt470bg" => Self::Gamma(2.8),
            "smpte240m" => Self::Smpte240,
            "smpte428" => Self::Smpte428,
            _ => Self::Srgb,
        }
    }

    /// The light of a signal.
    pub fn light(self, signal: f64) -> f64 {
        match self {
            Self::Srgb if signal <= 0.040_45 => signal / 12.92,
            Self::Srgb => ((signal + 0.055) / 1.055).powf(2.4),
            Self::Gamma(gamma) => signal.powf(gamma),
            Self::Smpte240 if signal < 0.0913 => signal / 4.0,
            Self::Smpte240 => ((signal + 0.1115) / 1.1115).powf(1.0 / 0.45),
            Self::Smpte428 => signal.powf(2.6) * 52.37 / 48.0,
        }
    }
}

/// The signal of a light in [`Curve::Srgb`].
pub(super) fn srgb_signal(light: f64) -> f64 {
    if light <= 0.003_130_8 {
        light * 12.92
    } else {
        1.055 * light.powf(1.0 / 2.4) - 0.055
    }
}

/// Primaries and a curve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColourSpace {
    primaries: Primaries,
    pub(super) curve: Curve,
}

impl ColourSpace {
    /// That of pages.
    pub const SRGB: Self = Self {
        primaries: BT709,
        curve: Curve::Srgb,
    };
    /// That of pages of HDR renders.
    pub const WIDE: Self = Self {
        primaries: BT2020,
        curve: Curve::Srgb,
    };

    /// That of a source. One that does not say all of matrix, primaries and curve counts as sRGB,
    /// as in Chrome, but that Chrome also guesses primaries of small pictures.
    pub fn of(facts: &VideoFacts) -> Self {
        let known = |tag: &str| !matches!(tag, "" | "unknown" | "reserved");
        let said = known(&facts.matrix) && known(&facts.transfer);
        match primaries_of(&facts.primaries) {
            Some(primaries) if said && !facts.is_hdr() => Self {
                primaries,
                curve: Curve::of(&facts.transfer),
            },
            _ => Self::SRGB,
        }
    }

    /// That of an HDR source's light, whatever its curve: BT.2020 unless it says otherwise.
    pub(super) fn of_hdr(facts: &VideoFacts) -> Self {
        Self {
            primaries: primaries_of(&facts.primaries).unwrap_or(BT2020),
            curve: Curve::Gamma(1.0),
        }
    }

    /// The matrix from this one's light to the light of `to`, adapted to its white.
    pub(super) fn matrix_to(self, to: Self) -> Rows {
        let back = inverse(to_d50(to.primaries));
        product(back, to_d50(self.primaries))
    }
}

/// From the light of `primaries` to XYZ as seen under D50, by Bradford's method.
fn to_d50(primaries: Primaries) -> Rows {
    const BRADFORD: Rows = [
        [0.8951, 0.2664, -0.1614],
        [-0.7502, 1.7135, 0.0367],
        [0.0389, -0.0685, 1.0296],
    ];
    const D50: [f64; 3] = [0.964_22, 1.0, 0.825_21];
    let Primaries {
        red,
        green,
        blue,
        white,
    } = primaries;
    // A column for each primary, of such brightness that all three make white.
    let columns = transposed([xyz_scaled(red), xyz_scaled(green), xyz_scaled(blue)]);
    let white = xyz_scaled(white).map(|part| part / white[1]);
    let share = applied(inverse(columns), white);
    let to_xyz = columns.map(|row| std::array::from_fn(|at| row[at] * share[at]));
    let (from, to) = (applied(BRADFORD, white), applied(BRADFORD, D50));
    let mut scaled = BRADFORD;
    for (row, (from, to)) in scaled.iter_mut().zip(from.into_iter().zip(to)) {
        *row = row.map(|part| part * to / from);
    }
    product(product(inverse(BRADFORD), scaled), to_xyz)
}

/// A chromaticity's X, Y and Z, of which the sum is 1.
fn xyz_scaled([x, y]: [f64; 2]) -> [f64; 3] {
    [x, y, 1.0 - x - y]
}

fn transposed(rows: Rows) -> Rows {
    std::array::from_fn(|row| std::array::from_fn(|column| rows[column][row]))
}

pub(super) fn applied(rows: Rows, vector: [f64; 3]) -> [f64; 3] {
    rows.map(|row| row.iter().zip(vector).map(|(a, b)| a * b).sum())
}

fn product(left: Rows, right: Rows) -> Rows {
    let columns = transposed(right);
    transposed(columns.map(|column| applied(left, column)))
}

/// Of a matrix that has one.
fn inverse([a, b, c]: Rows) -> Rows {
    let cross = |u: [f64; 3], v: [f64; 3]| {
        [
            u[1] * v[2] - u[2] * v[1],
            u[2] * v[0] - u[0] * v[2],
            u[0] * v[1] - u[1] * v[0],
        ]
    };
    let columns = [cross(b, c), cross(c, a), cross(a, b)];
    let determinant: f64 = a.iter().zip(columns[0]).map(|(x, y)| x * y).sum();
    transposed(columns.map(|column| column.map(|part| part / determinant)))
}
