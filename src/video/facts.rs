//! What ffprobe says about a file, reduced to what rendering needs. Rules are upstream's
//! (spec/capture.md 4.1, and its 0.8.170 for stream leads and derived durations).

use serde::Deserialize;

/// One video stream and its container. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct VideoFacts {
    /// Codec as ffmpeg names it.
    pub codec: String,
    /// Pixel format as ffmpeg names it, or empty.
    pub pixel_format: String,
    /// Coded size in pixels, before rotation.
    pub width: u32,
    /// Coded height.
    pub height: u32,
    /// Shown turned by a quarter: width and height change places.
    pub turned: bool,
    /// Length of the video stream.
    pub stream_duration: f64,
    /// Timestamp of its first frame.
    pub stream_start: f64,
    /// How much later than the file's earliest stream it starts.
    pub lead: f64,
    /// Frame times are not evenly spaced.
    pub variable_rate: bool,
    /// Carries transparency, as far as its tags tell.
    pub alpha: bool,
    /// Matrix tag, or empty.
    pub matrix: String,
    /// Range tag, or empty.
    pub range: String,
    /// Primaries tag, or empty.
    pub primaries: String,
    /// Transfer tag, or empty.
    pub transfer: String,
    /// The stream is a still picture's.
    pub still: bool,
}

impl VideoFacts {
    /// Seconds of the file during which it has a picture, from the file's start.
    pub fn playable(&self) -> f64 {
        self.lead + self.stream_duration
    }

    /// Width and height as shown, pixels.
    pub fn shown_size(&self) -> (u32, u32) {
        if self.turned {
            (self.height, self.width)
        } else {
            (self.width, self.height)
        }
    }

    /// True for PQ and HLG.
    pub fn is_hdr(&self) -> bool {
        matches!(self.transfer.as_str(), "smpte2084" | "arib-std-b67")
    }

    /// True for codecs whose alpha the usual decoder would drop.
    pub fn may_have_alpha(&self) -> bool {
        self.alpha || matches!(self.codec.as_str(), "vp9" | "vp8" | "prores")
    }
}

/// ffprobe's answer to `-show_format -show_streams`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ProbeOutput {
    streams: Vec<Stream>,
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    duration: Option<String>,
    format_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    codec_type: String,
    codec_name: Option<String>,
    pix_fmt: Option<String>,
    width: u32,
    height: u32,
    duration: Option<String>,
    start_time: Option<String>,
    nb_frames: Option<String>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    color_space: Option<String>,
    color_range: Option<String>,
    color_transfer: Option<String>,
    color_primaries: Option<String>,
    tags: serde_json::Map<String, serde_json::Value>,
    disposition: serde_json::Map<String, serde_json::Value>,
    side_data_list: Vec<serde_json::Value>,
}

/// Demuxers of still pictures (the list is upstream's).
const STILL_DEMUXERS: [&str; 17] = [
    "apng",
    "bmp_pipe",
    "dds_pipe",
    "dpx_pipe",
    "exr_pipe",
    "gif",
    "ico",
    "image2",
    "image2pipe",
    "jpeg_pipe",
    "jxl_pipe",
    "png_pipe",
    "qdraw_pipe",
    "sgi_pipe",
    "svg_pipe",
    "tiff_pipe",
    "webp_pipe",
];

impl ProbeOutput {
    /// The first video stream's facts; `None` without one.
    pub(super) fn video(&self) -> Option<VideoFacts> {
        let stream = self.streams.iter().find(|s| s.codec_type == "video")?;
        let (real, average) = (rate(&stream.r_frame_rate), rate(&stream.avg_frame_rate));
        let apart = (real - average).abs() / real.max(average);
        let pixel_format = stream.pix_fmt.clone().unwrap_or_default();
        let text = |tag: &Option<String>| tag.clone().unwrap_or_default();
        let demuxers = self.format.format_name.clone().unwrap_or_default();
        Some(VideoFacts {
            codec: text(&stream.codec_name).to_ascii_lowercase(),
            width: stream.width,
            height: stream.height,
            turned: stream.is_turned(),
            stream_duration: self
                .stream_duration(stream, if average > 0.0 { average } else { real }),
            stream_start: seconds(&stream.start_time).unwrap_or(0.0),
            lead: self.lead(stream),
            variable_rate: real > 0.0 && average > 0.0 && apart > 0.1,
            alpha: has_alpha(&pixel_format) || alpha_tag(stream),
            pixel_format,
            matrix: text(&stream.color_space),
            range: text(&stream.color_range),
            primaries: text(&stream.color_primaries),
            transfer: text(&stream.color_transfer),
            still: demuxers
                .split(',')
                .any(|name| STILL_DEMUXERS.contains(&name)),
        })
    }

    /// True when the file has sound.
    pub(super) fn has_audio(&self) -> bool {
        self.streams.iter().any(|s| s.codec_type == "audio")
    }

    fn stream_duration(&self, stream: &Stream, fps: f64) -> f64 {
        let container = seconds(&self.format.duration).unwrap_or(0.0);
        if let Some(own) = seconds(&stream.duration).filter(|own| *own > 0.0) {
            return own;
        }
        let frames: Option<f64> = stream.nb_frames.as_ref().and_then(|text| text.parse().ok());
        match frames.filter(|frames| *frames > 0.0 && fps > 0.0) {
            Some(frames) if frames / fps < container * 0.9 => frames / fps,
            _ => container,
        }
    }

    fn lead(&self, stream: &Stream) -> f64 {
        let starts = self.streams.iter().filter(|s| s.is_timed());
        let earliest = starts
            .filter_map(|s| seconds(&s.start_time))
            .reduce(f64::min);
        match (seconds(&stream.start_time), earliest) {
            (Some(own), Some(earliest)) => (own - earliest).max(0.0),
            _ => 0.0,
        }
    }
}

impl Stream {
    /// By its display matrix, or the tag that older files have.
    fn is_turned(&self) -> bool {
        let matrix = self
            .side_data_list
            .iter()
            .find_map(|data| data["rotation"].as_f64());
        let tag = || self.tags.get("rotate")?.as_str()?.parse::<f64>().ok();
        let degrees = matrix.or_else(tag).unwrap_or(0.0);
        (degrees / 90.0).round() as i64 % 2 != 0
    }

    fn is_timed(&self) -> bool {
        let cover = self
            .disposition
            .get("attached_pic")
            .and_then(|v| v.as_u64())
            == Some(1);
        !cover && matches!(self.codec_type.as_str(), "audio" | "video")
    }
}

fn seconds(text: &Option<String>) -> Option<f64> {
    text.as_ref()?
        .trim()
        .parse()
        .ok()
        .filter(|value: &f64| value.is_finite())
}

/// Frames per second rounded to hundredths, 0 when unknown.
fn rate(text: &Option<String>) -> f64 {
    let Some(text) = text else { return 0.0 };
    let (num, den) = text.split_once('/').unwrap_or((text, "1"));
    let parse = |part: &str| part.trim().parse::<f64>().ok();
    match (parse(num), parse(den)) {
        (Some(num), Some(den)) if den != 0.0 && num / den > 0.0 => {
            ((num / den * 100.0).round() / 100.0).max(0.01)
        }
        _ => 0.0,
    }
}

fn has_alpha(pixel_format: &str) -> bool {
    [
        "yuva", "rgba", "argb", "bgra", "abgr", "gbrap", "ya", "ayuv",
    ]
    .iter()
    .any(|prefix| pixel_format.starts_with(prefix))
}

fn alpha_tag(stream: &Stream) -> bool {
    stream
        .tags
        .iter()
        .any(|(key, value)| key.eq_ignore_ascii_case("alpha_mode") && value.as_str() == Some("1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(stream: serde_json::Value, duration: &str) -> VideoFacts {
        let json = serde_json::json!({
            "streams": [{"codec_type": "audio", "start_time": "0.0"}, stream],
            "format": {"duration": duration, "format_name": "mov,mp4"}
        });
        let output: ProbeOutput = serde_json::from_value(json).unwrap();
        output.video().unwrap()
    }

    #[test]
    fn a_stream_that_starts_late_leads() {
        let facts = parsed(
            serde_json::json!({"codec_type": "video", "codec_name": "H264", "start_time": "1.5",
                "duration": "4.0", "r_frame_rate": "30/1", "avg_frame_rate": "30000/1001"}),
            "5.5",
        );
        assert_eq!((facts.lead, facts.playable()), (1.5, 5.5));
        assert_eq!(facts.codec, "h264");
        assert!(!facts.variable_rate);
    }

    #[test]
    fn far_apart_rates_are_variable_and_frames_shorten_a_wrong_container() {
        let facts = parsed(
            serde_json::json!({"codec_type": "video", "r_frame_rate": "60/1",
                "avg_frame_rate": "24/1", "nb_frames": "48", "pix_fmt": "yuva420p",
                "width": 320, "height": 180, "side_data_list": [{"rotation": -90}]}),
            "9",
        );
        assert!(facts.variable_rate && facts.alpha);
        assert_eq!(facts.stream_duration, 2.0);
        assert_eq!(facts.shown_size(), (180, 320));
    }

    #[test]
    fn nonsense_rates_count_as_unknown() {
        for text in ["0/0", "a/b", "30/0", "", "-1/1"] {
            assert_eq!(rate(&Some(text.into())), 0.0, "{text}");
        }
    }
}
