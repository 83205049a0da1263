//! Starting a browser and opening pages in it.

use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use chromiumoxide::cdp::browser_protocol::browser::{
    SetDownloadBehaviorBehavior, SetDownloadBehaviorParams,
};
use chromiumoxide::cdp::browser_protocol::target::{AttachToTargetParams, CreateTargetParams};
use serde::Deserialize;
use serde::de::IgnoredAny;
use tempfile::TempDir;

use super::args::{LaunchMode, LaunchProfile};
use super::error::BrowserError;
use super::sandbox;
use super::session::{self, PageSession};
use super::transport::Transport;
use crate::process::{ChildSpec, ManagedChild, from_child, to_child};

/// Lines of Chrome's stderr quoted when it fails to start.
const QUOTED_STDERR_LINES: usize = 8;

/// What Chrome adds to `TMPDIR` for its longest socket (`process_singleton_posix.cc`).
const SOCKET_IN_TMPDIR: &str = "/.org.chromium.Chromium.XXXXXX/SingletonSocket";

/// Bytes of `sun_path` on macOS, where it is shortest; Linux has 108.
const LONGEST_SOCKET_PATH: usize = 104;

/// The numbers of the pipes that `--remote-debugging-pipe` means.
const CHROME_READS: i32 = 3;
const CHROME_WRITES: i32 = 4;

/// Time limits of a browser.
#[derive(Debug, Clone, Copy)]
pub struct Deadlines {
    /// From start to the first answer.
    pub launch: Duration,
    /// For any one call.
    pub call: Duration,
}

/// Prefix of the profile folders in a scratch folder. Dropping a browser kills it first and then
/// removes its folder.
pub(super) const PROFILE_PREFIX: &str = "chrome-";

/// One running browser, leased to one user. Dropping it kills its whole process group.
#[derive(Debug)]
pub struct Browser {
    transport: Arc<Transport>,
    child: ManagedChild,
    // Fields drop in order, so the folder is removed after the processes that write to it are dead.
    _profile: TempDir,
    /// `HeadlessChrome/156.0.…`
    product: String,
    mode: LaunchMode,
    window: (u32, u32),
    call_deadline: Duration,
}

#[derive(Deserialize)]
struct Version {
    product: String,
}

/// Starts `executable` with `profile`; its user-data folder and temporary files go into `scratch`. Where
/// its sandbox turns out not to work, it is started without.
///
/// # Errors
/// [`BrowserError::Launch`] when it exits or stays silent; the text quotes its stderr.
pub async fn launch(
    executable: &Path,
    profile: &LaunchProfile,
    scratch: &Path,
    deadlines: Deadlines,
) -> Result<Browser, BrowserError> {
    match start(executable, profile, scratch, deadlines).await {
        Err(BrowserError::Launch { detail })
            if profile.is_sandboxed && sandbox::note_failure(&detail) =>
        {
            tracing::warn!(detail, "Chrome's sandbox does not work here");
            let open = LaunchProfile {
                is_sandboxed: false,
                ..profile.clone()
            };
            start(executable, &open, scratch, deadlines).await
        }
        ended => ended,
    }
}

async fn start(
    executable: &Path,
    profile: &LaunchProfile,
    scratch: &Path,
    deadlines: Deadlines,
) -> Result<Browser, BrowserError> {
    let trouble = |what: &str, e: &dyn std::fmt::Display| BrowserError::Launch {
        detail: format!("{what}: {e}"),
    };
    let user_data = tempfile::Builder::new()
        .prefix(PROFILE_PREFIX)
        .tempdir_in(scratch)
        .map_err(|e| trouble("cannot create its profile folder", &e))?;
    let no_pipe = |e: std::io::Error| trouble("cannot open a pipe", &e);
    let (we_write, mut child_reads) = to_child(CHROME_READS).map_err(no_pipe)?;
    let (we_read, mut child_writes) = from_child(CHROME_WRITES).map_err(no_pipe)?;
    let reads = child_reads.inherit().map_err(no_pipe)?;
    let writes = child_writes.inherit().map_err(no_pipe)?;
    let mut args = profile.args();
    args.push("--remote-debugging-pipe".into());
    if cfg!(windows) {
        // File descriptors are not inherited there; the values of handles are.
        args.push(format!("--remote-debugging-io-pipes={reads},{writes}"));
    }
    args.push(format!("--user-data-dir={}", user_data.path().display()));
    args.push("about:blank".into());
    let child = ManagedChild::spawn(ChildSpec {
        program: executable.to_owned(),
        args: args.into_iter().map(Into::into).collect(),
        env: temporary_files_in(scratch),
        pipes: vec![child_reads, child_writes],
        ..ChildSpec::default()
    })
    .await?;
    let transport = Transport::open(we_read, we_write);
    let deny = SetDownloadBehaviorParams::new(SetDownloadBehaviorBehavior::Deny);
    let method = SetDownloadBehaviorParams::IDENTIFIER;
    let denial = transport.call::<_, IgnoredAny>(None, method, &deny, deadlines.launch);
    let nothing = serde_json::json!({});
    let version =
        transport.call::<_, Version>(None, "Browser.getVersion", &nothing, deadlines.launch);
    let (version, denial) = tokio::join!(version, denial);
    if let Err(error @ BrowserError::Protocol { .. }) = denial {
        tracing::warn!(%error, "downloads cannot be forbidden");
    }
    let product = match version {
        Ok(version) => version.product,
        Err(error) => {
            let detail = format!("{}: {}", executable.display(), end_of(&child, &error).await);
            return Err(BrowserError::Launch { detail });
        }
    };
    Ok(Browser {
        transport,
        child,
        _profile: user_data,
        product,
        mode: profile.mode,
        window: profile.window_size(),
        call_deadline: deadlines.call,
    })
}

/// How a browser ended, which explains more than our call that got no answer, and its last lines.
async fn end_of(child: &ManagedChild, error: &BrowserError) -> String {
    let exit = child.wait(Duration::from_millis(500)).await.ok();
    let how = exit.map_or(error.to_string(), |exit| format!("it ended with {exit}"));
    let stderr = child.stderr_tail(QUOTED_STDERR_LINES);
    format!("{how}\n{stderr}").trim_end().to_owned()
}

/// Makes Chrome put its temporary files into the scratch folder, so that they are removed with the
/// job: a Chrome that is killed between creating and unlinking shared memory leaves a file behind.
fn temporary_files_in(scratch: &Path) -> Vec<(OsString, OsString)> {
    if cfg!(windows) {
        // There, they hold no sockets.
        return ["TEMP", "TMP"]
            .map(|name| (name.into(), scratch.into()))
            .into();
    }
    let fits = scratch.as_os_str().len() + SOCKET_IN_TMPDIR.len() < LONGEST_SOCKET_PATH;
    fits.then(|| ("TMPDIR".into(), scratch.into()))
        .into_iter()
        .collect()
}

impl Browser {
    /// False once its connection is closed.
    pub fn is_alive(&self) -> bool {
        !self.transport.is_closed()
    }

    /// The mode it runs in.
    pub fn mode(&self) -> LaunchMode {
        self.mode
    }

    /// Deadline of any one call.
    pub fn call_deadline(&self) -> Duration {
        self.call_deadline
    }

    /// Its name and version, such as `HeadlessChrome/156.0.7932.0`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Its process group.
    pub fn pid(&self) -> u32 {
        self.child.pid()
    }

    /// Checks the major version when the configuration demands one.
    ///
    /// # Errors
    /// [`BrowserError::MajorMismatch`].
    pub fn check_major(&self, expected: Option<u32>) -> Result<(), BrowserError> {
        let actual = self
            .product
            .rsplit_once('/')
            .and_then(|(_, version)| version.split('.').next()?.parse().ok())
            .unwrap_or(0);
        match expected {
            Some(expected) if expected != actual => Err(BrowserError::MajorMismatch {
                expected,
                actual,
                raw: self.product.clone(),
            }),
            _ => Ok(()),
        }
    }

    /// Opens a page of `width` x `height` CSS pixels.
    ///
    /// # Errors
    /// The error that the browser answers, or [`BrowserError::Timeout`]; [`BrowserError::Launch`] when it
    /// ends meanwhile, as one does that gets none of the processes that it needs.
    pub async fn open_page(
        &self,
        width: u32,
        height: u32,
        device_scale_factor: f64,
    ) -> Result<PageSession, BrowserError> {
        match self.attach_page(width, height, device_scale_factor).await {
            Err(error @ BrowserError::Closed { .. }) => Err(BrowserError::Launch {
                detail: end_of(&self.child, &error).await,
            }),
            opened => opened,
        }
    }

    async fn attach_page(
        &self,
        width: u32,
        height: u32,
        device_scale_factor: f64,
    ) -> Result<PageSession, BrowserError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Created {
            target_id: String,
        }
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Attached {
            session_id: String,
        }
        let deadline = self.call_deadline;
        let mut create = CreateTargetParams::new("about:blank");
        // The output surface is as large as the window that the page is created with.
        create.width = Some(i64::from(self.window.0));
        create.height = Some(i64::from(self.window.1));
        let Created { target_id } = self
            .transport
            .call(None, "Target.createTarget", &create, deadline)
            .await?;
        let mut attach = AttachToTargetParams::new(target_id);
        attach.flatten = Some(true);
        let Attached { session_id } = self
            .transport
            .call(None, "Target.attachToTarget", &attach, deadline)
            .await?;
        let page = session::attach(Arc::clone(&self.transport), session_id, deadline);
        let size = (width, height);
        page.prepare(size, device_scale_factor, self.window).await?;
        Ok(page)
    }

    /// Kills it; returns when it is dead.
    pub async fn close(&mut self) {
        self.transport.close();
        self.child.kill().await;
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.transport.close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn temporary_files_go_with_the_job_where_a_socket_fits() {
        let job = Path::new("hf-native-job-4194304-abcdef");
        assert_eq!(temporary_files_in(job), [("TMPDIR".into(), job.into())]);
        assert_eq!(temporary_files_in(&job.join("x".repeat(45))), []);
    }
}
