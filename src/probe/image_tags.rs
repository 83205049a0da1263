//! The colour tags of still images.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::png_tags::{ColourTags, named, png_tags};

/// How far into a file of a HEIF container its properties are looked for.
const HEAD: u64 = 64 << 10;

/// The tags of an image file: of a PNG its `cICP` chunk, of a file in a HEIF container (AVIF, HEIC)
/// its `nclx` colours. `None` without them, and for other formats.
///
/// # Errors
/// Those of reading the file.
pub fn image_tags(path: &Path) -> io::Result<Option<ColourTags>> {
    let file = File::open(path)?;
    if !is_heif_name(path) {
        return png_tags(file);
    }
    let mut head = Vec::new();
    file.take(HEAD).read_to_end(&mut head)?;
    Ok(heif_tags(&head))
}

fn is_heif_name(path: &Path) -> bool {
    let extension = path.extension();
    extension.is_some_and(|found| {
        ["avif", "heic", "heif"]
            .iter()
            .any(|name| found.eq_ignore_ascii_case(name))
    })
}

/// The first `colr` property of type `nclx`: three numbers of 16 bits, primaries, transfer and matrix
/// (ISO/IEC 14496-12, 12.1.5).
fn heif_tags(head: &[u8]) -> Option<ColourTags> {
    let name = b"colrnclx";
    let at = head.windows(name.len()).position(|window| window == name)?;
    let codes = head.get(at + name.len()..at + name.len() + 6)?;
    let code = |at: usize| u8::try_from(u16::from_be_bytes([codes[at], codes[at + 1]])).ok();
    Some(named(code(0)?, code(2)?, code(4)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixels::TransferFunction;

    fn avif(transfer: u8) -> Vec<u8> {
        let colours = [0, 9, 0, transfer, 0, 9, 0x80];
        [&b"\0\0\0\x1cftypavif\0\0\0\x13colrnclx"[..], &colours].concat()
    }

    #[test]
    fn files_in_a_heif_container_are_read_by_their_name() {
        let dir = tempfile::tempdir().unwrap();
        let tags = |name: &str, bytes: &[u8]| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            image_tags(&path).unwrap().map(|tags| tags.curve())
        };
        assert_eq!(tags("a.avif", &avif(16)), Some(TransferFunction::Pq));
        assert_eq!(tags("a.HEIC", &avif(18)), Some(TransferFunction::Hlg));
        assert_eq!(tags("b.avif", &avif(13)), Some(TransferFunction::Srgb));
        assert_eq!(tags("c.avif", b"colrnclx\0"), None);
        assert_eq!(tags("d.avif", b""), None);
        assert_eq!(tags("a.jpg", &avif(16)), None);
    }
}
