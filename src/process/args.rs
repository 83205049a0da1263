//! Arguments of command lines.

use std::path::Path;

/// The words of `list` as owned arguments.
pub fn words(list: &[&str]) -> Vec<String> {
    list.iter().map(|word| (*word).to_owned()).collect()
}

/// `path` as an argument; bytes that are no UTF-8 are replaced.
pub fn path_arg(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
