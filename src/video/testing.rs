//! Clips for tests.

use std::path::{Path, PathBuf};

/// `name` on the search path.
pub(crate) fn tool(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut dirs = std::env::split_paths(&path);
    dirs.find_map(|dir| Some(dir.join(name)).filter(|path| path.is_file()))
        .unwrap()
}

/// `clip.mkv` in `dir`, without loss, of what ffmpeg's generator `source` draws.
pub(crate) fn make_clip(dir: &Path, source: &str) -> PathBuf {
    let path = dir.join("clip.mkv");
    let made = std::process::Command::new(tool("ffmpeg"))
        .args(["-v", "error", "-f", "lavfi", "-i", source])
        .args(["-c:v", "ffv1", "-y"])
        .arg(&path)
        .status()
        .unwrap();
    assert!(made.success());
    path
}
