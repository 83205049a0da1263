//! H.264 in MP4.

use super::{EVEN_SIZE, EncodeSettings, Quality, provenance};
use crate::pixels::FrameFormat;
use crate::process::{path_arg, words};

/// JPEGs are BT.601 full range. They are converted to RGB and then to BT.709 limited range, without
/// resampling chroma twice.
const BT709_FILTER: &str = "scale=in_color_matrix=bt601:in_range=pc:flags=neighbor+accurate_rnd,format=gbrp,scale=out_color_matrix=bt709:out_range=tv:flags=neighbor";

fn preset(quality: Quality) -> &'static str {
    match quality {
        Quality::Draft => "ultrafast",
        Quality::Standard => "medium",
        Quality::High => "slow",
    }
}

/// Key frames every `gop` frames, and no others.
fn locked_gop(gop: u64) -> Vec<String> {
    let gop_text = gop.to_string();
    let mut args = words(&[
        "-g",
        &gop_text,
        "-keyint_min",
        &gop_text,
        "-sc_threshold",
        "0",
    ]);
    args.extend(words(&[
        "-force_key_frames",
        &format!("expr:eq(mod(n,{gop}),0)"),
    ]));
    args
}

/// Colour tags of the output.
pub(super) fn output_tags() -> Vec<String> {
    let mut args = words(&["-colorspace:v", "bt709", "-color_primaries:v", "bt709"]);
    args.extend(words(&["-color_trc:v", "bt709", "-color_range", "tv"]));
    args
}

/// What brings frames of the input's format to BT.709; `None` where nothing is to be done.
pub(super) fn colour_filter(settings: &EncodeSettings) -> Option<&'static str> {
    match settings.input {
        FrameFormat::Jpeg => Some(BT709_FILTER),
        FrameFormat::Rgba => Some("scale=out_color_matrix=bt709:out_range=tv:flags=neighbor"),
        // Encoded as H.265 only.
        FrameFormat::Rgb48 => None,
        // JPEGs say that their pixels are square.
        FrameFormat::Yuv420 => Some("setsar=1"),
    }
}

pub(super) fn output_args(settings: &EncodeSettings, fps: &str) -> Vec<String> {
    let mut args = words(&[
        "-r",
        fps,
        "-c:v",
        "libx264",
        "-preset",
        preset(settings.quality),
    ]);
    args.extend(settings.rate_args());
    let tuning = if settings.quality == Quality::Draft {
        ""
    } else {
        ":aq-strength=0.8:deblock=1,1"
    };
    let (lock, lock_params) = match settings.locked_gop {
        Some(gop) => (locked_gop(gop), ":scenecut=0:open-gop=0:repeat-headers=1"),
        None => (Vec::new(), ""),
    };
    args.extend(lock);
    let ahead = settings.look_ahead_param();
    let params = format!(
        "aq-mode=3{tuning}:colorprim=bt709:transfer=bt709:colormatrix=bt709{lock_params}{ahead}"
    );
    args.extend(settings.thread_args());
    args.extend(words(&["-bf", "0", "-x264-params", &params]));
    args.extend(output_tags());
    if let Some(filter) = colour_filter(settings) {
        let is_padded = settings.input == FrameFormat::Jpeg && settings.has_odd_size();
        let pad = if is_padded {
            format!(",{EVEN_SIZE}")
        } else {
            String::new()
        };
        args.extend(words(&["-vf", &format!("{filter}{pad}")]));
    }
    // Raw frames lack this, too, which JPEGs have.
    if settings.input == FrameFormat::Yuv420 {
        args.extend(words(&["-chroma_sample_location", "center"]));
    }
    // Muxing gives a file the muxer's own unit of time, and so does leaving this out.
    if !settings.is_final {
        args.extend(words(&["-video_track_timescale", "90000"]));
    }
    args.extend(words(&["-pix_fmt", "yuv420p"]));
    args.extend(words(&["-avoid_negative_ts", "make_zero"]));
    if settings.is_final {
        args.extend(words(&["-movflags", "+faststart"]));
    }
    args.extend(provenance(&settings.renderer_version, true));
    args.extend(words(&["-y", &path_arg(&settings.output)]));
    args
}

#[cfg(test)]
mod tests {
    use super::super::{EncoderLimits, Quality, encoder_args, sample as settings};

    #[test]
    fn the_default_quality_matches_upstreams_process_list() {
        // From `ps` while upstream 0.8.170 rendered 1920x1080 at its default quality.
        let seen = "-f image2pipe -vcodec mjpeg -framerate 30 -i - -r 30 -c:v libx264 -preset medium -crf 16 -bf 0 -x264-params aq-mode=3:aq-strength=0.8:deblock=1,1:colorprim=bt709:transfer=bt709:colormatrix=bt709 -colorspace:v bt709 -color_primaries:v bt709 -color_trc:v bt709 -color_range tv -vf scale=in_color_matrix=bt601:in_range=pc:flags=neighbor+accurate_rnd,format=gbrp,scale=out_color_matrix=bt709:out_range=tv:flags=neighbor -video_track_timescale 90000 -pix_fmt yuv420p -avoid_negative_ts make_zero -metadata hyperframes_renderer=hyperframes -metadata hyperframes_version=0.8.170 -movflags +use_metadata_tags -y /o/video-only.mp4";
        assert_eq!(encoder_args(&settings(Quality::Standard)).join(" "), seen);
    }

    #[test]
    fn the_index_goes_first_where_nothing_is_muxed_later() {
        let mut silent = settings(Quality::Draft);
        silent.is_final = true;
        let line = encoder_args(&silent).join(" ");
        let flags = "-movflags +faststart -metadata hyperframes_renderer=hyperframes";
        assert!(line.contains(flags), "{line}");
        assert!(line.contains("-movflags +use_metadata_tags"), "{line}");
        assert!(!line.contains("-video_track_timescale"), "{line}");
    }

    #[test]
    fn key_frames_of_segments_are_locked() {
        // From `ps` while upstream 0.8.170 rendered HLS with segments of 1 s.
        let mut segments = settings(Quality::Standard);
        segments.locked_gop = Some(30);
        let line = encoder_args(&segments).join(" ");
        let seen = "-crf 16 -g 30 -keyint_min 30 -sc_threshold 0 -force_key_frames expr:eq(mod(n,30),0) -bf 0 -x264-params aq-mode=3:aq-strength=0.8:deblock=1,1:colorprim=bt709:transfer=bt709:colormatrix=bt709:scenecut=0:open-gop=0:repeat-headers=1 -colorspace:v bt709";
        assert!(line.contains(seen), "{line}");
    }

    #[test]
    fn an_encoder_is_held_to_its_limits() {
        let mut short = settings(Quality::Standard);
        short.limits = Some(EncoderLimits {
            look_ahead: Some(5),
            threads: Some(2),
        });
        let line = encoder_args(&short).join(" ");
        assert!(
            line.contains(":colormatrix=bt709:rc-lookahead=5 "),
            "{line}"
        );
        assert!(line.contains(" -threads:v 2 "), "{line}");
    }

    #[test]
    fn presets_differ_where_upstreams_do() {
        let line = |quality, crf| {
            let mut changed = settings(quality);
            changed.crf = crf;
            encoder_args(&changed).join(" ")
        };
        let draft = line(Quality::Draft, None);
        assert!(draft.contains("-preset ultrafast -crf 28 ") && !draft.contains("aq-strength"));
        assert!(line(Quality::High, None).contains("-preset slow -crf 15 "));
    }

    #[test]
    fn crf_wins_over_bit_rate_and_odd_sizes_are_padded() {
        let mut odd = settings(Quality::Standard);
        (odd.video_bitrate, odd.width) = (Some("8M".into()), 321);
        let line = encoder_args(&odd).join(" ");
        assert!(line.contains("-crf 16") && !line.contains("-b:v"), "{line}");
        assert!(line.contains(",pad=ceil(iw/2)*2:ceil(ih/2)*2 "), "{line}");
        odd.crf = None;
        assert!(encoder_args(&odd).join(" ").contains("-b:v 8M"));
    }
}
