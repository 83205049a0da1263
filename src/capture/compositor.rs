//! Whether the process that draws a browser's frames is still the one it was: Chrome starts
//! another when it dies, and answers that nothing changed in a frame that was not drawn.

use super::surface::GPU_PROCESS;
use crate::process::{group_members, has_argument};

/// The compositing process of one browser, by its id.
#[derive(Debug, Clone, Copy)]
pub(super) struct Compositor(Option<u32>);

impl Compositor {
    /// That of the browser that leads process group `group`.
    pub fn of(group: u32) -> Self {
        let mut members = group_members(group).into_iter();
        Self(members.find(|pid| has_argument(*pid, GPU_PROCESS)))
    }

    /// False once it has ended. True where the browser composites by itself.
    pub fn is_alive(self) -> bool {
        // A dead process that was not waited for has no command line either.
        self.0.is_none_or(|pid| has_argument(pid, GPU_PROCESS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ended_process_is_noticed_before_anybody_waits_for_it() {
        let mut child = std::process::Command::new("sh")
            .args(["-c", "read line; :", "--type=gpu-process"])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let pid = child.id();
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
        let until = |wanted: bool| {
            while Compositor(Some(pid)).is_alive() != wanted {
                assert!(std::time::Instant::now() < deadline);
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        };
        until(true);
        child.kill().unwrap();
        until(false);
        child.wait().unwrap();
        assert!(Compositor(None).is_alive());
    }
}
