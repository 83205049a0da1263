//! The encoder's command line, argument for argument what upstream 0.8.170 gives ffmpeg
//! (spec/config-output-lifecycle.md 2; checked against its process list).

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::composition::Fps;

/// Quality preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Quality {
    /// Fast look.
    Draft,
    /// Default.
    Standard,
    /// Delivery.
    High,
}

impl Quality {
    /// x264's `-preset`.
    fn x264_preset(self) -> &'static str {
        match self {
            Self::Draft => "ultrafast",
            Self::Standard => "medium",
            Self::High => "slow",
        }
    }

    /// Constant rate factor when none is given.
    fn crf(self) -> f64 {
        match self {
            Self::Draft => 28.0,
            Self::Standard => 18.0,
            Self::High => 15.0,
        }
    }

    /// JPEG quality of captured frames of opaque formats.
    pub fn jpeg_quality(self) -> u8 {
        match self {
            Self::Draft => 80,
            Self::Standard | Self::High => 100,
        }
    }
}

/// What the encoder reads from its stdin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FrameInput {
    /// Raw planar YUV 4:2:0, BT.709 limited range, even size.
    Yuv420,
    /// A row of JPEG files.
    Jpeg,
}

/// Everything the command line depends on.
#[derive(Debug, Clone)]
pub struct EncodeSettings {
    /// Frame format.
    pub input: FrameInput,
    /// Frame rate.
    pub fps: Fps,
    /// Frame width, device pixels.
    pub width: u32,
    /// Frame height, device pixels.
    pub height: u32,
    /// Preset.
    pub quality: Quality,
    /// Constant rate factor instead of the preset's.
    pub crf: Option<f64>,
    /// Bit rate such as `8M`; loses against `crf`.
    pub video_bitrate: Option<String>,
    /// Written as `hyperframes_version`.
    pub renderer_version: String,
    /// The file to write.
    pub output: PathBuf,
}

/// JPEGs are BT.601 full range; into RGB, then to BT.709 limited, without resampling chroma twice.
const BT709_FILTER: &str = "scale=in_color_matrix=bt601:in_range=pc:flags=neighbor+accurate_rnd,format=gbrp,scale=out_color_matrix=bt709:out_range=tv:flags=neighbor";
const EVEN_SIZE: &str = "pad=ceil(iw/2)*2:ceil(ih/2)*2";

/// Arguments of the streaming H.264 encode.
pub fn encoder_args(settings: &EncodeSettings) -> Vec<String> {
    let fps = settings.fps.ffmpeg_arg();
    let size = format!(
        "{}x{}",
        settings.width.next_multiple_of(2),
        settings.height.next_multiple_of(2)
    );
    let mut args = match settings.input {
        FrameInput::Jpeg => words(&["-f", "image2pipe", "-vcodec", "mjpeg"]),
        FrameInput::Yuv420 => words(&["-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", &size]),
    };
    args.extend(words(&["-framerate", &fps, "-i", "-"]));
    args.extend(words(&[
        "-r",
        &fps,
        "-c:v",
        "libx264",
        "-preset",
        settings.quality.x264_preset(),
    ]));
    match (&settings.crf, &settings.video_bitrate) {
        (None, Some(bitrate)) => args.extend(words(&["-b:v", bitrate])),
        (crf, _) => {
            let crf = crf.unwrap_or(settings.quality.crf());
            args.extend(words(&["-crf", &crf.to_string()]));
        }
    }
    let tuning = if settings.quality == Quality::Draft {
        ""
    } else {
        ":aq-strength=0.8:deblock=1,1"
    };
    let params = format!("aq-mode=3{tuning}:colorprim=bt709:transfer=bt709:colormatrix=bt709");
    let odd = settings.width % 2 == 1 || settings.height % 2 == 1;
    let filter = if odd {
        format!("{BT709_FILTER},{EVEN_SIZE}")
    } else {
        BT709_FILTER.to_owned()
    };
    args.extend(words(&["-bf", "0", "-x264-params", &params]));
    args.extend(words(&[
        "-colorspace:v",
        "bt709",
        "-color_primaries:v",
        "bt709",
    ]));
    args.extend(words(&["-color_trc:v", "bt709", "-color_range", "tv"]));
    match settings.input {
        FrameInput::Jpeg => args.extend(words(&["-vf", &filter])),
        // Raw frames lack what JPEGs tell: square pixels, and where chroma is sited.
        FrameInput::Yuv420 => {
            args.extend(words(&[
                "-vf",
                "setsar=1",
                "-chroma_sample_location",
                "center",
            ]));
        }
    }
    args.extend(words(&[
        "-video_track_timescale",
        "90000",
        "-pix_fmt",
        "yuv420p",
    ]));
    args.extend(words(&["-avoid_negative_ts", "make_zero"]));
    args.extend(provenance(&settings.renderer_version));
    args.extend(words(&["-y", &path_arg(&settings.output)]));
    args
}

/// Tags that say who rendered, and the flag that makes MP4 keep them.
pub(super) fn provenance(version: &str) -> Vec<String> {
    let version = format!("hyperframes_version={version}");
    words(&[
        "-metadata",
        "hyperframes_renderer=hyperframes",
        "-metadata",
        &version,
        "-movflags",
        "+use_metadata_tags",
    ])
}

pub(super) fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// A path that ffmpeg won't take for an option or a protocol.
pub(super) fn path_arg(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(quality: Quality) -> EncodeSettings {
        EncodeSettings {
            input: FrameInput::Jpeg,
            fps: Fps::new(30, 1).unwrap(),
            width: 1920,
            height: 1080,
            quality,
            crf: Some(16.0),
            video_bitrate: None,
            renderer_version: "0.8.170".into(),
            output: "/o/video-only.mp4".into(),
        }
    }

    #[test]
    fn the_default_quality_matches_upstreams_process_list() {
        // From `ps` while CLI 0.8.170 rendered 1920x1080 at its default quality.
        let seen = "-f image2pipe -vcodec mjpeg -framerate 30 -i - -r 30 -c:v libx264 -preset medium -crf 16 -bf 0 -x264-params aq-mode=3:aq-strength=0.8:deblock=1,1:colorprim=bt709:transfer=bt709:colormatrix=bt709 -colorspace:v bt709 -color_primaries:v bt709 -color_trc:v bt709 -color_range tv -vf scale=in_color_matrix=bt601:in_range=pc:flags=neighbor+accurate_rnd,format=gbrp,scale=out_color_matrix=bt709:out_range=tv:flags=neighbor -video_track_timescale 90000 -pix_fmt yuv420p -avoid_negative_ts make_zero -metadata hyperframes_renderer=hyperframes -metadata hyperframes_version=0.8.170 -movflags +use_metadata_tags -y /o/video-only.mp4";
        assert_eq!(encoder_args(&settings(Quality::Standard)).join(" "), seen);
    }

    #[test]
    fn presets_differ_where_upstreams_do() {
        let line = |quality, crf| {
            let mut settings = settings(quality);
            settings.crf = crf;
            encoder_args(&settings).join(" ")
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
