//! What brings clips to the output's colours.

use std::sync::Arc;

use crate::probe::VideoFacts;
use crate::video::{ColourChange, ColourSpace};

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
    /// ffmpeg filter that frames go through.
    pub filter: Option<String>,
    /// What becomes of them as RGBA.
    pub change: Option<Arc<ColourChange>>,
}

impl Converted {
    /// For pages of `wide` output or SDR. What may be seen through is not tone-mapped: the filter
    /// would lose that.
    pub fn of(mut facts: VideoFacts, wide: bool) -> Self {
        let mut filter = None;
        if !wide && facts.is_hdr() && !facts.alpha {
            filter = Some(tone_map(&facts));
            for (tag, value) in [
                (&mut facts.matrix, "bt709"),
                (&mut facts.primaries, "bt709"),
                (&mut facts.transfer, "bt709"),
                (&mut facts.range, "tv"),
                (&mut facts.pixel_format, "gbrp"),
            ] {
                *tag = value.into();
            }
        }
        let target = if wide {
            ColourSpace::WIDE
        } else {
            ColourSpace::SRGB
        };
        let change = ColourChange::of(&facts, target).map(Arc::new);
        Self {
            facts,
            filter,
            change,
        }
    }
}
