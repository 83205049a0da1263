//! Where one frame ends and the next begins in what ffmpeg writes: YUV4MPEG2 for planes, PAM for
//! RGBA, and bare frames of a size that is known for HDR signal.

use tokio::io::{AsyncBufReadExt, AsyncReadExt};

use super::colour::Colour;
use super::conversion::PageForm;
use super::decode_spec::{DecodeOutput, DecodeSpec};
use super::error::MediaError;
use super::pipe::FramePipe;
use super::raw_frame::Layout;
use crate::pixels::MAX_SIDE;

/// No header line of a frame is longer.
const LONGEST_LINE: u64 = 512;

/// Width, height and layout of a frame.
type Shape = (u32, u32, Layout);

/// How frames follow each other in a pipe.
#[derive(Debug)]
pub(super) enum Framing {
    /// One header for all, and a line before each.
    Y4m {
        header: Option<Y4mHeader>,
        colour: Colour,
    },
    /// A header before each.
    Pam,
    /// Nothing between them.
    Bare { width: u32, height: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Y4mHeader {
    width: u32,
    height: u32,
    chroma: Chroma,
}

/// log2 of luma columns and rows per chroma sample; `None` without chroma.
type Chroma = Option<(u8, u8)>;

impl Framing {
    /// That of what ffmpeg writes for `spec`.
    pub fn of(spec: &DecodeSpec) -> Self {
        match spec.output {
            DecodeOutput::Layer { width, height, .. } => Self::Bare { width, height },
            DecodeOutput::Page { .. } => match PageForm::of(&spec.facts) {
                PageForm::Planes { .. } | PageForm::Grey => Self::Y4m {
                    header: None,
                    colour: Colour::of(&spec.facts),
                },
                PageForm::Rgba => Self::Pam,
            },
        }
    }

    /// Reads up to the pixels of the next frame; `None` behind the last.
    ///
    /// # Errors
    /// [`MediaError::Stream`].
    pub async fn next(&mut self, pipe: &mut FramePipe) -> Result<Option<Shape>, MediaError> {
        match self {
            Self::Y4m { header, colour } => y4m_frame(pipe, header, *colour).await,
            Self::Pam => pam_header(pipe).await,
            Self::Bare { width, height } => {
                let ahead = pipe.stdout.fill_buf().await.map(<[u8]>::len);
                let more = ahead.map_err(|error| pipe.bad(error.to_string()))? > 0;
                Ok(more.then_some((*width, *height, Layout::Rgb48)))
            }
        }
    }
}

async fn y4m_frame(
    pipe: &mut FramePipe,
    known: &mut Option<Y4mHeader>,
    colour: Colour,
) -> Result<Option<Shape>, MediaError> {
    let header = match *known {
        Some(header) => header,
        None => {
            let Some(line) = line(pipe).await? else {
                return Ok(None);
            };
            let header = parse_y4m(&line).ok_or_else(|| pipe.bad(line))?;
            *known.insert(header)
        }
    };
    let Some(line) = line(pipe).await? else {
        return Ok(None);
    };
    if !line.starts_with("FRAME") {
        return Err(pipe.bad(line));
    }
    let layout = match header.chroma {
        Some((wide, high)) => Layout::Planar { wide, high, colour },
        None => Layout::Grey {
            full_range: colour.full_range,
        },
    };
    Ok(Some((header.width, header.height, layout)))
}

async fn pam_header(pipe: &mut FramePipe) -> Result<Option<Shape>, MediaError> {
    let (mut width, mut height) = (0, 0);
    let Some(magic) = line(pipe).await? else {
        return Ok(None);
    };
    if magic != "P7" {
        return Err(pipe.bad(magic));
    }
    loop {
        let Some(line) = line(pipe).await? else {
            return Err(pipe.bad("a header without end".into()));
        };
        match line.split_once(' ') {
            Some(("WIDTH", text)) => width = text.parse().unwrap_or(0),
            Some(("HEIGHT", text)) => height = text.parse().unwrap_or(0),
            None if line == "ENDHDR" => break,
            _ => {}
        }
    }
    if !is_size(width, height) {
        return Err(pipe.bad(format!("{width}x{height} pixels")));
    }
    Ok(Some((width, height, Layout::Rgba)))
}

async fn line(pipe: &mut FramePipe) -> Result<Option<String>, MediaError> {
    let mut line = Vec::new();
    let mut limited = (&mut pipe.stdout).take(LONGEST_LINE);
    let read = limited.read_until(b'\n', &mut line).await;
    match read {
        Ok(0) => Ok(None),
        Ok(_) => Ok(Some(String::from_utf8_lossy(&line).trim_end().to_owned())),
        Err(error) => Err(pipe.bad(error.to_string())),
    }
}

fn is_size(width: u32, height: u32) -> bool {
    let allowed = |side: u32| (1..=MAX_SIDE).contains(&(side as usize));
    allowed(width) && allowed(height)
}

/// The stream header of YUV4MPEG2, <https://wiki.multimedia.cx/index.php/YUV4MPEG2>.
fn parse_y4m(line: &str) -> Option<Y4mHeader> {
    let mut words = line.split(' ');
    if words.next()? != "YUV4MPEG2" {
        return None;
    }
    let (mut width, mut height, mut chroma) = (0, 0, "420");
    for word in words {
        match word.split_at_checked(1)? {
            ("W", text) => width = text.parse().ok()?,
            ("H", text) => height = text.parse().ok()?,
            ("C", text) => chroma = text,
            _ => {}
        }
    }
    let chroma = match chroma {
        "420" | "420jpeg" | "420mpeg2" | "420paldv" => Some((1, 1)),
        "422" => Some((1, 0)),
        "444" => Some((0, 0)),
        "mono" => None,
        _ => return None,
    };
    is_size(width, height).then_some(Y4mHeader {
        width,
        height,
        chroma,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_ffmpeg_are_read() {
        let header = parse_y4m("YUV4MPEG2 W320 H181 F30:1 Ip A1:1 C420jpeg XYSCSS=420JPEG");
        let expected = Y4mHeader {
            width: 320,
            height: 181,
            chroma: Some((1, 1)),
        };
        assert_eq!(header, Some(expected));
        let grey = parse_y4m("YUV4MPEG2 W4 H4 F30:1 Ip A4:3 Cmono").unwrap();
        assert_eq!(grey.chroma, None);
        assert_eq!(parse_y4m("YUV4MPEG2 W4 H4 C444p10"), None);
        assert_eq!(parse_y4m("YUV4MPEG2 W99999 H4"), None);
        assert_eq!(parse_y4m("RIFF"), None);
    }
}
