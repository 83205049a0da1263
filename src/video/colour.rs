//! The colours a frame is shown in: what Chrome's own `<video>` shows, because that is what the
//! author sees. Tags win; where there are none, Chrome guesses, and so do we.

use crate::probe::VideoFacts;

/// Height from which Chrome takes an untagged picture for BT.709.
const HD_HEIGHT: u32 = 720;
/// Codecs whose samples are of limited range unless they say otherwise.
const FILM_CODECS: [&str; 8] = [
    "h264",
    "hevc",
    "vvc",
    "av1",
    "vp8",
    "vp9",
    "mpeg2video",
    "mpeg4",
];

/// How luma and chroma make red, green and blue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Matrix {
    /// ITU-R BT.601.
    Bt601,
    /// ITU-R BT.709.
    Bt709,
    /// ITU-R BT.2020, non-constant luminance.
    Bt2020,
    /// SMPTE 240M.
    Smpte240,
}

/// A matrix and the range of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Colour {
    /// The matrix.
    pub matrix: Matrix,
    /// Values use all of 0 to 255.
    pub full_range: bool,
}

impl Colour {
    /// Colour of a stream.
    pub fn of(facts: &VideoFacts) -> Self {
        Self {
            matrix: matrix_of(facts),
            full_range: is_full_range(facts),
        }
    }
}

/// Pictures of grey values alone are full range where nothing is said, but in the codecs that films
/// come in.
fn is_full_range(facts: &VideoFacts) -> bool {
    let format = facts.pixel_format.as_str();
    match facts.range.as_str() {
        "pc" => true,
        "tv" => false,
        _ if format.starts_with("yuvj") => true,
        _ => format.starts_with("gray") && !FILM_CODECS.contains(&facts.codec.as_str()),
    }
}

fn matrix_of(facts: &VideoFacts) -> Matrix {
    match facts.matrix.as_str() {
        "bt709" => Matrix::Bt709,
        "bt2020nc" | "bt2020c" => Matrix::Bt2020,
        "smpte240m" => Matrix::Smpte240,
        "" | "unknown" | "reserved" => guess(facts),
        _ => Matrix::Bt601,
    }
}

/// VP9 and AV1 say what they are in their own headers, and mean BT.601 when they do not.
fn guess(facts: &VideoFacts) -> Matrix {
    let says_itself = matches!(facts.codec.as_str(), "vp9" | "av1");
    if facts.square_size().1 >= HD_HEIGHT && !says_itself {
        Matrix::Bt709
    } else {
        Matrix::Bt601
    }
}
