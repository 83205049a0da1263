//! Which filters an ffmpeg has: builds leave some out.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use crate::process::{ChildSpec, run_to_end};
use crate::sync::IgnorePoison;

/// For one run: ffmpeg lists its filters at once or never.
const DEADLINE: Duration = Duration::from_secs(30);

type Names = Arc<HashSet<String>>;

static KNOWN: LazyLock<Mutex<HashMap<PathBuf, Names>>> = LazyLock::new(Mutex::default);

/// Whether `ffmpeg` has the filter `name`. It is asked once per process. One that does not answer
/// counts as having it: its own error, when it is used, says more.
pub async fn has_filter(ffmpeg: &Path, name: &str) -> bool {
    let known = KNOWN.lock().ignore_poison().get(ffmpeg).cloned();
    let names = match known {
        Some(names) => names,
        None => {
            let Some(names) = listed(ffmpeg).await else {
                return true;
            };
            let names = Arc::new(names);
            let mut known = KNOWN.lock().ignore_poison();
            known.insert(ffmpeg.to_owned(), Arc::clone(&names));
            names
        }
    };
    names.contains(name)
}

async fn listed(ffmpeg: &Path) -> Option<HashSet<String>> {
    let spec = ChildSpec {
        program: ffmpeg.to_owned(),
        args: ["-hide_banner", "-nostdin", "-filters"]
            .map(Into::into)
            .into(),
        piped_stdout: true,
        ..ChildSpec::default()
    };
    let run = run_to_end(spec, DEADLINE).await.ok()?;
    let names = names_in(&String::from_utf8_lossy(&run.stdout));
    (run.exit.success() && !names.is_empty()).then_some(names)
}

/// The names in lines such as ` TSC scale  V->V  Scale the input video size.`
fn names_in(list: &str) -> HashSet<String> {
    let name = |line: &str| {
        let mut words = line.split_whitespace().skip(1);
        let (name, ends) = (words.next()?, words.next()?);
        ends.contains("->").then(|| name.to_owned())
    };
    list.lines().filter_map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::video::testing::{script, tool};

    #[tokio::test]
    async fn filters_are_found() {
        let ffmpeg = tool("ffmpeg");
        assert!(has_filter(&ffmpeg, "scale").await);
        assert!(!has_filter(&ffmpeg, "no_such_filter").await);
    }

    #[tokio::test]
    async fn a_build_is_asked_once() {
        let dir = tempfile::tempdir().unwrap();
        let list = " T.. fps               V->V       Force constant framerate.";
        let ffmpeg = script(dir.path(), &format!("echo >> \"$0.log\"; echo '{list}'"));
        for _ in 0..2 {
            assert!(has_filter(&ffmpeg, "fps").await && !has_filter(&ffmpeg, "zscale").await);
        }
        assert_eq!(std::fs::read(dir.path().join("tool.log")).unwrap().len(), 1);
    }

    #[tokio::test]
    async fn one_that_says_nothing_counts_as_complete() {
        let dir = tempfile::tempdir().unwrap();
        let ffmpeg = script(dir.path(), "exit 1");
        assert!(has_filter(&ffmpeg, "zscale").await);
    }
}
