//! Finding a browser: configured paths first, then the caches of HyperFrames and puppeteer, then
//! the system's folders (docs/upstream.md#browser-executable).

use std::path::{Path, PathBuf};

use super::error::BrowserError;

/// Environment variables that name an executable; the first one that is set is used.
pub const BROWSER_VARIABLES: [&str; 2] =
    ["PRODUCER_HEADLESS_SHELL_PATH", "HYPERFRAMES_BROWSER_PATH"];
/// Names on `PATH`, best first; Windows adds `.exe`, and its Chrome and Edge have the last two.
const SYSTEM_NAMES: [&str; 8] = [
    "chrome-headless-shell",
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome-stable",
    "google-chrome",
    "chrome",
    "msedge",
];
/// Cache folders below the home folder.
const CACHES: [&str; 2] = [
    ".cache/hyperframes/chrome/chrome-headless-shell",
    ".cache/puppeteer/chrome-headless-shell",
];

/// What kind of Chrome was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrowserKind {
    /// chrome-headless-shell, the binary of the old headless mode. It can be driven frame by frame.
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
    /// The setting or variable that names an executable, and the executable. When it is given, no
    /// other place is searched.
    pub named: Option<(&'static str, PathBuf)>,
    /// The home folder, in which the caches are.
    pub home: Option<PathBuf>,
    /// Folders to search for an installed browser, in order.
    pub folders: Vec<PathBuf>,
}

/// Finds a browser: the named one, or one in the caches, or one in `folders`.
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
    let platform = chrome_platform(std::env::consts::OS, std::env::consts::ARCH);
    let mut system = SYSTEM_NAMES.iter().flat_map(|name| {
        search
            .folders
            .iter()
            .map(move |dir| dir.join(program(name)))
    });
    cached
        .filter_map(|cache| newest_in_cache(&cache, platform?))
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

/// The file name of a program.
fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

/// What Chrome for Testing calls a system and its processor, if it builds for them.
fn chrome_platform(os: &str, arch: &str) -> Option<&'static str> {
    Some(match (os, arch) {
        ("linux", "x86_64") => "linux64",
        // Since Chrome 153; before, an ARM cache has the build for x86-64 under that one's name.
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "aarch64") => "mac-arm64",
        ("macos", "x86_64") => "mac-x64",
        // On ARM it is emulated: there is no build for it.
        ("windows", _) => "win64",
        _ => return None,
    })
}

/// The newest build for `platform` in a cache of `<platform>-<version>` folders.
fn newest_in_cache(cache: &Path, platform: &str) -> Option<PathBuf> {
    let folder = format!("chrome-headless-shell-{platform}");
    let mut builds: Vec<(Vec<u32>, PathBuf)> = std::fs::read_dir(cache)
        .ok()?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = name
                .rsplit_once('-')
                .map_or(name.as_str(), |(_, version)| version);
            let binary = program("chrome-headless-shell");
            let binary = entry.path().join(&folder).join(binary);
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

    /// A cache with builds for a platform in the folders `versions`.
    fn cache_of(versions: &[&str], platform: &str) -> tempfile::TempDir {
        let cache = tempfile::tempdir().unwrap();
        for version in versions {
            let folder = format!("chrome-headless-shell-{platform}");
            let dir = cache.path().join(version).join(folder);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join(program("chrome-headless-shell")), "").unwrap();
        }
        cache
    }

    #[test]
    fn the_newest_cached_version_wins_by_number() {
        let versions = ["linux-99.0.1.2", "linux-131.0.0.1", "linux-131.0.0.12"];
        let cache = cache_of(&versions, "linux64");
        let newest = newest_in_cache(cache.path(), "linux64").unwrap();
        assert!(
            newest.starts_with(cache.path().join("linux-131.0.0.12")),
            "{newest:?}"
        );
    }

    #[test]
    fn linux_on_arm_has_builds_of_its_own() {
        let platform = chrome_platform("linux", "aarch64").unwrap();
        let cache = cache_of(&["linux_arm-153.0.8001.0"], "linux-arm64");
        assert!(newest_in_cache(cache.path(), platform).is_some());
        // An older one, which is for x86-64.
        let cache = cache_of(&["linux_arm-152.0.7000.0"], "linux64");
        assert_eq!(newest_in_cache(cache.path(), platform), None);
    }
}
