//! Whether a path is a file that can be read as media: told before anything opens it, because
//! opening a named pipe or a device may wait for ever.

use std::io::Read;
use std::path::Path;

use crate::files::{odd_kind, open_without_waiting};

/// Bytes looked at to tell a text document (upstream's figure).
const SNIFFED: u64 = 512;

/// Why a path can't be a source of pictures or sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceFault {
    /// Nothing is there.
    Missing,
    /// It is not a regular file, but what this says: "a folder", "a named pipe".
    NotAFile(&'static str),
    /// It is a text document: HTML, XML or JSON.
    Text,
}

/// What is wrong with the file at `path`, before a probe looks at it. Never waits for a writer.
pub fn source_fault(path: &Path) -> Option<SourceFault> {
    let Ok(meta) = path.metadata() else {
        return Some(SourceFault::Missing);
    };
    match odd_kind(&meta) {
        Some(kind) => Some(SourceFault::NotAFile(kind)),
        None => is_text_document(path).then_some(SourceFault::Text),
    }
}

/// True when the file begins like HTML, XML or JSON.
pub fn is_text_document(path: &Path) -> bool {
    let mut head = Vec::new();
    // What became a pipe in the meantime is not waited for either.
    let Ok(file) = open_without_waiting(path) else {
        return false;
    };
    if file.take(SNIFFED).read_to_end(&mut head).is_err() {
        return false;
    }
    let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
    let first = text
        .iter()
        .find(|byte| **byte != 0 && !byte.is_ascii_whitespace());
    matches!(first, Some(b'<' | b'{' | b'['))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_told_from_media() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.mp4");
        for (bytes, text) in [
            (&b"\xEF\xBB\xBF \n<html>"[..], true),
            (b"{\"error\": 404}", true),
            (b"\0\0\0\x20ftypisom", false),
            (b"", false),
        ] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(is_text_document(&path), text, "{bytes:?}");
            let fault = text.then_some(SourceFault::Text);
            assert_eq!(source_fault(&path), fault, "{bytes:?}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_file_is_told_without_opening_it() {
        let dir = tempfile::tempdir().unwrap();
        let fifo = dir.path().join("pipe.mp4");
        nix::unistd::mkfifo(&fifo, nix::sys::stat::Mode::S_IRWXU).unwrap();
        for (path, fault) in [
            (fifo.as_path(), SourceFault::NotAFile("a named pipe")),
            (dir.path(), SourceFault::NotAFile("a folder")),
            (Path::new("/dev/zero"), SourceFault::NotAFile("a device")),
            (&dir.path().join("none"), SourceFault::Missing),
        ] {
            assert_eq!(source_fault(path), Some(fault), "{}", path.display());
        }
        assert!(!is_text_document(&fifo), "nobody writes into it");
    }
}
