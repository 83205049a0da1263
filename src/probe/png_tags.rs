//! Colour tags of PNG files, and whether sources are HDR: by the transfer curve they are tagged
//! with, and by nothing else (docs/upstream.md#hdr-detection). Wide primaries alone are SDR.

use std::io::{self, Read};

use crate::pixels::TransferFunction;

const PNG_SIGNATURE: [u8; 8] = [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1A, b'\n'];

/// Colour tags by their ffmpeg names; empty where a source says nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ColourTags {
    /// Transfer curve.
    pub transfer: String,
    /// Primaries.
    pub primaries: String,
    /// Matrix.
    pub matrix: String,
}

impl ColourTags {
    /// The curve of the source's samples.
    pub fn curve(&self) -> TransferFunction {
        TransferFunction::from_ffmpeg_name(&self.transfer)
    }
}

/// The curve of a composition of these sources: PQ if any has it, else HLG if any has it.
pub fn strongest(sources: impl IntoIterator<Item = TransferFunction>) -> TransferFunction {
    sources.into_iter().max().unwrap_or(TransferFunction::Srgb)
}

/// The tags of a PNG's `cICP` chunk, which must stand before the pixels. `None` when there is
/// none, for files that are no PNG, and for those damaged before it: checksums are verified.
/// Reads no further than that chunk, in pieces of a few kilobytes.
///
/// # Errors
/// Those of `source`.
pub fn png_tags(source: impl Read) -> io::Result<Option<ColourTags>> {
    match scan(source) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        scanned => scanned,
    }
}

fn scan(mut source: impl Read) -> io::Result<Option<ColourTags>> {
    if read(&mut source)? != PNG_SIGNATURE {
        return Ok(None);
    }
    loop {
        let length = u32::from_be_bytes(read(&mut source)?);
        let name: [u8; 4] = read(&mut source)?;
        if matches!(&name, b"IDAT" | b"IEND") {
            return Ok(None);
        }
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&name);
        let codes = if &name == b"cICP" && length == 4 {
            let codes: [u8; 4] = read(&mut source)?;
            checksum.update(&codes);
            Some(codes)
        } else {
            pass(&mut source, length, &mut checksum)?;
            None
        };
        if u32::from_be_bytes(read(&mut source)?) != checksum.finalize() {
            return Ok(None);
        }
        if let Some([primaries, transfer, matrix, _]) = codes {
            return Ok(Some(named(primaries, transfer, matrix)));
        }
    }
}

fn read<const N: usize>(source: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    source.read_exact(&mut bytes)?;
    Ok(bytes)
}

/// Passes over `length` bytes, adding them to `checksum`.
fn pass(source: &mut impl Read, length: u32, checksum: &mut crc32fast::Hasher) -> io::Result<()> {
    let mut piece = [0; 8192];
    let mut left = length as usize;
    while left > 0 {
        let part = &mut piece[..left.min(8192)];
        source.read_exact(part)?;
        checksum.update(part);
        left -= part.len();
    }
    Ok(())
}

/// ffmpeg's names for the code points of ITU-T H.273 that matter here.
pub(super) fn named(primaries: u8, transfer: u8, matrix: u8) -> ColourTags {
    let name = |code: u8, names: &[(u8, &str)]| {
        let known = names.iter().find(|(known, _)| *known == code);
        known.map_or_else(|| format!("unknown-{code}"), |(_, name)| (*name).to_owned())
    };
    ColourTags {
        primaries: name(primaries, &[(1, "bt709"), (9, "bt2020")]),
        transfer: name(
            transfer,
            &[(1, "bt709"), (16, "smpte2084"), (18, "arib-std-b67")],
        ),
        matrix: name(matrix, &[(0, "gbr"), (9, "bt2020nc")]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(name: &[u8; 4], data: &[u8]) -> Vec<u8> {
        let mut bytes = (data.len() as u32).to_be_bytes().to_vec();
        bytes.extend(name);
        bytes.extend(data);
        bytes.extend(crc32fast::hash(&bytes[4..]).to_be_bytes());
        bytes
    }

    fn png(chunks: &[(&[u8; 4], &[u8])]) -> Vec<u8> {
        let mut file = PNG_SIGNATURE.to_vec();
        file.extend(chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 16, 2, 0, 0, 0]));
        for (name, data) in chunks {
            file.extend(chunk(name, data));
        }
        file
    }

    fn tags(file: &[u8]) -> Option<ColourTags> {
        png_tags(file).unwrap()
    }

    #[test]
    fn codes_become_names() {
        let of =
            |codes: [u8; 4]| tags(&png(&[(b"iCCP", &[7; 20_000]), (b"cICP", &codes)])).unwrap();
        let pq = of([9, 16, 0, 1]);
        assert_eq!(
            [&*pq.primaries, &*pq.transfer, &*pq.matrix],
            ["bt2020", "smpte2084", "gbr"]
        );
        assert_eq!(pq.curve(), TransferFunction::Pq);
        assert_eq!(of([9, 18, 9, 0]).curve(), TransferFunction::Hlg);
        let odd = of([200, 1, 77, 1]);
        assert_eq!(
            (&*odd.primaries, &*odd.matrix),
            ("unknown-200", "unknown-77")
        );
        assert_eq!(
            of([9, 1, 0, 1]).curve(),
            TransferFunction::Srgb,
            "wide primaries are not HDR"
        );
    }

    #[test]
    fn only_a_sound_chunk_before_the_pixels_counts() {
        let codes: &[u8] = &[9, 16, 0, 1];
        assert_eq!(tags(&png(&[(b"IDAT", &[0; 9]), (b"cICP", codes)])), None);
        assert_eq!(tags(&png(&[(b"cICP", &codes[..3])])), None);
        let sound = png(&[(b"cICP", codes)]);
        assert!(tags(&sound).is_some());
        for at in 8..sound.len() {
            let mut damaged = sound.clone();
            damaged[at] ^= 4;
            assert_eq!(tags(&damaged), None, "byte {at}");
        }
        for length in 0..sound.len() {
            assert_eq!(tags(&sound[..length]), None, "{length} bytes");
        }
    }

    #[test]
    fn pq_outweighs_hlg() {
        use TransferFunction::{Hlg, Pq, Srgb};
        assert_eq!(strongest([Srgb, Hlg, Pq, Hlg]), Pq);
        assert_eq!(strongest([Hlg, Srgb]), Hlg);
        assert_eq!(strongest([]), Srgb);
    }

    proptest! {
        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut file = PNG_SIGNATURE.to_vec();
            file.extend(&bytes);
            prop_assert_eq!(tags(&bytes), None);
            prop_assert_eq!(tags(&file), None);
        }
    }
}
