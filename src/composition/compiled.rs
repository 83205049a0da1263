//! The compiled composition: what JavaScript hands over once and Rust never changes.

use std::path::PathBuf;

use serde::Deserialize;

use super::media::MediaLists;
use crate::pixels::MAX_SIDE;

/// The layout of [`CompiledComposition`] this build reads.
pub const SCHEMA_VERSION: u32 = 1;

/// Compile hints after which pages must see every frame in order.
const STATEFUL_HINTS: [&str; 1] = ["requestAnimationFrame"];

/// Which package's compile stage made a composition.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProducerIdentity {
    /// npm package name.
    pub package: String,
    /// Its version.
    pub version: String,
}

/// A reason for which the compile stage prefers screenshots.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename = "RenderModeReason"))]
pub struct Hint {
    /// Stable code such as `iframe` or `requestAnimationFrame`.
    pub code: String,
    /// Its explanation.
    #[serde(default)]
    pub message: String,
}

/// What the compile stage noticed about how the page must be captured.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[cfg_attr(
    test,
    derive(ts_rs::TS),
    ts(rename = "RenderModeHints", optional_fields)
)]
pub struct Hints {
    /// Capture through `Page.captureScreenshot`, not BeginFrame.
    pub recommend_screenshot: bool,
    /// Why so.
    pub reasons: Vec<Hint>,
    /// The page declares shader transitions.
    pub shader_transitions: bool,
    /// There is sound, and scripts of the page name a volume.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub scripted_volume: bool,
    /// Scripts may make or change media elements, or only the page knows their times: the media
    /// lists are to be completed by what a page shows.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub scripted_media: bool,
    /// Some clips have no times of their own: they show while their scene does.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub untimed_clips: bool,
}

/// A project after upstream's compile stage: everything that a render needs to know about it.
/// `saveCompiled` and `loadCompiled` of JavaScript move it to disk and back.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CompiledComposition {
    /// Layout version, 1.
    pub schema_version: u32,
    /// Whose compile stage made it.
    pub producer: ProducerIdentity,
    /// Project folder, for assets that the compiled files lack. An absolute path; relative to the
    /// file when saved as `compiled.json`.
    pub project_dir: PathBuf,
    /// Folder of the compiled files and the assets copied with them; relative when saved.
    pub compiled_dir: PathBuf,
    /// Final `index.html`, with runtime, stubs, virtual clock and bridge; relative when saved.
    pub document_path: PathBuf,
    /// `<script>` block for the head of every other HTML file that is served.
    pub pre_head: String,
    /// Entry file within the project, with forward slashes.
    pub entry_file: String,
    /// Composition width in CSS pixels.
    pub width: u32,
    /// Composition height in CSS pixels.
    pub height: u32,
    /// Seconds known without a page; 0 when the page must be asked.
    pub static_duration: f64,
    /// Timed media of the root timeline.
    #[serde(default)]
    pub media: MediaLists,
    /// What the compile stage noticed.
    #[serde(default)]
    pub hints: Hints,
}

/// Why a composition was refused.
#[derive(Debug, thiserror::Error)]
pub enum CompositionError {
    /// A field holds something a render can't start from.
    #[error("compiled composition field `{field}` {problem}")]
    Field {
        /// Field name as in the JSON.
        field: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl CompiledComposition {
    /// Checks what serde can't: version, size, existing files.
    ///
    /// # Errors
    /// [`CompositionError::Field`] naming the first field at fault.
    pub fn check(&self) -> Result<(), CompositionError> {
        let fail = |field, problem: String| Err(CompositionError::Field { field, problem });
        if self.schema_version != SCHEMA_VERSION {
            return fail(
                "schemaVersion",
                format!(
                    "is {}; this build reads {SCHEMA_VERSION}",
                    self.schema_version
                ),
            );
        }
        for (field, value) in [("width", self.width), ("height", self.height)] {
            if !(1..=MAX_SIDE).contains(&(value as usize)) {
                return fail(
                    field,
                    format!("is {value}; give 1 to {MAX_SIDE} CSS pixels"),
                );
            }
        }
        if !self.static_duration.is_finite() || self.static_duration < 0.0 {
            return fail(
                "staticDuration",
                format!("is {}; give seconds >= 0", self.static_duration),
            );
        }
        if !self.document_path.is_file() {
            return fail(
                "documentPath",
                format!("{} does not exist", self.document_path.display()),
            );
        }
        for (field, dir) in [
            ("projectDir", &self.project_dir),
            ("compiledDir", &self.compiled_dir),
        ] {
            if !dir.is_dir() {
                return fail(field, format!("{} is not a folder", dir.display()));
            }
        }
        Ok(())
    }

    /// Its length, seconds: that of a page where the compile stage found none.
    pub fn seconds_or(&self, page: f64) -> f64 {
        match self.static_duration {
            known if known > 0.0 => known,
            _ => page,
        }
    }

    /// True when a compile hint carries `code`.
    pub fn has_hint(&self, code: &str) -> bool {
        self.hints.reasons.iter().any(|hint| hint.code == code)
    }

    /// Whether pages must see every frame in order.
    pub fn is_stateful(&self) -> bool {
        STATEFUL_HINTS.iter().any(|code| self.has_hint(code))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::sample;
    use super::*;
    use crate::testing::patched;

    #[test]
    fn a_composition_needs_no_media() {
        let dir = tempfile::tempdir().unwrap();
        let json = patched(sample(dir.path()), json!({ "width": MAX_SIDE }));
        let whole: CompiledComposition = serde_json::from_value(json).unwrap();
        whole.check().unwrap();
        assert!(whole.media.videos.is_empty());
    }

    #[test]
    fn faults_name_their_field() {
        let dir = tempfile::tempdir().unwrap();
        let check = |patch| {
            let json = patched(sample(dir.path()), patch);
            serde_json::from_value::<CompiledComposition>(json)
                .unwrap()
                .check()
        };
        check(json!({})).unwrap();
        for (field, value) in [
            ("schemaVersion", json!(9)),
            ("width", json!(0)),
            ("height", json!(MAX_SIDE + 1)),
            ("staticDuration", json!(-1.0)),
            ("documentPath", json!(dir.path().join("gone.html"))),
            ("compiledDir", json!(dir.path().join("gone"))),
        ] {
            let text = check(json!({ field: value })).unwrap_err().to_string();
            assert!(text.contains(field), "{field}: {text}");
        }
    }
}
