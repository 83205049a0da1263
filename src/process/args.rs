//! Arguments of command lines.

use std::path::Path;

/// Arguments given as words.
pub fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// A path as an argument.
pub fn path_arg(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
