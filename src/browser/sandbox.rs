//! Whether Chrome runs in its own sandbox. Upstream always turns it off, because in containers it
//! mostly cannot start. Pixels do not depend on it.

#[cfg(target_os = "linux")]
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

/// What Chrome says when it cannot make a sandbox.
const NO_SANDBOX: &str = "No usable sandbox";

/// Set when a browser did not start with it.
static IS_UNUSABLE: AtomicBool = AtomicBool::new(false);

/// Whether browsers are started in their sandbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Sandbox {
    /// They are.
    On,
    /// They are not, for this reason.
    Off(&'static str),
}

impl Sandbox {
    /// What is used on this host by this user, if it is `wanted`.
    pub fn here(wanted: bool) -> Self {
        if !wanted {
            return Self::Off("HF_NATIVE_SANDBOX is off");
        }
        Self::of_this_system()
    }

    #[cfg(target_os = "linux")]
    fn of_this_system() -> Self {
        if nix::unistd::geteuid().is_root() {
            return Self::Off("Chrome has none for root; render as another user");
        }
        if IS_UNUSABLE.load(Ordering::Relaxed) || has_no_user_namespaces(Path::new("/proc/sys")) {
            return Self::Off("this host gives unprivileged users no user namespaces");
        }
        Self::On
    }

    #[cfg(not(target_os = "linux"))]
    fn of_this_system() -> Self {
        Self::Off("it is used on Linux only")
    }

    /// Whether it is.
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}

/// Whether the kernel's settings below `settings` rule namespaces out. Where they do not, a container
/// or AppArmor may still do so.
#[cfg(target_os = "linux")]
fn has_no_user_namespaces(settings: &Path) -> bool {
    [
        "kernel/unprivileged_userns_clone",
        "user/max_user_namespaces",
    ]
    .iter()
    .filter_map(|name| std::fs::read_to_string(settings.join(name)).ok())
    .any(|value| value.trim() == "0")
}

/// Notes that a browser did not start because of its sandbox, if `said` tells so. No other is started
/// with it in this process.
pub(super) fn note_failure(said: &str) -> bool {
    let is_sandbox = said.contains(NO_SANDBOX);
    if is_sandbox {
        IS_UNUSABLE.store(true, Ordering::Relaxed);
    }
    is_sandbox
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_wanted_or_for_root_is_off() {
        assert!(!Sandbox::here(false).is_on());
        if nix::unistd::geteuid().is_root() {
            assert!(matches!(Sandbox::here(true), Sandbox::Off(why) if why.contains("root")));
        }
    }

    #[test]
    fn settings_of_the_kernel_are_read() {
        let dir = tempfile::tempdir().unwrap();
        assert!(!has_no_user_namespaces(dir.path()));
        std::fs::create_dir(dir.path().join("user")).unwrap();
        let file = dir.path().join("user/max_user_namespaces");
        std::fs::write(&file, "96365\n").unwrap();
        assert!(!has_no_user_namespaces(dir.path()));
        std::fs::write(&file, "0\n").unwrap();
        assert!(has_no_user_namespaces(dir.path()));
    }
}
