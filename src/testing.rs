//! What the tests of several rooms share.

#[path = "../__test__/rust/support/noise.rs"]
mod noise;

use std::path::{Path, PathBuf};

pub use noise::noise;
use serde_json::Value;

/// The shell that runs the scripts of tests. On Windows it comes with Git.
pub const SHELL: &str = if cfg!(unix) { "/bin/sh" } else { "sh" };

/// Writes a shell script that can be started as a program, and gives what is to be started: on Windows
/// that is a second file, which calls the shell.
#[cfg(unix)]
pub fn shell_program(path: &Path, script: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(path, PermissionsExt::from_mode(0o755)).unwrap();
    path.to_owned()
}

/// The same.
#[cfg(windows)]
pub fn shell_program(path: &Path, script: &str) -> PathBuf {
    std::fs::write(path, format!("#!/bin/sh\n{script}\n")).unwrap();
    let starter = path.with_extension("cmd");
    let call = format!("@{SHELL} \"{}\" %*\r\n", path.display());
    std::fs::write(&starter, call).unwrap();
    starter
}

/// `json` with the members of the object `patch` in place of its own.
pub fn patched(mut json: Value, patch: Value) -> Value {
    for (key, value) in patch.as_object().unwrap() {
        json[key] = value.clone();
    }
    json
}
