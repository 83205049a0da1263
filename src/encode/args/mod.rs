//! ffmpeg's command lines, argument for argument what upstream 0.8.170 gives it
//! (docs/upstream.md#encoder-arguments; checked against its process list).

mod gif;
mod gpu;
mod h264;
mod h265;
mod prores;
mod vp9;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::gpu::GpuEncoder;
use crate::composition::Fps;
use crate::pixels::{FrameFormat, TransferFunction};
use crate::process::words;

pub(super) use gif::{PaletteUse, palette_use_args};
pub(super) use gpu::probe_args as gpu_probe_args;

/// Quality preset.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(test, derive(ts_rs::TS))]
pub enum Quality {
    /// For previews: fast.
    Draft,
    /// Default.
    Standard,
    /// For delivery.
    High,
}

impl Quality {
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

/// What a streaming encode produces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// H.264.
    H264,
    /// H.265, ten bits, HDR of that transfer function.
    H265(TransferFunction),
    /// VP9 with alpha; `cpu_used` is libvpx's speed, -8 to 8.
    Vp9 {
        /// libvpx's speed.
        cpu_used: i32,
    },
    /// ProRes 4444 with alpha.
    ProRes,
    /// Input for the second pass of a GIF: lossless frames and their palette.
    GifParts,
}

impl Codec {
    /// Whether the encoder itself can write an MP4 whose index comes first. H.264 is written without
    /// B-frames, and its timestamps are then those that a second pass would give; of H.265 they are
    /// others.
    pub fn can_be_final(self) -> bool {
        self == Self::H264
    }

    /// Whether files that were encoded apart can be joined without encoding anything again, and their
    /// frames keep their times: nothing is shown in another order than it is encoded in.
    pub fn can_be_joined(self) -> bool {
        matches!(self, Self::H264 | Self::ProRes)
    }

    /// Whether GPUs encode it.
    pub fn has_gpu_encoders(self) -> bool {
        matches!(self, Self::H264 | Self::H265(_))
    }
}

/// What an encoder in software is held to where memory is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncoderLimits {
    /// Frames that it looks ahead at; `None` leaves them to its preset.
    pub look_ahead: Option<u32>,
    /// Threads; `None` leaves them to the encoder.
    pub threads: Option<u32>,
}

/// Everything the command line depends on.
#[derive(Debug, Clone)]
pub struct EncodeSettings {
    /// Format of the frames on the encoder's stdin.
    pub input: FrameFormat,
    /// Codec.
    pub codec: Codec,
    /// Frame rate.
    pub fps: Fps,
    /// Frame width, device pixels.
    pub width: u32,
    /// Frame height, device pixels.
    pub height: u32,
    /// Preset.
    pub quality: Quality,
    /// Constant rate factor; `None` takes the preset's.
    pub crf: Option<f64>,
    /// Bit rate such as `8M`. Codecs that take only one of the two use `crf`.
    pub video_bitrate: Option<String>,
    /// The GPU encoder of H.264 and H.265; `None` encodes them in software.
    pub gpu: Option<GpuEncoder>,
    /// Where memory is short; `None` leaves all to the encoder.
    pub limits: Option<EncoderLimits>,
    /// Frames from one key frame to the next, where all distances have to be equal and no frame may
    /// refer to one before its key frame; `None` leaves key frames to the encoder.
    pub locked_gop: Option<u64>,
    /// Written as `hyperframes_version`.
    pub renderer_version: String,
    /// Nothing is muxed later, so that the encoder writes the finished file: only of
    /// [`Codec::can_be_final`].
    pub is_final: bool,
    /// The file to write.
    pub output: PathBuf,
}

/// Arguments of a streaming encode.
pub fn encoder_args(settings: &EncodeSettings) -> Vec<String> {
    let fps = settings.fps.ffmpeg_arg();
    let gpu = settings.gpu_encoder();
    let mut args = gpu.map(gpu::device_args).unwrap_or_default();
    args.extend(match settings.input {
        FrameFormat::Jpeg => words(&["-f", "image2pipe", "-vcodec", "mjpeg"]),
        FrameFormat::Yuv420 => {
            let even = |size: u32| size.next_multiple_of(2);
            raw_video("yuv420p", even(settings.width), even(settings.height))
        }
        FrameFormat::Rgba => raw_video("rgba", settings.width, settings.height),
        FrameFormat::Rgb48 => raw_video("rgb48le", settings.width, settings.height),
    });
    args.extend(words(&["-framerate", &fps]));
    if let (FrameFormat::Rgb48, Codec::H265(curve)) = (settings.input, settings.codec) {
        args.extend(h265::input_tags(curve));
    }
    args.extend(words(&["-i", "-"]));
    args.extend(match (settings.codec, gpu) {
        (Codec::H264, Some(gpu)) => gpu::output_args(settings, &fps, gpu, None),
        (Codec::H265(curve), Some(gpu)) => gpu::output_args(settings, &fps, gpu, Some(curve)),
        (Codec::H264, None) => h264::output_args(settings, &fps),
        (Codec::H265(curve), None) => h265::output_args(settings, &fps, curve),
        (Codec::Vp9 { cpu_used }, _) => vp9::output_args(settings, &fps, cpu_used),
        (Codec::ProRes, _) => prores::output_args(settings, &fps),
        (Codec::GifParts, _) => gif::parts_args(settings, &fps),
    });
    args
}

fn raw_video(format: &str, width: u32, height: u32) -> Vec<String> {
    let size = format!("{width}x{height}");
    words(&["-f", "rawvideo", "-pix_fmt", format, "-s", &size])
}

/// Filter that pads odd sizes to even ones, because 4:2:0 needs even sizes.
const EVEN_SIZE: &str = "pad=ceil(iw/2)*2:ceil(ih/2)*2";

impl EncodeSettings {
    /// Whether a GPU encodes.
    pub fn is_by_gpu(&self) -> bool {
        self.gpu_encoder().is_some()
    }

    fn gpu_encoder(&self) -> Option<GpuEncoder> {
        self.gpu.filter(|_| self.codec.has_gpu_encoders())
    }

    /// Frames that it may look ahead at, as a parameter of x264 and x265 behind others.
    fn look_ahead_param(&self) -> String {
        let frames = self.limits.and_then(|limits| limits.look_ahead);
        frames.map_or_else(String::new, |frames| format!(":rc-lookahead={frames}"))
    }

    /// Threads that it may take.
    fn thread_args(&self) -> Vec<String> {
        let threads = self.limits.and_then(|limits| limits.threads);
        threads.map_or_else(Vec::new, |threads| {
            words(&["-threads:v", &threads.to_string()])
        })
    }

    fn has_odd_size(&self) -> bool {
        self.width % 2 == 1 || self.height % 2 == 1
    }

    /// The constant rate factor, or the bit rate if only that is given.
    fn rate_args(&self) -> Vec<String> {
        match (&self.crf, &self.video_bitrate) {
            (None, Some(bitrate)) => words(&["-b:v", bitrate]),
            (crf, _) => {
                let crf = crf.unwrap_or(self.quality.crf());
                words(&["-crf", &crf.to_string()])
            }
        }
    }
}

/// Tags that name the renderer; `keep` adds the flag with which MP4 and MOV keep them.
pub(super) fn provenance(version: &str, keep: bool) -> Vec<String> {
    let version = format!("hyperframes_version={version}");
    let mut args = words(&[
        "-metadata",
        "hyperframes_renderer=hyperframes",
        "-metadata",
        &version,
    ]);
    if keep {
        args.extend(words(&["-movflags", "+use_metadata_tags"]));
    }
    args
}

#[cfg(test)]
fn sample(quality: Quality) -> EncodeSettings {
    EncodeSettings {
        input: FrameFormat::Jpeg,
        codec: Codec::H264,
        fps: Fps::new(30, 1).unwrap(),
        width: 1920,
        height: 1080,
        quality,
        crf: Some(16.0),
        video_bitrate: None,
        gpu: None,
        limits: None,
        locked_gop: None,
        renderer_version: "0.8.170".into(),
        is_final: false,
        output: "/o/video-only.mp4".into(),
    }
}
