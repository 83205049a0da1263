//! The fifteen transitions by their HyperFrames names.

/// One of the transitions that a composition may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // each is the name below it
pub enum Transition {
    Crossfade,
    FlashThroughWhite,
    ChromaticSplit,
    SdfIris,
    Glitch,
    LightLeak,
    CrossWarpMorph,
    WhipPan,
    CinematicZoom,
    GravitationalLens,
    RippleWaves,
    SwirlVortex,
    ThermalDistortion,
    DomainWarp,
    RidgedBurn,
    #[cfg(test)]
    Panics,
}

use Transition::{
    ChromaticSplit, CinematicZoom, CrossWarpMorph, Crossfade, DomainWarp, FlashThroughWhite,
    Glitch, GravitationalLens, LightLeak, RidgedBurn, RippleWaves, SdfIris, SwirlVortex,
    ThermalDistortion, WhipPan,
};

const NAMES: [(Transition, &str); 15] = [
    (Crossfade, "crossfade"),
    (FlashThroughWhite, "flash-through-white"),
    (ChromaticSplit, "chromatic-split"),
    (SdfIris, "sdf-iris"),
    (Glitch, "glitch"),
    (LightLeak, "light-leak"),
    (CrossWarpMorph, "cross-warp-morph"),
    (WhipPan, "whip-pan"),
    (CinematicZoom, "cinematic-zoom"),
    (GravitationalLens, "gravitational-lens"),
    (RippleWaves, "ripple-waves"),
    (SwirlVortex, "swirl-vortex"),
    (ThermalDistortion, "thermal-distortion"),
    (DomainWarp, "domain-warp"),
    (RidgedBurn, "ridged-burn"),
];

/// The result of looking a name up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The transition of that name.
    Known(Transition),
    /// No name: a plain crossfade was asked for.
    Unnamed,
    /// No transition has that name. A crossfade is drawn instead, as in upstream, which does not
    /// report it. The caller should report it once.
    Unknown,
}

impl Named {
    /// The transition to draw.
    pub fn transition(self) -> Transition {
        match self {
            Self::Known(transition) => transition,
            Self::Unnamed | Self::Unknown => Crossfade,
        }
    }
}

impl Transition {
    /// All of them, in upstream's order.
    pub fn all() -> impl Iterator<Item = Self> {
        NAMES.into_iter().map(|(transition, _)| transition)
    }

    /// The name in compositions.
    pub fn name(self) -> &'static str {
        let found = NAMES.iter().find(|(transition, _)| *transition == self);
        found.map_or("", |(_, name)| name)
    }

    /// Looks a name up.
    pub fn named(name: &str) -> Named {
        if name.is_empty() {
            return Named::Unnamed;
        }
        let found = NAMES.iter().find(|(_, known)| *known == name);
        found.map_or(Named::Unknown, |(transition, _)| Named::Known(*transition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_to_transitions_and_back() {
        assert_eq!(Transition::all().count(), 15);
        for transition in Transition::all() {
            assert_eq!(
                Transition::named(transition.name()),
                Named::Known(transition)
            );
        }
        assert_eq!(Transition::named(""), Named::Unnamed);
        assert_eq!(Transition::named("Glitch"), Named::Unknown);
        assert_eq!(Transition::named("Glitch").transition(), Crossfade);
    }
}
