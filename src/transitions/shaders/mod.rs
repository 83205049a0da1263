//! One file per transition: its exact form, a pixel at a time as upstream computes it, and its
//! fast form, rows at a time. Formulas are upstream's `shaderTransitions`; `u` and `v` are a
//! pixel's place (0 to below 1), `p` progress, `q = 1 - p`, A the outgoing, B the incoming picture.
//!
//! The preview's style is drawn by the same code on its own grid and in its own colours. Where the
//! WebGL program's formula is another one, the file's head says so. What WebGL clamps to 0 to 1 before
//! it reads is clamped to the picture here, which comes to the same; no kernel reads alpha.

mod chromatic_split;
mod cinematic_zoom;
mod cross_warp_morph;
mod crossfade;
mod domain_warp;
mod flash_through_white;
mod glitch;
mod gravitational_lens;
mod light_leak;
mod ridged_burn;
mod ripple_waves;
mod sdf_iris;
mod swirl_vortex;
mod thermal_distortion;
mod whip_pan;

use super::frame::Shot;
use super::grid::Grid;
use super::noise::Noise;
use super::size::FrameSize;
use super::transition::Transition;

/// A pixel and its place.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pixel {
    pub x: usize,
    pub y: usize,
    pub u: f64,
    pub v: f64,
}

impl Pixel {
    pub fn of(grid: Grid, x: usize, y: usize) -> Self {
        Self {
            x,
            y,
            u: grid.u(x),
            v: grid.v(y),
        }
    }

    /// The place as seen from the middle.
    fn centred(&self) -> (f64, f64) {
        (self.u - 0.5, self.v - 0.5)
    }
}

/// Rows of the output frame that one thread draws.
#[derive(Debug)]
pub(super) struct Band<'a> {
    /// Number of the first row.
    pub y: usize,
    /// Whole rows.
    pub rows: &'a mut [u16],
    /// The transition's [`Field`] for these rows: plane after plane within each row.
    pub field: &'a [f32],
}

/// What of a transition depends on the place only: computed once for all frames of one size.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// Values per pixel, 1 to 3.
    pub planes: usize,
    /// The values at (u, v); those beyond `planes` mean nothing.
    pub at: fn(Noise, f64, f64) -> [f64; 3],
}

/// How one transition is drawn.
pub(super) struct Kernel {
    pub exact: fn(&Shot<'_>, &Pixel) -> [f64; 3],
    pub fast: fn(&Shot<'_>, Band<'_>),
    pub field: Option<Field>,
}

macro_rules! kernels {
    ($($transition:ident => $module:ident $(with $field:expr)?;)*) => {
        /// The kernel of `transition`.
        pub(super) fn kernel(transition: Transition) -> Kernel {
            match transition {
                $(Transition::$transition => Kernel {
                    exact: $module::exact,
                    fast: $module::fast,
                    field: [$($field)?].first().copied(),
                },)*
                #[cfg(test)]
                Transition::Panics => Kernel {
                    exact: crossfade::exact,
                    fast: |_, _| panic!("a row of the test's transition"),
                    field: None,
                },
            }
        }
    };
}

kernels! {
    Crossfade => crossfade;
    FlashThroughWhite => flash_through_white;
    ChromaticSplit => chromatic_split;
    SdfIris => sdf_iris;
    Glitch => glitch;
    LightLeak => light_leak;
    CrossWarpMorph => cross_warp_morph with cross_warp_morph::FIELD;
    WhipPan => whip_pan;
    CinematicZoom => cinematic_zoom;
    GravitationalLens => gravitational_lens;
    RippleWaves => ripple_waves;
    SwirlVortex => swirl_vortex with swirl_vortex::FIELD;
    ThermalDistortion => thermal_distortion with thermal_distortion::FIELD;
    DomainWarp => domain_warp with domain_warp::FIELD;
    RidgedBurn => ridged_burn with ridged_burn::FIELD;
}

/// The rows of a band: number, samples, and the part of the field.
fn rows<'a>(
    size: FrameSize,
    band: Band<'a>,
) -> impl Iterator<Item = (usize, &'a mut [u16], &'a [f32])> {
    let per_row = band.field.len() / (band.rows.len() / size.stride()).max(1);
    let field = band.field;
    let numbered = band.rows.chunks_exact_mut(size.stride()).enumerate();
    numbered.map(move |(n, row)| (band.y + n, row, &field[n * per_row..][..per_row]))
}

/// Progress at which the edges of the last two transitions are gone.
fn edge_shows(p: f64) -> f64 {
    if p >= 1.0 { 0.0 } else { 1.0 }
}
