//! Where ffmpeg and ffprobe are.

use std::path::{Path, PathBuf};

use super::error::EncodeError;

/// The two executables.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Encoder.
    pub ffmpeg: PathBuf,
    /// Prober.
    pub ffprobe: PathBuf,
}

const FFMPEG_VARIABLE: &str = "HYPERFRAMES_FFMPEG_PATH";
const FFPROBE_VARIABLE: &str = "HYPERFRAMES_FFPROBE_PATH";

/// Finds both: configured, environment, `PATH`.
///
/// # Errors
/// [`EncodeError::ToolConfigured`] or [`EncodeError::ToolMissing`].
pub fn find_tools(ffmpeg: Option<&Path>, ffprobe: Option<&Path>) -> Result<Tools, EncodeError> {
    Ok(Tools {
        ffmpeg: find("ffmpeg", FFMPEG_VARIABLE, ffmpeg)?,
        ffprobe: find("ffprobe", FFPROBE_VARIABLE, ffprobe)?,
    })
}

fn find(
    tool: &'static str,
    variable: &'static str,
    configured: Option<&Path>,
) -> Result<PathBuf, EncodeError> {
    let from_env = || {
        std::env::var_os(variable)
            .filter(|v| !v.is_empty())
            .map(PathBuf::from)
    };
    if let Some(path) = configured.map(Path::to_owned).or_else(from_env) {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(EncodeError::ToolConfigured { variable, path })
        };
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .map(|dir| dir.join(tool))
        .find(|candidate| candidate.is_file())
        .ok_or(EncodeError::ToolMissing { tool, variable })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_tool_that_is_missing_is_named() {
        let text = find_tools(Some(Path::new("/no/ffmpeg")), None)
            .unwrap_err()
            .to_string();
        assert!(
            text.contains(FFMPEG_VARIABLE) && text.contains("/no/ffmpeg"),
            "{text}"
        );
    }
}
