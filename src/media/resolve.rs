//! From a `src` to a file, as a browser would clamp the URL to its root (spec/capture.md 4.3).

use std::io::Read;
use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

/// The file that `src` names: in the project or among the compiled files, with `../` beyond the
/// root dropped. When there is none, the place in the project where it should be.
pub fn resolve_source(src: &str, project_dir: &Path, compiled_dir: &Path) -> PathBuf {
    let raw = src.split('?').next().unwrap_or(src);
    if Path::new(raw).is_absolute() && Path::new(raw).is_file() {
        return raw.into();
    }
    let decoded = percent_decode_str(raw).decode_utf8_lossy().into_owned();
    let mut candidates = Vec::new();
    for variant in [decoded.as_str(), raw] {
        let (relative, climbed) = clamped(variant);
        if climbed {
            candidates.push(compiled_dir.join(&relative));
            candidates.push(project_dir.join(&relative));
        } else {
            candidates.push(project_dir.join(&relative));
            candidates.push(compiled_dir.join(&relative));
        }
    }
    let found = candidates.iter().find(|path| path.is_file());
    found
        .cloned()
        .unwrap_or_else(|| project_dir.join(clamped(&decoded).0))
}

/// `path` below a root, and whether it tried to leave it.
fn clamped(path: &str) -> (PathBuf, bool) {
    let mut kept = PathBuf::new();
    let mut climbed = false;
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => kept.push(name),
            Component::ParentDir => climbed |= !kept.pop(),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    (kept, climbed)
}

/// Bytes looked at to tell a text document (upstream's figure).
const SNIFFED: u64 = 512;

/// True when the file begins like HTML, XML or JSON.
pub fn is_text_document(path: &Path) -> bool {
    let mut head = Vec::new();
    let Ok(file) = std::fs::File::open(path) else {
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
    fn paths_are_found_as_a_browser_would() {
        let (project, compiled) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::create_dir(project.path().join("assets")).unwrap();
        let file = project.path().join("assets/a b.mp4");
        std::fs::write(&file, "").unwrap();
        let generated = compiled.path().join("gen.webm");
        std::fs::write(&generated, "").unwrap();
        let find = |src: &str| resolve_source(src, project.path(), compiled.path());
        for src in [
            "assets/a%20b.mp4",
            "/assets/a b.mp4",
            "../assets/a b.mp4?v=2",
            "./assets/a b.mp4",
        ] {
            assert_eq!(find(src), file, "{src}");
        }
        assert_eq!(find(file.to_str().unwrap()), file);
        assert_eq!(find("gen.webm"), generated);
        assert_eq!(find("gone.mp4"), project.path().join("gone.mp4"));
    }

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
        }
    }
}
