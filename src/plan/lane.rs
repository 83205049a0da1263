//! Capture lanes: how frames leave Chrome, and which lane follows one that does not work.

use crate::browser::LaunchMode;
use crate::pixels::FrameFormat;

/// What a render needs of its captured frames. No change of lane gives any of it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameNeed {
    /// Opaque frames, for which a JPEG of that quality, 0 to 100, is good enough.
    Opaque {
        /// Quality of JPEGs, where they are taken.
        jpeg_quality: u8,
    },
    /// Opaque frames without loss: some are blended from several captures.
    Raw,
    /// Frames with their transparency.
    Alpha,
}

/// How frames leave Chrome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    /// Drawn on command and read from the compositor's output surface.
    Surface(FrameNeed),
    /// Drawn on command, photographed as PNG and converted here.
    Lossless(FrameNeed),
    /// Drawn on command and photographed as JPEG, as upstream does it.
    Reference {
        /// Quality of the JPEGs, 0 to 100.
        jpeg_quality: u8,
    },
    /// Photographs of a page that draws by itself: JPEG where that is good enough, else PNG.
    Screenshot(FrameNeed),
}

/// Why a lane cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaneFault {
    /// The output surface cannot be read, or holds something else than Chrome shows.
    Surface,
    /// The compositor draws nothing on command.
    Compositor,
    /// The page does not draw on command what it draws by itself.
    Driving,
}

impl Lane {
    /// As it is printed.
    pub fn name(self) -> &'static str {
        match self {
            Self::Surface(_) => "surface",
            Self::Lossless(_) => "lossless",
            Self::Reference { .. } => "reference",
            Self::Screenshot(_) => "screenshot",
        }
    }

    /// Compositor control that its browsers start with.
    pub fn launch_mode(self) -> LaunchMode {
        match self {
            Self::Surface(_) | Self::Lossless(_) | Self::Reference { .. } => LaunchMode::BeginFrame,
            Self::Screenshot(_) => LaunchMode::Screenshot,
        }
    }

    /// What it was chosen for.
    pub fn need(self) -> FrameNeed {
        match self {
            Self::Surface(need) | Self::Lossless(need) | Self::Screenshot(need) => need,
            Self::Reference { jpeg_quality } => FrameNeed::Opaque { jpeg_quality },
        }
    }

    /// Format of the frames that it hands over.
    pub fn format(self) -> FrameFormat {
        match (self, self.need()) {
            (_, FrameNeed::Alpha) => FrameFormat::Rgba,
            (_, FrameNeed::Raw) | (Self::Surface(_) | Self::Lossless(_), _) => FrameFormat::Yuv420,
            (Self::Reference { .. } | Self::Screenshot(_), FrameNeed::Opaque { .. }) => {
                FrameFormat::Jpeg
            }
        }
    }

    /// Quality of the JPEGs that it hands over, if it does.
    pub fn jpeg_quality(self) -> Option<u8> {
        match self.need() {
            FrameNeed::Opaque { jpeg_quality } if self.format() == FrameFormat::Jpeg => {
                Some(jpeg_quality)
            }
            _ => None,
        }
    }

    /// Whether its browsers' output surface is read.
    pub fn reads_surface(self) -> bool {
        matches!(self, Self::Surface(_))
    }

    /// The lane to capture all frames in after this one failed; `None` when no other is free of
    /// the fault.
    pub fn next_best(self, why: LaneFault) -> Option<Self> {
        match (self, why) {
            (Self::Screenshot(_), _) => None,
            (lane, LaneFault::Compositor | LaneFault::Driving) => {
                Some(Self::Screenshot(lane.need()))
            }
            (Self::Surface(FrameNeed::Opaque { jpeg_quality }), LaneFault::Surface) => {
                Some(Self::Reference { jpeg_quality })
            }
            (Self::Surface(need), LaneFault::Surface) => Some(Self::Lossless(need)),
            (Self::Lossless(_) | Self::Reference { .. }, LaneFault::Surface) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_need() -> impl Strategy<Value = FrameNeed> {
        prop_oneof![
            (0u8..=100).prop_map(|jpeg_quality| FrameNeed::Opaque { jpeg_quality }),
            Just(FrameNeed::Raw),
            Just(FrameNeed::Alpha),
        ]
    }

    fn any_lane() -> impl Strategy<Value = Lane> {
        prop_oneof![
            any_need().prop_map(Lane::Surface),
            any_need().prop_map(Lane::Lossless),
            (0u8..=100).prop_map(|jpeg_quality| Lane::Reference { jpeg_quality }),
            any_need().prop_map(Lane::Screenshot),
        ]
    }

    fn any_fault() -> impl Strategy<Value = LaneFault> {
        prop_oneof![
            Just(LaneFault::Surface),
            Just(LaneFault::Compositor),
            Just(LaneFault::Driving),
        ]
    }

    proptest! {
        #[test]
        fn falling_back_ends_and_keeps_what_is_needed(
            first in any_lane(), faults in prop::collection::vec(any_fault(), 8),
        ) {
            let mut seen = vec![first];
            for fault in faults {
                let lane = *seen.last().unwrap();
                let Some(next) = lane.next_best(fault) else { continue };
                prop_assert!(!seen.contains(&next), "{next:?} again, after {seen:?}");
                prop_assert_eq!(next.need(), first.need());
                match fault {
                    LaneFault::Surface => prop_assert!(!next.reads_surface()),
                    LaneFault::Compositor | LaneFault::Driving => {
                        prop_assert_eq!(next.launch_mode(), LaunchMode::Screenshot);
                    }
                }
                seen.push(next);
            }
            prop_assert!(seen.len() <= 3, "{seen:?}");
        }

        #[test]
        fn formats_meet_the_need(lane in any_lane()) {
            match lane.need() {
                FrameNeed::Alpha => prop_assert_eq!(lane.format(), FrameFormat::Rgba),
                FrameNeed::Raw => prop_assert_eq!(lane.format(), FrameFormat::Yuv420),
                FrameNeed::Opaque { .. } => prop_assert!(lane.format() != FrameFormat::Rgba),
            }
            prop_assert_eq!(lane.jpeg_quality().is_some(), lane.format() == FrameFormat::Jpeg);
        }
    }

    #[test]
    fn each_fault_leads_where_it_always_did() {
        let opaque = FrameNeed::Opaque { jpeg_quality: 80 };
        let reference = Lane::Reference { jpeg_quality: 80 };
        let surface = Lane::Surface(opaque);
        assert_eq!(surface.next_best(LaneFault::Surface), Some(reference));
        assert_eq!(reference.next_best(LaneFault::Surface), None);
        let screenshot = reference.next_best(LaneFault::Compositor).unwrap();
        assert_eq!(screenshot, Lane::Screenshot(opaque));
        assert_eq!(screenshot.format(), FrameFormat::Jpeg);
        let raw = Lane::Surface(FrameNeed::Raw).next_best(LaneFault::Surface);
        assert_eq!(raw.map(Lane::name), Some("lossless"));
    }
}
