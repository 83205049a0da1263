//! Facts about a file, reduced to what rendering needs.

/// A file's container and its first streams. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFacts {
    /// What holds the streams.
    pub container: Container,
    /// The first video stream.
    pub video: Option<VideoFacts>,
    /// The first audio stream.
    pub audio: Option<AudioFacts>,
    /// By how much the last of the audio and video streams starts after the first, cover pictures
    /// left out.
    pub stream_spread: f64,
}

/// A container. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct Container {
    /// ffmpeg's names of the formats it may be, with commas between; empty when unknown.
    pub formats: String,
    /// Timestamp of its start, when it says one.
    pub start: Option<f64>,
    /// Its length, when it says one.
    pub duration: Option<f64>,
}

/// An audio stream. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct AudioFacts {
    /// Timestamp of its first frame, when it says one.
    pub start: Option<f64>,
    /// Samples a second, when it says so.
    pub sample_rate: Option<f64>,
    /// How many channels, when it says so.
    pub channels: Option<u32>,
}

/// A video stream and its container. Times in seconds.
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
    /// Length of the video stream, as it says, or derived.
    pub stream_duration: f64,
    /// Length as the stream itself says.
    pub own_duration: Option<f64>,
    /// Frames, when the container counts them.
    pub frames: Option<u64>,
    /// Timestamp of its first frame.
    pub stream_start: f64,
    /// How much later than the file's earliest stream it starts.
    pub lead: f64,
    /// Frames a second, as far as it is known; 0 when not.
    pub fps: f64,
    /// The container lists where key frames are; without, a seek lands anywhere near.
    pub indexed: bool,
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

    /// When the file starts, on the clock of its streams, seconds.
    pub fn zero(&self) -> f64 {
        self.stream_start - self.lead
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
