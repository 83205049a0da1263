//! What brings clips to the output's colours.

use std::sync::Arc;

use crate::pixels::{Cut, TransferFunction};
use crate::probe::VideoFacts;
use crate::video::{DecodeOutput, Layout, PageColours, decoded_bytes};

/// The filter of ffmpeg that [`tone_map`] needs and builds may lack.
pub(super) const TONE_MAP_FILTER: &str = "zscale";

/// Upstream's filter for HDR clips of SDR output (`hdrToSdrToneMapFilter`), to which Studio's
/// previews come as well. It ends in RGB: colours brighter than white would lose more as YUV.
fn tone_map(facts: &VideoFacts) -> String {
    let or = |tag: &str, fallback: &str| match tag {
        "" | "unknown" | "reserved" => fallback.to_owned(),
        known => known.to_owned(),
    };
    format!(
        "setparams=colorspace={}:color_primaries={}:color_trc={},\
         zscale=t=linear:npl=100,tonemap=hable:desat=0,zscale=p=bt709:t=bt709:m=bt709:r=tv,\
         format=gbrp",
        or(&facts.matrix, "bt2020nc"),
        or(&facts.primaries, "bt2020"),
        facts.transfer,
    )
}

/// How frames of a source come to the output's colours.
#[derive(Debug)]
pub(super) struct Converted {
    /// Facts of the source, or of what comes out of the filter.
    pub facts: VideoFacts,
    /// What is decoded.
    pub output: DecodeOutput,
    /// What becomes of it.
    pub colours: Arc<PageColours>,
}

/// Whether a source is tone-mapped for pages of `wide` output or SDR. What may be seen through is
/// not: the filter would lose that.
pub(super) fn is_tone_mapped(facts: &VideoFacts, wide: bool) -> bool {
    !wide && facts.is_hdr() && !facts.alpha
}

impl Converted {
    /// Bytes of a decoded frame.
    pub fn frame_bytes(&self) -> u64 {
        match self.output {
            DecodeOutput::Page { .. } => decoded_bytes(&self.facts),
            DecodeOutput::Layer { cut, .. } => {
                let (width, height) = cut.size;
                Layout::Rgb48.frame_bytes(width as u32, height as u32) as u64
            }
        }
    }

    /// For pages of `wide` output or SDR, by an ffmpeg that may lack upstream's filter for tone
    /// mapping.
    pub fn of(facts: &VideoFacts, wide: bool, can_tone_map: bool) -> Self {
        let mut facts = facts.clone();
        if !is_tone_mapped(&facts, wide) {
            return Self {
                colours: Arc::new(PageColours::of(&facts, wide)),
                output: DecodeOutput::Page { filter: None },
                facts,
            };
        }
        if !can_tone_map {
            let (width, height) = facts.shown_size();
            let signal = TransferFunction::from_ffmpeg_name(&facts.transfer);
            return Self {
                colours: Arc::new(PageColours::tone_mapped(&facts)),
                output: DecodeOutput::Layer {
                    cut: Cut::all((width as usize, height as usize)),
                    from: signal,
                    to: signal,
                },
                facts,
            };
        }
        let filter = Some(tone_map(&facts));
        for (tag, value) in [
            (&mut facts.matrix, "bt709"),
            (&mut facts.primaries, "bt709"),
            (&mut facts.transfer, "bt709"),
            (&mut facts.range, "tv"),
            (&mut facts.pixel_format, "gbrp"),
        ] {
            *tag = value.into();
        }
        Self {
            facts,
            output: DecodeOutput::Page { filter },
            colours: Arc::new(PageColours::AsDecoded),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::facts;

    fn pq() -> VideoFacts {
        VideoFacts {
            transfer: "smpte2084".into(),
            width: 8,
            height: 4,
            ..facts(1.0)
        }
    }

    #[test]
    fn hdr_is_tone_mapped_in_sdr_output_only() {
        let by_filter = Converted::of(&pq(), false, true);
        assert_eq!(by_filter.facts.transfer, "bt709");
        assert!(
            matches!(&by_filter.output, DecodeOutput::Page { filter: Some(f) } if f.contains("zscale"))
        );
        assert!(matches!(*by_filter.colours, PageColours::AsDecoded));
        let by_us = Converted::of(&pq(), false, false);
        assert!(matches!(
            by_us.output,
            DecodeOutput::Layer { cut, .. } if cut == Cut::all((8, 4))
        ));
        assert!(matches!(*by_us.colours, PageColours::ToneMapped(_)));
        let clear = VideoFacts {
            alpha: true,
            ..pq()
        };
        let page = DecodeOutput::Page { filter: None };
        for (facts, wide) in [(pq(), true), (clear, false), (facts(1.0), false)] {
            assert_eq!(Converted::of(&facts, wide, false).output, page, "{facts:?}");
        }
    }

    #[test]
    fn usual_clips_go_through_nothing() {
        let usual = Converted::of(&facts(1.0), false, true);
        assert!(matches!(*usual.colours, PageColours::AsDecoded));
        let wide = Converted::of(&facts(1.0), true, true);
        assert!(matches!(*wide.colours, PageColours::Changed(_)));
    }
}
