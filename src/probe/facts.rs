//! Facts about a file, reduced to what rendering needs.

/// A file's container and its first streams. Times in seconds.
#[derive(Debug, Clone, PartialEq)]
pub struct MediaFacts {
    /// What holds the streams.
    pub container: Container,
    /// The first video stream.
    pub video: Option<VideoFacts>,
    /// All audio streams, in the file's order.
    pub audio: Vec<AudioFacts>,
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
    /// Number of the stream in its file.
    pub index: u32,
    /// Codec as ffmpeg names it; `None` for one it does not know.
    pub codec: Option<String>,
    /// Timestamp of its first frame, when it says one.
    pub start: Option<f64>,
    /// Samples a second, when it says so.
    pub sample_rate: Option<f64>,
    /// Format of decoded samples as ffmpeg names it, or empty.
    pub sample_format: String,
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
    /// Width and height of a pixel to each other, before rotation; (1, 1) where the file says nothing.
    pub pixel_aspect: (u32, u32),
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
    /// By how many frames the times of frames may lag: where the container knows only the order of
    /// decoding, and frames are shown in another. 0 for all others.
    pub lag: u32,
    /// Only some frames have a time of their own in the file: program streams.
    pub sparse_times: bool,
    /// Frame times are not evenly spaced.
    pub variable_rate: bool,
    /// Carries transparency: an alpha plane in its pixel format, or WebM's tag for one.
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

    /// Width and height as shown, in square pixels.
    pub fn shown_size(&self) -> (u32, u32) {
        let (width, height) = self.square_size();
        if self.turned {
            (height, width)
        } else {
            (width, height)
        }
    }

    /// Width and height in square pixels, before rotation. One side grows and none shrinks, as in
    /// Chrome, so that no line of the picture is lost.
    pub fn square_size(&self) -> (u32, u32) {
        let (wide, high) = self.pixel_aspect;
        if wide > high {
            (stretched(self.width, wide, high), self.height)
        } else {
            (self.width, stretched(self.height, high, wide))
        }
    }

    /// Whether pixels are square.
    pub fn has_square_pixels(&self) -> bool {
        self.square_size() == (self.width, self.height)
    }

    /// True for PQ and HLG.
    pub fn is_hdr(&self) -> bool {
        matches!(self.transfer.as_str(), "smpte2084" | "arib-std-b67")
    }
}

/// `side` times `by` / `of`, rounded; `side` itself where there is no such number.
fn stretched(side: u32, by: u32, of: u32) -> u32 {
    if of == 0 {
        return side;
    }
    let (by, of) = (u64::from(by), u64::from(of));
    let longer = (2 * u64::from(side) * by + of) / (2 * of);
    u32::try_from(longer).unwrap_or(side)
}
