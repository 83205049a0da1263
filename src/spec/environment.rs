//! What a render takes from the environment of its process: read once for each render, and shown
//! in its plan.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use crate::browser::{BROWSER_VARIABLES, BrowserSearch};
#[cfg(feature = "test-switches")]
use crate::composition::FrameOrder;
use crate::encode::{FFMPEG_VARIABLE, FFPROBE_VARIABLE, SEGMENT_BYTES, ToolSearch};

/// Names a lane to keep to, for comparisons.
const LANE: &str = "HF_NATIVE_LANE";
/// One frame in how many is compared with Chrome's own picture of it.
const CHECK_ONE_IN: &str = "HF_NATIVE_CHECK_ONE_IN";
/// Makes a blend panic after so many others.
#[cfg(feature = "test-switches")]
const PANIC_AT_BLEND: &str = "HF_NATIVE_PANIC_AT_BLEND";
/// The order in which workers take frames: `rising`, `falling`, `scattered`.
#[cfg(feature = "test-switches")]
const FRAME_ORDER: &str = "HF_NATIVE_FRAME_ORDER";
/// Deadline of the frame that proves the compositor alive, ms (upstream's name).
const LIVENESS_TIMEOUT: &str = "PRODUCER_BEGINFRAME_PROBE_TIMEOUT_MS";
/// Share of a clip's frames that its source must give (upstream's name).
const COVERAGE: &str = "HF_VIDEO_COVERAGE_THRESHOLD";

/// `off` starts browsers without their sandbox.
const SANDBOX: &str = "HF_NATIVE_SANDBOX";

/// Most bytes that renders which never ended may leave beside a destination.
const RESUME_BYTES: &str = "HF_NATIVE_RESUME_BYTES";

const CHECK_ONE_IN_DEFAULT: u64 = 400;
const LIVENESS_TIMEOUT_DEFAULT_MS: u64 = 30_000;
/// Upstream's.
const COVERAGE_DEFAULT: f64 = 0.95;

/// A capture lane that comparisons keep to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LaneDemand {
    /// The lane that upstream captures with.
    Reference,
    /// Photographs without loss, which the surface lanes must equal in every pixel.
    Lossless,
}

/// What the environment says. Values that make no sense count as not given.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Environment {
    /// The lane to keep to, if one is demanded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lane: Option<LaneDemand>,
    /// One frame in this many is compared with Chrome's own picture of it; at least 1.
    pub check_one_in: u64,
    /// Deadline of the frame that proves the compositor alive, ms.
    pub liveness_timeout_ms: u64,
    /// Share of a clip's frames that its source must give; `None` when the user turned that off.
    pub coverage_threshold: Option<f64>,
    /// Browsers run in their sandbox, where they can.
    pub sandbox: bool,
    /// Most bytes of segments that renders which never ended may leave beside a destination.
    #[serde(skip)]
    pub resume_bytes: u64,
    /// ffmpeg's executable.
    #[serde(skip_serializing_if = "Option::is_none")]
    ffmpeg: Option<PathBuf>,
    /// ffprobe's executable.
    #[serde(skip_serializing_if = "Option::is_none")]
    ffprobe: Option<PathBuf>,
    /// The browser's executable, and the variable that names it.
    #[serde(serialize_with = "path_alone", skip_serializing_if = "Option::is_none")]
    browser: Option<(&'static str, PathBuf)>,
    /// The user's home folder.
    #[serde(skip)]
    home: Option<PathBuf>,
    /// Folders of `PATH`.
    #[serde(skip)]
    folders: Vec<PathBuf>,
    /// Folders in which browsers are installed that are not on `PATH`.
    #[serde(skip)]
    browser_folders: Vec<PathBuf>,
    /// A blend panics after so many others.
    #[cfg(feature = "test-switches")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub panic_at_blend: Option<u64>,
    /// The order in which workers take frames.
    #[cfg(feature = "test-switches")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frame_order: Option<FrameOrder>,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn read() -> Self {
        Self::of(|name| std::env::var_os(name))
    }

    /// Reads variables as `variable` gives them.
    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let given = |name: &str| variable(name).filter(|value| !value.is_empty());
        let text = |name: &str| given(name)?.into_string().ok();
        let whole = |name: &str| text(name)?.parse::<u64>().ok();
        let path = |name: &str| given(name).map(PathBuf::from);
        Self {
            lane: text(LANE).and_then(|name| lane(&name)),
            check_one_in: whole(CHECK_ONE_IN)
                .filter(|rate| *rate > 0)
                .unwrap_or(CHECK_ONE_IN_DEFAULT),
            liveness_timeout_ms: whole(LIVENESS_TIMEOUT).unwrap_or(LIVENESS_TIMEOUT_DEFAULT_MS),
            coverage_threshold: coverage(text(COVERAGE).as_deref()),
            sandbox: text(SANDBOX).as_deref() != Some("off"),
            resume_bytes: whole(RESUME_BYTES).unwrap_or(SEGMENT_BYTES),
            ffmpeg: path(FFMPEG_VARIABLE),
            ffprobe: path(FFPROBE_VARIABLE),
            browser: BROWSER_VARIABLES
                .into_iter()
                .find_map(|name| Some((name, path(name)?))),
            home: path("HOME").or_else(|| path("USERPROFILE")),
            folders: given("PATH")
                .map(|path| std::env::split_paths(&path).collect())
                .unwrap_or_default(),
            browser_folders: browser_folders(path),
            #[cfg(feature = "test-switches")]
            panic_at_blend: whole(PANIC_AT_BLEND),
            #[cfg(feature = "test-switches")]
            frame_order: text(FRAME_ORDER).and_then(|name| FrameOrder::named(&name)),
        }
    }

    /// Where to look for a browser; the `configured` one comes first.
    pub fn browser_search(&self, configured: Option<&Path>) -> BrowserSearch {
        let configured = configured.map(|path| ("chromePath", path.to_owned()));
        BrowserSearch {
            named: configured.or_else(|| self.browser.clone()),
            home: self.home.clone(),
            folders: [self.folders.as_slice(), &self.browser_folders].concat(),
        }
    }

    /// Where to look for ffmpeg and ffprobe; configured ones come first.
    pub fn tool_search(&self, ffmpeg: Option<&Path>, ffprobe: Option<&Path>) -> ToolSearch {
        let first = |configured: Option<&Path>, named: &Option<PathBuf>| {
            configured.map(Path::to_owned).or_else(|| named.clone())
        };
        ToolSearch {
            ffmpeg: first(ffmpeg, &self.ffmpeg),
            ffprobe: first(ffprobe, &self.ffprobe),
            folders: self.folders.clone(),
        }
    }
}

impl Default for Environment {
    /// An environment that says nothing.
    fn default() -> Self {
        Self::of(|_| None)
    }
}

/// Where Windows has Chrome, Edge and Chromium: in a folder for everybody, or in the user's own. No other
/// system sets the variables that name these.
fn browser_folders(path: impl Fn(&str) -> Option<PathBuf>) -> Vec<PathBuf> {
    let places = ["ProgramFiles", "ProgramFiles(x86)", "LOCALAPPDATA"];
    let makers = ["Google/Chrome", "Microsoft/Edge", "Chromium"];
    let places = places.into_iter().filter_map(path);
    let folders = |place: PathBuf| makers.map(|name| place.join(name).join("Application"));
    places.flat_map(folders).collect()
}

fn path_alone<S: Serializer>(
    named: &Option<(&'static str, PathBuf)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    named.as_ref().map(|(_, path)| path).serialize(serializer)
}

fn lane(name: &str) -> Option<LaneDemand> {
    match name {
        "reference" => Some(LaneDemand::Reference),
        "lossless" => Some(LaneDemand::Lossless),
        _ => None,
    }
}

/// Upstream's reading of the variable: 0 and less turn the gate off, more than 1 means 1.
fn coverage(variable: Option<&str>) -> Option<f64> {
    let given = variable.map(|text| text.trim().parse::<f64>());
    match given {
        Some(Ok(share)) if share.is_finite() => (share > 0.0).then_some(share.min(1.0)),
        _ => Some(COVERAGE_DEFAULT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Environment {
        Environment::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_gate_reads_as_upstream_reads_it() {
        let coverage = |text: &str| read(&[(COVERAGE, text)]).coverage_threshold;
        assert_eq!(Environment::default().coverage_threshold, Some(0.95));
        assert_eq!(coverage("nonsense"), Some(0.95));
        assert_eq!(coverage("0"), None);
        assert_eq!(coverage("7"), Some(1.0));
        assert_eq!(coverage(" 0.5 "), Some(0.5));
    }

    #[test]
    fn browsers_of_windows_are_looked_for_behind_the_path() {
        let here = read(&[
            ("PATH", "/bin"),
            ("USERPROFILE", "/users/me"),
            ("ProgramFiles", "/programs"),
        ]);
        let search = here.browser_search(None);
        assert_eq!(search.home, Some("/users/me".into()));
        let chrome = Path::new("/programs/Google/Chrome/Application");
        assert_eq!(search.folders[..2], [Path::new("/bin"), chrome]);
        assert_eq!(here.tool_search(None, None).folders.len(), 1);
    }

    #[test]
    fn what_makes_no_sense_counts_as_not_given() {
        let odd = read(&[
            (LANE, "fastest"),
            (CHECK_ONE_IN, "0"),
            (LIVENESS_TIMEOUT, "soon"),
            (FFMPEG_VARIABLE, ""),
        ]);
        assert_eq!(odd, Environment::default());
        assert_eq!((odd.check_one_in, odd.liveness_timeout_ms), (400, 30_000));
    }

    #[test]
    fn what_is_given_is_taken_and_shown() {
        let read = read(&[
            (LANE, "lossless"),
            (CHECK_ONE_IN, "1"),
            (LIVENESS_TIMEOUT, "500"),
            (BROWSER_VARIABLES[1], "/b"),
            (FFPROBE_VARIABLE, "/p"),
            ("HOME", "/home/somebody"),
            ("PATH", "/bin"),
        ]);
        let shown = serde_json::json!(read);
        let wanted = serde_json::json!({
            "lane": "lossless", "checkOneIn": 1, "livenessTimeoutMs": 500,
            "coverageThreshold": 0.95, "sandbox": true, "browser": "/b", "ffprobe": "/p",
        });
        assert_eq!(shown, wanted);
        let browser = read.browser_search(None);
        assert_eq!(browser.named, Some((BROWSER_VARIABLES[1], "/b".into())));
        assert_eq!(browser.folders, [PathBuf::from("/bin")]);
    }

    #[test]
    fn what_is_configured_comes_before_the_environment() {
        let read = read(&[(BROWSER_VARIABLES[0], "/b"), (FFMPEG_VARIABLE, "/f")]);
        let browser = read.browser_search(Some(Path::new("/own")));
        assert_eq!(browser.named, Some(("chromePath", "/own".into())));
        let tools = read.tool_search(Some(Path::new("/own")), None);
        assert_eq!((tools.ffmpeg, tools.ffprobe), (Some("/own".into()), None));
    }
}
