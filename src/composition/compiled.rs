//! The compiled composition: what JavaScript hands over once and Rust never changes.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::pixels::MAX_SIDE;

/// The layout of [`CompiledComposition`] this build reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

/// Which package's compile stage made a composition.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProducerIdentity {
    /// npm package name.
    pub package: String,
    /// Its version.
    pub version: String,
}

/// Timed media of the root timeline, as upstream's `collectRenderMedia` lists them.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[cfg_attr(test, derive(ts_rs::TS), ts(optional_fields))]
pub struct MediaLists {
    /// `<video>` clips.
    #[cfg_attr(test, ts(type = "Record<string, unknown>[]"))]
    pub videos: Vec<serde_json::Value>,
    /// `<audio>` clips.
    #[cfg_attr(test, ts(type = "Record<string, unknown>[]"))]
    pub audios: Vec<serde_json::Value>,
    /// Timed images.
    #[cfg_attr(test, ts(type = "Record<string, unknown>[]"))]
    pub images: Vec<serde_json::Value>,
    /// JSON of the effects on the whole sound.
    #[serde(rename = "masterFxChain", skip_serializing_if = "Option::is_none")]
    pub master_fx_chain: Option<String>,
}

/// A reason for which the compile stage prefers screenshots.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
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
    /// Scripts of the page may set the volume of sounding elements.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub scripted_volume: bool,
    /// Some clips have no times of their own: they show while their scene does.
    #[cfg_attr(test, ts(as = "Option<_>"))]
    pub untimed_clips: bool,
}

/// A project after upstream's compile stage: everything that a render needs to know about it.
/// `saveCompiled` and `loadCompiled` of JavaScript move it to disk and back.
#[derive(Debug, Clone, Serialize, Deserialize)]
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
    /// The file could not be read.
    #[error("cannot read compiled composition {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is not a compiled composition.
    #[error("{} is not a compiled composition: {source}", path.display())]
    Parse {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: serde_json::Error,
    },
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
    /// Loads a saved `compiled.json`; relative paths in it are relative to its folder.
    ///
    /// # Errors
    /// [`CompositionError`] when the file is missing, not JSON of this shape, or inconsistent.
    pub fn load(path: &Path) -> Result<Self, CompositionError> {
        let text = std::fs::read_to_string(path).map_err(|source| CompositionError::Read {
            path: path.to_owned(),
            source,
        })?;
        let mut loaded: Self =
            serde_json::from_str(&text).map_err(|source| CompositionError::Parse {
                path: path.to_owned(),
                source,
            })?;
        let base = path.parent().unwrap_or(Path::new("."));
        for field in [
            &mut loaded.project_dir,
            &mut loaded.compiled_dir,
            &mut loaded.document_path,
        ] {
            *field = base.join(&*field);
        }
        loaded.check()?;
        Ok(loaded)
    }

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

    /// True when a compile hint carries `code`.
    pub fn has_hint(&self, code: &str) -> bool {
        self.hints.reasons.iter().any(|hint| hint.code == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saved(dir: &Path, patch: impl FnOnce(&mut serde_json::Value)) -> PathBuf {
        std::fs::write(dir.join("document.html"), "<html></html>").unwrap();
        std::fs::create_dir_all(dir.join("compiled")).unwrap();
        let mut json = serde_json::json!({
            "schemaVersion": 1,
            "producer": {"package": "hyperframes", "version": "0.8.170"},
            "projectDir": ".", "compiledDir": "compiled", "documentPath": "document.html",
            "preHead": "", "entryFile": "index.html", "width": 320, "height": 180,
            "staticDuration": 2.0
        });
        patch(&mut json);
        let file = dir.join("compiled.json");
        std::fs::write(&file, json.to_string()).unwrap();
        file
    }

    #[test]
    fn a_saved_composition_loads_relative_to_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let loaded = CompiledComposition::load(&saved(dir.path(), |_| {})).unwrap();
        assert_eq!(loaded.document_path, dir.path().join("document.html"));
        assert!(loaded.media.videos.is_empty());
    }

    #[test]
    fn faults_name_their_field() {
        let dir = tempfile::tempdir().unwrap();
        for (field, value) in [
            ("schemaVersion", serde_json::json!(9)),
            ("width", serde_json::json!(0)),
            ("staticDuration", serde_json::json!(-1.0)),
            ("documentPath", serde_json::json!("gone.html")),
            ("compiledDir", serde_json::json!("gone")),
        ] {
            let file = saved(dir.path(), |json| json[field] = value);
            let text = CompiledComposition::load(&file).unwrap_err().to_string();
            assert!(text.contains(field), "{field}: {text}");
        }
    }

    #[test]
    fn a_missing_file_is_named() {
        let text = CompiledComposition::load(Path::new("/nowhere/compiled.json")).unwrap_err();
        assert!(text.to_string().contains("/nowhere/compiled.json"));
    }
}
