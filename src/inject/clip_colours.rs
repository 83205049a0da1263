//! The filters that bring clips to the output's colours.

use crate::probe::VideoFacts;

/// Upstream's filter for SDR clips beside HDR.
const TO_BT2020: &str = "colorspace=all=bt2020:iall=bt709:range=tv";

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

/// Facts of a source whose frames go through the filter that comes with them, into `wide` output
/// or SDR. What may be seen through stays as it is: the filters would lose that.
pub(super) fn converted(mut facts: VideoFacts, wide: bool) -> (VideoFacts, Option<String>) {
    if wide && !facts.may_have_alpha() {
        facts.matrix = "bt2020nc".into();
        facts.range = "tv".into();
        // The old names of full range.
        facts.pixel_format = facts.pixel_format.replacen("yuvj", "yuv", 1);
        return (facts, Some(TO_BT2020.into()));
    }
    if !wide && facts.is_hdr() && !facts.alpha {
        let filter = tone_map(&facts);
        for (tag, value) in [
            (&mut facts.matrix, "bt709"),
            (&mut facts.primaries, "bt709"),
            (&mut facts.transfer, "bt709"),
            (&mut facts.range, "tv"),
            (&mut facts.pixel_format, "gbrp"),
        ] {
            *tag = value.into();
        }
        return (facts, Some(filter));
    }
    (facts, None)
}
