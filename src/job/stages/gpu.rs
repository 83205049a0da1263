//! Which GPU encoder a render uses.

use crate::encode::{CodecOptions, GpuEncoder, Tools, find_gpu_encoder};
use crate::pixels::TransferFunction;
use crate::spec::RenderSpec;

/// The GPU encoder of a render, whose HDR has that curve: the one that works if one was asked for
/// and the format has some; else what the user is to be told.
pub(in crate::job) async fn gpu_encoder_of(
    spec: &RenderSpec,
    hdr: Option<TransferFunction>,
    tools: &Tools,
) -> Result<Option<GpuEncoder>, String> {
    let options = CodecOptions {
        vp9_cpu_used: spec.engine.vp9_cpu_used,
    };
    let codec = spec.output.format.codec(hdr, options);
    if !spec.encode.use_gpu || !codec.is_some_and(|codec| codec.has_gpu_encoders()) {
        return Ok(None);
    }
    match find_gpu_encoder(&tools.ffmpeg, hdr.is_some()).await {
        Ok(gpu) => Ok(Some(gpu)),
        Err(why) => Err(format!(
            "[Native] No GPU encoder of {} works{}, so the video is encoded in software ({why})",
            tools.ffmpeg.display(),
            if hdr.is_some() {
                " with the ten bits of HDR"
            } else {
                ""
            }
        )),
    }
}
