//! VP9 with alpha in WebM.

use super::{EncodeSettings, provenance};
use crate::process::{path_arg, words};

/// Upstream uses libvpx's `realtime` for a preset that none of its qualities has, so all qualities
/// use `good`.
const DEADLINE: &str = "good";

pub(super) fn output_args(settings: &EncodeSettings, fps: &str, cpu_used: i32) -> Vec<String> {
    let bitrate = settings.video_bitrate.as_deref().unwrap_or("0");
    let crf = settings.crf.unwrap_or(settings.quality.crf()).to_string();
    let mut args = words(&[
        "-r",
        fps,
        "-c:v",
        "libvpx-vp9",
        "-b:v",
        bitrate,
        "-crf",
        &crf,
        "-deadline",
        DEADLINE,
        "-row-mt",
        "1",
        "-cpu-used",
        &cpu_used.to_string(),
        "-auto-alt-ref",
        "0",
        "-metadata:s:v:0",
        "alpha_mode=1",
        "-pix_fmt",
        "yuva420p",
        "-avoid_negative_ts",
        "make_zero",
    ]);
    let ahead = settings.limits.and_then(|limits| limits.look_ahead);
    if let Some(frames) = ahead {
        args.extend(words(&["-lag-in-frames", &frames.to_string()]));
    }
    if let Some(gop) = settings.locked_gop.map(|gop| gop.to_string()) {
        args.extend(words(&["-g", &gop, "-keyint_min", &gop]));
    }
    args.extend(provenance(&settings.renderer_version, false));
    args.extend(words(&["-y", &path_arg(&settings.output)]));
    args
}

#[cfg(test)]
mod tests {
    use super::super::{Codec, Quality, encoder_args, sample};
    use crate::pixels::FrameFormat;

    #[test]
    fn crf_and_bit_rate_go_together() {
        let mut settings = sample(Quality::Draft);
        (settings.input, settings.codec) = (FrameFormat::Rgba, Codec::Vp9 { cpu_used: 4 });
        (settings.crf, settings.video_bitrate) = (None, None);
        let line = encoder_args(&settings).join(" ");
        assert!(line.starts_with("-f rawvideo -pix_fmt rgba -s 1920x1080 -framerate 30 -i - -r 30 -c:v libvpx-vp9 -b:v 0 -crf 28 -deadline good -row-mt 1 -cpu-used 4 "), "{line}");
        assert!(!line.contains("use_metadata_tags") && !line.contains("bt709"));
        settings.locked_gop = Some(40);
        let chunk = encoder_args(&settings).join(" ");
        assert!(chunk.contains(" -g 40 -keyint_min 40 "), "{chunk}");
        settings.video_bitrate = Some("2M".into());
        assert!(
            encoder_args(&settings)
                .join(" ")
                .contains("-b:v 2M -crf 28")
        );
    }
}
