//! Finding ffmpeg and ffprobe.

use std::path::PathBuf;

use super::error::EncodeError;

/// The two executables.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Encoder.
    pub ffmpeg: PathBuf,
    /// Prober.
    pub ffprobe: PathBuf,
}

/// Environment variable that names ffmpeg.
pub const FFMPEG_VARIABLE: &str = "HYPERFRAMES_FFMPEG_PATH";
/// Environment variable that names ffprobe.
pub const FFPROBE_VARIABLE: &str = "HYPERFRAMES_FFPROBE_PATH";

/// Where to look for them.
#[derive(Debug, Clone, Default)]
pub struct ToolSearch {
    /// The ffmpeg that a setting or the environment names. When it is given, no other place is
    /// searched.
    pub ffmpeg: Option<PathBuf>,
    /// The same for ffprobe.
    pub ffprobe: Option<PathBuf>,
    /// Folders that may hold them, in order.
    pub folders: Vec<PathBuf>,
}

/// Finds both.
///
/// # Errors
/// [`EncodeError::ToolConfigured`] or [`EncodeError::ToolMissing`].
pub fn find_tools(search: &ToolSearch) -> Result<Tools, EncodeError> {
    let find = |tool, variable, named: &Option<PathBuf>| match named {
        Some(path) if path.is_file() => Ok(path.clone()),
        Some(path) => Err(EncodeError::ToolConfigured {
            variable,
            path: path.clone(),
        }),
        None => {
            let file = program(tool);
            let mut candidates = search.folders.iter().map(|dir| dir.join(&file));
            candidates
                .find(|candidate| candidate.is_file())
                .ok_or(EncodeError::ToolMissing { tool, variable })
        }
    };
    Ok(Tools {
        ffmpeg: find("ffmpeg", FFMPEG_VARIABLE, &search.ffmpeg)?,
        ffprobe: find("ffprobe", FFPROBE_VARIABLE, &search.ffprobe)?,
    })
}

/// The file name of a program.
fn program(name: &str) -> String {
    format!("{name}{}", std::env::consts::EXE_SUFFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configured_tool_that_is_missing_is_named() {
        let search = ToolSearch {
            ffmpeg: Some("/no/ffmpeg".into()),
            ..ToolSearch::default()
        };
        let text = find_tools(&search).unwrap_err().to_string();
        assert!(
            text.contains(FFMPEG_VARIABLE) && text.contains("/no/ffmpeg"),
            "{text}"
        );
    }

    #[test]
    fn the_first_folder_that_has_a_tool_counts() {
        let dir = tempfile::tempdir().unwrap();
        let folders: Vec<_> = ["empty", "first", "second"]
            .map(|n| dir.path().join(n))
            .into();
        for folder in &folders {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(folders[1].join(program("ffmpeg")), "").unwrap();
        for tool in ["ffmpeg", "ffprobe"] {
            std::fs::write(folders[2].join(program(tool)), "").unwrap();
        }
        let search = |folders: &[PathBuf]| ToolSearch {
            folders: folders.to_owned(),
            ..ToolSearch::default()
        };
        let tools = find_tools(&search(&folders)).unwrap();
        assert_eq!(tools.ffmpeg, folders[1].join(program("ffmpeg")));
        assert_eq!(tools.ffprobe, folders[2].join(program("ffprobe")));
        let missing = find_tools(&search(&folders[..2])).unwrap_err().to_string();
        assert!(missing.contains(FFPROBE_VARIABLE), "{missing}");
    }
}
