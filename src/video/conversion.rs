//! What ffmpeg makes of a source's frames before pages get them: as little as possible. Planes of 8
//! bits come as they were decoded, and are made RGBA here; ffmpeg does that for everything else.

use super::colour::{Colour, Matrix};
use super::raw_frame::Layout;
use crate::probe::VideoFacts;

/// How the frames of a source for pages come out of ffmpeg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PageForm {
    /// Luma and chroma of 8 bits, with log2 of luma columns and rows per chroma sample.
    Planes {
        /// Of columns.
        wide: u8,
        /// Of rows.
        high: u8,
    },
    /// Luma of 8 bits alone. ffmpeg's conversions take it for full range, whatever its tag says.
    Grey,
    /// Straight RGBA: what is transparent, has more than 8 bits, or is stored in another way.
    Rgba,
}

impl PageForm {
    /// That of a source.
    pub fn of(facts: &VideoFacts) -> Self {
        if facts.alpha {
            return Self::Rgba;
        }
        match facts.pixel_format.as_str() {
            "yuv420p" | "yuvj420p" => Self::Planes { wide: 1, high: 1 },
            "yuv422p" | "yuvj422p" => Self::Planes { wide: 1, high: 0 },
            "yuv444p" | "yuvj444p" => Self::Planes { wide: 0, high: 0 },
            name if is_grey(name) => Self::Grey,
            _ => Self::Rgba,
        }
    }

    /// ffmpeg's names of the pixel formats that frames of it may have. Planes stay as they are: only
    /// what became something else in the middle is converted.
    fn pixel_formats(self) -> &'static str {
        match self {
            Self::Planes { .. } => "yuv420p|yuvj420p|yuv422p|yuvj422p|yuv444p|yuvj444p",
            Self::Grey => "gray",
            Self::Rgba => "rgba",
        }
    }

    /// How pixels of the format that ffmpeg calls `name` lie in memory; `None` for one that is asked
    /// for nowhere.
    pub fn layout_of(name: &str, colour: Colour) -> Option<Layout> {
        let planar = |wide, high| Some(Layout::Planar { wide, high, colour });
        match name {
            "yuv420p" | "yuvj420p" => planar(1, 1),
            "yuv422p" | "yuvj422p" => planar(1, 0),
            "yuv444p" | "yuvj444p" => planar(0, 0),
            "gray" => Some(Layout::Grey {
                full_range: colour.full_range,
            }),
            "rgba" => Some(Layout::Rgba),
            "rgb48le" | "rgb48be" => Some(Layout::Rgb48),
            _ => None,
        }
    }
}

/// `gray`, and `gray10le` and the like, but not `grayf32`.
fn is_grey(pixel_format: &str) -> bool {
    let bits = pixel_format.strip_prefix("gray");
    let bits = bits.map(|bits| bits.trim_end_matches("le").trim_end_matches("be"));
    bits.is_some_and(|bits| bits.chars().all(|letter| letter.is_ascii_digit()))
}

/// Arguments that choose a decoder: ffmpeg's own ones drop the transparency of VP8 and VP9, and are
/// faster.
pub(super) fn decoder_args(facts: &VideoFacts) -> &'static [&'static str] {
    match facts.codec.as_str() {
        "vp9" if facts.alpha => &["-c:v", "libvpx-vp9"],
        "vp8" if facts.alpha => &["-c:v", "libvpx"],
        _ => &[],
    }
}

/// The filter that makes pixels square where they are not. It asks each frame anew, because sizes
/// may change.
pub(super) fn square_pixels(facts: &VideoFacts) -> Option<String> {
    let filter =
        "scale=w=max(iw\\,round(iw*sar)):h=max(ih\\,round(ih/sar)):flags=bilinear,setsar=1";
    (!facts.has_square_pixels()).then(|| filter.to_owned())
}

/// Filters for frames of a source that go through `own` first.
pub(super) fn page_filters(facts: &VideoFacts, own: Option<&str>) -> Vec<String> {
    let mut filters: Vec<String> = Vec::new();
    filters.extend(own.map(str::to_owned));
    filters.extend(square_pixels(facts));
    let form = PageForm::of(facts);
    if form == PageForm::Rgba {
        filters.push(to_rgba(facts));
    }
    filters.push(format!("format={}", form.pixel_formats()));
    filters
}

/// Bytes of one decoded frame for pages.
pub fn decoded_bytes(facts: &VideoFacts) -> u64 {
    let colour = Colour::of(facts);
    let layout = match PageForm::of(facts) {
        PageForm::Planes { wide, high } => Layout::Planar { wide, high, colour },
        PageForm::Grey => Layout::Grey {
            full_range: colour.full_range,
        },
        PageForm::Rgba => Layout::Rgba,
    };
    let (width, height) = facts.square_size();
    layout.frame_bytes(width, height) as u64
}

/// The conversion that upstream's PNG frames go through, so that these are the same.
fn to_rgba(facts: &VideoFacts) -> String {
    let guessed = match Colour::of(facts).matrix {
        Matrix::Bt709 => "bt709",
        _ => "smpte170m",
    };
    let guess = if matches!(facts.matrix.as_str(), "" | "unknown") {
        format!("setparams=colorspace={guessed},")
    } else {
        String::new()
    };
    // Said to be in the canvas's own transfer, so that it is not converted.
    format!("{guess}setparams=color_primaries=bt709:color_trc=iec61966-2-1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::facts;

    fn of(codec: &str, pixel_format: &str) -> VideoFacts {
        VideoFacts {
            codec: codec.into(),
            pixel_format: pixel_format.into(),
            ..facts(1.0)
        }
    }

    #[test]
    fn what_is_opaque_comes_as_planes() {
        let planes = |wide, high| PageForm::Planes { wide, high };
        for (codec, format, form) in [
            ("h264", "yuv420p", planes(1, 1)),
            ("vp8", "yuv420p", planes(1, 1)),
            ("vp9", "yuv444p", planes(0, 0)),
            ("mjpeg", "yuvj422p", planes(1, 0)),
            ("hevc", "gray", PageForm::Grey),
            ("av1", "gray12le", PageForm::Grey),
            ("ffv1", "grayf32le", PageForm::Rgba),
            ("prores", "yuv422p10le", PageForm::Rgba),
            ("qtrle", "rgb24", PageForm::Rgba),
        ] {
            let facts = of(codec, format);
            assert_eq!(PageForm::of(&facts), form, "{codec} {format}");
            assert!(decoder_args(&facts).is_empty(), "{codec}");
        }
    }

    #[test]
    fn what_is_transparent_keeps_its_alpha() {
        let facts = VideoFacts {
            alpha: true,
            ..of("vp9", "yuv420p")
        };
        assert_eq!(PageForm::of(&facts), PageForm::Rgba);
        assert_eq!(decoder_args(&facts), ["-c:v", "libvpx-vp9"]);
        assert_eq!(decoded_bytes(&facts), 2 * 2 * 4);
    }

    #[test]
    fn only_pixels_that_are_not_square_are_scaled() {
        let format = "format=yuv420p|yuvj420p|yuv422p|yuvj422p|yuv444p|yuvj444p";
        assert_eq!(page_filters(&facts(1.0), Some("hflip")), ["hflip", format]);
        let wide = VideoFacts {
            pixel_aspect: (4, 3),
            width: 240,
            height: 180,
            ..facts(1.0)
        };
        let filters = page_filters(&wide, None);
        assert_eq!(filters.len(), 2);
        assert!(filters[0].starts_with("scale="), "{filters:?}");
        assert_eq!(decoded_bytes(&wide), 320 * 180 * 3 / 2);
    }
}
