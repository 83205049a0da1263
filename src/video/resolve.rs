//! From a `src` to a file.

use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

/// Finds the file that `src` means, as upstream does: a source that climbs out of the project is
/// looked for below both folders, escapes are tried decoded first. What exists nowhere comes back
/// as a path in the project.
pub fn resolve_source(src: &str, project_dir: &Path, compiled_dir: &Path) -> PathBuf {
    let clean = src.trim().split(['?', '#']).next().unwrap_or_default();
    let absolute = Path::new(clean);
    if absolute.is_absolute() && absolute.exists() {
        return absolute.to_owned();
    }
    variants(clean)
        .iter()
        .flat_map(|variant| candidates(variant, project_dir, compiled_dir))
        .find(|path| path.exists())
        .unwrap_or_else(|| join(project_dir, clean))
}

fn variants(path: &str) -> Vec<String> {
    let decoded = decode_runs(path);
    if decoded == path {
        vec![decoded]
    } else {
        vec![decoded, path.to_owned()]
    }
}

/// Decodes every run of escapes that is UTF-8, and leaves the others.
fn decode_runs(path: &str) -> String {
    let mut decoded = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        decoded += &rest[..at];
        rest = &rest[at..];
        let length = run_length(rest.as_bytes());
        if length == 0 {
            decoded.push('%');
            rest = &rest[1..];
            continue;
        }
        let run = &rest[..length];
        match percent_decode_str(run).decode_utf8() {
            Ok(text) => decoded += &text,
            Err(_) => decoded += run,
        }
        rest = &rest[length..];
    }
    decoded + rest
}

fn run_length(bytes: &[u8]) -> usize {
    let escaped = |escape: &&[u8]| matches!(escape, [b'%', high, low] if high.is_ascii_hexdigit() && low.is_ascii_hexdigit());
    bytes.chunks(3).take_while(escaped).count() * 3
}

fn candidates(variant: &str, project_dir: &Path, compiled_dir: &Path) -> Vec<PathBuf> {
    let mut paths = Vec::with_capacity(4);
    let joined = join(project_dir, variant);
    if !joined.starts_with(normal(project_dir)) {
        let inside = without_climbing(&variant.replace('\\', "/"));
        if !inside.is_empty() {
            paths.push(join(compiled_dir, &inside));
            paths.push(join(project_dir, &inside));
        }
    }
    paths.push(join(compiled_dir, variant));
    paths.push(joined);
    paths
}

/// The path with every step taken and none that leads out.
fn without_climbing(path: &str) -> String {
    let mut steps: Vec<&str> = Vec::new();
    for step in path.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            name => steps.push(name),
        }
    }
    steps.join("/")
}

/// Below `base` even when `path` starts with a slash, without `.` and `..`.
fn join(base: &Path, path: &str) -> PathBuf {
    normal(&base.join(path.trim_start_matches('/')))
}

fn normal(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// A remote source would have to be downloaded first.
pub fn is_remote(src: &str) -> bool {
    let lower = src
        .trim_start()
        .get(..8)
        .unwrap_or(src)
        .to_ascii_lowercase();
    lower.starts_with("http://") || lower.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_found_where_upstream_finds_them() {
        let dir = tempfile::tempdir().unwrap();
        let (project, compiled) = (dir.path().join("project"), dir.path().join("compiled"));
        for path in [
            "project/a b.wav",
            "project/100%.wav",
            "compiled/a.wav",
            "project/a.wav",
        ] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::write(dir.path().join("outside.wav"), "").unwrap();
        let found = |src: &str| {
            let path = resolve_source(src, &project, &compiled);
            path.strip_prefix(dir.path()).unwrap().display().to_string()
        };
        assert_eq!(found("a.wav?v=2#t=1"), "compiled/a.wav");
        assert_eq!(found("/a.wav"), "compiled/a.wav");
        assert_eq!(found("a%20b.wav"), "project/a b.wav");
        assert_eq!(found("100%.wav"), "project/100%.wav");
        assert_eq!(found("../../a.wav"), "compiled/a.wav");
        assert_eq!(found("sub/../../../a.wav"), "compiled/a.wav");
        assert_eq!(found("none.wav"), "project/none.wav");
        let absolute = dir.path().join("outside.wav").display().to_string();
        assert_eq!(found(&absolute), "outside.wav");
    }

    #[test]
    fn only_well_formed_escapes_are_decoded() {
        for (path, decoded) in [
            ("a%20b", "a b"),
            ("%", "%"),
            ("100%.wav", "100%.wav"),
            ("%ff%20", "%ff%20"),
            ("%C3%A4%zz", "ä%zz"),
        ] {
            assert_eq!(decode_runs(path), decoded);
        }
    }
}
