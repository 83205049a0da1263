//! Runs of ffprobe: bounded in time and output, remembered by file identity.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use lru::LruCache;

use super::error::ProbeError;
use super::facts::MediaFacts;
use super::packets::measure;
use crate::process::{ChildSpec, run_to_end};
use crate::sync::IgnorePoison;

/// For one run (upstream's figure): ffprobe answers at once or never.
const DEADLINE: Duration = Duration::from_secs(30);
/// Answers remembered per process.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// Changes whenever the file does: device, inode, size, modification and change time.
type Identity = (PathBuf, u64, u64, u64, i64, i64, i64, i64);

static KNOWN: LazyLock<Mutex<LruCache<Identity, Arc<MediaFacts>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

fn identity(path: &Path) -> Option<Identity> {
    let meta = std::fs::metadata(path).ok()?;
    Some((
        path.to_owned(),
        meta.dev(),
        meta.ino(),
        meta.size(),
        meta.mtime(),
        meta.mtime_nsec(),
        meta.ctime(),
        meta.ctime_nsec(),
    ))
}

/// Facts about `path`, from memory while the file is the same.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub async fn probe_media(ffprobe: &Path, path: &Path) -> Result<Arc<MediaFacts>, ProbeError> {
    let identity = identity(path);
    let known = || KNOWN.lock().ignore_poison();
    if let Some(facts) = identity.as_ref().and_then(|id| known().get(id).cloned()) {
        return Ok(facts);
    }
    let args = ["-print_format", "json", "-show_format", "-show_streams"];
    let answer = run(ffprobe, path, &args).await?;
    let mut facts = MediaFacts::from_json(&answer)?;
    // Without, it has the length that its header tells, or none.
    if let Err(error) = measure(ffprobe, path, &mut facts).await {
        tracing::warn!(path = %path.display(), %error, "a source's length could not be measured");
    }
    let facts = Arc::new(facts);
    if let Some(identity) = identity {
        known().put(identity, Arc::clone(&facts));
    }
    Ok(facts)
}

/// What ffprobe prints about `path` when it is given `args`.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub(super) async fn run(ffprobe: &Path, path: &Path, args: &[&str]) -> Result<Vec<u8>, ProbeError> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut all: Vec<OsString> = vec!["-v".into(), "error".into()];
    all.extend(args.iter().map(Into::into));
    // A file called "-" would mean standard input.
    all.extend(["--".into(), absolute.into()]);
    let spec = ChildSpec {
        program: ffprobe.to_owned(),
        args: all,
        piped_stdout: true,
        ..ChildSpec::default()
    };
    let run = run_to_end(spec, DEADLINE).await?;
    match run.exit.success() {
        true => Ok(run.stdout),
        false => Err(ProbeError::Failed(run)),
    }
}

/// An ffprobe that is this script, and a file to ask it about.
#[cfg(test)]
pub(super) fn scripted(script: &str) -> (tempfile::TempDir, PathBuf, PathBuf) {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let (tool, file) = (dir.path().join("ffprobe"), dir.path().join("a.mp4"));
    std::fs::write(&tool, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&tool, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::write(&file, "").unwrap();
    (dir, tool, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_failure_quotes_the_tool() {
        let (_dir, tool, file) = scripted("echo 'moov atom not found' >&2; exit 1");
        let error = probe_media(&tool, &file).await.unwrap_err();
        let text = error.to_string();
        assert!(text.ends_with("moov atom not found"), "{text}");
        let gone = probe_media(Path::new("/no/ffprobe"), &file).await;
        assert!(matches!(gone, Err(ProbeError::Start(_))));
    }

    #[tokio::test]
    async fn a_file_is_asked_about_once_while_it_is_the_same() {
        let (dir, tool, file) = scripted(r#"echo >> "$0.log"; echo '{}'"#);
        let runs = || std::fs::read(dir.path().join("ffprobe.log")).unwrap().len();
        for _ in 0..2 {
            probe_media(&tool, &file).await.unwrap();
        }
        assert_eq!(runs(), 1);
        std::fs::write(&file, "more").unwrap();
        probe_media(&tool, &file).await.unwrap();
        assert_eq!(runs(), 2);
    }

    #[tokio::test]
    async fn an_answer_that_is_no_json_is_an_error() {
        let (_dir, tool, file) = scripted("echo '<html>'");
        let error = probe_media(&tool, &file).await.unwrap_err();
        assert!(matches!(error, ProbeError::Answer(_)), "{error}");
    }
}
