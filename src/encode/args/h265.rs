//! H.265 in MP4, ten bits, HDR.

use super::{EVEN_SIZE, EncodeSettings, Quality, provenance};
use crate::pixels::TransferFunction;
use crate::process::{path_arg, words};

/// Mastering metadata that upstream writes for every HDR file: a P3 display of 1000 cd/m2, and
/// content of that brightness.
const MASTER: &str = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400";

fn preset(quality: Quality) -> &'static str {
    match quality {
        Quality::Draft => "fast",
        Quality::Standard => "medium",
        Quality::High => "slow",
    }
}

/// Colour tags of the raw input.
pub(super) fn input_tags(curve: TransferFunction) -> Vec<String> {
    words(&[
        "-color_primaries",
        "bt2020",
        "-color_trc",
        curve.ffmpeg_name(),
        "-colorspace",
        "bt2020nc",
    ])
}

/// The container's name of the codec, and colour tags of the output.
pub(super) fn output_tags(curve: TransferFunction) -> Vec<String> {
    let mut args = words(&["-tag:v", "hvc1", "-colorspace:v", "bt2020nc"]);
    args.extend(words(&["-color_primaries:v", "bt2020"]));
    args.extend(words(&[
        "-color_trc:v",
        curve.ffmpeg_name(),
        "-color_range",
        "tv",
    ]));
    args
}

pub(super) fn output_args(
    settings: &EncodeSettings,
    fps: &str,
    curve: TransferFunction,
) -> Vec<String> {
    let quality = settings.quality;
    let mut args = words(&["-r", fps, "-c:v", "libx265", "-preset", preset(quality)]);
    args.extend(settings.rate_args());
    let transfer = curve.ffmpeg_name();
    let params = format!(
        "aq-mode=3:aq-strength=0.8:deblock=1,1:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:{MASTER}{}",
        settings.look_ahead_param()
    );
    args.extend(settings.thread_args());
    args.extend(words(&["-x265-params", &params]));
    args.extend(output_tags(curve));
    if settings.has_odd_size() {
        args.extend(words(&["-vf", EVEN_SIZE]));
    }
    args.extend(words(&["-video_track_timescale", "90000"]));
    args.extend(words(&["-pix_fmt", "yuv420p10le"]));
    args.extend(words(&["-avoid_negative_ts", "make_zero"]));
    args.extend(provenance(&settings.renderer_version, true));
    args.extend(words(&["-y", &path_arg(&settings.output)]));
    args
}

#[cfg(test)]
mod tests {
    use super::super::{Codec, EncoderLimits, Quality, encoder_args, sample};
    use crate::pixels::{FrameFormat, TransferFunction};

    fn line(quality: Quality, curve: TransferFunction, width: u32) -> String {
        let mut settings = sample(quality);
        settings.input = FrameFormat::Rgb48;
        settings.codec = Codec::H265(curve);
        settings.width = width;
        encoder_args(&settings).join(" ")
    }

    #[test]
    fn the_default_quality_matches_upstreams_process_list() {
        // From `ps` while upstream 0.8.170 rendered 1920x1080 at its default quality.
        let seen = "-f rawvideo -pix_fmt rgb48le -s 1920x1080 -framerate 30 -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc -i - -r 30 -c:v libx265 -preset medium -crf 16 -x265-params aq-mode=3:aq-strength=0.8:deblock=1,1:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400 -tag:v hvc1 -colorspace:v bt2020nc -color_primaries:v bt2020 -color_trc:v smpte2084 -color_range tv -video_track_timescale 90000 -pix_fmt yuv420p10le -avoid_negative_ts make_zero -metadata hyperframes_renderer=hyperframes -metadata hyperframes_version=0.8.170 -movflags +use_metadata_tags -y /o/video-only.mp4";
        assert_eq!(line(Quality::Standard, TransferFunction::Pq, 1920), seen);
    }

    #[test]
    fn it_looks_ahead_no_further_than_it_may() {
        let mut settings = sample(Quality::Standard);
        settings.input = FrameFormat::Rgb48;
        settings.codec = Codec::H265(TransferFunction::Pq);
        settings.limits = Some(EncoderLimits {
            look_ahead: Some(10),
            threads: None,
        });
        let line = encoder_args(&settings).join(" ");
        assert!(
            line.contains(":max-cll=1000,400:rc-lookahead=10 "),
            "{line}"
        );
    }

    #[test]
    fn odd_sizes_are_padded_and_drafts_are_not_ultrafast() {
        let odd = line(Quality::Draft, TransferFunction::Hlg, 321);
        assert!(odd.contains("-preset fast "), "{odd}");
        assert!(odd.contains("-vf pad=ceil(iw/2)*2:ceil(ih/2)*2 "), "{odd}");
        assert!(odd.contains("-color_trc:v arib-std-b67 "), "{odd}");
    }
}
