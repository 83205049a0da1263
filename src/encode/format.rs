//! The table of output formats: everything in which they differ, except the encoders' arguments. A
//! new format is a variant, its row in [`OutputFormat::facts`] and its place in
//! [`OutputFormat::ALL`]; a new codec is one more file in `args`.

use serde::{Deserialize, Serialize};

use super::args::Codec;
use super::mux::Container;
use crate::pixels::TransferFunction;

/// What a render makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "NativeFormat"))]
pub enum OutputFormat {
    /// H.264, or H.265 for HDR, in MP4.
    Mp4,
    /// VP9 with alpha in WebM.
    #[serde(rename = "webm")]
    WebM,
    /// ProRes 4444 with alpha in MOV.
    Mov,
    /// Animated GIF.
    Gif,
    /// A folder of PNG files.
    PngSequence,
    /// A folder of HLS playlists and their segments of H.264 in MPEG-TS.
    Hls,
}

/// One format's row of the table.
#[derive(Debug, Clone, Copy)]
pub struct FormatFacts {
    /// The name that users write.
    pub name: &'static str,
    /// Codec of its frames; `None` when ffmpeg does not encode them.
    codec: Option<fn(CodecOptions) -> Codec>,
    /// Codec of HDR frames; `None` when the format cannot hold HDR.
    hdr_codec: Option<fn(TransferFunction) -> Codec>,
    /// Whether frames keep their transparency.
    pub keeps_alpha: bool,
    /// The largest constant rate factor. Formats without one have that of x264.
    pub max_crf: f64,
    /// What frames are written to, and how the finished file is made from that.
    pub packaging: Packaging,
    /// What becomes of the sound.
    pub sound: SoundPlace,
    /// What progress calls the last step.
    pub last_step: LastStep,
}

/// Settings that only one codec has.
#[derive(Debug, Clone, Copy)]
pub struct CodecOptions {
    /// libvpx's speed, -8 to 8.
    pub vp9_cpu_used: i32,
}

/// What frames are written to, and how the finished file is made from that.
#[derive(Debug, Clone, Copy)]
pub enum Packaging {
    /// A video file named `intermediate`, which is then muxed with the sound into `container`.
    Video {
        /// File name. Its extension names the muxer to ffmpeg, whatever the destination is called.
        intermediate: &'static str,
        /// Container of the finished file.
        container: Container,
    },
    /// Parts in the folder `parts`, from which a second pass makes the file `intermediate`.
    Gif {
        /// Folder name.
        parts: &'static str,
        /// File name.
        intermediate: &'static str,
    },
    /// Numbered pictures in the artefact's folder.
    Pictures,
    /// A video file named `intermediate`, which is then cut, with the sound, into the segments of a
    /// folder of playlists.
    Playlists {
        /// File name.
        intermediate: &'static str,
    },
}

/// What becomes of the sound.
#[derive(Debug, Clone, Copy)]
pub enum SoundPlace {
    /// It is muxed with the frames.
    Muxed,
    /// It is a file of this name beside them.
    Beside(&'static str),
    /// The format has no sound; the text of the warning (upstream's words).
    Unsupported(&'static str),
}

/// What progress calls the last step (upstream's words).
#[derive(Debug, Clone, Copy)]
pub enum LastStep {
    /// A final video is assembled.
    Assembling,
    /// Encoding, with this text.
    Encoding(&'static str),
}

/// x264's and x265's largest rate factor.
const X264_MAX_CRF: f64 = 51.0;
/// libvpx's.
const VPX_MAX_CRF: f64 = 63.0;

impl OutputFormat {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Mp4,
        Self::WebM,
        Self::Mov,
        Self::Gif,
        Self::PngSequence,
        Self::Hls,
    ];

    /// Its row of the table; figures and names are upstream's.
    pub fn facts(self) -> FormatFacts {
        match self {
            Self::Mp4 => FormatFacts {
                name: "mp4",
                codec: Some(|_| Codec::H264),
                hdr_codec: Some(Codec::H265),
                keeps_alpha: false,
                max_crf: X264_MAX_CRF,
                packaging: Packaging::Video {
                    intermediate: "video-only.mp4",
                    container: Container::MP4,
                },
                sound: SoundPlace::Muxed,
                last_step: LastStep::Assembling,
            },
            Self::WebM => FormatFacts {
                name: "webm",
                codec: Some(|options| Codec::Vp9 {
                    cpu_used: options.vp9_cpu_used,
                }),
                hdr_codec: None,
                keeps_alpha: true,
                max_crf: VPX_MAX_CRF,
                packaging: Packaging::Video {
                    intermediate: "video-only.webm",
                    container: Container::WEBM,
                },
                sound: SoundPlace::Muxed,
                last_step: LastStep::Assembling,
            },
            Self::Mov => FormatFacts {
                name: "mov",
                codec: Some(|_| Codec::ProRes),
                hdr_codec: None,
                keeps_alpha: true,
                max_crf: X264_MAX_CRF,
                packaging: Packaging::Video {
                    intermediate: "video-only.mov",
                    container: Container::MOV,
                },
                sound: SoundPlace::Muxed,
                last_step: LastStep::Assembling,
            },
            Self::Gif => FormatFacts {
                name: "gif",
                codec: Some(|_| Codec::GifParts),
                hdr_codec: None,
                keeps_alpha: true,
                max_crf: X264_MAX_CRF,
                packaging: Packaging::Gif {
                    parts: "parts",
                    intermediate: "animation.gif",
                },
                sound: SoundPlace::Unsupported(
                    "[Render] GIF output does not support audio; audio tracks will be ignored.",
                ),
                last_step: LastStep::Encoding("Encoding GIF"),
            },
            Self::PngSequence => FormatFacts {
                name: "png-sequence",
                codec: None,
                hdr_codec: None,
                keeps_alpha: true,
                max_crf: X264_MAX_CRF,
                packaging: Packaging::Pictures,
                sound: SoundPlace::Beside("audio.m4a"),
                last_step: LastStep::Encoding("Writing PNG sequence"),
            },
            Self::Hls => FormatFacts {
                name: "hls",
                codec: Some(|_| Codec::H264),
                hdr_codec: None,
                keeps_alpha: false,
                max_crf: X264_MAX_CRF,
                packaging: Packaging::Playlists {
                    intermediate: "video-only.mp4",
                },
                sound: SoundPlace::Muxed,
                last_step: LastStep::Assembling,
            },
        }
    }

    /// Whether it can be HDR.
    pub fn allows_hdr(self) -> bool {
        self.facts().hdr_codec.is_some()
    }

    /// Whether the artefact is a folder.
    pub fn is_folder(self) -> bool {
        matches!(
            self.facts().packaging,
            Packaging::Pictures | Packaging::Playlists { .. }
        )
    }

    /// Whether its segments must begin with key frames at equal distances.
    pub fn has_segments(self) -> bool {
        matches!(self.facts().packaging, Packaging::Playlists { .. })
    }

    /// Whether files of it that hold some of a render's frames can be joined to one.
    pub fn has_chunks(self) -> bool {
        matches!(
            self.facts().packaging,
            Packaging::Video { .. } | Packaging::Pictures
        )
    }

    /// Codec of its frames, or of HDR frames of the transfer function `hdr`; `None` when ffmpeg
    /// does not encode them.
    pub fn codec(self, hdr: Option<TransferFunction>, options: CodecOptions) -> Option<Codec> {
        let FormatFacts {
            codec, hdr_codec, ..
        } = self.facts();
        match hdr.zip(hdr_codec) {
            Some((transfer, codec)) => Some(codec(transfer)),
            None => codec.map(|codec| codec(options)),
        }
    }
}

impl Packaging {
    /// Name of the file or folder that frames are written to; `None` for the artefact itself.
    pub fn written(self) -> Option<&'static str> {
        match self {
            Self::Video { intermediate, .. } | Self::Playlists { intermediate } => {
                Some(intermediate)
            }
            Self::Gif { parts, .. } => Some(parts),
            Self::Pictures => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_and_written_alike() {
        for format in OutputFormat::ALL {
            let name = serde_json::Value::from(format.facts().name);
            assert_eq!(serde_json::to_value(format).unwrap(), name);
            assert_eq!(
                serde_json::from_value::<OutputFormat>(name).unwrap(),
                format
            );
        }
    }

    #[test]
    fn only_h264_is_opaque_and_only_mp4_can_be_hdr() {
        let options = CodecOptions { vp9_cpu_used: 4 };
        for format in OutputFormat::ALL {
            let is_mp4 = format == OutputFormat::Mp4;
            let is_h264 = format.codec(None, options) == Some(Codec::H264);
            assert_eq!(format.facts().keeps_alpha, !is_h264);
            assert_eq!(format.allows_hdr(), is_mp4);
            let hdr = format.codec(Some(TransferFunction::Pq), options);
            assert_eq!(hdr == Some(Codec::H265(TransferFunction::Pq)), is_mp4);
        }
        for format in [OutputFormat::Mp4, OutputFormat::Hls] {
            assert_eq!(format.codec(None, options), Some(Codec::H264));
        }
    }

    #[test]
    fn what_no_encoder_writes_and_what_has_segments_is_a_folder() {
        let options = CodecOptions { vp9_cpu_used: 4 };
        for format in OutputFormat::ALL {
            let encoded = format.codec(None, options).is_some();
            let has_intermediate = format.facts().packaging.written().is_some();
            assert_eq!(has_intermediate, encoded);
            assert_eq!(format.is_folder(), !encoded || format.has_segments());
        }
    }
}
