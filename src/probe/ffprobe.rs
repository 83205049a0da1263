//! Runs of ffprobe: bounded in time and output, remembered by file identity.

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use lru::LruCache;

use super::error::ProbeError;
use super::facts::MediaFacts;
use super::packets::measure;
use crate::files::{self, FileStamp};
use crate::process::{ChildSpec, media_input, run_to_end, written_input};
use crate::sync::IgnorePoison;

/// For one run (upstream's figure): ffprobe answers at once or never.
const DEADLINE: Duration = Duration::from_secs(30);
/// What facts are made of.
const ALL_FACTS: [&str; 4] = ["-print_format", "json", "-show_format", "-show_streams"];
/// Answers remembered per process.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(128).unwrap();

/// Changes whenever the file does.
type Identity = (PathBuf, FileStamp);

static KNOWN: LazyLock<Mutex<LruCache<Identity, Arc<MediaFacts>>>> =
    LazyLock::new(|| Mutex::new(LruCache::new(REMEMBERED)));

fn identity(path: &Path) -> Option<Identity> {
    let meta = std::fs::metadata(path).ok()?;
    Some((path.to_owned(), files::identity(path, &meta).ok()?))
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
    let answer = run(ffprobe, path, &ALL_FACTS).await?;
    let mut facts = MediaFacts::from_json(&answer)?;
    match measure(ffprobe, path, &mut facts).await {
        Ok(()) => {}
        Err(error) if error.is_accident() => return Err(error),
        // It has the length that its header tells, or none.
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "a source's length could not be measured");
        }
    }
    let facts = Arc::new(facts);
    if let Some(identity) = identity {
        known().put(identity, Arc::clone(&facts));
    }
    Ok(facts)
}

/// Facts about a file, or a playlist, that was written here.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub async fn probe_written(ffprobe: &Path, path: &Path) -> Result<MediaFacts, ProbeError> {
    MediaFacts::from_json(&ask(ffprobe, written_input(path), &ALL_FACTS).await?)
}

/// What ffprobe prints about `path` when it is given `args`.
///
/// # Errors
/// [`ProbeError`], which does not name the file.
pub(super) async fn run(ffprobe: &Path, path: &Path, args: &[&str]) -> Result<Vec<u8>, ProbeError> {
    ask(ffprobe, media_input(path), args).await
}

async fn ask(ffprobe: &Path, input: Vec<String>, args: &[&str]) -> Result<Vec<u8>, ProbeError> {
    let mut all: Vec<OsString> = vec!["-v".into(), "error".into()];
    all.extend(args.iter().map(Into::into));
    all.extend(input.into_iter().map(Into::into));
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
    let dir = tempfile::tempdir().unwrap();
    let tool = crate::testing::shell_program(&dir.path().join("ffprobe"), script);
    let file = dir.path().join("a.mp4");
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
    async fn a_tool_that_is_killed_says_nothing_of_the_file() {
        let (_dir, tool, file) = scripted("kill -9 $$");
        let killed = probe_media(&tool, &file).await.unwrap_err();
        assert!(killed.is_accident(), "{killed}");
        let (_dir, tool, file) = scripted("echo 'Invalid data' >&2; exit 1");
        assert!(!probe_media(&tool, &file).await.unwrap_err().is_accident());
        // The facts are there, and the length of a stream without one is not: it is not made up, nor kept.
        let facts = r#"{"streams":[{"codec_type":"video","width":2,"height":2}],"format":{}}"#;
        let script = format!("case $* in *show_streams*) echo '{facts}';; *) kill -9 $$;; esac");
        let (_dir, tool, file) = scripted(&script);
        for _ in 0..2 {
            assert!(probe_media(&tool, &file).await.unwrap_err().is_accident());
        }
    }

    #[tokio::test]
    async fn an_answer_that_is_no_json_is_an_error() {
        let (_dir, tool, file) = scripted("echo '<html>'");
        let error = probe_media(&tool, &file).await.unwrap_err();
        assert!(matches!(error, ProbeError::Answer(_)), "{error}");
    }

    /// A film, and beside it playlists of it, all under names of films.
    fn films() -> (tempfile::TempDir, Vec<PathBuf>) {
        let dir = tempfile::tempdir().unwrap();
        let film = dir.path().join("secret.ts");
        let made = std::process::Command::new("ffmpeg")
            .args(["-v", "error", "-f", "lavfi", "-i", "color=s=64x64:d=1:r=10"])
            .args(["-c:v", "mpeg2video", "-f", "mpegts"])
            .arg(&film)
            .status();
        assert!(made.unwrap().success());
        let hls = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n";
        let texts = [
            ("hls.mp4", hls.to_owned()),
            (
                "concat.mp4",
                "ffconcat version 1.0\nfile secret.ts\n".to_owned(),
            ),
            (
                "stream.mp4",
                "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n\
                 m=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n"
                    .to_owned(),
            ),
        ];
        let lists = texts.map(|(name, text)| {
            let path = dir.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        });
        (dir, [film].into_iter().chain(lists).collect())
    }

    #[tokio::test]
    async fn a_list_of_films_is_no_film() {
        let (_dir, files) = films();
        let ask = |path: PathBuf| async move { probe_media(Path::new("ffprobe"), &path).await };
        let (film, lists) = files.split_first().unwrap();
        assert!(ask(film.clone()).await.unwrap().video.is_some());
        for list in lists {
            let error = ask(list.clone()).await.unwrap_err().to_string();
            assert!(error.contains("is not opened"), "{list:?}: {error}");
            assert!(error.len() < 600, "{error}");
        }
    }
}
