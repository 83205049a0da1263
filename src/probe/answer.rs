//! ffprobe's answer, read into facts. The rules by which facts are derived are upstream's
//! (docs/upstream.md#media-facts).

use serde::Deserialize;

use super::error::ProbeError;
use super::facts::{AudioFacts, Container, MediaFacts, VideoFacts};
use crate::pixels::MAX_SIDE;

/// ffprobe's answer to `-show_format -show_streams`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Answer {
    streams: Vec<Stream>,
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Format {
    format_name: Option<String>,
    start_time: Option<String>,
    duration: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Stream {
    index: u32,
    codec_type: String,
    codec_name: Option<String>,
    pix_fmt: Option<String>,
    width: u32,
    height: u32,
    sample_aspect_ratio: Option<String>,
    duration: Option<String>,
    start_time: Option<String>,
    start_pts: Option<i64>,
    time_base: Option<String>,
    nb_frames: Option<String>,
    has_b_frames: Option<u32>,
    r_frame_rate: Option<String>,
    avg_frame_rate: Option<String>,
    color_space: Option<String>,
    color_range: Option<String>,
    color_transfer: Option<String>,
    color_primaries: Option<String>,
    sample_rate: Option<String>,
    sample_fmt: Option<String>,
    channels: Option<u32>,
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

/// Demuxers of streams of packets, which list no key frames.
const UNINDEXED_DEMUXERS: [&str; 2] = ["mpegts", "mpeg"];

impl MediaFacts {
    /// The facts in ffprobe's answer to `-print_format json -show_format -show_streams`.
    ///
    /// # Errors
    /// [`ProbeError::Answer`].
    pub fn from_json(json: &[u8]) -> Result<Self, ProbeError> {
        let answer: Answer = serde_json::from_slice(json).map_err(ProbeError::Answer)?;
        let (first, last) = answer.starts();
        Ok(Self {
            container: Container {
                formats: text(&answer.format.format_name),
                start: seconds(&answer.format.start_time),
                duration: seconds(&answer.format.duration),
            },
            video: answer.first("video").map(|stream| answer.video(stream)),
            audio: answer.audio(),
            stream_spread: (last - first).max(0.0),
        })
    }
}

impl Answer {
    fn first(&self, kind: &str) -> Option<&Stream> {
        self.streams.iter().find(|stream| stream.codec_type == kind)
    }

    fn audio(&self) -> Vec<AudioFacts> {
        let streams = self.streams.iter();
        let audio = streams.filter(|stream| stream.codec_type == "audio");
        let facts = audio.map(|stream| AudioFacts {
            index: stream.index,
            codec: known_codec(&stream.codec_name),
            start: seconds(&stream.start_time),
            sample_rate: seconds(&stream.sample_rate),
            sample_format: text(&stream.sample_fmt),
            channels: stream.channels,
        });
        facts.collect()
    }

    /// When the first and the last of the streams that play start; infinities without any.
    fn starts(&self) -> (f64, f64) {
        let starts = self.streams.iter().filter(|stream| stream.is_timed());
        let starts = starts.filter_map(Stream::start);
        starts.fold((f64::INFINITY, f64::NEG_INFINITY), |(first, last), at| {
            (first.min(at), last.max(at))
        })
    }

    fn video(&self, stream: &Stream) -> VideoFacts {
        let (real, average) = (rate(&stream.r_frame_rate), rate(&stream.avg_frame_rate));
        let apart = (real - average).abs() / real.max(average);
        let pixel_format = text(&stream.pix_fmt);
        let demuxers = text(&self.format.format_name);
        VideoFacts {
            codec: text(&stream.codec_name).to_ascii_lowercase(),
            width: stream.width,
            height: stream.height,
            pixel_aspect: stream.pixel_aspect(),
            turned: stream.is_turned(),
            stream_duration: self
                .stream_duration(stream, if average > 0.0 { average } else { real }),
            own_duration: seconds(&stream.duration),
            frames: stream.frames(),
            stream_start: stream.start().unwrap_or(0.0),
            lead: self.lead(stream),
            lag: match demuxers.split(',').any(|name| name == "avi") {
                true => stream.lag(),
                false => 0,
            },
            sparse_times: demuxers == "mpeg",
            fps: if average > 0.0 { average } else { real },
            indexed: !demuxers
                .split(',')
                .any(|name| UNINDEXED_DEMUXERS.contains(&name)),
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
        }
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
        let (earliest, _) = self.starts();
        match stream.start() {
            Some(own) if earliest.is_finite() => (own - earliest).max(0.0),
            _ => 0.0,
        }
    }
}

impl Stream {
    /// Frames that come out of the decoder later than they went in. Packed MPEG-4 adds up to two, and
    /// says so in no place.
    fn lag(&self) -> u32 {
        let packed = match text(&self.codec_name).as_str() {
            "mpeg4" => 2,
            _ => 0,
        };
        match self.has_b_frames.unwrap_or(0) {
            0 => 0,
            frames => frames + packed,
        }
    }

    /// Timestamp of its first frame, seconds: in its own time base where that is told, because the
    /// printed seconds are cut to microseconds.
    fn start(&self) -> Option<f64> {
        let printed = seconds(&self.start_time)?;
        let exact = || {
            let (num, den) = self.time_base.as_ref()?.split_once('/')?;
            let (num, den) = (num.parse::<f64>().ok()?, den.parse::<f64>().ok()?);
            Some(self.start_pts? as f64 * num / den)
        };
        let exact = exact().filter(|exact| (exact - printed).abs() < 1e-5);
        Some(exact.unwrap_or(printed))
    }

    /// A shape that would make the picture longer than any may be counts as none.
    fn pixel_aspect(&self) -> (u32, u32) {
        let sides = self.sample_aspect_ratio.as_deref().and_then(|text| {
            let (wide, high) = text.split_once(':')?;
            Some((wide.parse::<u32>().ok()?, high.parse::<u32>().ok()?))
        });
        let (wide, high) = sides.unwrap_or((1, 1));
        let most = MAX_SIDE as u64;
        let fits =
            |side: u32, by: u32, of: u32| u64::from(side) * u64::from(by) <= most * u64::from(of);
        let fits = fits(self.width, wide, high) && fits(self.height, high, wide);
        if wide == 0 || high == 0 || !fits {
            return (1, 1);
        }
        (wide, high)
    }

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

    fn frames(&self) -> Option<u64> {
        self.nb_frames.as_ref()?.parse().ok()
    }

    /// Whether it plays: a cover picture does not.
    fn is_timed(&self) -> bool {
        let cover = self
            .disposition
            .get("attached_pic")
            .and_then(|v| v.as_u64())
            == Some(1);
        !cover && matches!(self.codec_type.as_str(), "audio" | "video")
    }
}

/// A codec's name, unless ffprobe has none for it.
fn known_codec(name: &Option<String>) -> Option<String> {
    let name = text(name).to_ascii_lowercase();
    (!matches!(name.as_str(), "" | "none" | "unknown")).then_some(name)
}

fn text(tag: &Option<String>) -> String {
    tag.clone().unwrap_or_default()
}

/// A number that ffprobe prints as text.
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
        let facts = MediaFacts::from_json(json.to_string().as_bytes());
        facts.unwrap().video.unwrap()
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
    fn pixels_that_are_not_square_make_one_side_longer() {
        let sizes = |aspect: &str, rotation: i32| {
            let facts = parsed(
                serde_json::json!({"codec_type": "video", "width": 720, "height": 576,
                    "sample_aspect_ratio": aspect, "side_data_list": [{"rotation": rotation}]}),
                "1",
            );
            assert_eq!(facts.square_size() == (720, 576), facts.has_square_pixels());
            facts.shown_size()
        };
        // Chrome's <video>, measured: width grows for wide pixels, height for narrow ones.
        assert_eq!(sizes("64:45", 0), (1024, 576));
        assert_eq!(sizes("16:15", 90), (576, 768));
        assert_eq!(sizes("8:9", 0), (720, 648));
        assert_eq!(sizes("1:2", -90), (1152, 720));
        for none in ["1:1", "0:1", "1:0", "N/A", "255:1", "1:99", "-4:3"] {
            assert_eq!(sizes(none, 0), (720, 576), "{none}");
        }
    }

    #[test]
    fn cover_pictures_do_not_count_for_the_spread() {
        let json = br#"{"streams": [
            {"codec_type": "video", "start_time": "0.000000", "nb_frames": "60"},
            {"index": 1, "codec_type": "audio", "codec_name": "unknown", "start_time": "0.250000", "sample_rate": "48000", "channels": 6},
            {"codec_type": "video", "start_time": "9.0", "disposition": {"attached_pic": 1}}],
            "format": {"format_name": "mov,mp4", "duration": "2.5"}}"#;
        let facts = MediaFacts::from_json(json).unwrap();
        assert_eq!(facts.stream_spread, 0.25);
        assert_eq!(facts.container.duration, Some(2.5));
        let video = facts.video.unwrap();
        assert_eq!((video.frames, video.own_duration), (Some(60), None));
        let audio = &facts.audio[0];
        assert_eq!(
            (audio.channels, audio.sample_rate),
            (Some(6), Some(48_000.0))
        );
        assert_eq!((audio.index, &audio.codec), (1, &None));
        let none = MediaFacts::from_json(b"{}").unwrap();
        assert_eq!((none.stream_spread, none.video), (0.0, None));
    }

    #[test]
    fn nonsense_rates_count_as_unknown() {
        for text in ["0/0", "a/b", "30/0", "", "-1/1"] {
            assert_eq!(rate(&Some(text.into())), 0.0, "{text}");
        }
    }
}
