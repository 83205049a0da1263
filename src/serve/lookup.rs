//! From a request path to a file inside one of the served roots.

use std::path::{Component, Path, PathBuf};

use percent_encoding::percent_decode_str;

/// The regular file that `request_path` names in the first root that has it.
///
/// The path itself may not lead out of a root. A symlink inside a root may, because projects share
/// asset folders that way, unless `is_confined`: then a file counts where it really is.
pub(super) fn find_file(
    roots: &[PathBuf],
    request_path: &str,
    is_confined: bool,
) -> Option<PathBuf> {
    let relative = relative_path(request_path)?;
    let mut paths = roots.iter().map(|root| root.join(&relative));
    let path = paths.find(|path| path.is_file())?;
    (!is_confined || is_really_in(roots, &path)).then_some(path)
}

/// Whether `path` lies in one of the folders when all links are followed.
fn is_really_in(roots: &[PathBuf], path: &Path) -> bool {
    let Ok(real) = path.canonicalize() else {
        return false;
    };
    let mut real_roots = roots.iter().filter_map(|root| root.canonicalize().ok());
    real_roots.any(|root| real.starts_with(root))
}

/// Decodes the percent escapes of each segment; a segment that cannot be decoded stays as it is.
/// `None` when the path has other segments than plain names.
fn relative_path(request_path: &str) -> Option<PathBuf> {
    let decoded: Vec<String> = request_path
        .split('/')
        .filter(|segment| !segment.is_empty() && *segment != ".")
        .map(|segment| {
            percent_decode_str(segment)
                .decode_utf8()
                .map_or_else(|_| segment.to_owned(), std::borrow::Cow::into_owned)
        })
        .collect();
    let plain = |name: &String| {
        !name.contains(['/', '\\', '\0'])
            && Path::new(name)
                .components()
                .all(|part| matches!(part, Component::Normal(_)))
            && (!cfg!(windows) || names_a_file_of_windows(name))
    };
    decoded.iter().all(plain).then(|| decoded.iter().collect())
}

/// Whether Windows takes a name for that of a file in its folder: no drive, stream, wildcard or device,
/// and nothing at its end that is cut off there.
fn names_a_file_of_windows(name: &str) -> bool {
    const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or_default();
    let stem = stem.trim_end().to_lowercase();
    let numbered = |kind: &str| {
        let number = stem.strip_prefix(kind).unwrap_or_default();
        number.chars().count() == 1 && number.contains(|c: char| c.is_numeric())
    };
    let is_device = DEVICES.contains(&stem.as_str()) || numbered("com") || numbered("lpt");
    let is_odd = |c: char| c.is_control() || "<>:\"|?*".contains(c);
    !is_device && !name.contains(is_odd) && !name.ends_with(['.', ' '])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn compiled_files_win_over_project_files() {
        let (compiled, project) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let roots = [compiled.path().to_owned(), project.path().to_owned()];
        std::fs::write(project.path().join("a b.png"), "p").unwrap();
        assert_eq!(
            find_file(&roots, "/a%20b.png", false),
            Some(project.path().join("a b.png"))
        );
        std::fs::write(compiled.path().join("a b.png"), "c").unwrap();
        assert_eq!(
            find_file(&roots, "/a%20b.png", false),
            Some(compiled.path().join("a b.png"))
        );
        assert_eq!(find_file(&roots, "/", false), None);
    }

    #[test]
    fn names_that_windows_reads_otherwise_are_none() {
        for name in [
            "C:",
            "c:secret",
            "a.png::$DATA",
            "a.png:s",
            "nul",
            "NUL.png",
            "Aux .txt",
            "com1",
            "LPT9.a",
            "COM¹",
            "a.",
            "a ",
            "... ",
            "a?",
            "a*",
            "a|b",
            "\u{1}",
        ] {
            assert!(!names_a_file_of_windows(name), "{name}");
        }
        for name in [
            "a.png",
            ".hidden",
            "nullify.txt",
            "com10",
            "common",
            "a b",
            "ü.png",
            "con-1",
        ] {
            assert!(names_a_file_of_windows(name), "{name}");
        }
    }

    #[test]
    fn no_path_climbs_out() {
        let root = tempfile::tempdir().unwrap();
        let inner = root.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(root.path().join("secret"), "s").unwrap();
        for path in [
            "/../secret",
            "/%2e%2e/secret",
            "/..%2fsecret",
            "/x/../../secret",
            "/%00",
            "/..%5csecret",
            "/x%5c..%5c..%5csecret",
            "/C:/secret",
            "/C%3A%5Csecret",
            "/%5c%5c%3f%5cC:%5csecret",
        ] {
            assert_eq!(
                find_file(std::slice::from_ref(&inner), path, false),
                None,
                "{path}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_link_may_lead_to_a_shared_folder() {
        let (root, shared) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        std::fs::write(shared.path().join("logo.png"), "l").unwrap();
        std::os::unix::fs::symlink(shared.path(), root.path().join("brand")).unwrap();
        let roots = [root.path().to_owned()];
        let wanted = root.path().join("brand/logo.png");
        assert_eq!(find_file(&roots, "/brand/logo.png", false), Some(wanted));
        assert_eq!(find_file(&roots, "/brand/logo.png", true), None);
        std::fs::write(root.path().join("own.png"), "o").unwrap();
        std::os::unix::fs::symlink("own.png", root.path().join("link.png")).unwrap();
        assert!(find_file(&roots, "/link.png", true).is_some());
    }

    proptest! {
        #[test]
        fn every_accepted_path_stays_below(path in "[a-z./%0-9 \\\\]{0,40}") {
            if let Some(relative) = relative_path(&path) {
                prop_assert!(relative.components().all(|c| matches!(c, Component::Normal(_))));
            }
        }
    }
}
