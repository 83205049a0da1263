//! ProRes 4444 with alpha in MOV. The profile decides its quality, so rate factor and bit rate are
//! not passed, as in upstream.

use super::{EncodeSettings, provenance};
use crate::process::{path_arg, words};

const FILTER: &str = "scale=out_color_matrix=bt709:out_range=tv:flags=neighbor,setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709:range=tv";

pub(super) fn output_args(settings: &EncodeSettings, fps: &str) -> Vec<String> {
    let mut args = words(&[
        "-r",
        fps,
        "-c:v",
        "prores_ks",
        "-profile:v",
        "4444",
        "-vendor",
        "apl0",
        "-vf",
        FILTER,
        "-pix_fmt",
        "yuva444p10le",
    ]);
    args.extend(provenance(&settings.renderer_version, true));
    args.extend(words(&["-y", &path_arg(&settings.output)]));
    args
}
