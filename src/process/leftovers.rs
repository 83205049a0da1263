//! Temporary folders whose names carry the id of the process that made them, so that what a killed
//! process left behind is recognized and removed by the next one.

use std::path::Path;

use nix::errno::Errno;
use nix::sys::signal::kill;
use nix::unistd::Pid;

/// `prefix` followed by the id of this process, for the name of a folder.
pub fn owned_prefix(prefix: &str) -> String {
    format!("{prefix}{}-", std::process::id())
}

/// Removes the folders in `base` that start with `prefix` and belong to dead processes.
pub fn sweep_leftovers(base: &Path, prefix: &str) {
    for entry in std::fs::read_dir(base).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name.to_str().and_then(|name| {
            name.strip_prefix(prefix)?
                .split('-')
                .next()?
                .parse::<i32>()
                .ok()
        });
        if owner.is_some_and(|pid| kill(Pid::from_raw(pid), None) == Err(Errno::ESRCH)) {
            // Another process may be removing the same folder.
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PREFIX: &str = "hf-leftovers-";

    #[test]
    fn only_leftovers_of_the_dead_are_swept() {
        let base = tempfile::tempdir().unwrap();
        let dead = base.path().join(format!("{PREFIX}{}-x", i32::MAX));
        let ours = base.path().join(format!("{}x", owned_prefix(PREFIX)));
        let other = base.path().join("else");
        for dir in [&dead, &ours, &other] {
            std::fs::create_dir(dir).unwrap();
        }
        sweep_leftovers(base.path(), PREFIX);
        assert!(!dead.exists() && ours.exists() && other.exists());
    }
}
