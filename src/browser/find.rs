//! Where the browser is: configured paths first, then the caches that HyperFrames and puppeteer
//! fill, then the system (docs/upstream.md#browser-executable).

use std::path::{Path, PathBuf};

use super::error::BrowserError;

/// Environment variables that name an executable; the first that is set counts.
pub const BROWSER_VARIABLES: [&str; 2] =
    ["PRODUCER_HEADLESS_SHELL_PATH", "HYPERFRAMES_BROWSER_PATH"];
/// Names on `PATH`, best first.
const SYSTEM_NAMES: [&str; 6] = [
    "chrome-headless-shell",
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
];
/// Cache folders below the home folder.
const CACHES: [&str; 2] = [
    ".cache/hyperframes/chrome/chrome-headless-shell",
    ".cache/puppeteer/chrome-headless-shell",
];

/// What kind of Chrome was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserKind {
    /// The old headless mode's own binary: it can be driven frame by frame.
    HeadlessShell,
    /// A full Chrome: screenshots only.
    Chrome,
}

/// A browser executable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundBrowser {
    /// The executable.
    pub path: PathBuf,
    /// Its kind, by name.
    pub kind: BrowserKind,
}

impl FoundBrowser {
    fn at(path: PathBuf) -> Self {
        let shell = path
            .file_name()
            .is_some_and(|n| n.to_string_lossy().contains("headless"));
        let kind = if shell {
            BrowserKind::HeadlessShell
        } else {
            BrowserKind::Chrome
        };
        Self { path, kind }
    }
}

/// Where to look for a browser.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BrowserSearch {
    /// The setting or variable that names an executable, and what it names: then a browser is
    /// looked for nowhere else.
    pub named: Option<(&'static str, PathBuf)>,
    /// The folder below which caches lie.
    pub home: Option<PathBuf>,
    /// Folders that may hold one of the system, in order.
    pub folders: Vec<PathBuf>,
}

/// Finds a browser: the one that is named, or in caches, or in the system's folders.
///
/// # Errors
/// [`BrowserError::ConfiguredMissing`] when a configured path does not exist,
/// [`BrowserError::NotFound`] when nothing is found anywhere.
pub fn find_browser(search: &BrowserSearch) -> Result<FoundBrowser, BrowserError> {
    if let Some((setting, path)) = &search.named {
        return if path.is_file() {
            Ok(FoundBrowser::at(path.clone()))
        } else {
            Err(BrowserError::ConfiguredMissing {
                setting: (*setting).to_owned(),
                path: path.clone(),
            })
        };
    }
    let homes = search.home.iter();
    let cached = homes.flat_map(|home| CACHES.iter().map(move |cache| home.join(cache)));
    let mut system = SYSTEM_NAMES
        .iter()
        .flat_map(|name| search.folders.iter().map(move |dir| dir.join(name)));
    cached
        .filter_map(|cache| newest_in_cache(&cache))
        .next()
        .or_else(|| system.find(|path| path.is_file()))
        .map(FoundBrowser::at)
        .ok_or_else(|| BrowserError::NotFound {
            tried: format!(
                "{}, ~/{}, ~/{} and PATH",
                BROWSER_VARIABLES.join(", "),
                CACHES[0],
                CACHES[1]
            ),
        })
}

/// The newest build for this platform in a cache of `<platform>-<version>` folders.
fn newest_in_cache(cache: &Path) -> Option<PathBuf> {
    let platform = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux64",
        ("macos", "aarch64") => "mac-arm64",
        ("macos", "x86_64") => "mac-x64",
        _ => return None,
    };
    let folder = format!("chrome-headless-shell-{platform}");
    let mut builds: Vec<(Vec<u32>, PathBuf)> = std::fs::read_dir(cache)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name
                .rsplit_once('-')
                .map_or(name.as_str(), |(_, version)| version);
            let binary = entry.path().join(&folder).join("chrome-headless-shell");
            let numbers = version
                .split('.')
                .map(|part| part.parse().unwrap_or(0))
                .collect();
            binary.is_file().then_some((numbers, binary))
        })
        .collect();
    builds.sort();
    builds.pop().map(|(_, path)| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_path_that_is_missing_is_named_with_its_setting() {
        let search = BrowserSearch {
            named: Some(("chromePath", "/no/chrome".into())),
            ..BrowserSearch::default()
        };
        let text = find_browser(&search).unwrap_err().to_string();
        assert!(
            text.contains("chromePath") && text.contains("/no/chrome"),
            "{text}"
        );
    }

    #[test]
    fn the_kind_follows_the_name() {
        let kind = |path: &str| FoundBrowser::at(path.into()).kind;
        assert_eq!(
            kind("/usr/bin/chromium-headless-shell"),
            BrowserKind::HeadlessShell
        );
        assert_eq!(kind("/usr/bin/google-chrome"), BrowserKind::Chrome);
    }

    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    #[test]
    fn the_newest_cached_version_wins_by_number() {
        let cache = tempfile::tempdir().unwrap();
        for version in ["linux-99.0.1.2", "linux-131.0.0.1", "linux-131.0.0.12"] {
            let dir = cache
                .path()
                .join(version)
                .join("chrome-headless-shell-linux64");
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("chrome-headless-shell"), "").unwrap();
        }
        let newest = newest_in_cache(cache.path()).unwrap();
        assert!(
            newest.starts_with(cache.path().join("linux-131.0.0.12")),
            "{newest:?}"
        );
    }
}
