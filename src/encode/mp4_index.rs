//! Reading the index (`moov`) of a finished MP4 or MOV, strictly: every sample of every track has to
//! lie in the file's media data. Only files as ffmpeg's muxers write them are known.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::Path;

use super::verify::VideoLength;

/// An hour of 120 frames a second takes about 8 MiB.
const LARGEST_INDEX: u64 = 512 << 20;
/// Boxes at the top of a file: ffmpeg writes five.
const MOST_BOXES: usize = 64;
/// Size of a box's header, with a size of 32 bits.
const HEADER: usize = 8;

/// Why an index says nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IndexError {
    /// The file is another container, or a kind of MP4 that has no such index.
    #[error("no index of a known kind")]
    Unknown,
    /// It contradicts itself or the file.
    #[error("{0}")]
    Damaged(String),
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

fn damaged<T>(what: impl Into<String>) -> Result<T, IndexError> {
    Err(IndexError::Damaged(what.into()))
}

/// The length of the first video track of `file`, after all its tracks were checked.
///
/// # Errors
/// [`IndexError`].
pub(crate) fn read_index(file: &Path) -> Result<VideoLength, IndexError> {
    let mut file = File::open(file)?;
    let Layout { index, media } = layout(&mut file)?;
    let mut bytes = vec![0; usize::try_from(index.end - index.start).unwrap_or(0)];
    file.seek(SeekFrom::Start(index.start))?;
    file.read_exact(&mut bytes)?;
    let mut video = None;
    for (kind, content) in boxes(&bytes)? {
        match &kind {
            b"mvex" => return Err(IndexError::Unknown),
            b"trak" => {
                let track = Track::read(content)?;
                track.check_samples(&media)?;
                if track.is_video && video.is_none() {
                    video = Some(track.length()?);
                }
            }
            _ => {}
        }
    }
    video.map_or_else(|| damaged("it has no video track"), Ok)
}

/// Where the parts of a file lie.
struct Layout {
    /// Content of the index.
    index: Range<u64>,
    /// Contents of media data.
    media: Vec<Range<u64>>,
}

fn layout(file: &mut File) -> Result<Layout, IndexError> {
    let end = file.metadata()?.len();
    let (mut index, mut media) = (None, Vec::new());
    let mut at = 0;
    let mut count = 0;
    while at < end {
        let mut header = [0; 16];
        let wanted = 16.min(end - at) as usize;
        file.seek(SeekFrom::Start(at))?;
        file.read_exact(&mut header[..wanted])?;
        let kind: [u8; 4] = header[4..8].try_into().unwrap_or_default();
        if at == 0 && &kind != b"ftyp" || count == MOST_BOXES {
            return Err(IndexError::Unknown);
        }
        let short = u64::from(u32_at(&header, 0)?);
        let (size, skip) = match short {
            0 => (end - at, 8),
            1 => (u64_at(&header, 8)?, 16),
            size => (size, 8),
        };
        if size < skip || size > end - at {
            let name = String::from_utf8_lossy(&kind).into_owned();
            return damaged(format!(
                "its part \"{name}\" of {size} bytes begins at {at} of {end}"
            ));
        }
        let content = at + skip..at + size;
        match &kind {
            b"moov" if index.is_some() => return Err(IndexError::Unknown),
            b"moov" if size > LARGEST_INDEX => return Err(IndexError::Unknown),
            b"moov" => index = Some(content),
            b"moof" => return Err(IndexError::Unknown),
            b"mdat" => media.push(content),
            _ => {}
        }
        at += size;
        count += 1;
    }
    match index {
        Some(index) => Ok(Layout { index, media }),
        None => damaged("it has no index"),
    }
}

/// What the index says of one track.
struct Track<'a> {
    is_video: bool,
    /// Units of time a second.
    timescale: u32,
    /// In those.
    duration: u64,
    times: &'a [u8],
    sizes: &'a [u8],
    runs: &'a [u8],
    chunks: &'a [u8],
    /// Bytes of a chunk's offset.
    offset_width: usize,
}

impl<'a> Track<'a> {
    fn read(content: &'a [u8]) -> Result<Self, IndexError> {
        let media = child(content, b"mdia")?;
        let header = child(media, b"mdhd")?;
        let (timescale, duration) = match header.first() {
            Some(0) => (u32_at(header, 12)?, u64::from(u32_at(header, 16)?)),
            Some(1) => (u32_at(header, 20)?, u64_at(header, 24)?),
            _ => return Err(IndexError::Unknown),
        };
        let samples = child(child(media, b"minf")?, b"stbl")?;
        let (chunks, offset_width) = match child(samples, b"stco") {
            Ok(chunks) => (chunks, 4),
            Err(_) => (child(samples, b"co64")?, 8),
        };
        Ok(Self {
            is_video: part(child(media, b"hdlr")?, 8, 4)? == b"vide",
            timescale,
            duration,
            times: child(samples, b"stts")?,
            sizes: child(samples, b"stsz")?,
            runs: child(samples, b"stsc")?,
            chunks,
            offset_width,
        })
    }

    fn sample_count(&self) -> Result<u64, IndexError> {
        Ok(u32_at(self.sizes, 8)?.into())
    }

    fn size_of(&self, sample: u64) -> Result<u64, IndexError> {
        let size = match u32_at(self.sizes, 4)? {
            0 => u32_at(self.sizes, place(sample, 12, 4)?)?,
            same => same,
        };
        Ok(size.into())
    }

    /// The time that its samples take together has to be that of the track.
    fn length(&self) -> Result<VideoLength, IndexError> {
        let frames = self.sample_count()?;
        let (mut counted, mut time) = (0, 0u64);
        for entry in 0..u64::from(u32_at(self.times, 4)?) {
            let at = place(entry, 8, 8)?;
            let count = u64::from(u32_at(self.times, at)?);
            let each = u64::from(u32_at(self.times, at + 4)?);
            counted += count;
            time = time.saturating_add(count.saturating_mul(each));
        }
        if counted != frames {
            return damaged(format!("it has times for {counted} frames of {frames}"));
        }
        if self.timescale == 0 {
            return damaged("its video track has no unit of time");
        }
        let shortest = time.min(self.duration);
        Ok(VideoLength {
            duration: shortest as f64 / f64::from(self.timescale),
            frames: Some(frames),
        })
    }

    /// Checks that each chunk of samples lies in media data, and that the chunks hold all samples.
    fn check_samples(&self, media: &[Range<u64>]) -> Result<(), IndexError> {
        let count = self.sample_count()?;
        let present: u64 = media.iter().map(|data| data.end - data.start).sum();
        // Samples of one size have no table that would bound their number.
        if u64::from(u32_at(self.sizes, 4)?).saturating_mul(count) > present {
            return damaged(format!("{present} bytes cannot hold its {count} samples"));
        }
        let chunks = u64::from(u32_at(self.chunks, 4)?);
        let runs = u64::from(u32_at(self.runs, 4)?);
        let mut sample = 0;
        let mut run = 0;
        for chunk in 0..chunks {
            // Runs name their first chunk, counted from 1.
            while run + 1 < runs && self.run(run + 1, 0)? <= chunk + 1 {
                run += 1;
            }
            let held = self.run(run, 4)?;
            let at = place(chunk, 8, self.offset_width)?;
            let start = match self.offset_width {
                8 => u64_at(self.chunks, at)?,
                _ => u32_at(self.chunks, at)?.into(),
            };
            let mut end = start;
            for _ in 0..held {
                if sample == count {
                    return damaged(format!("its chunks hold more than {count} samples"));
                }
                end = end.saturating_add(self.size_of(sample)?);
                sample += 1;
            }
            let is_there = media
                .iter()
                .any(|data| data.start <= start && end <= data.end);
            if !is_there {
                return damaged(format!(
                    "samples up to number {sample} of {count} lie at {start} to {end}, outside of its media data"
                ));
            }
        }
        match sample == count {
            true => Ok(()),
            false => damaged(format!("its chunks hold {sample} of {count} samples")),
        }
    }

    fn run(&self, run: u64, field: usize) -> Result<u64, IndexError> {
        Ok(u32_at(self.runs, place(run, 8 + field, 12)?)?.into())
    }
}

/// Where entry number `entry` of a table begins.
fn place(entry: u64, table: usize, width: usize) -> Result<usize, IndexError> {
    let at = usize::try_from(entry).ok().and_then(|entry| {
        let offset = entry.checked_mul(width)?;
        offset.checked_add(table)
    });
    at.map_or_else(|| damaged("a table of its index is too long"), Ok)
}

/// Kinds and contents of boxes.
type Boxes<'a> = Vec<([u8; 4], &'a [u8])>;

/// The boxes in `content`.
fn boxes(content: &[u8]) -> Result<Boxes<'_>, IndexError> {
    let mut found = Vec::new();
    let mut rest = content;
    // Four zero bytes may end a list in MOV.
    while rest.len() >= HEADER {
        let size = u32_at(rest, 0)? as usize;
        if size < HEADER || size > rest.len() {
            return damaged(format!("a part of its index claims {size} bytes"));
        }
        let kind = rest[4..8].try_into().unwrap_or_default();
        found.push((kind, &rest[HEADER..size]));
        rest = &rest[size..];
    }
    Ok(found)
}

fn child<'a>(content: &'a [u8], wanted: &[u8; 4]) -> Result<&'a [u8], IndexError> {
    let found = boxes(content)?.into_iter().find(|(kind, _)| kind == wanted);
    match found {
        Some((_, content)) => Ok(content),
        None => damaged(format!(
            "its index lacks \"{}\"",
            String::from_utf8_lossy(wanted)
        )),
    }
}

fn part(bytes: &[u8], at: usize, len: usize) -> Result<&[u8], IndexError> {
    let end = at.checked_add(len);
    match end.and_then(|end| bytes.get(at..end)) {
        Some(part) => Ok(part),
        None => damaged("a table of its index ends too early"),
    }
}

fn u32_at(bytes: &[u8], at: usize) -> Result<u32, IndexError> {
    let part = part(bytes, at, 4)?;
    Ok(u32::from_be_bytes(part.try_into().unwrap_or_default()))
}

fn u64_at(bytes: &[u8], at: usize) -> Result<u64, IndexError> {
    let part = part(bytes, at, 8)?;
    Ok(u64::from_be_bytes(part.try_into().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn film(dir: &Path, name: &str, flags: &[&str]) -> Vec<u8> {
        let file = dir.join(name);
        let source = "testsrc=size=64x48:rate=30:duration=2";
        let made = Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", source])
            .args(["-f", "lavfi", "-i", "sine=duration=2", "-shortest"])
            .args(["-pix_fmt", "yuv420p"])
            .args(flags)
            .arg(&file)
            .status();
        assert!(made.unwrap().success());
        std::fs::read(file).unwrap()
    }

    fn read(dir: &Path, bytes: &[u8]) -> Result<VideoLength, IndexError> {
        let file = dir.join("read");
        std::fs::write(&file, bytes).unwrap();
        read_index(&file)
    }

    #[test]
    fn lengths_are_those_that_were_written() {
        let dir = tempfile::tempdir().unwrap();
        let kinds: [(&str, &[&str]); 4] = [
            ("a.mp4", &[]),
            ("b.mp4", &["-movflags", "+faststart"]),
            ("c.mov", &["-c:v", "prores_ks", "-pix_fmt", "yuva444p10le"]),
            (
                "d.mp4",
                &["-c:v", "libx265", "-x265-params", "log-level=none"],
            ),
        ];
        for (name, flags) in kinds {
            let length = read(dir.path(), &film(dir.path(), name, flags)).unwrap();
            assert_eq!(length.frames, Some(60), "{name}");
            assert!((length.duration - 2.0).abs() < 1e-6, "{name}: {length:?}");
        }
    }

    #[test]
    fn other_containers_are_left_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let webm = film(dir.path(), "a.webm", &[]);
        let parts = ["-movflags", "+frag_keyframe+empty_moov"];
        let fragmented = film(dir.path(), "b.mp4", &parts);
        for bytes in [webm, fragmented, Vec::from(*b"GIF89a and more than that")] {
            assert!(matches!(read(dir.path(), &bytes), Err(IndexError::Unknown)));
        }
    }

    #[test]
    fn a_file_that_ends_too_early_is_damaged_wherever_its_index_is() {
        let dir = tempfile::tempdir().unwrap();
        let behind = film(dir.path(), "a.mp4", &[]);
        let front = film(dir.path(), "b.mp4", &["-movflags", "+faststart"]);
        for bytes in [&behind, &front] {
            for lost in [1, 100, bytes.len() / 2, bytes.len() - 40] {
                let error = read(dir.path(), &bytes[..bytes.len() - lost]);
                assert!(
                    matches!(error, Err(IndexError::Damaged(_))),
                    "{lost}: {error:?}"
                );
            }
        }
        // The last part claims to end where the file does; its samples do not.
        let cut = front.len() - 2_000;
        let mut short = front[..cut].to_vec();
        let data = memchr::memmem::rfind(&short, b"mdat").unwrap();
        let size = u32::try_from(cut - (data - 4)).unwrap();
        short[data - 4..data].copy_from_slice(&size.to_be_bytes());
        let text = read(dir.path(), &short).unwrap_err().to_string();
        assert!(text.contains("outside of its media data"), "{text}");
    }

    #[test]
    fn a_changed_byte_never_panics() {
        let dir = tempfile::tempdir().unwrap();
        let film = film(dir.path(), "a.mp4", &["-movflags", "+faststart"]);
        let index = memchr::memmem::find(&film, b"mdat").unwrap();
        for at in (0..index).step_by(3) {
            for value in [0, 0x7f, 0xff] {
                let mut changed = film.clone();
                changed[at] = value;
                let _ = read(dir.path(), &changed);
            }
        }
    }
}
