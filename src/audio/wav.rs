//! WAV files with PCM samples: 16-bit integers and 32-bit floats.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

const FORMAT_PCM: u16 = 1;
const FORMAT_FLOAT: u16 = 3;
const FORMAT_EXTENSIBLE: u16 = 0xfffe;

/// Sample formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sample {
    I16,
    F32,
}

impl Sample {
    fn bytes(self) -> usize {
        match self {
            Self::I16 => 2,
            Self::F32 => 4,
        }
    }
}

/// Position and format of the samples of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Layout {
    pub sample: Sample,
    pub channels: usize,
    pub rate: u32,
    /// Offset of the first sample, bytes.
    data_at: u64,
    data_bytes: u64,
}

impl Layout {
    /// Samples per channel.
    pub fn frames(&self) -> u64 {
        self.data_bytes / (self.sample.bytes() * self.channels) as u64
    }

    /// Size of the samples.
    pub fn bytes(&self) -> u64 {
        self.data_bytes
    }

    fn frame_bytes(&self) -> usize {
        self.sample.bytes() * self.channels
    }

    /// Reads the header.
    ///
    /// # Errors
    /// [`io::ErrorKind::InvalidData`] when it is not a WAV file of a known format.
    pub fn read(file: &mut File) -> io::Result<Self> {
        let broken = |what: &str| io::Error::new(io::ErrorKind::InvalidData, what.to_owned());
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(0))?;
        let mut head = [0u8; 12];
        file.read_exact(&mut head)?;
        if &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
            return Err(broken("not a WAV file"));
        }
        let mut format = None;
        let mut at = 12u64;
        while at + 8 <= length {
            file.seek(SeekFrom::Start(at))?;
            let mut chunk = [0u8; 8];
            file.read_exact(&mut chunk)?;
            let size = u64::from(u32_at(&chunk, 4));
            let body = at + 8;
            match &chunk[..4] {
                b"fmt " => {
                    let mut bytes = vec![0; size.min(40) as usize];
                    file.read_exact(&mut bytes)?;
                    format = parse_format(&bytes);
                }
                b"data" => {
                    let (sample, channels, rate) =
                        format.ok_or_else(|| broken("a WAV format other than s16 and f32"))?;
                    let there = length - body;
                    // A writer that cannot seek does not know the size.
                    let open = matches!(size, 0 | 0xffff_ffff);
                    return Ok(Self {
                        sample,
                        channels,
                        rate,
                        data_at: body,
                        data_bytes: if open { there } else { size.min(there) },
                    });
                }
                _ => {}
            }
            at = body + size + size % 2;
        }
        Err(broken("a WAV file without samples"))
    }
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

fn parse_format(bytes: &[u8]) -> Option<(Sample, usize, u32)> {
    if bytes.len() < 16 {
        return None;
    }
    let tag = match u16_at(bytes, 0) {
        // The first bytes of the sub-format's GUID are the plain format's tag.
        FORMAT_EXTENSIBLE if bytes.len() >= 40 => u16_at(bytes, 24),
        tag => tag,
    };
    let sample = match (tag, u16_at(bytes, 14)) {
        (FORMAT_PCM, 16) => Sample::I16,
        (FORMAT_FLOAT, 32) => Sample::F32,
        _ => return None,
    };
    let channels = usize::from(u16_at(bytes, 2));
    (channels > 0).then_some((sample, channels, u32_at(bytes, 4)))
}

/// Rounds as JavaScript's `Math.round`: halves up.
fn round(value: f64) -> f64 {
    let floor = value.floor();
    if value - floor >= 0.5 {
        floor + 1.0
    } else {
        floor
    }
}

/// Reads a range of frames of an open file: one plane per channel, full scale being 1.
///
/// # Errors
/// The error of the file system.
pub(super) fn read_planes(
    file: &mut File,
    layout: &Layout,
    frames: std::ops::Range<u64>,
) -> io::Result<Vec<Vec<f32>>> {
    let count = (frames.end - frames.start) as usize;
    let mut planes = vec![Vec::with_capacity(count); layout.channels];
    file.seek(SeekFrom::Start(
        layout.data_at + frames.start * layout.frame_bytes() as u64,
    ))?;
    let mut reader = BufReader::with_capacity(1 << 20, file);
    let mut bytes = vec![0; layout.frame_bytes()];
    for _ in 0..count {
        reader.read_exact(&mut bytes)?;
        for (plane, value) in planes
            .iter_mut()
            .zip(bytes.chunks_exact(layout.sample.bytes()))
        {
            plane.push(match layout.sample {
                Sample::I16 => {
                    (f64::from(i16::from_le_bytes([value[0], value[1]])) / 32768.0) as f32
                }
                Sample::F32 => f32::from_le_bytes([value[0], value[1], value[2], value[3]]),
            });
        }
    }
    Ok(planes)
}

/// A WAV file that is read from its first frame on, in stereo.
#[derive(Debug)]
pub(super) struct WavReader {
    file: File,
    layout: Layout,
    next: u64,
}

impl WavReader {
    /// Opens a file.
    ///
    /// # Errors
    /// As [`Layout::read`].
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let layout = Layout::read(&mut file)?;
        Ok(Self {
            file,
            layout,
            next: 0,
        })
    }

    /// The next frames, channels in turn: at most `count`, fewer only at the end. One channel is
    /// given as two; of more than two, the first two.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn read(&mut self, count: usize) -> io::Result<Vec<f32>> {
        let end = self.layout.frames().min(self.next + count as u64);
        let planes = read_planes(&mut self.file, &self.layout, self.next..end)?;
        self.next = end;
        let (left, right) = (&planes[0], planes.get(1).unwrap_or(&planes[0]));
        let pairs = left.iter().zip(right);
        Ok(pairs.flat_map(|(a, b)| [*a, *b]).collect())
    }
}

/// A WAV file that is written piece by piece.
pub(super) struct WavWriter {
    file: BufWriter<File>,
    sample: Sample,
    channels: usize,
    rate: u32,
    written: u64,
}

impl WavWriter {
    /// Starts a file.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn create(path: &Path, sample: Sample, channels: usize, rate: u32) -> io::Result<Self> {
        let mut writer = Self {
            file: BufWriter::with_capacity(1 << 20, File::create(path)?),
            sample,
            channels,
            rate,
            written: 0,
        };
        let header = writer.header();
        writer.file.write_all(&header)?;
        Ok(writer)
    }

    fn header(&self) -> [u8; 44] {
        let sample_bytes = self.sample.bytes();
        let frame_bytes = (sample_bytes * self.channels) as u32;
        let bound = |bytes: u64| u32::try_from(bytes).unwrap_or(u32::MAX);
        let tag = match self.sample {
            Sample::I16 => FORMAT_PCM,
            Sample::F32 => FORMAT_FLOAT,
        };
        let mut header = [0; 44];
        let mut put = |at: usize, bytes: &[u8]| header[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"RIFF");
        put(4, &bound(36 + self.written).to_le_bytes());
        put(8, b"WAVEfmt ");
        put(16, &16u32.to_le_bytes());
        put(20, &tag.to_le_bytes());
        put(22, &(self.channels as u16).to_le_bytes());
        put(24, &self.rate.to_le_bytes());
        put(28, &(self.rate * frame_bytes).to_le_bytes());
        put(32, &(frame_bytes as u16).to_le_bytes());
        put(34, &(sample_bytes as u16 * 8).to_le_bytes());
        put(36, b"data");
        put(40, &bound(self.written).to_le_bytes());
        header
    }

    /// Adds frames; `planes` has as many as the file has channels.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn write(&mut self, planes: &[Vec<f32>]) -> io::Result<()> {
        let frames = planes.first().map_or(0, Vec::len);
        for frame in 0..frames {
            for plane in planes {
                let value = plane.get(frame).copied().unwrap_or(0.0);
                match self.sample {
                    Sample::I16 => {
                        let full = round(f64::from(value.clamp(-1.0, 1.0)) * 32767.0) as i16;
                        self.file.write_all(&full.to_le_bytes())?;
                    }
                    Sample::F32 => self.file.write_all(&value.to_le_bytes())?,
                }
            }
        }
        self.written += (frames * self.sample.bytes() * planes.len()) as u64;
        Ok(())
    }

    /// Adds frames of a file of floats, channels in turn.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn write_interleaved(&mut self, samples: &[f32]) -> io::Result<()> {
        for value in samples {
            self.file.write_all(&value.to_le_bytes())?;
        }
        self.written += size_of_val(samples) as u64;
        Ok(())
    }

    /// Completes the header.
    ///
    /// # Errors
    /// The error of the file system.
    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let header = self.header();
        let mut file = self
            .file
            .into_inner()
            .map_err(io::IntoInnerError::into_error)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn file(sample: Sample, planes: &[Vec<f32>]) -> (tempfile::TempDir, std::path::PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let mut writer = WavWriter::create(&path, sample, planes.len(), 48_000).unwrap();
        writer.write(planes).unwrap();
        writer.finish().unwrap();
        (dir, path)
    }

    fn planes_of(path: &Path) -> (Layout, Vec<Vec<f32>>) {
        let mut file = File::open(path).unwrap();
        let layout = Layout::read(&mut file).unwrap();
        let planes = read_planes(&mut file, &layout, 0..layout.frames()).unwrap();
        (layout, planes)
    }

    #[test]
    fn halves_round_up_as_in_javascript() {
        for (value, rounded) in [(0.5, 1.0), (-0.5, 0.0), (-1.5, -1.0), (2.4, 2.0)] {
            assert_eq!(round(value), rounded);
        }
    }

    #[test]
    fn one_channel_is_read_as_two() {
        let (_dir, path) = file(Sample::F32, &[vec![0.5, -0.25, 0.125]]);
        let mut reader = WavReader::open(&path).unwrap();
        assert_eq!(reader.read(2).unwrap(), [0.5, 0.5, -0.25, -0.25]);
        assert_eq!(reader.read(2).unwrap(), [0.125, 0.125]);
        assert!(reader.read(2).unwrap().is_empty());
    }

    #[test]
    fn what_is_no_wav_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        for bytes in [
            &b"RIFF"[..],
            b"RIFF0000WAVE",
            b"not a wav file at all, but long enough",
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert!(Layout::read(&mut File::open(&path).unwrap()).is_err());
        }
    }

    proptest! {
        #[test]
        fn floats_survive_a_file(
            samples in proptest::collection::vec(-2.0f32..2.0, 0..300), channels in 1usize..3,
        ) {
            let planes = vec![samples; channels];
            let (_dir, path) = file(Sample::F32, &planes);
            let (layout, read) = planes_of(&path);
            prop_assert_eq!((layout.channels, layout.rate), (channels, 48_000));
            prop_assert_eq!(read, planes);
        }

        #[test]
        fn integers_survive_within_one_step(samples in proptest::collection::vec(-1.0f32..1.0, 1..300)) {
            let (_dir, path) = file(Sample::I16, std::slice::from_ref(&samples));
            let (_, read) = planes_of(&path);
            for (a, b) in samples.iter().zip(&read[0]) {
                prop_assert!((a - b).abs() <= 2.0 / 32768.0, "{} {}", a, b);
            }
        }
    }
}
