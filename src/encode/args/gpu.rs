//! H.264 and H.265 by GPU encoders, in MP4.

use super::h264::{self, colour_filter};
use super::{EVEN_SIZE, EncodeSettings, Quality, h265, provenance};
use crate::encode::gpu::GpuEncoder;
use crate::pixels::{FrameFormat, TransferFunction};
use crate::process::{path_arg, words};

/// The device that VA-API uses (upstream's choice).
const VAAPI_DEVICE: [&str; 2] = ["-vaapi_device", "/dev/dri/renderD128"];
/// Ten bits, as GPU encoders take them. ffmpeg turns upstream's `yuv420p10le` into it.
const TEN_BITS: &str = "p010le";
/// What H.265 with ten bits is called by all of them; a device without it fails its trial.
const TEN_BITS_PROFILE: [&str; 2] = ["-profile:v", "main10"];

/// Brings a frame to a VA-API device. Upstream brings eight bits of HDR frames there, too.
fn vaapi_upload(is_hdr: bool) -> &'static str {
    if is_hdr {
        "format=p010le,hwupload"
    } else {
        "format=nv12,hwupload"
    }
}

/// Arguments before the input.
pub(super) fn device_args(gpu: GpuEncoder) -> Vec<String> {
    match gpu {
        GpuEncoder::Vaapi => words(&VAAPI_DEVICE),
        _ => Vec::new(),
    }
}

/// Arguments behind the input; `hdr` makes it H.265.
pub(super) fn output_args(
    settings: &EncodeSettings,
    fps: &str,
    gpu: GpuEncoder,
    hdr: Option<TransferFunction>,
) -> Vec<String> {
    let is_vaapi = gpu == GpuEncoder::Vaapi;
    let is_hdr = hdr.is_some();
    let is_padded =
        (is_hdr || settings.input == FrameFormat::Jpeg && !is_vaapi) && settings.has_odd_size();
    let steps = [
        colour_filter(settings),
        is_padded.then_some(EVEN_SIZE),
        is_vaapi.then(|| vaapi_upload(is_hdr)),
    ];
    let filter = steps.into_iter().flatten().collect::<Vec<_>>().join(",");
    let filter = match filter.as_str() {
        "" => Vec::new(),
        filter => words(&["-vf", filter]),
    };
    let mut args = words(&["-r", fps, "-c:v", &gpu.codec_name(is_hdr)]);
    if is_vaapi {
        args.extend(filter.clone());
    }
    args.extend(rate_args(settings, gpu, is_hdr));
    if is_hdr {
        args.extend(words(&TEN_BITS_PROFILE));
    }
    // VideoToolbox decides for itself.
    if !is_hdr && gpu != GpuEncoder::VideoToolbox {
        args.extend(words(&["-bf", "0"]));
        if gpu == GpuEncoder::Qsv {
            args.extend(words(&["-b_strategy", "0"]));
        }
    }
    args.extend(match hdr {
        Some(curve) => h265::output_tags(curve),
        None => h264::output_tags(),
    });
    if !is_vaapi {
        args.extend(filter);
    }
    if settings.input == FrameFormat::Yuv420 {
        args.extend(words(&["-chroma_sample_location", "center"]));
    }
    args.extend(words(&["-video_track_timescale", "90000"]));
    if !is_vaapi {
        let format = if is_hdr { TEN_BITS } else { "yuv420p" };
        args.extend(words(&["-pix_fmt", format]));
    }
    args.extend(words(&["-avoid_negative_ts", "make_zero"]));
    args.extend(provenance(&settings.renderer_version, true));
    args.extend(words(&["-y", &path_arg(&settings.output)]));
    args
}

fn rate_args(settings: &EncodeSettings, gpu: GpuEncoder, is_hdr: bool) -> Vec<String> {
    let quality = settings.crf.unwrap_or(settings.quality.crf());
    let text = quality.to_string();
    let bitrate = match (&settings.crf, &settings.video_bitrate) {
        (None, Some(bitrate)) => Some(words(&["-b:v", bitrate])),
        _ => None,
    };
    let (mut args, rate) = match gpu {
        GpuEncoder::Nvenc => (
            words(&["-preset", nvenc_preset(settings.quality, is_hdr)]),
            words(&["-cq", &text]),
        ),
        GpuEncoder::VideoToolbox => (
            Vec::new(),
            words(&["-b:v", &videotoolbox_rate(settings, quality)]),
        ),
        GpuEncoder::Vaapi => (Vec::new(), words(&["-qp", &text])),
        GpuEncoder::Qsv => (
            words(&["-preset", qsv_preset(settings.quality, is_hdr)]),
            words(&["-global_quality", &text]),
        ),
        GpuEncoder::Amf => (
            Vec::new(),
            words(&["-rc", "cqp", "-qp_i", &text, "-qp_p", &text]),
        ),
    };
    args.extend(bitrate.unwrap_or(rate));
    if gpu == GpuEncoder::VideoToolbox {
        args.extend(words(&["-allow_sw", "1"]));
    }
    args
}

/// x264's presets `ultrafast`, `medium` and `slow`, in NVIDIA's numbers; a draft of HDR is `fast`.
fn nvenc_preset(quality: Quality, is_hdr: bool) -> &'static str {
    match (quality, is_hdr) {
        (Quality::Draft, false) => "p1",
        (Quality::Draft, true) | (Quality::Standard, _) => "p4",
        (Quality::High, _) => "p5",
    }
}

/// The same in the words of Quick Sync, which has no `ultrafast`.
fn qsv_preset(quality: Quality, is_hdr: bool) -> &'static str {
    match (quality, is_hdr) {
        (Quality::Draft, false) => "veryfast",
        (Quality::Draft, true) => "fast",
        (Quality::Standard, _) => "medium",
        (Quality::High, _) => "slow",
    }
}

/// VideoToolbox has no rate factor: a bit rate by size, frame rate and quality (upstream's figures).
fn videotoolbox_rate(settings: &EncodeSettings, quality: f64) -> String {
    let pixels = f64::from(settings.width) * f64::from(settings.height);
    megabits(pixels * settings.fps.as_f64(), quality)
}

fn megabits(pixels_a_second: f64, quality: f64) -> String {
    let bits_per_pixel = if quality <= 15.0 {
        0.24
    } else if quality <= 18.0 {
        0.16
    } else {
        0.08
    };
    let megabits = (pixels_a_second * bits_per_pixel / 1e6).round().max(1.0);
    format!("{megabits}M")
}

/// Arguments of a trial encode of one frame to nowhere; of H.265 with ten bits for HDR.
pub(in crate::encode) fn probe_args(gpu: GpuEncoder, is_hdr: bool) -> Vec<String> {
    const SOURCE: &str = "color=size=320x240:rate=1:duration=1";
    let mut args = words(&["-loglevel", "error", "-f", "lavfi", "-i", SOURCE]);
    args.extend(words(&["-frames:v", "1", "-an"]));
    if gpu == GpuEncoder::Vaapi {
        args.extend(words(&VAAPI_DEVICE));
        args.extend(words(&["-vf", vaapi_upload(is_hdr)]));
    } else if is_hdr {
        args.extend(words(&["-pix_fmt", TEN_BITS]));
    }
    args.extend(words(&["-c:v", &gpu.codec_name(is_hdr)]));
    if is_hdr {
        args.extend(words(&TEN_BITS_PROFILE));
    }
    match gpu {
        GpuEncoder::VideoToolbox => {
            let rate = megabits(320.0 * 240.0, 23.0);
            args.extend(words(&["-b:v", &rate, "-allow_sw", "1"]));
        }
        GpuEncoder::Amf => args.extend(words(&["-rc", "cqp", "-qp_i", "28", "-qp_p", "28"])),
        GpuEncoder::Nvenc | GpuEncoder::Vaapi | GpuEncoder::Qsv => {}
    }
    args.extend(words(&["-f", "null", "-"]));
    args
}

#[cfg(test)]
mod tests {
    use super::super::{Codec, encoder_args, sample};
    use super::*;

    #[test]
    fn raw_frames_go_to_a_device_with_square_pixels() {
        let mut settings = sample(Quality::Standard);
        settings.input = FrameFormat::Yuv420;
        settings.gpu = Some(GpuEncoder::Vaapi);
        let line = encoder_args(&settings).join(" ");
        assert!(
            line.starts_with("-vaapi_device /dev/dri/renderD128 -f rawvideo "),
            "{line}"
        );
        assert!(
            line.contains("-c:v h264_vaapi -vf setsar=1,format=nv12,hwupload -qp 16 -bf 0 "),
            "{line}"
        );
        assert_eq!(line.matches("-pix_fmt").count(), 1, "of the input: {line}");
    }

    #[test]
    fn hdr_has_ten_bits_on_every_device_and_an_even_size() {
        let mut settings = sample(Quality::Standard);
        settings.input = FrameFormat::Rgb48;
        settings.codec = Codec::H265(TransferFunction::Hlg);
        settings.width = 161;
        for gpu in GpuEncoder::ALL {
            settings.gpu = Some(gpu);
            let trial = probe_args(gpu, true).join(" ");
            for line in [encoder_args(&settings).join(" "), trial] {
                let codec = format!("-c:v hevc_{} ", gpu.name());
                assert!(
                    line.contains(&codec) && line.contains("-profile:v main10"),
                    "{line}"
                );
                assert!(line.contains("p010le") && !line.contains("nv12"), "{line}");
            }
            let line = encoder_args(&settings).join(" ");
            assert!(line.contains(EVEN_SIZE), "{line}");
        }
        assert!(
            !probe_args(GpuEncoder::Nvenc, false)
                .join(" ")
                .contains("main10")
        );
    }

    #[test]
    fn hdr_needs_no_filter_and_other_codecs_no_gpu() {
        let mut settings = sample(Quality::Draft);
        settings.gpu = Some(GpuEncoder::Nvenc);
        settings.input = FrameFormat::Rgb48;
        settings.codec = Codec::H265(TransferFunction::Pq);
        let line = encoder_args(&settings).join(" ");
        let rest = "-c:v hevc_nvenc -preset p4 -cq 16 -profile:v main10 -tag:v hvc1 -colorspace:v bt2020nc ";
        assert!(line.contains(rest) && !line.contains("-vf"), "{line}");
        assert!(line.contains(" -pix_fmt p010le "), "{line}");
        settings.codec = Codec::ProRes;
        settings.input = FrameFormat::Rgba;
        let line = encoder_args(&settings).join(" ");
        assert!(
            line.contains("prores_ks") && !line.contains("nvenc"),
            "{line}"
        );
    }
}
